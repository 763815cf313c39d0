"""Claiming: who may, who was first, and what an old page still allows."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask, InboxEntry
from tasks_inbox.operations import NotPermitted, TooLate
from tests.inbox.cases import kinds, offer, statements

pytestmark = pytest.mark.django_db


def test_claiming_takes_a_task_out_of_the_group_and_puts_it_into_ones_own(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    operations.claim(task=task, user=alice)

    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, alice)
    assert kinds(task) == ["create", "claim"]
    rows = set(InboxEntry.objects.filter(task=task).values_list("principal", "mine", "offered"))
    group = Group.objects.get(name="Finance")
    assert rows == {(2 * alice.pk, True, False), (2 * group.pk + 1, False, False)}


def test_the_second_to_claim_is_told_who_was_first(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    page_of_bob = HumanTask.objects.get(pk=task.pk)
    operations.claim(task=task, user=alice)

    with pytest.raises(TooLate) as refusal:
        operations.claim(task=page_of_bob, user=bob)

    assert refusal.value.by == alice
    assert refusal.value.at == task.events.get(kind="claim").at
    assert str(refusal.value) == "“Approve invoice” was claimed by Alice Adams."


def test_a_stranger_cannot_claim(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=charlie)

    assert kinds(task) == ["create"]


def test_who_has_left_the_group_cannot_claim_from_an_open_page(bob: User) -> None:
    task = offer(groups="Finance")
    bob.groups.clear()

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=bob)


def test_who_has_left_the_group_cannot_go_on_with_what_they_claimed(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=bob)
    bob.groups.clear()

    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=bob, data={})


def test_a_deactivated_person_cannot_do_anything(bob: User) -> None:
    task = offer(users="bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    bob.refresh_from_db()

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=bob)


def test_claiming_takes_five_statements_at_most(alice: User) -> None:
    task = offer(groups="Finance")

    assert len(statements(lambda: operations.claim(task=task, user=alice))) <= 5


def test_a_claim_goes_on_when_a_stale_page_still_allows_it(alice: User, bob: User) -> None:
    """Somebody claimed and released the task since the page was read: it is ready all the same."""
    task = offer(groups="Finance")
    stale = HumanTask.objects.get(pk=task.pk)
    operations.claim(task=task, user=bob)
    operations.suspend(task=task, user=bob)
    operations.resume(task=task, user=bob)
    operations.release(task=task, user=bob)

    operations.claim(task=stale, user=alice)

    assert stale.actual_owner == alice
