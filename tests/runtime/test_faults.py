"""Workers that die, brokers that forget, clocks that tick twice: nothing is lost and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
import valkey
from django.conf import settings

from orchestrator.models import Job, ProcessInstance
from orchestrator.runtime.execution import start
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed
from tests.runtime.processes import BEAT, SWEEPER, WORKER, eventually, kill, lines, running

pytestmark = pytest.mark.django_db(transaction=True)


def automated(type: str) -> bytes:
    return d.process(
        d.start(),
        d.service("work", type, headers={"jobTimeout": "PT1S"}),
        d.user("after"),
        d.end(),
        flows="s-work work-after after-e",
    )


@pytest.fixture
def sink(tmp_path: Path) -> Path:
    return tmp_path / "sink"


def test_a_worker_that_is_killed_in_the_middle_of_a_call_costs_one_more_call_with_the_same_key(sink: Path) -> None:
    case = Case(start(deployed(automated("sink-slow")), {}).pk)
    with running("-c", SWEEPER, sink=sink) as worker:
        eventually(lambda: len(lines(sink)) == 1)
        kill(worker)
    assert case.active == ["work"]
    with running("-c", SWEEPER, sink=sink):
        eventually(lambda: case.active == ["after"])
    first, second = (line.split() for line in lines(sink))
    assert first[0] == second[0]
    assert (first[1], second[1]) == ("1", "2")
    assert case.variables == {"attempt": 2}
    assert case.count()["work"] == 1


def test_a_step_that_kills_every_worker_ends_as_an_incident_and_takes_nothing_else_with_it(sink: Path) -> None:
    poisoned = Case(start(deployed(automated("sink-poison")), {}).pk)
    healthy = [Case(start(deployed(d.named("q", automated("sink"))), {}).pk) for _ in range(5)]
    deaths = 0
    while not poisoned.incidents and deaths < 10:
        with running("-c", SWEEPER, sink=sink) as worker:
            eventually(lambda worker=worker: worker.poll() is not None or bool(poisoned.incidents))  # type: ignore[misc]
            deaths += worker.poll() is not None
    assert deaths == 3
    calls = Counter(line.split()[0] for line in lines(sink))
    assert calls[f"{poisoned.pk}:work:0:{poisoned.number('work')}"] == 3
    assert "stopped during each of 3 attempts" in poisoned.incidents[0].message
    with running("-c", SWEEPER, sink=sink):
        eventually(lambda: all(case.active == ["after"] for case in healthy))


def test_an_empty_broker_and_two_clocks_neither_lose_nor_double_anything(sink: Path) -> None:
    """Automated steps and timers, with Celery's worker and two beats, while the broker forgets everything again and
    again.
    """
    timed = d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.timer("PT1S")),
        d.service("work", "sink"),
        d.end(),
        flows="s-wait wait-work work-e",
        id="p",
    )
    definition = deployed(timed)
    broker = valkey.from_url(settings.REDIS_URL)
    with ExitStack() as stack:
        stack.callback(broker.close)
        for number, arguments in enumerate((WORKER, BEAT, BEAT)):
            schedule = [f"--schedule=beat-{number}"] if arguments is BEAT else []
            stack.enter_context(running(*arguments, *schedule, sink=sink))
        cases = []
        for _ in range(10):
            cases += [Case(start(definition, {}).pk) for _ in range(4)]
            broker.flushall()
        flushed = 0
        while ProcessInstance.objects.filter(state="active").exists() and flushed < 40:
            broker.flushall()
            flushed += 1
            eventually(_some_time(), seconds=5)
    assert {case.state for case in cases} == {"completed"}
    assert Counter(line.split()[0] for line in lines(sink)) == {
        f"{case.pk}:work:0:{case.number('work')}": 1 for case in cases
    }
    assert not Job.objects.exclude(state="done").exists()


def test_a_worker_of_the_connectors_that_no_ring_reaches_finds_its_work(sink: Path) -> None:
    case = Case(start(deployed(automated("sink")), {}).pk)
    nowhere = f"redis+socket://{sink.parent}/nowhere.sock"
    with running("-m", "celery", "-A", "orchestrator", "-b", nowhere, *WORKER[4:], "-Q", "connectors", sink=sink):
        eventually(lambda: case.active == ["after"], seconds=20)
    assert len(lines(sink)) == 1


def _some_time() -> object:
    """A second of patience, in looks."""
    looks = iter(range(20))
    return lambda: next(looks, None) is None
