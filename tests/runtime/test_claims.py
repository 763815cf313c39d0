"""Claiming due rows: nothing is left behind, nothing dead is read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from orchestrator.models import Job
from orchestrator.runtime import claims, jobs
from orchestrator.runtime.claims import Due, Looks
from orchestrator.runtime.execution import start
from tests.runtime.cases import Case, deployed
from tests.runtime.diagrams import waiting

pytestmark = pytest.mark.django_db


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
