"""Who sees what. Every story has somebody who may not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.http import Http404
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition
from tasks_inbox import lifecycle, operations, upkeep
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.permissions import get_task_or_404, permitted_operations, roles_of, visible_tasks
from tests.inbox.cases import give, kinds, offer

pytestmark = pytest.mark.django_db


def sees(user: User | AnonymousUser, task: HumanTask) -> bool:
    """By both ways in: one task by its id, and the set of all."""
    try:
        get_task_or_404(user, task.pk)
        alone = True
    except Http404:
        alone = False
    assert visible_tasks(user).filter(pk=task.pk).exists() == alone
    return alone


def test_candidates_see_a_task_and_strangers_do_not(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")

    assert sees(alice, task)
    assert sees(bob, task)
    assert not sees(charlie, task)
    assert not sees(AnonymousUser(), task)


def test_unknown_and_forbidden_answer_alike(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(Http404) as forbidden:
        get_task_or_404(charlie, task.pk)
    with pytest.raises(Http404) as unknown:
        get_task_or_404(charlie, task.pk + 1)

    assert str(forbidden.value) == str(unknown.value)


@pytest.mark.parametrize("role", [lifecycle.STAKEHOLDER, lifecycle.RECIPIENT, lifecycle.BUSINESS_ADMINISTRATOR])
def test_other_roles_see_it_too(role: str, alice: User, charlie: User) -> None:
    task = offer(groups="Finance")
    assert not sees(charlie, task)

    give(task, role, charlie)

    assert sees(charlie, task)


def test_who_is_excluded_does_not_see_it_through_the_group(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")

    assert not sees(alice, task)
    assert sees(bob, task)


def test_who_started_the_case_does_not_see_the_approvers_task(alice: User, charlie: User) -> None:
    task = offer(groups="Finance", by=charlie)

    assert task.initiator == charlie
    assert not sees(charlie, task)


def test_leaving_a_group_takes_everything_away_at_once(alice: User, bob: User) -> None:
    ready, claimed = offer(groups="Finance"), offer(groups="Finance")
    operations.claim(task=claimed, user=bob)

    bob.groups.clear()

    assert not sees(bob, ready)
    assert not sees(bob, claimed)
    assert permitted_operations(claimed, bob) == set()


def test_what_somebody_completed_stays_visible_to_them(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")
    operations.complete(task=task, user=alice, data={})
    alice.groups.clear()

    assert sees(alice, task)
    assert not sees(charlie, task)
    assert permitted_operations(task, alice) == set()


def test_administrators_of_one_process_do_not_see_another(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")
    other = ProcessDefinition.objects.create(resource=task.process_instance.definition.resource, key="other", version=1)
    assign_perm("orchestrator.administer_instances", charlie, other)
    assert not sees(charlie, task)

    assign_perm("orchestrator.administer_instances", charlie, task.process_instance.definition)

    charlie = User.objects.get(pk=charlie.pk)  # permissions are cached on the object
    assert sees(charlie, task)
    assert {"claim", "delegate", "set_priority"} <= permitted_operations(task, charlie)


def test_a_deactivated_superuser_is_nobody(root: User, alice: User) -> None:
    task = offer(groups="Finance")
    assert sees(root, task)

    root.is_active = False
    root.save()

    assert not sees(root, task)
    assert roles_of(root, task) == frozenset()


# Nobody's task


def test_a_task_for_nobody_is_offered_to_administrators(root: User, alice: User, charlie: User) -> None:
    task = offer(assignee="zoe", groups="Nowhere")

    assert [event.data["text"] for event in task.events.filter(kind=TaskEvent.Kind.UNRESOLVED).order_by("pk")] == [
        "There is no user “zoe”.",
        "There is no group “Nowhere”.",
        "Nobody can take this task: it is offered to those who administer the process.",
    ]
    assert "claim" in permitted_operations(task, root)
    assert task.entries.filter(principal=2 * root.pk, offered=True).exists()
    assert not sees(charlie, task)


def test_one_known_name_is_enough(alice: User, root: User) -> None:
    task = offer(users="alice, zoe")

    assert [event.data["text"] for event in task.events.filter(kind="unresolved")] == ["There is no user “zoe”."]
    assert not task.roles.filter(role=lifecycle.BUSINESS_ADMINISTRATOR).exists()


@pytest.mark.parametrize("way", ["empty group", "only member excluded", "inactive assignee"])
def test_a_name_that_stands_for_nobody_able_is_nobody(way: str, alice: User, charlie: User, root: User) -> None:
    legal = Group.objects.create(name="Legal")
    if way == "empty group":
        task = offer(groups="Legal")
    elif way == "only member excluded":
        charlie.groups.add(legal)
        task = offer(groups="Legal", excludedUsers="charlie")
    else:
        User.objects.filter(pk=charlie.pk).update(is_active=False)
        task = offer(assignee="charlie")

    assert "claim" in permitted_operations(task, root)
    assert task.events.filter(kind="unresolved", data__text__startswith="Nobody can take this task").exists()


def test_without_any_administrator_the_history_says_so(alice: User) -> None:
    task = offer(groups="Nowhere")

    assert task.events.filter(kind="unresolved").last().data["text"].endswith("appoint an administrator.")


def test_a_group_that_administers_the_process_is_asked_for_help(alice: User, charlie: User) -> None:
    helpers = Group.objects.create(name="Helpers")
    charlie.groups.add(helpers)
    first = offer(groups="Finance")
    assign_perm("orchestrator.administer_instances", helpers, first.process_instance.definition)

    task = offer(groups="Nowhere")

    assert "claim" in permitted_operations(task, charlie)


def test_a_task_does_not_stay_with_somebody_who_left(alice: User, bob: User, root: User) -> None:
    by_name, by_group, fine = offer(assignee="alice"), offer(groups="Finance"), offer(groups="Finance")
    operations.claim(task=by_group, user=alice)
    operations.claim(task=fine, user=bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert upkeep.rescue_orphans() == 2
    assert upkeep.rescue_orphans() == 0

    for task in (by_name, by_group, fine):
        task.refresh_from_db()
    assert (by_name.state, by_group.state, fine.actual_owner) == ("ready", "ready", bob)
    assert "claim" in permitted_operations(by_name, root)
    assert "claim" in permitted_operations(by_group, bob)
    assert kinds(by_name)[-2:] == ["release", "unresolved"]


def test_a_claim_ends_with_the_membership_that_allowed_it(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    alice.groups.clear()

    assert upkeep.rescue_orphans() == 1

    assert "claim" in permitted_operations(HumanTask.objects.get(pk=task.pk), bob)


def test_a_group_that_was_emptied_does_not_hold_a_task(alice: User, root: User) -> None:
    task = offer(groups="Finance")
    alice.groups.clear()

    assert upkeep.rescue_orphans() == 1
    assert upkeep.rescue_orphans() == 0

    assert "claim" in permitted_operations(task, root)
