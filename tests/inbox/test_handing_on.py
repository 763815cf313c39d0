"""Handing on: delegating, forwarding, releasing, putting aside; and nobody gets what four eyes keep from them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask
from tasks_inbox.operations import InvalidForm, NotPermitted
from tasks_inbox.permissions import permitted_operations
from tests.inbox.cases import kinds, offer, put

pytestmark = pytest.mark.django_db


# Four eyes


def test_who_is_excluded_cannot_take_what_the_group_is_offered(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="=[initiator]", variables={"initiator": "alice"})

    for attempt in (operations.claim, operations.start):
        with pytest.raises(NotPermitted):
            attempt(task=task, user=alice)
    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=alice, data={})
    operations.complete(task=task, user=bob, data={})

    assert HumanTask.objects.get(pk=task.pk).completed_by == bob


def test_who_is_excluded_cannot_get_it_by_delegation_either(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")
    operations.claim(task=task, user=bob)

    for give_to in (operations.delegate, operations.forward):
        with pytest.raises(InvalidForm, match="alice cannot take this task"):
            give_to(task=task, user=bob, to=alice)

    assert HumanTask.objects.get(pk=task.pk).actual_owner == bob


def test_an_excluded_superuser_may_hand_it_on_but_not_decide(root: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="root", skippable="true")

    assert not permitted_operations(task, root) & lifecycle.DECISIVE
    with pytest.raises(NotPermitted):
        operations.skip(task=task, user=root)
    operations.delegate(task=task, user=root, to=bob)

    assert HumanTask.objects.get(pk=task.pk).actual_owner == bob


def test_an_assignee_who_is_excluded_is_not_one(alice: User, bob: User, root: User) -> None:
    task = offer(assignee="alice", excludedUsers="alice")

    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert permitted_operations(task, alice) == set()
    assert "claim" in permitted_operations(task, root)


# Not me, not now


def test_delegating_gives_it_to_one_person_at_once(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)

    operations.delegate(task=task, user=alice, to=charlie)

    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, charlie)
    event = task.events.get(kind="delegate")
    assert event.data == {"from": "alice", "to": "charlie"}
    operations.complete(task=task, user=charlie, data={})


def test_a_model_may_forbid_delegation_or_keep_it_among_the_candidates(alice: User, bob: User, charlie: User) -> None:
    nobody = offer(groups="Finance", delegation="nobody")
    ours = offer(groups="Finance", delegation="potentialOwners")

    for task, to in ((nobody, bob), (ours, charlie)):
        with pytest.raises(InvalidForm, match="cannot take this task"):
            operations.delegate(task=task, user=alice, to=to)
    operations.delegate(task=ours, user=alice, to=bob)

    assert HumanTask.objects.get(pk=ours.pk).actual_owner == bob


def test_nothing_is_delegated_to_a_deactivated_person(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    charlie.refresh_from_db()

    with pytest.raises(InvalidForm):
        operations.delegate(task=task, user=alice, to=charlie)


def test_a_stranger_cannot_delegate_to_themselves(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(NotPermitted):
        operations.delegate(task=task, user=charlie, to=charlie)


def test_forwarding_hands_a_task_to_another_group(alice: User, bob: User, charlie: User) -> None:
    legal = Group.objects.create(name="Legal")
    charlie.groups.add(legal)
    task = offer(groups="Finance")

    operations.forward(task=task, user=alice, to=legal)

    assert permitted_operations(task, alice) == permitted_operations(task, bob) == set()
    assert "claim" in permitted_operations(task, charlie)


def test_releasing_offers_it_again(alice: User, bob: User) -> None:
    task = offer(assignee="alice", groups="Finance")

    operations.release(task=task, user=alice)

    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert "claim" in permitted_operations(task, bob)


def test_a_suspended_task_resumes_where_it_was(alice: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)
    until = timezone.now() + timedelta(days=1)

    operations.suspend(task=task, user=alice, until=until)
    task.refresh_from_db()
    assert (task.state, task.suspended_from, task.suspended_until) == ("suspended", "in_progress", until)
    operations.resume(task=task, user=alice)

    assert (task.state, task.actual_owner, task.suspended_from) == (lifecycle.IN_PROGRESS, alice, "")
    assert kinds(task) == ["create", "start", "suspendUntil", "resume"]


def test_nothing_is_put_aside_until_a_time_that_has_passed(alice: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(InvalidForm):
        operations.suspend(task=task, user=alice, until=timezone.now() - timedelta(minutes=1))


def test_nominating_several_people_offers_it_to_them(alice: User, bob: User, root: User) -> None:
    task = put(offer(groups="Finance"), lifecycle.CREATED)

    with pytest.raises(InvalidForm):
        operations.nominate(task=task, user=root)
    operations.nominate(task=task, user=root, users=[alice, bob])

    assert task.state == lifecycle.READY
    assert set(task.roles.values_list("user__username", "group")) == {("alice", None), ("bob", None)}
