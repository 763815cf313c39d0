"""What people put beside a task: who may, what is taken, who sees it, and how it is served."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tasks_inbox import operations
from tasks_inbox.models import HumanTask, TaskAttachment
from tests.inbox.pages import as_user, text

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


def attach(user: User, task: HumanTask, *files: tuple[str, bytes], url: str = "", **more: Any) -> Any:
    sent = [SimpleUploadedFile("x", content, "text/html") for _, content in files]
    for upload, (name, _) in zip(sent, files, strict=True):
        upload.__dict__["_name"] = name  # as a browser without manners sends it
    return as_user(user).post(reverse("task_attach", args=[task.pk]), {"file": sent, "url": url}, **more)


def test_several_files_are_attached_at_once_and_told_in_the_history(task: HumanTask, alice: User, bob: User) -> None:
    assert attach(alice, task, ("chair.png", PNG), ("note.txt", b"12 chairs")).status_code == 302
    kinds = {one.name: (one.content_type, one.size, len(one.sha256)) for one in TaskAttachment.objects.all()}
    assert kinds == {"chair.png": ("image/png", len(PNG), 64), "note.txt": ("text/plain", 9, 64)}
    page = text(as_user(bob).get(reverse("task", args=[task.pk])))
    assert "chair.png" in page
    assert "attached note.txt" in page
    assert "Remove chair.png" not in page
    assert "Remove chair.png" in text(as_user(alice).get(reverse("task", args=[task.pk])))
    assert "chair.png" in text(as_user(bob).get(reverse("case", args=[task.process_instance_id])))


def test_all_are_attached_or_none(task: HumanTask, alice: User, settings: Any) -> None:
    settings.DOCUMENT_MOST_BYTES = 100
    for htmx in ({}, HTMX):
        answer = attach(alice, task, ("a.txt", b"a"), ("large.txt", b"x" * 101), **htmx)
        assert answer.status_code == 422
        assert "large.txt: A file has at most 0 MB." in text(answer)
    assert "Attach at most 10 files at once." in text(attach(alice, task, *[(f"{n}.txt", b"a") for n in range(11)]))
    assert "Choose a file or write an address." in text(attach(alice, task))
    assert not TaskAttachment.objects.exists()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", "a"])
def test_an_address_is_one_of_the_web(task: HumanTask, alice: User, url: str) -> None:
    assert attach(alice, task, url=url).status_code == 422
    assert attach(alice, task, url="https://wiki.example/chairs").status_code == 302
    assert [one.url for one in TaskAttachment.objects.all()] == ["https://wiki.example/chairs"]


@pytest.mark.parametrize(
    "name", ["../../a.html", "a\r\nX: y.html", "\u202elmth.a", '"><img src=x onerror=alert(1)>', "", "."]
)
def test_an_evil_name_does_no_harm(task: HumanTask, alice: User, name: str) -> None:
    """XG02, XD01: whatever a file is called, its name is a plain word on the page and in the header."""
    made = operations.add_attachment(task=task, user=alice, name=name or "x", content=b"<script>alert(1)</script>")
    assert not set('/\\<>"\r\n\x00\u202e') & set(made.name)
    page = text(as_user(alice).get(reverse("task", args=[task.pk])))
    assert "<img src=x" not in page
    saved = as_user(alice).get(reverse("attachment", args=[made.pk]))
    assert saved["Content-Disposition"].startswith("attachment; filename")
    assert saved["Content-Type"] == "text/plain"
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert saved["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'self'"
    assert as_user(alice).get(reverse("attachment_preview", args=[made.pk])).status_code == 404


def test_strangers_find_nothing_and_attach_nothing(task: HumanTask, alice: User, charlie: User) -> None:
    attach(alice, task, ("chair.png", PNG))
    made = TaskAttachment.objects.get()
    assert attach(charlie, task, ("a.txt", b"a")).status_code == 404
    for name in ("attachment", "attachment_preview"):
        assert as_user(charlie).get(reverse(name, args=[made.pk])).status_code == 404
        assert as_user(alice).get(reverse(name, args=[made.pk])).status_code == 200
        assert as_user(alice).get(reverse(name, args=[made.pk + 1])).status_code == 404
    assert as_user(charlie).post(reverse("attachment_delete", args=[made.pk])).status_code == 404
    assert TaskAttachment.objects.count() == 1


def test_one_takes_away_what_oneself_attached(task: HumanTask, alice: User, bob: User) -> None:
    attach(alice, task, ("chair.png", PNG))
    made = TaskAttachment.objects.get()
    assert as_user(bob).post(reverse("attachment_delete", args=[made.pk])).status_code == 404
    answer = as_user(alice).post(reverse("attachment_delete", args=[made.pk]), **HTMX)
    assert answer["HX-Trigger"] == '{"announce": "Removed."}'
    assert 'id="attachments"' in text(answer)
    assert "took chair.png away" in text(as_user(bob).get(reverse("task", args=[task.pk])))
    assert not TaskAttachment.objects.exists()


def test_nothing_is_attached_to_a_task_that_has_ended(task: HumanTask, alice: User) -> None:
    operations.complete(task=task, user=alice, data={"amount": 1}, outcome="approve")
    assert attach(alice, task, ("a.txt", b"a")).status_code == 409
    assert 'id="attach-file"' not in text(as_user(alice).get(reverse("task", args=[task.pk])))
