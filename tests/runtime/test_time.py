"""Time in rows: zones of processes, business calendars, what an outage missed, and clocks that are wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from orchestrator.engine import commands
from orchestrator.models import BusinessCalendar, CalendarDay, ElementInstance, HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import calendars, claims, jobs
from orchestrator.runtime.claims import Due, Looks
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.timeline import entries
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play
from tests.runtime.processes import environment, eventually, kill

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


def properties(**named: str) -> str:
    inner = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in named.items())
    return f"<zeebe:properties>{inner}</zeebe:properties>" if named else ""


def waiting(text: str, kind: str = "timeDuration", *, own: str = "", **of_process: str) -> bytes:
    """A process that waits at one timer."""
    return d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", own, d.timer(text, kind)),
        d.end(),
        flows="s-wait wait-e",
        extensions=properties(**of_process),
    )


def reminding(text: str, **of_process: str) -> bytes:
    """A process with a task, and a cycle beside it."""
    return d.process(
        d.start(),
        d.user("task"),
        d.boundary("remind", "task", d.timer(text, "timeCycle"), interrupting=False),
        d.end(),
        flows="s-task task-e remind-e",
        extensions=properties(**of_process),
    )


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


# Missed cycles: one catch-up, the rest told


def test_an_outage_is_caught_up_once_and_the_history_says_what_was_missed() -> None:
    content = d.process(
        d.start(),
        d.user("task"),
        d.boundary("remind", "task", d.timer("R/PT1H", "timeCycle"), interrupting=False),
        d.script("note", "1", "noted"),
        d.end(),
        d.end("noted"),
        flows="s-task task-e remind-note note-noted",
    )
    case = play(content)
    first = case.jobs[0].due_at
    later(hours=5.5)
    assert case.count()["note"] == 1
    event = HistoryEvent.objects.get(kind="timer skipped")
    assert (event.element, event.data["times"]) == ("remind", 4)
    moved = timedelta(hours=5.5)
    begun, last = (datetime.fromisoformat(str(event.data[key])) + moved for key in ("from", "until"))
    assert (begun - first, last - first) == (timedelta(hours=1), timedelta(hours=4))
    assert any("4 times missed since are skipped" in entry.text for entry in entries(case.instance))


def test_a_cycle_that_ran_out_during_the_outage_says_so_too() -> None:
    case = play(reminding("R3/PT1H"))
    later(hours=9)
    assert case.count()["remind"] == 1
    assert HistoryEvent.objects.get(kind="timer skipped").data["times"] == 2
    assert later(hours=9) == 0


def test_a_start_timer_starts_once_after_an_outage_and_that_instance_tells_what_was_missed() -> None:
    definition = deployed(
        d.process(d.start(d.timer("R/PT1H", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e")
    )
    later(hours=3.5)
    instance = definition.instances.get()
    event = HistoryEvent.objects.get(kind="timer skipped")
    assert (event.process_instance_id, event.element, event.data["times"]) == (instance.pk, "s", 2)
    assert Job.objects.get(kind="start", state="due").due_at > datetime.now(UTC)


def test_a_start_time_that_has_passed_starts_the_first_version_only() -> None:
    content = d.process(
        d.start(d.timer("R2/2020-01-01T00:00:00Z/P1D", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e"
    )
    definition = deployed(content)
    jobs.sweep()
    assert definition.instances.count() == 1
    newer = deployed(content.replace(b'name="Task"', b'name="Other"'))
    assert newer.version == 2
    jobs.sweep()
    assert newer.instances.count() == 0


# Clocks that are wrong (P5)


@contextmanager
def database_clock(shift: str) -> Iterator[None]:
    """In this transaction the functions of the database's clock are this much off."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA wrong")
        for name in ("now", "statement_timestamp", "transaction_timestamp", "clock_timestamp"):
            cursor.execute(
                f"CREATE FUNCTION wrong.{name}() RETURNS timestamptz LANGUAGE sql STABLE"
                f" AS $$ SELECT pg_catalog.{name}() + interval '{shift}' $$"
            )
        cursor.execute("SET LOCAL search_path = wrong, public, pg_catalog")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path TO DEFAULT")
            cursor.execute("DROP SCHEMA wrong CASCADE")


def test_a_database_clock_that_jumps_back_fires_nothing_twice() -> None:
    cycle = d.process(
        d.start(),
        d.user("task"),
        d.boundary("remind", "task", d.timer("R/PT1H", "timeCycle"), interrupting=False),
        d.boundary("daily", "task", d.timer("0 * * * *", "timeCycle"), interrupting=False),
        d.end(),
        flows="s-task task-e remind-e daily-e",
    )
    case = play(cycle)
    later(hours=1)
    fired = case.count()
    assert fired["remind"] == fired["daily"] == 1
    planned = {job.element: job.due_at for job in case.jobs if job.state == "due"}
    with database_clock("-3 hours"):
        assert jobs.sweep() == 0
    assert case.count() == fired
    assert {job.element: job.due_at for job in case.jobs if job.state == "due"} == planned


