"""Who may come in: people who have not signed in, strangers, and those whose group has changed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orchestrator.models import ProcessInstance
from tasks_inbox.models import HumanTask, TaskEvent, TaskRead
from tests.inbox.pages import HTMX, address, as_user, text, url
from tests.undone import undone

pytestmark = pytest.mark.django_db


TASK_PAGES = [
    ("get", "task"),
    ("post", "task_claim"),
    ("post", "task_release"),
    ("post", "task_suspend"),
    ("post", "task_resume"),
    ("post", "task_skip"),
    ("post", "task_complete"),
    ("post", "task_fields"),
    ("post", "task_draft"),
    ("post", "task_comment"),
    ("get", "task_people"),
    ("post", "task_attach"),
    ("post", "task_read"),
    ("get", "task_delegate"),
    ("post", "task_delegate"),
    *((method, f"task_{word}") for word in ("ask", "approver", "subtask", "send_back") for method in ("get", "post")),
    *((method, f"task_{word}") for word in ("redo", "manage") for method in ("get", "post")),
    ("post", "task_undo"),
    ("get", "task_diagram"),
    ("get", "task_diagram_xml"),
]
CASE_PAGES = [("get", "case"), ("get", "case_related"), ("get", "case_diagram"), ("get", "case_diagram_xml")]
START_PAGES = [("get", "start_process"), ("post", "start_process"), ("post", "start_fields")]
OWN_PAGES = [("get", name) for name in ("inbox", "inbox_list", "catalogue", "my_requests")] + [("post", "set_theme")]


def test_every_page_about_a_task_is_in_a_list_of_this_file() -> None:
    """The others have their row in `tests/test_routes.py`, and their strangers where they are told of."""
    from tasks_inbox.urls import urlpatterns

    about_a_task = {pattern.name for pattern in urlpatterns if str(pattern.pattern).startswith("tasks/<int:pk>/")}
    assert about_a_task <= {name for _, name in TASK_PAGES}


def test_who_has_not_signed_in_is_asked_to(task: HumanTask) -> None:
    for method, name in (*TASK_PAGES, *CASE_PAGES, *START_PAGES, *OWN_PAGES):
        with undone():
            response = getattr(Client(), method)(address(name, task))
        assert response.status_code == 302, (method, name)
        assert response["Location"].startswith("/login/?next=/"), (method, name)


def test_a_stranger_finds_nothing_and_changes_nothing(task: HumanTask, charlie: User) -> None:
    client = as_user(charlie)
    before = list(HumanTask.objects.values()), TaskEvent.objects.count(), ProcessInstance.objects.count()
    for method, name in (*TASK_PAGES, *CASE_PAGES, *START_PAGES):
        forbidden = getattr(client, method)(address(name, task), {"outcome": "approve", "text": "x", "to": charlie.pk})
        missing = getattr(client, method)(
            address(name, task)
            .replace(f"/{task.pk}/", "/999999/")
            .replace(f"/{task.process_instance_id}/", "/999999/")
            .replace("order", "nothing")
        )
        assert (forbidden.status_code, missing.status_code) == (404, 404), (method, name)
        assert forbidden.content == missing.content, (method, name)
        now = list(HumanTask.objects.values()), TaskEvent.objects.count(), ProcessInstance.objects.count()
        assert now == before, (method, name)


def test_numbers_beyond_any_id_are_not_found(alice: User) -> None:
    client = as_user(alice)
    assert client.get("/tasks/99999999999999999999/").status_code == 404
    assert client.get("/cases/99999999999999999999/").status_code == 404
    assert client.get("/requests/?after=99999999999999999999").status_code == 200


def test_leaving_the_group_closes_the_page_at_once(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    assert client.get(url("task", task)).status_code == 200
    alice.groups.clear()
    assert client.get(url("task", task)).status_code == 404
    assert client.post(url("task_claim", task)).status_code == 404


def test_looking_changes_nothing(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    before = list(HumanTask.objects.values()), TaskRead.objects.count(), TaskEvent.objects.count()
    for name in ("inbox", "inbox_list", "task", "task_delegate", "task_diagram", "case", "my_requests", "catalogue"):
        client.get(address(name, task))
        client.get(address(name, task), **HTMX)
    assert (list(HumanTask.objects.values()), TaskRead.objects.count(), TaskEvent.objects.count()) == before


@pytest.mark.parametrize("name", ["task_claim", "task_complete", "task_draft", "task_comment", "set_theme"])
def test_what_changes_something_is_no_link(name: str, task: HumanTask, alice: User) -> None:
    assert as_user(alice).get(address(name, task)).status_code == 405


def test_a_form_from_elsewhere_is_refused_with_a_page_for_people(task: HumanTask, alice: User) -> None:
    response = as_user(alice, enforce_csrf_checks=True).post(url("task_claim", task))
    assert response.status_code == 403
    assert "This page was open for too long" in text(response)
