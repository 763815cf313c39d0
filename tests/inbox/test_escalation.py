"""Policies, levels, and what they do when their time has come: each once, and only while it matters."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from orchestrator.models import Mail
from tasks_inbox import escalation, lifecycle, operations
from tasks_inbox.models import Department, Escalation, EscalationLevel, EscalationPolicy, HumanTask, Profile, TaskEvent
from tasks_inbox.permissions import permitted_operations
from tests.inbox.cases import kinds, offer
from tests.inbox.escalating import in_, policy, told

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Level = EscalationLevel
Action, Relative = EscalationLevel.Action, EscalationLevel.RelativeTo


def test_levels_are_applied_one_after_another_each_once(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND), Level(after=2 * HOUR, action=Action.RAISE_PRIORITY, priority=90))
    task = offer(assignee="alice", escalation="Approval")

    assert in_(0.9) == 0
    assert in_(1.1) == 1
    assert in_(1.1) == 0
    assert in_(48) == 1

    task.refresh_from_db()
    assert (task.escalated, task.priority) == (True, 90)
    assert told(task) == ["Reminded Alice Adams.", "Priority raised to 90."]
    assert set(task.entries.values_list("priority", flat=True)) == {90}


def test_a_level_may_come_before_the_due_date_or_after_it(alice: User) -> None:
    policy(
        Level(after=-HOUR, relative_to=Relative.DUE, action=Action.REMIND),
        Level(after=HOUR, relative_to=Relative.DUE, action=Action.RAISE_PRIORITY, priority=80),
    )
    offer(assignee="alice", escalation="Approval", due='=now() + duration("PT10H")')

    assert in_(8.9) == 0
    assert in_(9.1) == 1
    assert in_(10.9) == 0
    assert in_(11.1) == 1


def test_without_a_due_date_nothing_is_relative_to_it(alice: User) -> None:
    policy(Level(after=HOUR, relative_to=Relative.DUE, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")

    assert not task.escalations.exists()


def test_a_task_that_is_done_does_not_escalate(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")

    operations.complete(task=task, user=alice, data={})

    assert in_(2) == 0
    assert task.escalations.get().state == Escalation.State.WITHDRAWN
    assert not Mail.objects.exists()


def test_what_falls_due_while_a_task_is_suspended_is_applied_on_resume(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")
    operations.suspend(task=task, user=alice)

    assert in_(2) == 0
    operations.resume(task=task, user=alice)
    assert in_(2) == 1


def test_a_task_suspended_until_a_time_resumes_by_itself(alice: User) -> None:
    task = offer(assignee="alice")
    now = timezone.now()
    operations.suspend(task=task, user=alice, until=now + HOUR)

    assert escalation.resume_due(now) == 0
    assert escalation.resume_due(now + 2 * HOUR) == 1

    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, alice)
    assert kinds(task)[-1] == "resume"


def test_reassigning_replaces_the_candidates_and_offers_it_again(alice: User, bob: User, charlie: User) -> None:
    legal = Group.objects.create(name="Legal")
    charlie.groups.add(legal)
    policy(Level(after=HOUR, action=Action.REASSIGN, target_group=legal))
    task = offer(groups="Finance", escalation="Approval")
    operations.start(task=task, user=alice)

    assert in_(2) == 1

    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert permitted_operations(task, alice) == set()
    assert "claim" in permitted_operations(task, charlie)
    assert told(task) == ["Reassigned to Legal."]


def test_reassigning_to_nobody_able_asks_the_administrators(alice: User, root: User) -> None:
    policy(Level(after=HOUR, action=Action.REASSIGN, target_group=Group.objects.create(name="Empty")))
    task = offer(groups="Finance", escalation="Approval")

    assert in_(2) == 1

    assert "claim" in permitted_operations(HumanTask.objects.get(pk=task.pk), root)
    assert told(task)[0].startswith("Reassigned to Empty. Nobody can take this task")


def test_reassigning_never_gives_it_to_the_excluded(alice: User, bob: User, root: User) -> None:
    policy(Level(after=HOUR, action=Action.REASSIGN, target_user=bob))
    task = offer(groups="Finance", escalation="Approval", excludedUsers="bob")

    in_(2)

    assert permitted_operations(HumanTask.objects.get(pk=task.pk), bob) == set()


def test_a_raised_priority_is_never_lowered(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.RAISE_PRIORITY, priority=20))
    task = offer(assignee="alice", escalation="Approval", priority="70")

    in_(2)

    assert HumanTask.objects.get(pk=task.pk).priority == 70
    assert told(task) == ["The priority was already 70."]


def test_an_unknown_policy_is_told(alice: User) -> None:
    task = offer(assignee="alice", escalation="Nope")

    assert (
        task.events.get(kind=TaskEvent.Kind.UNRESOLVED)
        .data["text"]
        .startswith("There is no escalation policy named “Nope”.")
    )


# Whom the manager mail reaches


def test_the_manager_of_the_owner_is_mailed_and_may_hand_it_on(alice: User, bob: User, charlie: User) -> None:
    Profile.objects.create(user=alice, manager=charlie)
    policy(Level(after=DAY, action=Action.MAIL_MANAGER))
    task = offer(groups="Finance", escalation="Approval")
    operations.claim(task=task, user=alice)
    assert permitted_operations(task, charlie) == set()

    assert in_(25) == 1

    mail = Mail.objects.get()
    assert mail.to == ["charlie@baton.example"]
    assert mail.human_task_id == task.pk
    operations.delegate(task=HumanTask.objects.get(pk=task.pk), user=charlie, to=bob)


def test_the_head_of_the_department_stands_in_for_a_manager(alice: User, charlie: User) -> None:
    department = Department.objects.create(name="Finance", manager=charlie)
    Profile.objects.create(user=alice, department=department)
    policy(Level(after=DAY, action=Action.MAIL_MANAGER))

    offer(assignee="alice", escalation="Approval")
    in_(25)

    assert Mail.objects.get().to == ["charlie@baton.example"]


def test_nobody_has_it_so_the_heads_of_the_candidates_departments_are_mailed(
    alice: User, bob: User, charlie: User
) -> None:
    Profile.objects.create(user=bob, department=Department.objects.create(name="Finance", manager=charlie))
    policy(Level(after=DAY, action=Action.MAIL_MANAGER))

    offer(groups="Finance", escalation="Approval")
    in_(25)

    assert Mail.objects.get().to == ["charlie@baton.example"]


def test_without_any_manager_the_administrators_are_mailed(alice: User, root: User) -> None:
    policy(Level(after=DAY, action=Action.MAIL_MANAGER))

    offer(assignee="alice", escalation="Approval")
    in_(25)

    assert Mail.objects.get().to == ["root@baton.example"]


def test_when_nobody_can_be_mailed_the_history_says_so(alice: User) -> None:
    policy(Level(after=DAY, action=Action.MAIL_MANAGER))
    task = offer(assignee="alice", escalation="Approval")

    assert in_(25) == 1

    assert told(task) == ["Nobody could be mailed: no manager or administrator has an address."]


# Two beats, broken levels


@pytest.mark.django_db(transaction=True)
def test_two_beats_apply_each_level_once(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    for _ in range(10):
        offer(assignee="alice", escalation="Approval")
    ready, applied = threading.Barrier(3), []
    later = timezone.now() + 2 * HOUR

    def tick() -> None:
        ready.wait()
        try:
            applied.append(escalation.escalate_due(later))
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(applied) == 10
    assert Mail.objects.count() == 10
    assert not Escalation.objects.filter(state=Escalation.State.DUE).exists()


@pytest.mark.django_db(transaction=True)
def test_a_task_that_is_being_completed_is_left_alone(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")
    applied: list[int] = []

    def tick() -> None:
        try:
            applied.append(escalation.escalate_due(timezone.now() + 2 * HOUR))
        finally:
            connection.close()

    with transaction.atomic():
        HumanTask.objects.select_for_update().get(pk=task.pk)
        thread = threading.Thread(target=tick)
        thread.start()
        thread.join(timeout=10)

    assert applied == [0]


def test_one_broken_level_does_not_hold_up_the_others(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    broken, fine = offer(assignee="alice", escalation="Approval"), offer(assignee="bob", escalation="Approval")
    real = escalation.recipients.of_reminder

    def of_reminder(task: HumanTask) -> list[User]:
        if task.pk == broken.pk:
            raise ValueError("no")
        return real(task)

    monkeypatch.setattr(escalation.recipients, "of_reminder", of_reminder)

    assert in_(2) == 1

    assert (told(broken), told(fine)) == ([], ["Reminded Bob Brown."])
    assert broken.escalations.get().state == Escalation.State.DUE
    assert f"human task {broken.pk} failed" in caplog.text


# What an administrator may write


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (Level(after=HOUR, action=Action.REASSIGN), "needs either a user or a group"),
        (Level(after=HOUR, action=Action.RAISE_PRIORITY), "needs a priority"),
        (Level(after=HOUR, action=Action.RAISE_PRIORITY, priority=101), "needs a priority"),
        (Level(after=-HOUR, action=Action.REMIND), "only possible relative to the due date"),
    ],
)
def test_a_level_that_makes_no_sense_is_refused(level: Level, message: str) -> None:
    level.policy = EscalationPolicy.objects.create(name="Approval")

    with pytest.raises(ValidationError, match=message):
        level.full_clean()
