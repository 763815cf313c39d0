"""Deadlines in depth: kept in time, conditions, repetition, working time, stopped clocks, managers who are away; and
the page that says what will happen when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import F
from django.test import Client
from django.utils import timezone

from orchestrator.models import BusinessCalendar, Mail, ProcessInstance
from orchestrator.runtime import calendars, execution
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from tasks_inbox import deadlines, escalation, governing, mail, operations, upkeep
from tasks_inbox.models import (
    Absence,
    Escalation,
    EscalationLevel,
    EscalationPolicy,
    HumanTask,
    Profile,
    Substitution,
    TaskEvent,
)
from tasks_inbox.permissions import permitted_operations
from tests.bpmn import draw
from tests.inbox.cases import definition, give, offer, user_task
from tests.inbox.escalating import in_, policy, told

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Level = EscalationLevel
Action, Deadline, State = EscalationLevel.Action, EscalationLevel.Deadline, Escalation.State


@pytest.fixture(autouse=True)
def _fresh_calendars() -> Iterator[None]:
    calendars.forget()
    yield
    calendars.forget()


@pytest.fixture
def office(db: None) -> BusinessCalendar:
    return BusinessCalendar.objects.create(name="Office", time_zone="UTC")


def states(task: HumanTask) -> list[str]:
    return list(task.escalations.order_by("level__position").values_list("state", flat=True))


# Deadlines that are met


def test_a_start_deadline_ends_when_work_has_started(alice: User) -> None:
    policy(
        Level(after=HOUR, action=Action.REMIND, deadline=Deadline.START),
        Level(after=2 * HOUR, action=Action.REMIND, deadline=Deadline.COMPLETION),
    )
    lazy, busy = offer(groups="Finance", escalation="Approval"), offer(groups="Finance", escalation="Approval")
    operations.start(task=busy, user=alice)

    in_(1.1)

    assert (states(lazy), states(busy)) == (["done", "due"], ["met", "due"])
    assert len(told(lazy)) == 1
    assert told(busy) == []
    in_(2.1)
    assert states(busy) == ["met", "done"]


def test_a_deadline_to_take_it_ends_when_somebody_has(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.RAISE_PRIORITY, priority=90, deadline=Deadline.CLAIM))
    free, taken = offer(groups="Finance", escalation="Approval"), offer(groups="Finance", escalation="Approval")
    operations.claim(task=taken, user=alice)

    in_(1.1)

    assert (states(free), states(taken)) == (["done"], ["met"])


# Conditions


def test_a_level_with_a_condition_asks_the_case_and_the_task(alice: User) -> None:
    policy(
        Level(after=HOUR, action=Action.RAISE_PRIORITY, priority=80, condition="amount > 1000"),
        Level(after=HOUR, action=Action.REMIND, condition='= task.priority < 60 and task.owner = "alice"'),
    )
    small = offer(assignee="alice", escalation="Approval", variables={"amount": 12})
    large = offer(assignee="alice", escalation="Approval", variables={"amount": 5000})

    in_(1.1)

    assert (states(small), states(large)) == (["skipped", "done"], ["done", "skipped"])
    assert told(small) == ["Reminded Alice Adams."]
    assert told(large) == ["Priority raised to 80."]


def test_a_condition_that_is_neither_true_nor_false_is_told(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND, condition="amount > 1000"))
    task = offer(assignee="alice", escalation="Approval")

    in_(1.1)

    assert states(task) == ["skipped"]
    text = task.events.get(kind=TaskEvent.Kind.UNRESOLVED).data["text"]
    assert "is neither true nor false" in text
    assert "amount" in text


# Repetition


def test_a_level_repeats_until_it_has_been_often_enough(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND, repeat_every="PT2H", repeat_times=3))
    task = offer(assignee="alice", escalation="Approval")

    assert [in_(hours) for hours in (1.1, 2.9, 3.1, 5.1, 99)] == [1, 0, 1, 1, 0]
    assert states(task) == ["done"]
    assert task.escalations.get().times == 3


def test_after_an_outage_it_is_caught_up_once_and_the_history_says_how_many_were_missed(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND, repeat_every="PT1H"))
    task = offer(assignee="alice", escalation="Approval")

    assert in_(5.5) == 1
    assert in_(5.5) == 0

    event = task.events.get(kind="escalated")
    assert event.data["missed"] == 4
    assert event.data["text"] == "Reminded Alice Adams. Since then 4 times passed over."
    assert in_(6.1) == 1


def test_a_repeating_level_stops_when_the_task_is_done(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND, repeat_every="PT1H"))
    task = offer(assignee="alice", escalation="Approval")
    in_(1.1)

    operations.complete(task=HumanTask.objects.get(pk=task.pk), user=alice, data={})

    assert in_(9) == 0
    assert states(task) == ["withdrawn"]


# Working time


def test_levels_count_working_time_in_the_calendar_of_the_policy(alice: User, office: BusinessCalendar) -> None:
    policy(
        Level(working_time="2 working days", action=Action.REMIND, repeat_every="1 working day"),
        Level(working_time="-4 working hours", relative_to="due", action=Action.REMIND),
        calendar=office,
    )
    task = offer(assignee="alice", escalation="Approval", due="2027-06-07T10:00:00Z")  # a Monday

    first, second = task.escalations.order_by("level__position")
    assert first.due_at.weekday() < 5
    assert 9 <= first.due_at.hour <= 17
    assert second.due_at == datetime(2027, 6, 4, 14, tzinfo=UTC)
    escalation.escalate_due(first.due_at)
    again = task.escalations.get(pk=first.pk).due_at
    assert DAY <= again - first.due_at <= 3 * DAY


def test_without_one_the_calendar_of_the_task_counts(alice: User, office: BusinessCalendar) -> None:
    policy(Level(working_time="1 working day", action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval", calendar="Office")
    assert task.escalations.get().calendar == "Office"


def test_without_either_the_calendar_of_the_process_counts(alice: User, office: BusinessCalendar) -> None:
    policy(Level(working_time="1 working day", action=Action.REMIND, repeat_every="1 working day"))
    named = b'<bpmn:extensionElements><zeebe:properties><zeebe:property name="calendar" value="Office"/>'
    named += b"</zeebe:properties></bpmn:extensionElements><bpmn:startEvent"
    drawing = draw.chain(user_task(assignee="alice", escalation="Approval")).replace(b"<bpmn:startEvent", named, 1)
    instance = execution.start(definition(drawing), {})
    row = HumanTask.objects.get(process_instance=instance).escalations.get()
    assert (row.calendar, row.due_at.weekday() < 5) == ("Office", True)
    assert escalation.escalate_due(row.due_at) == 1
    row.refresh_from_db()
    assert (row.times, row.due_at.weekday() < 5) == (1, True)


def test_a_level_that_comes_again_moves_with_the_due_date_by_the_clock(alice: User, office: BusinessCalendar) -> None:
    policy(
        Level(working_time="1 working day", relative_to="due", action=Action.REMIND, repeat_every="1 working day"),
        calendar=office,
    )
    task = offer(assignee="alice", escalation="Approval", due="2027-06-07T10:00:00Z")  # a Monday
    assert escalation.escalate_due(datetime(2027, 6, 8, 10, tzinfo=UTC)) == 1
    task.due_at = datetime(2027, 6, 8, 10, tzinfo=UTC)

    deadlines.due_date_changed(task, datetime(2027, 6, 7, 10, tzinfo=UTC))

    assert task.escalations.get().due_at == datetime(2027, 6, 10, 10, tzinfo=UTC)  # the second time, a day later


def test_a_level_that_cannot_be_planned_is_told(alice: User) -> None:
    policy(Level(working_time="1 working day", action=Action.REMIND), Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")

    assert task.escalations.count() == 1
    text = task.events.get(kind=TaskEvent.Kind.UNRESOLVED).data["text"]
    assert "working time needs a calendar" in text


def test_what_is_relative_to_a_due_date_moves_with_it(alice: User, office: BusinessCalendar) -> None:
    policy(
        Level(after=-HOUR, relative_to="due", action=Action.REMIND),
        Level(working_time="1 working day", relative_to="due", action=Action.REMIND),
        Level(after=DAY, action=Action.REMIND),
        calendar=office,
    )
    task = offer(assignee="alice", escalation="Approval", due="2027-06-07T10:00:00Z")
    by_creation = task.escalations.get(level__position=3).due_at
    before = datetime(2027, 6, 7, 10, tzinfo=UTC)
    task.due_at = datetime(2027, 6, 11, 10, tzinfo=UTC)  # a Friday

    deadlines.due_date_changed(task, before)

    found = list(task.escalations.order_by("level__position").values_list("due_at", flat=True))
    assert found == [task.due_at - HOUR, datetime(2027, 6, 14, 10, tzinfo=UTC), by_creation]
    task.due_at = None
    deadlines.due_date_changed(task, before)
    assert states(task) == ["withdrawn", "withdrawn", "due"]
    task.due_at = before
    HumanTask.objects.filter(pk=task.pk).update(due_at=before)
    deadlines.due_date_changed(task, None)
    assert states(task) == ["due", "due", "due"]
    assert task.escalations.get(level__position=1).due_at == before - HOUR


def test_a_level_may_be_relative_to_the_time_by_which_it_has_to_be_begun(alice: User, root: User) -> None:
    policy(
        Level(after=-HOUR, relative_to="start_by", action=Action.REMIND, deadline=Deadline.START),
        Level(after=DAY, action=Action.REMIND),
    )
    task = offer(groups="Finance", escalation="Approval")
    give(task, "business_administrator", root)
    assert task.escalations.count() == 1

    begin_by = timezone.now() + 5 * HOUR
    governing.set_task_start_deadline_expression(task=task, user=root, deadline=begin_by)
    assert task.escalations.get(level__position=1).due_at == begin_by - HOUR
    governing.set_task_start_deadline_expression(task=task, user=root, deadline=begin_by + DAY)
    assert task.escalations.get(level__position=1).due_at == begin_by + DAY - HOUR
    governing.set_task_start_deadline_expression(task=task, user=root, deadline=None)
    assert states(task) == ["withdrawn", "due"]


# Clocks that stand still


def suspended_for(task: HumanTask, user: User, hours: float) -> None:
    """Put aside that long ago, and taken up again now."""
    operations.suspend(task=task, user=user)
    back = timedelta(hours=hours)
    task.events.filter(kind="suspend").update(at=F("at") - back)
    task.escalations.update(due_at=F("due_at") - back)
    operations.resume(task=HumanTask.objects.get(pk=task.pk), user=user)


def test_a_clock_that_stands_still_puts_off_what_is_due(alice: User) -> None:
    policy(Level(after=2 * HOUR, action=Action.REMIND), clock_runs_while_suspended=False)
    task = offer(assignee="alice", escalation="Approval")
    due = task.escalations.get().due_at

    suspended_for(task, alice, hours=5)

    assert abs(task.escalations.get().due_at - due) < timedelta(seconds=10)
    assert "Its deadlines stood still for" in task.events.get(kind="resume").data["text"]
    assert in_(0) == 0


def test_what_was_due_before_the_clock_stood_still_is_not_put_off(alice: User) -> None:
    policy(Level(after=2 * HOUR, action=Action.REMIND), clock_runs_while_suspended=False)
    task = offer(assignee="alice", escalation="Approval")
    task.escalations.update(due_at=F("due_at") - 3 * HOUR)
    due = task.escalations.get().due_at

    suspended_for(task, alice, hours=5)

    assert task.escalations.get().due_at == due - 5 * HOUR
    assert in_(0) == 1


def test_a_clock_that_stands_still_goes_on_when_the_task_resumes_by_itself(alice: User) -> None:
    policy(Level(after=2 * HOUR, action=Action.REMIND), clock_runs_while_suspended=False)
    task = offer(assignee="alice", escalation="Approval")
    due = task.escalations.get().due_at
    operations.suspend(task=task, user=alice, until=timezone.now() + HOUR)
    task.events.filter(kind="suspendUntil").update(at=F("at") - 3 * HOUR)

    assert escalation.resume_due(timezone.now() + 2 * HOUR) == 1

    moved = task.escalations.get().due_at - due
    assert abs(moved - 3 * HOUR) < timedelta(minutes=1)


def test_nothing_escalates_while_a_listener_is_asked(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")
    HumanTask.objects.filter(pk=task.pk).update(transition="completing")

    assert in_(2) == 0


def test_a_clock_that_runs_on_applies_it_on_resume(alice: User) -> None:
    policy(Level(after=2 * HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")

    suspended_for(task, alice, hours=5)

    assert "text" not in task.events.get(kind="resume").data
    assert in_(0) == 1


def test_over_a_weekend_the_working_hours_that_were_left_are_counted(
    alice: User, office: BusinessCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(
        Level(working_time="8 working hours", action=Action.REMIND), calendar=office, clock_runs_while_suspended=False
    )
    task = offer(assignee="alice", escalation="Approval")
    operations.suspend(task=task, user=alice)
    task.events.filter(kind="suspend").update(
        at=datetime(2027, 6, 4, 15, tzinfo=UTC)
    )  # a Friday, two hours before five
    task.escalations.update(due_at=datetime(2027, 6, 7, 11, tzinfo=UTC))
    monkeypatch.setattr(deadlines, "database_time", lambda: datetime(2027, 6, 9, 10, tzinfo=UTC))

    deadlines.resumed(task)

    assert task.escalations.get().due_at == datetime(2027, 6, 9, 14, tzinfo=UTC)


def test_without_the_calendar_that_it_counted_in_a_level_moves_by_the_clock(
    alice: User, office: BusinessCalendar
) -> None:
    policy(
        Level(working_time="1 working day", relative_to="due", action=Action.REMIND), clock_runs_while_suspended=False
    )
    task = offer(assignee="alice", escalation="Approval", due="2099-06-08T10:00:00Z", calendar="Office")
    office.delete()
    before, planned = task.due_at, task.escalations.get().due_at
    assert before is not None
    task.due_at = before + DAY

    deadlines.due_date_changed(task, before)
    assert task.escalations.get().due_at == planned + DAY

    suspended_for(task, alice, hours=5)
    assert abs(task.escalations.get().due_at - planned - DAY) < timedelta(seconds=10)


def test_working_time_that_was_left_is_left_still(alice: User, office: BusinessCalendar) -> None:
    policy(
        Level(working_time="8 working hours", action=Action.REMIND), calendar=office, clock_runs_while_suspended=False
    )
    task = offer(assignee="alice", escalation="Approval")
    row = task.escalations.get()

    suspended_for(task, alice, hours=24 * 7)

    moved = task.escalations.get().due_at
    assert abs(moved - row.due_at) <= timedelta(seconds=10)
    assert moved.weekday() < 5


def test_nothing_escalates_while_its_process_instance_is_suspended(alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    task = offer(assignee="alice", escalation="Approval")
    instances = ProcessInstance.objects.filter(pk=task.process_instance_id)

    instances.update(suspended_at=timezone.now())
    assert in_(2) == 0
    instances.update(suspended_at=None)
    assert in_(2) == 1


# Managers who are away


def away(user: User) -> None:
    Absence.objects.create(user=user, starts_at=timezone.now() - DAY, ends_at=timezone.now() + 9 * DAY)


def test_the_managers_manager_is_mailed_while_the_manager_is_away(
    alice: User, bob: User, charlie: User, root: User
) -> None:
    Profile.objects.create(user=alice, manager=bob)
    Profile.objects.create(user=bob, manager=charlie)
    policy(Level(after=HOUR, action=Action.MAIL_MANAGER))
    away(bob)
    task = offer(assignee="alice", escalation="Approval")

    in_(1.1)

    message = Mail.objects.get()
    assert message.to == ["charlie@baton.example"]
    assert told(task) == ["Mailed Charlie Clark. Bob Brown is away."]
    assert mail.entitled(message)
    assert "delegate" in permitted_operations(HumanTask.objects.get(pk=task.pk), charlie)


def test_who_acts_for_somebody_away_is_reminded(alice: User, bob: User, charlie: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND))
    away(alice)
    absence = alice.absences.get()
    Substitution.objects.create(absence=absence, substitute=bob)
    Substitution.objects.create(absence=absence, substitute=charlie)
    task = offer(assignee="alice", escalation="Approval", excludedUsers="charlie")

    in_(1.1)

    message = Mail.objects.get()
    assert (message.to, told(task)) == (["bob@baton.example"], ["Reminded Bob Brown."])
    assert mail.entitled(message)


def test_when_everybody_above_is_away_the_manager_is_mailed_after_all(alice: User, bob: User, charlie: User) -> None:
    Profile.objects.create(user=alice, manager=bob)
    Profile.objects.create(user=bob, manager=charlie)
    Profile.objects.create(user=charlie, manager=bob)  # above each other: nobody runs in circles
    policy(Level(after=HOUR, action=Action.MAIL_MANAGER))
    away(bob)
    away(charlie)
    offer(assignee="alice", escalation="Approval")

    in_(1.1)

    assert Mail.objects.get().to == ["bob@baton.example"]


def test_somebody_who_is_named_is_mailed_and_may_look(alice: User, charlie: User) -> None:
    audit = Group.objects.create(name="Audit")
    charlie.groups.add(audit)
    policy(Level(after=HOUR, action=Action.NOTIFY, target_group=audit))
    task = offer(assignee="alice", escalation="Approval")

    in_(1.1)

    message = Mail.objects.get()
    assert (message.to, told(task)) == (["charlie@baton.example"], ["Mailed Charlie Clark."])
    assert mail.entitled(message)
    charlie.groups.clear()
    assert not mail.entitled(message)


# What an administrator may write


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (Level(action=Action.REMIND), "needs one time"),
        (Level(after=HOUR, working_time="1 working day", action=Action.REMIND), "needs one time"),
        (Level(working_time="tomorrow", action=Action.REMIND), "write 2 working days"),
        (Level(working_time="-1 working day", action=Action.REMIND), "only possible relative to the due date"),
        (Level(after=HOUR, action=Action.REMIND, condition="amount >"), "cannot be read"),
        (Level(after=HOUR, action=Action.REMIND, repeat_every="daily"), "or 1 working day"),
        (Level(after=HOUR, action=Action.REMIND, repeat_every="PT0S"), "does not lead forward"),
        (Level(after=HOUR, action=Action.REMIND, repeat_times=0), "from 1 to 100"),
        (Level(after=HOUR, action=Action.NOTIFY), "needs either a user or a group"),
    ],
)
def test_a_level_that_makes_no_sense_is_refused(level: Level, message: str) -> None:
    level.policy = EscalationPolicy.objects.create(name="Approval")

    with pytest.raises(ValidationError, match=message):
        level.full_clean()


# The page


def test_the_page_says_what_will_happen_when_and_who_will_hear_of_it(
    client: Client, alice: User, bob: User, charlie: User, office: BusinessCalendar
) -> None:
    Profile.objects.create(user=alice, manager=bob, time_zone="Asia/Tokyo")
    legal = Group.objects.create(name="Legal")
    policy(
        Level(after=HOUR, action=Action.REMIND, repeat_every="PT2H", repeat_times=4),
        Level(after=2 * HOUR, action=Action.MAIL_MANAGER, condition="amount > 1000"),
        Level(working_time="2 working days", action=Action.REASSIGN, target_group=legal, deadline=Deadline.START),
        Level(after=3 * DAY, action=Action.RAISE_PRIORITY, priority=90),
        calendar=office,
    )
    task = offer(assignee="alice", escalation="Approval", variables={"amount": 12})
    client.force_login(alice)

    page = client.get(task.get_absolute_url()).content.decode()

    assert "What happens when" in page
    assert "Reminder to Alice Adams" in page
    assert "then every 2 hours, 3 more times" in page
    assert "Mail to the manager: Bob Brown" in page
    assert "if amount &gt; 1000" in page
    assert "Goes to Legal instead" in page
    assert "unless somebody has started it, working time of Office" in page
    assert "Priority rises to 90" in page
    assert "JST" in page  # in the viewer's zone
    assert (
        page.count("The clock runs on while the task is put aside.") == 2
    )  # beside the levels, and where it is put aside

    in_(1.1)
    operations.suspend(task=HumanTask.objects.get(pk=task.pk), user=alice)
    page = client.get(task.get_absolute_url()).content.decode()
    assert "Put aside: the clock runs on" in page

    client.force_login(charlie)  # a stranger
    assert client.get(task.get_absolute_url()).status_code == 404


def test_a_stopped_clock_is_shown_as_such(client: Client, alice: User) -> None:
    policy(Level(after=HOUR, action=Action.REMIND), clock_runs_while_suspended=False)
    task = offer(assignee="alice", escalation="Approval")
    operations.suspend(task=task, user=alice)
    client.force_login(alice)

    page = client.get(task.get_absolute_url()).content.decode()

    assert "the clock stands still, and everything moves by that time" in page
    assert "when it goes on" in page


def test_a_task_without_a_policy_says_what_its_due_date_does(client: Client, alice: User) -> None:
    task = offer(assignee="alice", due="2027-06-07T10:00:00Z")
    client.force_login(alice)

    page = client.get(task.get_absolute_url()).content.decode()

    assert "What happens when" not in page
    assert "Its due date stays as it is." in page


# Expiring


@pytest.mark.parametrize(("written", "span"), [("PT1H", HOUR), ('=duration("P14D")', 14 * DAY)])
def test_a_task_that_nobody_does_expires_and_its_process_goes_on(alice: User, written: str, span: timedelta) -> None:
    task = offer(groups="Finance", expires=written)
    assert task.expires_at is not None
    assert abs(task.expires_at - task.created_at - span) < timedelta(seconds=5)
    assert upkeep.expire_due() == 0
    HumanTask.objects.update(expires_at=timezone.now())
    assert upkeep.expire_due() == 1
    task.refresh_from_db()
    assert (task.state, task.completed_by) == ("obsolete", None)
    assert "expire" in task.events.values_list("kind", flat=True)
    assert not task.entries.exists()
    assert task.process_instance.state == ProcessInstance.State.COMPLETED


def test_it_expires_in_working_time(office: BusinessCalendar) -> None:
    task = offer(groups="Finance", expires="10 working days", calendar="Office")
    assert task.expires_at is not None
    assert task.expires_at - task.created_at >= 11 * DAY


def test_a_span_that_nobody_can_count_is_refused_where_it_is_drawn() -> None:
    drawing = draw.chain(user_task(groups="Finance", expires="10 working days"))
    with pytest.raises(DeploymentRefused, match=r"The property expires: .*calendar"):
        deploy({"expiring.bpmn": drawing}, by=None)
