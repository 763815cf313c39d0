"""Files in forms and beside tasks: what is stored, what a variable learns, who is served, and how."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orchestrator.models import Document, ProcessDefinition, ProcessInstance
from orchestrator.runtime import documents, sniffing
from tasks_inbox import case_data, framing, operations
from tasks_inbox.forms.frames import Frame
from tasks_inbox.models import HumanTask, TaskDraft
from tasks_inbox.views.documents import FRAME_STYLE_HASH
from tests.inbox import desk
from tests.inbox.pages import text

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ZIP = b"PK\x05\x06" + bytes(18)  # an empty archive
HTML = b"<!doctype html><script>alert(document.domain)</script>"
FORM: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 19,
    "components": [
        {"type": "filepicker", "key": "invoice", "label": "Invoice", "accept": ".pdf,image/*", "id": "a"},
        {"type": "filepicker", "key": "more", "label": "More", "multiple": True, "id": "b"},
        {"type": "checkbox", "key": "secret", "label": "Secret", "id": "c"},
        {"type": "filepicker", "key": "hidden", "label": "Hidden", "conditional": {"hide": "=not(secret)"}, "id": "d"},
        {"type": "textfield", "key": "note", "label": "Note", "validate": {"required": True}, "id": "e"},
        {"type": "documentPreview", "label": "So far", "dataSource": "=known", "id": "f"},
        {
            "type": "iframe",
            "url": "https://maps.example/{{note}}",
            "label": "Map",
            "height": 200,
            "security": {"allowScripts": True, "camera": True},
            "id": "g",
        },
    ],
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_file(name: str, content: bytes, said: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=said)


@pytest.fixture
def orders(finance: Group) -> ProcessDefinition:
    return desk.deploy_orders(form=FORM)


@pytest.fixture
def task(orders: ProcessDefinition, root: User) -> HumanTask:
    return desk.order(orders, by=root)


def post(user: User, name: str, task: HumanTask, **data: Any) -> Any:
    return client_of(user).post(reverse(name, args=[task.pk]), data)


def a_kept_document(task: HumanTask, by: User, name: str = "a.pdf", content: bytes = PDF) -> Document:
    stored = documents.store(content, name, by=by, instance=task.process_instance)
    documents.keep(documents.reference(stored), by=by, instance=task.process_instance)
    return stored


# What a variable learns


def test_a_sent_file_is_a_reference_in_its_variable(task: HumanTask, alice: User) -> None:
    more = [a_file("b.txt", b"b"), a_file("c.txt", b"c")]
    sent = {"f.invoice": a_file("../a.pdf", PDF, "text/html"), "f.more": more, "f.note": "x", "outcome": "approve"}
    assert post(alice, "task_complete", task, **sent).status_code == 302
    data = case_data.variables(task.process_instance_id)
    (one,) = data["invoice"]
    stored = Document.objects.get(pk=one["documentId"])
    assert one == {
        "camunda.document.type": "camunda",
        "storeId": "baton",
        "documentId": str(stored.pk),
        "contentHash": stored.sha256,
        "metadata": {
            "contentType": "application/pdf",
            "fileName": "a.pdf",
            "size": len(PDF),
            "customProperties": {},
        },
    }
    assert [found["metadata"]["fileName"] for found in data["more"]] == ["b.txt", "c.txt"]
    assert (stored.process_instance_id, stored.uploaded_by, stored.variable) == (
        task.process_instance_id,
        alice,
        "invoice",
    )
    assert stored.kept_at is not None
    assert bytes(stored.content) == PDF


def test_a_file_survives_what_is_wrong_beside_it(task: HumanTask, alice: User) -> None:
    wrong = post(alice, "task_complete", task, **{"f.invoice": a_file("a.pdf", PDF), "outcome": "approve"})
    assert wrong.status_code == 422
    stored = Document.objects.get()
    assert f'name="f.invoice" value="{stored.pk}"' in text(wrong)
    assert stored.kept_at is None
    done = post(alice, "task_complete", task, **{"f.invoice": str(stored.pk), "f.note": "x", "outcome": "approve"})
    assert done.status_code == 302
    stored.refresh_from_db()
    assert stored.kept_at is not None


def test_a_second_file_replaces_the_first_where_one_is_wanted(task: HumanTask, alice: User) -> None:
    first = documents.store(PDF, "a.pdf", by=alice, instance=task.process_instance, variable="invoice")
    page = post(alice, "task_fields", task, **{"f.invoice": [str(first.pk), a_file("b.png", PNG)]})
    second = Document.objects.exclude(pk=first.pk).get()
    assert str(second.pk) in text(page)
    assert f'value="{first.pk}"' not in text(page)
    both = {"f.invoice": [str(first.pk), str(second.pk)], "f.note": "x", "outcome": "approve"}
    answer = post(alice, "task_complete", task, **both)
    assert answer.status_code == 422
    assert "Choose one file." in text(answer)


@pytest.mark.parametrize(
    ("field", "name", "content", "sentence"),
    [
        ("f.invoice", "a.pdf", b"", "The file is empty."),
        ("f.invoice", "a.svg", SVG, "cannot be sent here. Choose one of: .pdf,image/*"),
        ("f.more", "a.txt", b"x" * 2_000, "A file has at most 0 MB."),
    ],
)
def test_a_file_that_is_not_taken_is_told_at_its_field(
    task: HumanTask, alice: User, settings: Any, field: str, name: str, content: bytes, sentence: str
) -> None:
    settings.DOCUMENT_MOST_BYTES = 1_000
    for where in ("task_complete", "task_fields", "task_draft"):
        answer = post(alice, where, task, **{field: a_file(name, content), "f.note": "x", "outcome": "approve"})
        assert sentence in text(answer), where
    assert not Document.objects.exists()
    task.refresh_from_db()
    assert task.is_open


def test_a_file_for_a_field_that_is_not_there_is_refused(task: HumanTask, alice: User) -> None:
    for name in ("f.hidden", "f.note", "f.nothing", "upload"):
        answer = post(alice, "task_complete", task, **{name: a_file("a.pdf", PDF), "f.secret?": "1", "f.note": "x"})
        assert answer.status_code == 422, name
    assert not Document.objects.exists()


def test_uploads_have_a_limit(task: HumanTask, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_UPLOADS", 1)
    post(alice, "task_fields", task, **{"f.more": a_file("a.txt", b"a")})
    answer = post(alice, "task_fields", task, **{"f.more": a_file("b.txt", b"b")})
    assert "Too many files wait to be sent." in text(answer)
    assert "Too many" not in text(post(alice, "task_fields", task, **{"f.more": a_file("a.txt", b"a")}))


def test_a_request_that_is_too_large_is_refused_before_it_is_read(task: HumanTask, alice: User, settings: Any) -> None:
    settings.UPLOAD_MOST_BYTES = 1_000
    answer = post(alice, "task_fields", task, **{"f.more": a_file("a.txt", b"x" * 2_000)})
    assert answer.status_code == 400
    assert not Document.objects.exists()


def test_whoever_only_looks_stores_nothing(task: HumanTask, alice: User, bob: User) -> None:
    operations.claim(task=task, user=alice)
    assert post(bob, "task_fields", task, **{"f.more": a_file("a.txt", b"a")}).status_code == 200
    assert post(bob, "task_draft", task, **{"f.more": a_file("a.txt", b"a")}).status_code == 409
    assert not Document.objects.exists()


def test_a_draft_keeps_its_files_and_hands_them_on(task: HumanTask, alice: User, bob: User) -> None:
    post(alice, "task_draft", task, **{"f.invoice": a_file("a.pdf", PDF)})
    stored = Document.objects.get()
    assert TaskDraft.objects.get().data["fields"]["f.invoice"] == [str(stored.pk)]
    assert "a.pdf" in text(client_of(alice).get(reverse("task", args=[task.pk])))
    operations.claim(task=task, user=alice)
    operations.delegate(task=task, user=alice, to=bob)
    assert "a.pdf" in text(client_of(bob).get(reverse("task", args=[task.pk])))
    stored.refresh_from_db()
    assert stored.uploaded_by == bob


def test_a_file_is_taken_away_again(task: HumanTask, alice: User) -> None:
    post(alice, "task_fields", task, **{"f.more": a_file("a.txt", b"a")})
    stored = Document.objects.get()
    page = post(alice, "task_fields", task, **{"f.more": str(stored.pk), "remove": f"f.more {stored.pk}"})
    assert "a.txt" not in text(page)
    assert not Document.objects.exists()


def test_a_file_of_a_start_belongs_to_the_case(finance: Group, alice: User, charlie: User) -> None:
    form = {**FORM, "id": "order", "components": FORM["components"][:1]}
    definition = desk.deploy_orders(start_form=form)
    desk.may_start(alice, definition)
    begun = client_of(alice).post(reverse("start_process", args=["order"]), {"f.invoice": a_file("a.pdf", PDF)})
    assert begun.status_code == 302
    stored, instance = Document.objects.get(), ProcessInstance.objects.get()
    assert (stored.process_instance, stored.kept_at is None) == (instance, False)
    assert client_of(alice).get(reverse("document", args=[stored.pk])).status_code == 200
    assert client_of(charlie).get(reverse("document", args=[stored.pk])).status_code == 404
    assert "a.pdf" in text(client_of(alice).get(reverse("case", args=[instance.pk])))


def test_uploads_that_nobody_sends_go(task: HumanTask, alice: User) -> None:
    kept = a_kept_document(task, alice)
    for name, days in (("old.txt", 31), ("new.txt", 1)):
        made = documents.store(name.encode(), name, by=alice, instance=task.process_instance)
        Document.objects.filter(pk=made.pk).update(uploaded_at=made.uploaded_at - timedelta(days=days))
    assert documents.forget_uploads() == 1
    assert set(Document.objects.values_list("name", flat=True)) == {kept.name, "new.txt"}


# Who is served, and how


def test_an_upload_is_its_uploaders_alone(task: HumanTask, alice: User, bob: User, root: User) -> None:
    stored = documents.store(PDF, "a.pdf", by=alice, instance=task.process_instance)
    for user, status in ((alice, 200), (bob, 404), (root, 404)):
        assert client_of(user).get(reverse("document", args=[stored.pk])).status_code == status


def test_a_kept_document_is_for_who_sees_the_case(task: HumanTask, alice: User, bob: User, charlie: User) -> None:
    stored = a_kept_document(task, alice)
    for name in ("document", "document_preview"):
        for user, status in ((alice, 200), (bob, 200), (charlie, 404)):
            assert client_of(user).get(reverse(name, args=[stored.pk])).status_code == status


def test_nobody_names_the_document_of_somebody_else(task: HumanTask, alice: User, bob: User, root: User) -> None:
    """XE05: neither an upload of a colleague in the same case, nor a document of another case, nor none at all."""
    other = desk.order(task.process_instance.definition, by=root, key="ORD-2")
    foreign = [
        documents.store(PDF, "a.pdf", by=bob, instance=task.process_instance).pk,
        a_kept_document(other, alice).pk,
        "6f2a0e5c-3a1b-4f7e-9d55-0d7b6f0f4c11",
        "../a",
    ]
    for pk in foreign:
        for where in ("task_complete", "task_fields"):
            sent = {"f.invoice": str(pk), "f.note": "x", "outcome": "approve"}
            assert post(alice, where, task, **sent).status_code == 404, pk
    task.refresh_from_db()
    assert task.is_open


@pytest.mark.parametrize("name", ["document", "document_preview"])
@pytest.mark.parametrize(("content", "kind"), [(PDF, "application/pdf"), (PNG, "image/png")])
def test_a_document_is_served_under_lock(task: HumanTask, alice: User, name: str, content: bytes, kind: str) -> None:
    stored = a_kept_document(task, alice, 'a"b\u202e.html', content)
    answer = client_of(alice).get(reverse(name, args=[stored.pk]))
    assert answer.content == content
    assert answer["Content-Type"] == kind
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    saved = name == "document"
    assert answer["Content-Disposition"] == f'{"attachment" if saved else "inline"}; filename="a_b.html"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'self'"
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("content", [SVG, HTML, b"\x00\x01", ZIP])
def test_what_a_browser_could_run_is_never_shown(task: HumanTask, alice: User, content: bytes) -> None:
    stored = a_kept_document(task, alice, "a.png", content)
    assert client_of(alice).get(reverse("document_preview", args=[stored.pk])).status_code == 404
    saved = client_of(alice).get(reverse("document", args=[stored.pk]))
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["Content-Type"] in ("text/plain", sniffing.UNKNOWN, "application/zip")


def test_documents_are_previewed_in_the_form(task: HumanTask, alice: User, root: User) -> None:
    stored = [a_kept_document(task, alice, *one) for one in (("a.png", PNG), ("b.pdf", PDF), ("c.txt", b"c"))]
    known = [documents.reference(one) for one in stored]
    elsewhere = {**known[0], "storeId": "in-memory", "documentId": "abc"}
    shown = desk.order(task.process_instance.definition, by=root, key="ORD-2", known=[*known, elsewhere])
    page = text(client_of(alice).get(reverse("task", args=[shown.pk])))
    assert f'<img class="at-most-8" src="{reverse("document_preview", args=[stored[0].pk])}"' in page
    assert f'<iframe src="{reverse("document_preview", args=[stored[1].pk])}"' in page
    assert f'href="{reverse("document", args=[stored[2].pk])}"' in page
    assert "/documents/abc" not in page  # nothing leads to a store that is not ours


# Other pages


def test_another_page_is_shown_by_a_page_with_a_policy_of_its_own(task: HumanTask, alice: User, bob: User) -> None:
    page = text(post(alice, "task_fields", task, **{"f.note": "berlin"}))
    (address,) = [html.unescape(found) for found in re.findall(r'src="(/frame/[^"]+)"', page)]
    shown = client_of(alice).get(address)
    assert shown["Content-Security-Policy"] == (
        f"default-src 'none'; style-src '{FRAME_STYLE_HASH}'; frame-src https://maps.example; frame-ancestors 'self'"
    )
    assert 'src="https://maps.example/berlin"' in text(shown)
    assert 'sandbox="allow-scripts" allow="camera"' in text(shown)
    assert client_of(bob).get(address).status_code == 404
    assert client_of(alice).get(address[:-3] + "abc").status_code == 404
    assert "frame-src" not in client_of(alice).get(reverse("task", args=[task.pk]))["Content-Security-Policy"]


def test_a_page_that_is_not_plain_https_is_not_shown_whoever_signed_it(alice: User) -> None:
    for url, status in (("https://maps.example/", 200), ("javascript:alert(1)", 404), ("http://maps.example/", 404)):
        assert client_of(alice).get(framing.address(alice, Frame(url, "x", 300, "", ""))).status_code == status


def test_many_tasks_at_once_take_the_files_of_their_drafts(task: HumanTask, alice: User) -> None:
    post(alice, "task_draft", task, **{"f.invoice": a_file("a.pdf", PDF), "f.note": "x"})
    done = client_of(alice).post(reverse("bulk"), {"operation": "approve", "task": [task.pk]})
    assert done.status_code in (200, 302)
    task.refresh_from_db()
    assert not task.is_open
    (one,) = case_data.variables(task.process_instance_id)["invoice"]
    assert Document.objects.get(pk=one["documentId"]).kept_at is not None


def test_a_decision_that_is_taken_back_loses_no_file(finance: Group, alice: User, root: User) -> None:
    definition = desk.deploy_orders(desk.form_task(outcomes=desk.APPROVE, undo="30"), form=FORM)
    task = desk.order(definition, by=root)
    post(alice, "task_draft", task, **{"f.invoice": a_file("a.pdf", PDF), "f.note": "x"})
    sent = {"f.invoice": str(Document.objects.get().pk), "f.note": "x", "outcome": "approve"}
    assert post(alice, "task_complete", task, **sent).status_code == 302
    assert post(alice, "task_undo", task).status_code == 302
    assert "a.pdf" in text(client_of(alice).get(reverse("task", args=[task.pk])))
    assert post(alice, "task_complete", task, **sent).status_code == 302


def test_a_row_of_a_list_has_files_of_its_own(finance: Group, alice: User, root: User) -> None:
    picker = {"type": "filepicker", "key": "scan", "label": "Scan", "id": "b"}
    rows = {"type": "dynamiclist", "path": "papers", "label": "Papers", "id": "a", "components": [picker]}
    task = desk.order(desk.deploy_orders(form={**FORM, "components": [rows]}), by=root)
    new = {"f.papers": ["n0", "n1"], "f.papers[n1].scan": a_file("b.pdf", PDF), "outcome": "approve"}
    assert post(alice, "task_complete", task, **new).status_code == 302
    first, second = case_data.variables(task.process_instance_id)["papers"]
    assert (first["scan"], second["scan"][0]["metadata"]["fileName"]) == (None, "b.pdf")
    assert Document.objects.get().variable == "papers"
