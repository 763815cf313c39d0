"""Time in rows: zones of processes, and business calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from orchestrator.engine import commands
from orchestrator.models import BusinessCalendar, CalendarDay, Job, ProcessInstance
from orchestrator.runtime import calendars, jobs
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import execute, start
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed
from tests.runtime.diagrams import properties, reminding, waiting

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=UTC)  # 16:00 in Berlin


@pytest.fixture(autouse=True)
def _fresh_calendars() -> Iterator[None]:
    calendars.forget()
    yield
    calendars.forget()


@pytest.fixture
def office(db: None) -> BusinessCalendar:
    return BusinessCalendar.objects.create(name="Office", time_zone="Europe/Berlin", country="DE", subdivision="BE")


def due(content: bytes, at: datetime = FRIDAY, **variables: Any) -> datetime:
    """When the timer of an instance that starts at that time is due."""
    instance = start(deployed(content), variables, at=at)
    return Job.objects.get(process_instance=instance, kind="timer").due_at


def refusals(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(DeploymentRefused) as refused:
        deploy({"p.bpmn": content}, by=None)
    return [(problem.element, problem.message) for problem in refused.value.problems]


# Business calendars


def test_a_timer_counts_working_time_in_the_calendar_of_its_process(office: BusinessCalendar) -> None:
    assert due(waiting("2 working days", calendar="Office")) == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert due(waiting("2 working hours", calendar="Office")) == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert due(waiting('=string(n) + " working days"', calendar="Office"), n=1) == datetime(
        2026, 11, 30, 15, tzinfo=UTC
    )
    assert due(reminding("R/1 working day", calendar="Office")) == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_the_calendar_of_the_element_counts_more(office: BusinessCalendar) -> None:
    BusinessCalendar.objects.create(name="Always", time_zone="UTC", saturday="00:00-24:00", sunday="00:00-24:00")
    content = waiting("1 working day", own=properties(calendar="Always"), calendar="Office")
    assert due(content) == datetime(2026, 11, 28, 15, tzinfo=UTC)
    chosen = waiting("1 working day", own=properties(calendar="= which"))
    assert due(chosen, which="Office") == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_a_boundary_event_counts_in_the_calendar_of_its_activity(office: BusinessCalendar) -> None:
    content = d.process(
        d.start(),
        d.user("task", properties(calendar="Office")),
        d.boundary("late", "task", d.timer("1 working day")),
        d.end(),
        flows="s-task task-e late-e",
    )
    assert due(content) == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_a_calendar_that_was_changed_counts_anew(office: BusinessCalendar) -> None:
    content = waiting("1 working day", calendar="Office")
    assert due(content) == datetime(2026, 11, 30, 15, tzinfo=UTC)
    CalendarDay.objects.create(calendar=office, first="2026-11-30", last="2026-12-04", name="Company holidays")
    calendars.changed(office.pk)
    assert due(content) == datetime(2026, 12, 7, 15, tzinfo=UTC)


def test_a_working_cycle_moves_on_in_its_calendar(office: BusinessCalendar) -> None:
    content = reminding("R2/1 working day", calendar="Office")
    case = Case(start(deployed(content), {}, at=FRIDAY).pk)
    Job.objects.update(due_at=Now())
    jobs.sweep()
    following = case.jobs[0]
    assert following.due_at > datetime.now(UTC) + timedelta(hours=4)
    assert following.due_at.astimezone(BERLIN).weekday() < 5


def test_a_calendar_that_is_gone_is_an_incident_with_a_sentence(office: BusinessCalendar) -> None:
    definition = deployed(waiting("1 working day", calendar="Office"))
    office.delete()
    case = Case(start(definition, {}).pk)
    (incident,) = case.incidents
    assert "There is no business calendar “Office”" in incident.message
    BusinessCalendar.objects.create(name="Office")
    execute(case.pk, commands.Retry(case.number("wait")))
    assert case.jobs


@pytest.mark.parametrize(
    ("content", "element", "sentence"),
    [
        (waiting("1 working day", calendar="Nope"), "p", "There is no business calendar “Nope”"),
        (waiting("1 working day", own=properties(calendar="Nope")), "wait", "There is no business calendar “Nope”"),
        (waiting("1 working day"), "wait", "working time needs a calendar"),
        (waiting("2 workin days"), "wait", "no ISO 8601 duration"),
        (waiting("two working days"), "wait", "write 2 working days"),
        (waiting("PT1H", timeZone="Mars/Olympus"), "p", "write a name such as Europe/Berlin"),
        (waiting("PT1H", timeZone="= zone"), "p", "a FEEL expression: write a name"),
        (reminding("R/PT0S"), "remind", "does not lead forward"),
        (
            d.process(
                d.start(), d.user("t", '<zeebe:taskSchedule dueDate="1 working day"/>'), d.end(), flows="s-t t-e"
            ),
            "t",
            "The due date: '1 working day': working time needs a calendar",
        ),
        (
            d.process(d.start(), d.user("t", '<zeebe:taskSchedule followUpDate="soon"/>'), d.end(), flows="s-t t-e"),
            "t",
            "The follow-up date: 'soon' is no ISO 8601 date: write 2026-12-24T18:00:00Z",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_element(content: bytes, element: str, sentence: str) -> None:
    found = refusals(content)
    assert any(id == element and sentence in message for id, message in found), found
    assert not ProcessInstance.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"monday": "9-17"}, "write 09:00-12:30"),
        ({"time_zone": "Berlin"}, "is not a time zone"),
        ({"country": "XX"}, "ISO 3166"),
        ({"country": "DE", "subdivision": "XX"}, "no part of DE"),
        (dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday"], ""), "never opens"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(fields: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        BusinessCalendar(name="Odd", **fields).full_clean()


def test_special_days_end_after_they_begin_and_within_a_year(office: BusinessCalendar) -> None:
    with pytest.raises(ValidationError, match="end before they begin"):
        CalendarDay(calendar=office, first="2026-12-24", last="2026-12-20").full_clean()
    with pytest.raises(ValidationError, match="At most a year"):
        CalendarDay(calendar=office, first="2026-12-24", last="2028-12-20").full_clean()


# Time zones


def test_days_and_cron_lines_are_counted_in_the_zone_of_the_process() -> None:
    evening = datetime(2027, 3, 27, 11, tzinfo=UTC)  # the clocks in Berlin go on in the night
    assert due(waiting("P1D", timeZone="Europe/Berlin"), evening) == datetime(2027, 3, 28, 10, tzinfo=UTC)
    assert due(waiting("PT24H", timeZone="Europe/Berlin"), evening) == datetime(2027, 3, 28, 11, tzinfo=UTC)
    assert due(waiting("P1D", timeZone="UTC"), evening) == datetime(2027, 3, 28, 11, tzinfo=UTC)
    daily = reminding("0 9 * * *", timeZone="America/New_York")
    assert due(daily, evening) == datetime(2027, 3, 27, 13, tzinfo=UTC)
    assert due(waiting("2027-06-01T10:00:00", "timeDate", timeZone="Asia/Tokyo")) == datetime(2027, 6, 1, 1, tzinfo=UTC)


def test_a_start_timer_is_counted_in_the_zone_of_its_process() -> None:
    content = d.process(
        d.start(d.timer("0 9 * * *", "timeCycle")),
        d.user("task"),
        d.end(),
        flows="s-task task-e",
        extensions=properties(timeZone="Asia/Kolkata"),
    )
    deployed(content)
    assert Job.objects.get(kind="start").due_at.astimezone(UTC).strftime("%H:%M") == "03:30"


def test_today_is_a_day_of_the_zone_of_the_process() -> None:
    content = d.process(
        d.start(),
        d.script("s1", "string(today())", "day"),
        d.user("task"),
        d.end(),
        flows="s-s1 s1-task task-e",
        extensions=properties(timeZone="Asia/Tokyo"),
    )
    case = Case(start(deployed(content), {}, at=datetime(2026, 11, 27, 20, tzinfo=UTC)).pk)
    assert case.variables["day"] == "2026-11-28"


def test_a_due_date_may_be_a_length_or_without_offset(office: BusinessCalendar) -> None:
    def task(when: str) -> datetime:
        from tasks_inbox.models import HumanTask

        content = d.process(
            d.start(),
            d.user("task", f'<zeebe:taskSchedule dueDate="{when}"/>'),
            d.end(),
            flows="s-task task-e",
            extensions=properties(calendar="Office", timeZone="Europe/Berlin"),
        )
        instance = start(deployed(content), {}, at=FRIDAY)
        found = HumanTask.objects.get(process_instance=instance).due_at
        assert found is not None
        return found

    assert task("1 working day") == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert task("PT2H") == FRIDAY + timedelta(hours=2)
    assert task("= duration(&quot;P1D&quot;)") == FRIDAY + timedelta(days=1)
    assert task("2026-12-01T09:00:00") == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert task("9999-12-31T23:59:59Z") == datetime(9999, 12, 30, tzinfo=UTC)  # never, and every zone can show it
