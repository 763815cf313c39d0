"""What an outage missed comes once and is told; a clock that is wrong fires nothing early, late or twice (P5)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F

from orchestrator.engine.timers import MAX_SKIPPED
from orchestrator.models import ElementInstance, HistoryEvent, Job
from orchestrator.runtime import jobs
from orchestrator.runtime.timeline import entries
from tests.runtime import diagrams as d
from tests.runtime.cases import deployed, later, play
from tests.runtime.diagrams import reminding, waiting
from tests.runtime.processes import environment, eventually, kill

pytestmark = pytest.mark.django_db


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


def test_of_more_than_can_be_counted_it_says_more_than() -> None:
    case = play(reminding("R/P1D"))
    later(days=30 * 365.25)
    assert case.count()["remind"] == 1
    data = HistoryEvent.objects.get(kind="timer skipped").data
    assert (data["times"], data["more"]) == (MAX_SKIPPED, True)
    assert any(
        f"more than {MAX_SKIPPED} times missed since are skipped" in entry.text for entry in entries(case.instance)
    )
    assert case.jobs[0].due_at > datetime.now(UTC)


def test_the_history_says_from_when_to_when() -> None:
    case = play(reminding("R/PT1H"))
    later(hours=3.5)
    (entry,) = (entry for entry in entries(case.instance) if "missed since are skipped" in entry.text)
    data = HistoryEvent.objects.get(kind="timer skipped").data
    first, last = (datetime.fromisoformat(str(data[key])) for key in ("from", "until"))
    assert entry.detail == f"{first.day} {first:%b %Y %H:%M} to {last.day} {last:%b %Y %H:%M}"


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
