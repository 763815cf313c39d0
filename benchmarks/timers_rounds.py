"""What `benchmarks.timers` loads and measures. Needs Django to be configured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, connections
from django.db.models.functions import Now

from orchestrator.models import Job
from orchestrator.runtime import jobs
from orchestrator.runtime.claims import Due, claim
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start

BATCH, ROUNDS = 100, 40
KIND = [Job.Kind.TIMER]
#: What is measured -> milliseconds, or timers per second, that the design asks for (W3).
GOALS = {
    "claim of 100": 0.2,
    "idle poll": 0.05,
    "claim of 100, old transaction": 1.8,
    "claimed and done per second": 20_000.0,
    "claimed and done per second, old transaction": 20_000.0 / 1.5,
    "fired per second, one worker": 10_000 / 120,  # ten thousand due at once are drained in two minutes
}
PROCESS = b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<bpmn:process id="wait" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s"
targetRef="w"/><bpmn:intermediateCatchEvent id="w"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent><bpmn:sequenceFlow id="f2" sourceRef="w" targetRef="e"/>
<bpmn:endEvent id="e"/></bpmn:process></bpmn:definitions>"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds: of the clock on the wall, of this process, of the server's process. Where others use the machine,
    only the last two say something.
    """

    wall: float
    app: float
    server: float

    @property
    def processor(self) -> float:
        return self.app + self.server


def run(waiting: int, done: int, instances: int) -> None:
    _insert(waiting, "now() + (1 + i %% 720) * interval '1 hour'")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orchestrator_job")
    print(f"{waiting:,} timers wait; milliseconds: wall, application, server\n")
    due = Due(KIND)
    _claims("", due)
    _report("idle poll", _median(lambda: due.claim(BATCH)))
    with _old_transaction():
        _insert(done, "now() - interval '1 day'")
        due = Due(KIND)
        while batch := due.claim(1_000):
            _finish([job.id for job in batch])
        _report("idle poll, old transaction, first", _median(lambda: claim(BATCH, KIND), 5))
        _report("idle poll, old transaction", _median(lambda: due.claim(BATCH)))
        _claims(", old transaction", due)
    _rate("fired per second, one worker", _fired(instances))


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


def _claims(where: str, due: Due) -> None:
    """Claiming a hundred of thousands that are due, and marking them as done."""
    _insert(BATCH * (ROUNDS + 2), "now() - interval '1 second'")
    batches: list[list[int]] = []
    _finish([job.id for job in due.claim(BATCH)])
    claimed = _median(lambda: batches.append([job.id for job in due.claim(BATCH)]))
    marked = _median(lambda: _finish(batches.pop()))
    _report(f"claim of {BATCH}{where}", claimed)
    _report(f"marking {BATCH} as done{where}", marked)
    _rate(f"claimed and done per second{where}", BATCH / (claimed.processor + marked.processor) * 1_000)
    while rest := claim(1_000, KIND):
        _finish([job.id for job in rest])


def _median(act: Callable[[], object], rounds: int = ROUNDS) -> Cost:
    found = [measured(act) for _ in range(rounds)]
    return Cost(*(statistics.median(getattr(cost, part) for cost in found) for part in ("wall", "app", "server")))


def measured(act: Callable[[], object]) -> Cost:
    server = Path(f"/proc/{_backend()}/schedstat")

    def spent() -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), int(server.read_text().split()[0]) / 1e9

    before = spent()
    act()
    return Cost(*((b - a) * 1_000 for a, b in zip(before, spent(), strict=True)))


def _backend() -> int:
    """The server's process on the other end of the connection."""
    connection.ensure_connection()
    assert connection.connection is not None
    number: int = connection.connection.info.backend_pid
    return number


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


def _report(what: str, cost: Cost) -> None:
    goal = GOALS.get(what)
    beside = "" if goal is None else f"   design {goal:.2f}"
    print(f"{what:<46}{cost.wall:>9.2f}{cost.app:>9.2f}{cost.server:>9.2f}{beside}")


def _rate(what: str, figure: float) -> None:
    print(f"{what:<46}{figure:>9,.0f}{'':18}   gate {GOALS[what]:,.0f}")
