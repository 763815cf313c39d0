"""The page on which deadlines and roles of a task are changed, doing it once more, and handing it over empty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask, TaskDraft, TaskRole
from tests.inbox.cases import give, kinds, offer

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def manage(user: User, task: HumanTask, **sent: str) -> Any:
    return browser(user).post(reverse("task_manage", args=[task.pk]), sent)


def holders(task: HumanTask, role: str) -> set[str]:
    held = TaskRole.objects.filter(task=task, role=role).select_related("user", "group")
    return {one.user.username if one.user else str(one.group) for one in held}


def test_those_who_administer_set_deadlines_priority_and_roles(
    root: User, alice: User, bob: User, finance: Group
) -> None:
    task = offer(users="alice")
    assert manage(root, task, what="due", at="2031-01-02T09:30").status_code == 302
    manage(root, task, what="start_by", at="2031-01-01T09:30")
    manage(root, task, what="priority", priority="80")
    manage(root, task, what="role", role=lifecycle.POTENTIAL_OWNER, names="bob, Finance")
    task.refresh_from_db()
    assert task.due_at == datetime(2031, 1, 2, 9, 30, tzinfo=UTC)
    assert task.start_by == datetime(2031, 1, 1, 9, 30, tzinfo=UTC)
    assert task.priority == 80
    assert holders(task, lifecycle.POTENTIAL_OWNER) == {"bob", "Finance"}
    assert kinds(task) == ["create", "setDeadline", "setDeadline", "setPriority", "setGenericHumanRole"]
    shown = browser(root).get(reverse("task_manage", args=[task.pk])).content.decode()
    for text in ('value="2031-01-02T09:30"', 'value="bob, Finance"', 'value="80"'):
        assert text in shown
    manage(root, task, what="due", at="")
    task.refresh_from_db()
    assert task.due_at is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"what": "due", "at": "tomorrow"}, "Enter a day and a time, or nothing."),
        ({"what": "priority", "priority": "101"}, "A priority is a whole number from 0 to 100."),
        ({"what": "priority", "priority": "²"}, "A priority is a whole number from 0 to 100."),
        ({"what": "role", "role": "stakeholder", "names": "bob, nobody"}, "called nobody."),
        ({"what": "role", "role": "king", "names": "bob"}, "There is no such role."),
        ({"what": "role", "role": "stakeholder", "names": ",".join(map(str, range(101)))}, "At most 100 names."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(sent: dict[str, str], sentence: str, root: User, bob: User) -> None:
    task = offer(users="bob")
    answer = manage(root, task, **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert kinds(task) == ["create"]


def test_a_stakeholder_sets_deadlines_and_no_roles(root: User, alice: User, bob: User) -> None:
    task = offer(users="alice")
    give(task, lifecycle.STAKEHOLDER, bob)
    shown = browser(bob).get(reverse("task_manage", args=[task.pk])).content.decode()
    assert 'name="at"' in shown
    assert 'name="role"' not in shown
    assert manage(bob, task, what="priority", priority="70").status_code == 302
    assert manage(bob, task, what="role", role="potential_owner", names="bob").status_code == 404
    assert holders(task, lifecycle.POTENTIAL_OWNER) == {"alice"}


def test_for_everybody_else_there_is_no_such_page(alice: User, charlie: User, root: User) -> None:
    task = offer(users="alice")
    for user in (alice, charlie):
        assert browser(user).get(reverse("task_manage", args=[task.pk])).status_code == 404
        assert manage(user, task, what="priority", priority="70").status_code == 404
        assert browser(user).get(reverse("task_redo", args=[task.pk])).status_code == 404
        link = reverse("task_manage", args=[task.pk])
        assert link not in browser(user).get(task.get_absolute_url()).content.decode()
    assert link in browser(root).get(task.get_absolute_url()).content.decode()
    assert manage(root, task, what="destroy").status_code == 404


def test_whoever_gives_their_own_role_away_lands_in_the_inbox(alice: User, bob: User) -> None:
    task = offer(users="alice")
    give(task, lifecycle.BUSINESS_ADMINISTRATOR, bob)
    answer = manage(bob, task, what="role", role=lifecycle.BUSINESS_ADMINISTRATOR, names="alice")
    assert answer["Location"] == reverse("inbox")
    assert holders(task, lifecycle.BUSINESS_ADMINISTRATOR) == {"alice"}


def test_a_task_is_done_once_more(root: User, alice: User) -> None:
    from tests.inbox.cases import start, user_task

    instance = start(user_task("n1", users="alice"), user_task("n2", users="alice"))
    task = HumanTask.objects.get(process_instance=instance)
    operations.complete(task=task, user=alice, data={})
    shown = browser(root).get(reverse("task_redo", args=[task.pk])).content.decode()
    assert 'type="search" name="person"' not in shown
    answer = browser(root).post(reverse("task_redo", args=[task.pk]), {"text": "The amount was wrong"}, follow=True)
    assert "It is to be done once more." in answer.content.decode()
    assert HumanTask.objects.filter(process_instance=instance, element="n1", completed_at=None).count() == 1
    assert kinds(task)[-1] == "redone"


@pytest.mark.parametrize("anew", [True, False])
def test_a_task_is_given_away_with_or_without_what_was_typed(anew: bool, alice: User, bob: User) -> None:
    task = offer(users="alice")
    operations.save_draft(task=task, user=alice, data={"fields": {"f.amount": ["7"]}})
    sent = {"to": bob.pk, **({"anew": "1"} if anew else {})}
    browser(alice).post(reverse("task_delegate", args=[task.pk]), sent)
    assert HumanTask.objects.get(pk=task.pk).actual_owner == bob
    assert TaskDraft.objects.filter(task=task, user=bob).exists() != anew