def test_a_timer_that_fires_while_the_clock_is_back_plans_its_next_time_from_its_own() -> None:
    content = d.process(d.start(d.timer("R/PT1H", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e")
    definition = deployed(content)
    (planned,) = Job.objects.filter(kind="start").values_list("due_at", flat=True)
    Job.objects.filter(kind="start").update(due_at=F("due_at") - timedelta(hours=4))  # due for three hours
    with database_clock("-2 hours"):  # seems due for one
        jobs.sweep()
        assert definition.instances.count() == 1
        assert jobs.sweep() == 0
    again = Job.objects.get(kind="start", state="due").due_at
    assert again > planned - timedelta(hours=4)
    jobs.sweep()
    assert definition.instances.count() == 2  # the clock is right again: what it missed, once


FAKETIME = (
    Path(str((find_spec("libfaketime") or find_spec("os")).origin)).parent  # type: ignore[union-attr]
    / "vendor/libfaketime/src/libfaketime.so.1"
)
SWEEPER = """
import datetime, sys
import django
django.setup()
from orchestrator.runtime import jobs
print(datetime.datetime.now(datetime.UTC).isoformat(), flush=True)
import time
while True:
    jobs.sweep()
    time.sleep(0.02)
"""


@contextmanager
def worker_whose_clock_is_off(offset: str, folder: Path) -> Iterator[Path]:
    """A worker process under libfaketime; yields where it wrote what its clock says."""
    told, log = folder / "told", (folder / "log").open("wb")
    with told.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", SWEEPER],
            env=environment(folder / "sink")
            | {"LD_PRELOAD": str(FAKETIME), "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1"},
            cwd=folder,
            stdout=said,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield told
    finally:
        kill(process)
        log.close()


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime has no library for this platform")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("offset", "hours"), [("+5400", 1.5), ("-93600", -26)])
def test_a_worker_with_a_wrong_clock_changes_nothing(offset: str, hours: float, tmp_path: Path) -> None:
    """Nothing fires early, nothing late: time comes from the database."""
    early, on_time = play(waiting("PT1H")), play(waiting("PT1S").replace(b'"p"', b'"q"'))
    with worker_whose_clock_is_off(offset, tmp_path) as told:
        eventually(lambda: on_time.state == "completed")
        said = datetime.fromisoformat(told.read_text().strip())
    assert abs(said - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=5), "the fault did not bite"
    assert early.active == ["wait"]
    lateness = ElementInstance.objects.get(process_instance=on_time.pk, element="wait")
    assert lateness.left_at is not None
    assert timedelta(seconds=1) <= lateness.left_at - lateness.entered_at < timedelta(seconds=20)


# Claims beside an old transaction


def test_a_long_drain_finds_what_came_in_behind_its_back() -> None:
    """Batch after batch looks from where the last one ended; a job that is due earlier is not left behind."""
    definition = deployed(waiting("PT1H"))
    cases = [Case(start(definition, {}).pk) for _ in range(5)]
    Job.objects.update(due_at=Now() - timedelta(minutes=1))
    drain = Due(["timer"])
    first = drain.claim(2)
    assert drain.reached is not None
    Job.objects.filter(process_instance=cases[-1].pk).update(due_at=Now() - timedelta(hours=9))
    second, third = drain.claim(2), drain.claim(2)
    assert [len(batch) for batch in (first, second, third)] == [2, 2, 1]
    assert third[0].instance == cases[-1].pk
    assert drain.claim(2) == []
    for job in (*first, *second, *third):
        jobs.run(job)
    assert {case.state for case in cases} == {"completed"}


def test_a_look_that_cost_much_and_found_nothing_is_not_repeated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile what falls due is found behind the mark, and what came in before it a little later."""
    monkeypatch.setattr(claims, "DEAR", 0.0)
    monkeypatch.setattr(claims, "PATIENCE", 1_000_000)
    definition = deployed(waiting("PT1H"))
    cases = [Case(start(definition, {}).pk) for _ in range(3)]
    due = [Job.objects.get(process_instance=case.pk) for case in cases]
    looks = Looks(Due(jobs.STEPS))

    def falls_due(job: Job, ago: timedelta) -> None:
        Job.objects.filter(pk=job.pk).update(due_at=Now() - ago)

    falls_due(due[0], timedelta(minutes=1))
    assert jobs.sweep(looks=looks) == 1
    assert looks.due.look.rests
    falls_due(due[1], timedelta(0))
    assert jobs.sweep(looks=looks) == 1
    falls_due(due[2], timedelta(hours=1))
    assert jobs.sweep(looks=looks) == 0
    looks.due.look.rests_until = 0.0
    assert jobs.sweep(looks=looks) == 1
    assert {case.state for case in cases} == {"completed"}


@pytest.mark.django_db(transaction=True)
def test_dead_rows_of_an_old_transaction_cost_a_drain_nothing() -> None:
    """What was done since it began stays in the index; the next batch does not read past it."""
    columns = "kind, type, element, state, due_at, attempts, max_attempts, fence, payload, last_error"
    insert = (
        f"INSERT INTO orchestrator_job ({columns}) SELECT 'timer', '', 'w', 'due', now() - i * interval '1 second',"
        " 0, 5, 0, '{}', '' FROM generate_series(1, 2000) i"
    )
    old = connection.copy()
    try:
        with old.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM orchestrator_job")
        with connection.cursor() as cursor:
            cursor.execute(insert)
        drain = Due(["timer"])
        for _ in range(9):
            Job.objects.filter(pk__in=[job.id for job in drain.claim(200)]).update(state="done", finished_at=Now())
        assert drain.reached is not None
        assert _buffers("(due_at, id) > (%s, %s)", *drain.reached) * 3 < _buffers("true")
    finally:
        old.close()


def _buffers(condition: str, *parameters: object) -> int:
    """How many pages PostgreSQL reads to find the next hundred."""
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM orchestrator_job WHERE state = 'due'"
            f" AND due_at <= now() AND {condition} ORDER BY due_at, id LIMIT 100",
            list(parameters),
        )
        (plan,) = cursor.fetchone()[0]
    return int(plan["Plan"]["Shared Hit Blocks"]) + int(plan["Plan"]["Shared Read Blocks"])
