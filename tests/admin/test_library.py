"""The library shows every process, starts from templates, takes files from elsewhere; all for those who may draw."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator.models import Deployment, Draft
from orchestrator.runtime import drafts
from tests.inbox import desk

pytestmark = pytest.mark.django_db
LIBRARY = "/admin/orchestrator/draft/library/"
INVOICE = Path(__file__).parents[1] / "camunda7" / "invoice.bpmn"


@pytest.fixture
def drawing(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def handed_in(client: Client, **files: bytes) -> tuple[int, str]:
    uploads = [SimpleUploadedFile(name.replace("_", "."), content) for name, content in files.items()]
    response = client.post(f"{LIBRARY}import/", {"files": uploads})
    return response.status_code, response.content.decode()


def test_every_process_is_there_with_its_picture(drawing: Client) -> None:
    order = desk.deploy_orders()
    page = drawing.get(LIBRARY).content.decode()
    picture = f"{LIBRARY}processes/{order.pk}/picture.svg"
    assert picture in page
    shown = drawing.get(picture)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/svg+xml")
    assert b"Approve order" in shown.content


def test_a_template_becomes_drafts_that_deploy_together(drawing: Client) -> None:
    response = drawing.post(f"{LIBRARY}templates/invoice-approval/")
    made = list(Draft.objects.order_by("pk"))
    assert response["Location"].endswith(f"/{made[0].pk}/design/")
    assert made[0].name == "invoice-approval"
    assert {draft.kind for draft in made} == {"bpmn", "dmn", "form"}
    drafts.deploy({draft.pk: draft.version for draft in made}, by=User.objects.get(), note="from a template")
    assert Deployment.objects.count() == 1


def test_a_file_of_camunda_8_is_taken_as_it_is(drawing: Client) -> None:
    content = desk.order_process()
    status, page = handed_in(drawing, order_bpmn=content)
    assert status == 200
    assert Draft.objects.get().content.encode() == content
    assert "rewritten" not in page.partition("Deployed processes")[0]


def test_a_file_of_camunda_7_is_rewritten_and_reported(drawing: Client) -> None:
    status, page = handed_in(drawing, invoice_bpmn=INVOICE.read_bytes())
    assert status == 200
    assert sorted(Draft.objects.values_list("kind", flat=True)) == ["bpmn", "form"]
    assert "drawn for Camunda 7" in page
    assert "org.acme.ArchiveService is Java" in page


def test_what_cannot_be_read_is_told_and_the_others_are_taken(drawing: Client) -> None:
    status, page = handed_in(drawing, a_bpmn=b"<not", b_txt=b"x", order_bpmn=desk.order_process())
    assert status == 200
    assert Draft.objects.count() == 1
    assert "not well-formed XML" in page
    assert "neither a .bpmn" in page


def test_nothing_handed_in_is_told(drawing: Client) -> None:
    response = drawing.post(f"{LIBRARY}import/")
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", ""),
        ("post", "import/"),
        ("get", "processes/{pk}/picture.svg"),
        ("get", "templates/invoice-approval/picture.svg"),
        ("post", "templates/invoice-approval/"),
    ],
)
def test_who_may_not_draw_finds_nothing(client: Client, method: str, address: str) -> None:
    order = desk.deploy_orders()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    response = getattr(client, method)(LIBRARY + address.format(pk=order.pk))
    assert response.status_code == 404
    assert not Draft.objects.exists()


def test_a_template_or_process_that_is_not_there(drawing: Client) -> None:
    assert drawing.get(f"{LIBRARY}templates/nothing/picture.svg").status_code == 404
    assert drawing.get(f"{LIBRARY}processes/999999/picture.svg").status_code == 404
    assert drawing.post(f"{LIBRARY}templates/nothing/").status_code == 404


def test_a_draft_is_exported_as_it_is(drawing: Client) -> None:
    content = desk.order_process()
    handed_in(drawing, order_bpmn=content)
    draft = Draft.objects.get()
    response = drawing.get(f"/admin/orchestrator/draft/{draft.pk}/file/")
    assert b"".join(response.streaming_content) == content  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == 'attachment; filename="order.bpmn"'
    drawing.force_login(User.objects.create_user("clerk", is_staff=True))
    assert drawing.get(f"/admin/orchestrator/draft/{draft.pk}/file/").status_code == 404
