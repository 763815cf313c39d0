"""A conditional event hears of a variable whoever wrote it: over rows, from another branch than the one that writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.runtime import jobs, operations
from orchestrator.runtime.execution import start
from orchestrator.runtime.messages import broadcast_signal, publish
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db

CHILD = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")
CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>=x &gt; 10</bpmn:condition></bpmn:conditionalEventDefinition>"
)


def watching(writer: str) -> Case:
    """One branch is watched by a condition, the other stands at the element `write`."""
    content = d.process(
        d.start(),
        d.element("parallelGateway", "fork"),
        d.user("watched"),
        d.boundary("high", "watched", CONDITION),
        d.user("alarm"),
        writer,
        d.end(),
        d.end("e2"),
        d.end("e3"),
        flows="s-fork fork-watched watched-e high-alarm alarm-e2 fork-write write-e3",
        roots=d.MESSAGE.format("paid") + d.SIGNAL.format("bell"),
    )
    return Case(start(deployed(content, q=CHILD), {"key": "k", "x": 1}).pk)


def catch(definition: str) -> str:
    return d.element("intermediateCatchEvent", "write", inner=definition)


def works(case: Case, x: int) -> None:
    with worker("test-work", lambda request: {"x": x}):
        jobs.sweep()


def called(case: Case) -> Case:
    jobs.sweep()
    (child,) = case.children
    return child


def set_by_hand(case: Case, x: int) -> None:
    operations.set_variables(case.instance, {"x": x}, by=None)


def moved(case: Case, x: int) -> None:
    operations.modify(case.instance, by=None, move=[(case.number("write"), "write", {"x": x})])


WAYS: dict[str, tuple[str, Callable[[Case, int], object]]] = {
    "a task": (d.user("write"), lambda case, x: case.complete("write", x=x)),
    "a job": (d.service("write", "test-work"), works),
    "a message": (catch(d.message("paid")), lambda case, x: publish("paid", "k", {"x": x})),
    "a signal": (catch(d.signal("bell")), lambda case, x: broadcast_signal("bell", {"x": x})),
    "a called process": (d.call("write", "child"), lambda case, x: called(case).complete("work", x=x)),
    "an operator": (d.user("write"), set_by_hand),
    "an operator who moves a token": (d.user("write"), moved),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("x", "heard"), [(11, True), (10, False)])
def test_whoever_writes_a_variable_is_heard(way: str, x: int, heard: bool) -> None:
    writer, write = WAYS[way]
    case = watching(writer)
    assert "watched" in case.active
    write(case, x)
    jobs.sweep()
    assert ("alarm" in case.active, "watched" in case.active) == (heard, not heard)


def test_what_a_called_process_knows_is_its_own_until_it_ends() -> None:
    case = watching(d.call("write", "child"))
    child = called(case)
    operations.set_variables(child.instance, {"x": 11}, by=None)
    jobs.sweep()
    assert "watched" in case.active
    child.complete("work")
    jobs.sweep()
    assert case.active == ["alarm"]
