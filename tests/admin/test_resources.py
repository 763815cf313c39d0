"""Files that tasks link, in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, reverse

from orchestrator.models import ResourceDefinition

PAGE = b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"


@pytest.fixture
def resource(as_: Any, alice: User) -> ResourceDefinition:
    file = SimpleUploadedFile("page.xhtml", PAGE)
    sent = as_(alice).post(reverse("admin:orchestrator_deployment_add"), {"resources": [file], "note": ""})
    assert [str(message) for message in get_messages(sent.wsgi_request)] == ["page.xhtml, version 1 is deployed."]
    return ResourceDefinition.objects.get()


def test_a_file_is_listed_with_its_versions_and_only_ever_downloaded(
    as_: Any, alice: User, resource: ResourceDefinition
) -> None:
    client = as_(alice)
    assert "page.xhtml" in client.get("/admin/orchestrator/resourcedefinition/").content.decode()
    page = client.get(reverse("admin:orchestrator_resourcedefinition_change", args=[resource.pk])).content.decode()
    assert "Versions" in page
    assert "Open in the designer" not in page
    file = client.get(reverse("admin:orchestrator_resource_download", args=[resource.resource_id]))
    assert (file.getvalue(), file["Content-Type"]) == (PAGE, "application/octet-stream")
    assert "attachment" in file["Content-Disposition"]
    with pytest.raises(NoReverseMatch):
        reverse("admin:orchestrator_resourcedefinition_source", args=[resource.pk])


def test_a_file_is_nothing_to_draw(as_: Any, alice: User, resource: ResourceDefinition) -> None:
    client = as_(alice)
    assert client.get(reverse("admin:orchestrator_designer_new", args=["file"])).status_code == 404
    assert client.get(reverse("admin:orchestrator_designer_from", args=[resource.resource_id])).status_code == 404


def test_a_stranger_sees_no_file(as_: Any, charlie: User, dora: User, resource: ResourceDefinition) -> None:
    for stranger in (charlie, dora):
        client = as_(stranger)
        for page in (
            "/admin/orchestrator/resourcedefinition/",
            reverse("admin:orchestrator_resourcedefinition_change", args=[resource.pk]),
        ):
            assert client.get(page).status_code in (302, 403, 404)
    assert as_(dora).get(reverse("admin:orchestrator_resource_download", args=[resource.resource_id])).status_code in (
        302,
        403,
        404,
    )
