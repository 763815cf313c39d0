"""Promises about every address: a new one without a row here fails (XF-M), looking never writes (XE02), and a form from
elsewhere is refused (XE01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from orchestrator.models import Document
from orchestrator.runtime import documents
from tasks_inbox import feed
from tasks_inbox.models import Absence, HumanTask, Profile, SavedView, TaskAttachment
from tasks_inbox.notices import deciding, links
from tests.inbox import desk
from tests.undone import undone

# The addresses for people, with the methods they answer. Those of the admin are Django's, and ours in tests/admin.
ROUTES: dict[str, str] = {
    "login": "get post",
    "logout": "post",
    "healthz": "get",
    "readyz": "get",
    "outbox": "get",
    "outbox_body": "get",
    "webhook": "post",
    "inbox": "get",
    "inbox_list": "get",
    "task": "get",
    "task_claim": "post",
    "task_release": "post",
    "task_resume": "post",
    "task_skip": "post",
    "task_suspend": "post",
    "task_complete": "post",
    "task_fields": "post",
    "task_draft": "post",
    "task_comment": "post",
    "task_people": "get",
    "task_read": "post",
    "task_attach": "post",
    "attachment": "get",
    "attachment_preview": "get",
    "attachment_delete": "post",
    "document": "get",
    "document_preview": "get",
    "form_frame": "get",
    "task_delegate": "get post",
    "task_ask": "get post",
    "task_approver": "get post",
    "task_subtask": "get post",
    "task_send_back": "get post",
    "task_undo": "post",
    "task_redo": "get post",
    "task_manage": "get post",
    "absences": "get post",
    "upcoming": "get",
    "team": "get",
    "team_export": "get",
    "team_person": "get",
    "team_act": "post",
    "absence_end": "post",
    "task_diagram": "get",
    "task_diagram_xml": "get",
    "catalogue": "get",
    "start_process": "get post",
    "start_fields": "post",
    "process_handbook": "get",
    "process_picture": "get",
    "calendar": "get post",
    "calendar_feed": "get",
    "my_requests": "get",
    "case": "get",
    "case_related": "get",
    "case_diagram": "get",
    "case_diagram_xml": "get",
    "drawing_form": "post",
    "drawing_choices": "get",
    "set_theme": "post",
    "bulk": "post",
    "bulk_undo": "post",
    "filter": "get",
    "views": "get post",
    "views_counts": "get",
    "views_usual": "post",
    "view": "get post",
    "view_delete": "post",
    "view_move": "post",
    "preferences": "get post",
    "notices": "get post",
    "notices_stop": "get post",
    "decide": "post",
    "decide_from_mail": "get",
}
# No account is needed.
OPEN = {"login", "healthz", "readyz", "webhook", "calendar_feed", "notices_stop", "decide", "decide_from_mail"}
# The cookie of an account counts for nothing: tests/runtime/test_webhooks.py, tests/inbox/test_{notices,mail_links}.py
SIGNED = {"webhook", "notices_stop", "decide"}
BEFORE_DJANGO = {"healthz", "readyz"}  # answered for every Host, by a middleware
ADMIN_LISTS = ("deployment", "processdefinition", "decisiondefinition", "formdefinition", "resourcedefinition",
    "processinstance", "incident", "batch", "job", "mail", "message", "subscription")  # fmt: skip


def named(resolver: URLResolver | None = None) -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) != "admin/":
                yield from named(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def test_every_address_has_a_row() -> None:
    assert set(named()) - BEFORE_DJANGO == set(ROUTES) - BEFORE_DJANGO


@pytest.fixture
def task(db: None) -> HumanTask:
    User.objects.create_superuser("root", password="secret")
    alice = User.objects.create_user("alice", password="secret")
    alice.groups.add(Group.objects.create(name="Finance"))
    definition = desk.deploy_orders()
    desk.may_start(alice, definition)
    return desk.order(definition, alice)


def address(name: str, task: HumanTask) -> str:
    if name in BEFORE_DJANGO:
        return f"/{name}"
    if name.startswith("task"):
        return reverse(name, args=[task.pk])
    if name in ("view", "view_delete", "view_move"):
        owner = User.objects.get(username="alice")
        return reverse(name, args=[SavedView.objects.get_or_create(owner=owner, name="Mine")[0].pk])
    if name.startswith("attachment"):
        return reverse(name, args=[_attached(task).pk])
    if name.startswith("document"):
        return reverse(name, args=[_document(task).pk])
    if name == "absence_end":
        return reverse(name, args=[Absence.objects.get_or_create(user=User.objects.get(username="alice"))[0].pk])
    if name in ("team_person", "team_act"):
        return reverse(name, args=[_led(User.objects.get(username="alice")).pk])
    if name.startswith("case"):
        return reverse(name, args=[task.process_instance_id])
    if name == "calendar_feed":
        return reverse(name, args=[feed.renew(User.objects.get(username="alice"))])
    if name == "notices_stop":
        return urlsplit(links.stop_url(User.objects.get(username="alice"), "reminder")).path
    if name == "decide_from_mail":
        return urlsplit(deciding.offer(task, User.objects.get(username="alice")).get("decide_url", "/decide/x/")).path
    if name == "webhook":
        return reverse(name, args=["shop/orders"])
    if name.startswith(("start_", "process_")):
        return reverse(name, args=["order"])
    return reverse(name, args=["1-00000000"]) if name == "outbox_body" else reverse(name)


def _led(manager: User) -> User:
    """Somebody whom this person leads."""
    report, _ = User.objects.get_or_create(username="report")
    Profile.objects.get_or_create(user=report, defaults={"manager": manager})
    return report


def _attached(task: HumanTask) -> TaskAttachment:
    alice = User.objects.get(username="alice")
    found = {"name": "a.txt", "access_type": "inline", "content": b"a", "content_type": "text/plain"}
    return TaskAttachment.objects.get_or_create(task=task, attached_by=alice, defaults=found)[0]


def _document(task: HumanTask) -> Document:
    alice = User.objects.get(username="alice")
    found = documents.store(b"%PDF-1.7", "a.pdf", by=alice, instance=task.process_instance)
    documents.keep([documents.reference(found)], by=alice, instance=task.process_instance)
    return found


def posting() -> list[str]:
    return [name for name, methods in ROUTES.items() if "post" in methods and name not in SIGNED]


def looking() -> list[str]:
    return [name for name, methods in ROUTES.items() if "get" in methods]


def test_nothing_is_answered_without_an_account(task: HumanTask) -> None:
    for name in sorted(set(ROUTES) - OPEN - {"logout"}):
        for method in ROUTES[name].split():
            with undone():
                response = getattr(Client(), method)(address(name, task))
            assert response.status_code == 302, (method, name)
            assert response["Location"].startswith("/login/"), (method, name)


def test_a_form_from_elsewhere_is_refused(task: HumanTask) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="alice"))
    for name in posting():
        with undone():
            assert client.post(address(name, task), {"outcome": "approve"}).status_code == 403, name
            task.refresh_from_db()
            assert task.state == HumanTask.State.READY, name


def test_what_acts_does_not_answer_to_get(task: HumanTask) -> None:
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    for name in (name for name in ROUTES if "get" not in ROUTES[name]):
        with undone():
            assert client.get(address(name, task)).status_code == 405, name


class Wrote(AssertionError):
    pass


def refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.lstrip().split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}:
        raise Wrote(sql)
    return execute(sql, params, many, context)


def test_looking_never_writes(task: HumanTask) -> None:
    admin = [f"/admin/orchestrator/{model}/" for model in ADMIN_LISTS]
    instance = reverse("admin:orchestrator_processinstance_change", args=[task.process_instance_id])
    pages = {
        "alice": [address(name, task) for name in looking()],
        "root": [*(address(name, task) for name in looking()), "/admin/", *admin, instance],
    }
    for username, addresses in pages.items():
        client = Client()
        client.force_login(User.objects.get(username=username))
        for page in addresses:
            with connection.execute_wrapper(refuse_writes):
                answer = client.get(page)
            said = "" if answer.status_code < 500 else answer.content.decode()[:500]  # a probe says what is not well
            assert answer.status_code in (200, 302, 404), f"{page}: {answer.status_code} {said}"
