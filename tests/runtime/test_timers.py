"""Timers: each occurrence once, never early, and late ones are harmless."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from orchestrator.models import HistoryEvent, Job
from orchestrator.runtime import jobs
from orchestrator.runtime.claims import claim
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play

pytestmark = pytest.mark.django_db

WAIT = d.process(
    d.start(),
    d.element("intermediateCatchEvent", "wait", inner=d.timer("PT10M")),
    d.user("after"),
    d.end(),
    flows="s-wait wait-after after-e",
)
REMIND = d.process(
    d.start(),
    d.user("task"),
    d.boundary("remind", "task", d.timer("R3/PT1H", "timeCycle"), interrupting=False),
    d.script("note", "1", "noted"),
    d.end(),
    d.end("noted"),
    flows="s-task task-e remind-note note-noted",
)
DEADLINE = d.process(
    d.start(),
    d.user("task"),
    d.boundary("late", "task", d.timer("PT1H")),
    d.user("chase"),
    d.end(),
    flows="s-task task-e late-chase chase-e",
)


def test_a_timer_fires_when_it_is_due_and_not_before() -> None:
    case = play(WAIT)
    assert later(minutes=9) == 0
    assert case.active == ["wait"]
    assert later(minutes=2) == 1
    assert case.active == ["after"]
    assert jobs.sweep() == 0


def test_a_boundary_timer_interrupts_its_task() -> None:
    case = play(DEADLINE)
    later(hours=1)
    assert case.active == ["chase"]
    assert case.count("terminated")["task"] == 1


def test_a_completed_task_withdraws_its_timer() -> None:
    case = play(DEADLINE)
    case.complete("task")
    assert case.jobs[0].state == "withdrawn"
    assert later(hours=2) == 0


def test_a_late_timer_is_rejected() -> None:
    """It was claimed, and then the task was completed a moment before."""
    case = play(DEADLINE)
    Job.objects.update(due_at=Now() - timedelta(seconds=1))
    (claimed,) = claim(1, ["timer"])
    case.complete("task")
    jobs.run(claimed)
    assert case.state == "completed"
    assert case.count("completed")["late"] == 0
    assert case.jobs[0].state == "withdrawn"


def test_a_cycle_fires_so_often_and_then_no_more() -> None:
    case = play(REMIND)
    for expected in (1, 2, 3, 3):
        later(hours=1)
        assert case.count()["note"] == expected
    assert case.active == ["task"]
    case.complete("task")
    assert case.state == "completed"


def test_missed_occurrences_are_caught_up_once_and_the_rest_is_recorded() -> None:
    every = REMIND.replace(b"R3/PT1H", b"R/PT1H")
    case = play(every)
    later(hours=5.5)
    assert case.count()["note"] == 1
    assert HistoryEvent.objects.filter(kind="timer skipped").count() == 1
    later(minutes=25)
    assert case.count()["note"] == 1
    later(minutes=10)
    assert case.count()["note"] == 2


def test_a_process_starts_on_a_cycle() -> None:
    definition = deployed(
        d.process(d.start(d.timer("R2/PT1H", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e")
    )
    for expected in (1, 2, 2):
        later(hours=1)
        assert definition.instances.count() == expected


def test_a_process_starts_by_a_cron_line() -> None:
    definition = deployed(
        d.process(d.start(d.timer("0 0 9 * * *", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e")
    )
    due = Job.objects.get(kind="start").due_at
    assert (due.hour, due.minute) == (9, 0)
    later(days=1)
    assert definition.instances.count() == 1
    assert Job.objects.get(kind="start", state="due").due_at.minute == 0


def test_a_timer_that_kills_its_worker_ends_as_an_incident() -> None:
    case: Case = play(WAIT)
    Job.objects.update(due_at=Now() - timedelta(seconds=1))
    for _ in range(5):
        Job.objects.update(attempts=Job.objects.get().attempts + 1)
    jobs.sweep()
    (incident,) = case.incidents
    assert "The worker stopped during each of 5 attempts" in incident.message
    assert case.jobs[0].state == "failed"
