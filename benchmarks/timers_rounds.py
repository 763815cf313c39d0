"""What `benchmarks.timers` loads and measures. Needs Django to be configured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections
from django.db.models.functions import Now

from orchestrator.models import Job
from orchestrator.runtime import jobs
from orchestrator.runtime.claims import Due, claim
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start

BATCH, ROUNDS = 100, 40
KIND = [Job.Kind.TIMER]
#: What is measured -> milliseconds, or timers per second, that the design asks for.
GOALS = {
    "claim of 100": 0.2,
    "idle poll": 0.05,
    "claim of 100, old transaction": 1.8,
    "claim of 100, old transaction, no mark": 38.0,
    "fired per second, one worker": 10_000 / 120,  # ten thousand due at once are drained in two minutes
}
PROCESS = b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<bpmn:process id="wait" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s"
targetRef="w"/><bpmn:intermediateCatchEvent id="w"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent><bpmn:sequenceFlow id="f2" sourceRef="w" targetRef="e"/>
<bpmn:endEvent id="e"/></bpmn:process></bpmn:definitions>"""


def run(waiting: int, done: int, instances: int) -> None:
    _insert(waiting, "now() + (1 + i %% 720) * interval '1 hour'")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orchestrator_job")
    print(f"{waiting:,} timers wait\n")
    _report("claim of 100", _claims(lambda due: due.claim(BATCH)))
    _report("idle poll", _timed(lambda: claim(BATCH, KIND)))
    with _old_transaction():
        _insert(done, "now() - interval '1 day'")
        due = Due(KIND)
        while batch := due.claim(1_000):
            _finish([job.id for job in batch])
        _report("claim of 100, old transaction", _claims(lambda due: due.claim(BATCH)))
        _report("claim of 100, old transaction, no mark", _claims(lambda due: claim(BATCH, KIND)))
        _report("idle poll, old transaction", _timed(lambda: claim(BATCH, KIND)))
    _report("fired per second, one worker", _fired(instances))


def _insert(count: int, due: str) -> None:
    columns = "kind, type, element, state, due_at, attempts, max_attempts, fence, payload, last_error"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO orchestrator_job ({columns}) SELECT 'timer', '', 'w', 'due', {due}, 0, 5, 0, '{{}}', ''"
            " FROM generate_series(1, %s) i",
            [count],
        )


def _finish(ids: list[int]) -> None:
    Job.objects.filter(pk__in=ids).update(state=Job.State.DONE, finished_at=Now())


def _claims(take: Callable[[Due], list[object]]) -> float:
    """The median of claiming a hundred, of thousands that are due; what was claimed is done."""
    _insert(BATCH * ROUNDS, "now() - interval '1 second'")
    due, took = Due(KIND), []
    _finish([job.id for job in due.claim(1)])
    for _ in range(ROUNDS - 1):
        begun = time.perf_counter()
        batch = take(due)
        took.append(time.perf_counter() - begun)
        _finish([job.id for job in batch])  # type: ignore[attr-defined]
    while rest := claim(1_000, KIND):
        _finish([job.id for job in rest])
    return statistics.median(took) * 1000


def _timed(poll: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        poll()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000


@contextmanager
def _old_transaction() -> Iterator[None]:
    """Somebody reads, and forgets to end."""
    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM orchestrator_deployment")
    try:
        yield
    finally:
        other.close()


def _fired(instances: int) -> float:
    """Whole steps: the timer fires, its process instance moves on and ends."""
    definition = deploy({"wait.bpmn": PROCESS}, by=None).new[0]
    for _ in range(instances):
        start(definition, {})  # type: ignore[arg-type]
    Job.objects.filter(process_instance__isnull=False).update(due_at=Now())
    begun = time.perf_counter()
    fired = 0
    while ran := jobs.sweep(calls=False):
        fired += ran
    assert fired == instances
    return fired / (time.perf_counter() - begun)


def _report(what: str, figure: float) -> None:
    goal = GOALS.get(what)
    beside = "" if goal is None else f"   goal {goal:>8.2f}   ratio {figure / goal:6.2f}"
    print(f"{what:<42}{figure:>10.2f}{beside}")
