"""A suite in, what became of each test out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from orchestrator import feel
from orchestrator.engine import CommandRejected, Variables, timers
from orchestrator.process_tests import texts
from orchestrator.process_tests.acting import Refused, act
from orchestrator.process_tests.expectations import differences
from orchestrator.process_tests.fields import Place
from orchestrator.process_tests.instances import Endless, Instance
from orchestrator.process_tests.models import Models
from orchestrator.process_tests.stage import Stage
from orchestrator.process_tests.suite import Start, Suite, Test

# What ends a test early; OverflowError: a time beyond the year 9999.
STOPPED = (Refused, CommandRejected, Endless, timers.InvalidTimer, OverflowError)


@dataclass(frozen=True, slots=True)
class Miss:
    """Something was not as expected, or could not be done."""

    place: Place
    expected: str
    happened: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test. `reached` holds elements and sequence flows per process, called ones included."""

    file: str
    test: str
    process: str
    misses: tuple[Miss, ...] = ()
    state: str = ""
    path: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    gathered: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    variables: Variables = field(default_factory=dict)
    reached: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.misses


def run(suite: Suite, models: Models, goes_on: Callable[[], bool] = lambda: True) -> Iterator[Outcome]:
    """Each test in a world of its own. `goes_on` is asked on the way; where it says no, the test misses."""
    for number, test in enumerate(suite.tests, 1):
        yield _run(suite, test, Place(suite.file, test.name, number=number), models, goes_on)


def _run(suite: Suite, test: Test, place: Place, models: Models, goes_on: Callable[[], bool]) -> Outcome:
    stage = Stage(models, test.given, test.now)
    stage.goes_on = goes_on
    instance: Instance | None = None
    try:
        instance = begin(stage, suite.process, test.start)
        misses = list(_steps(stage, instance, test, place))
    except STOPPED as error:
        misses = [Miss(place.at("start"), "the process instance starts", str(error))]
    located = [replace(m, place=replace(m.place, line=texts.line_of(m.place, suite.lines))) for m in misses]
    return _outcome(suite, test, stage, instance, located)


def begin(stage: Stage, process: str, start: Start) -> Instance:
    """The process instance, as far as it comes by itself. Raises STOPPED."""
    variables = {**start.variables, **({"initiator": start.by} if start.by else {})}
    if start.message:
        stage.publish(start.message, start.key, variables, timedelta())
    elif start.signal:
        stage.broadcast(start.signal, variables)
    else:
        stage.start(process, variables, start.event)
    stage.advance(timedelta())  # what is due at once
    found = next((instance for instance in stage.instances if instance.process.id == process), None)
    if found is None:
        what = f"The message {start.message}" if start.message else f"The signal {start.signal}"
        raise Refused(f"{what} starts no process instance of {process}")
    return found


def _steps(stage: Stage, instance: Instance, test: Test, place: Place) -> Iterator[Miss]:
    """Until the first step that misses: what follows from it would tell nothing new."""
    for number, step in enumerate(test.steps, 1):
        here = replace(place, step=number)
        if step.action is not None:
            try:
                act(stage, instance, step.action)
                stage.advance(timedelta())
            except STOPPED as error:
                yield Miss(here, "the step can be done", str(error))
                return
        found = list(_misses(stage, instance, step.expect, here))
        yield from found
        if found:
            return
    yield from _misses(stage, instance, test.expect, place)
    yield from _unexpected_incidents(stage, test, place)


def _misses(stage: Stage, instance: Instance, expect: Mapping[str, Any], place: Place) -> Iterator[Miss]:
    for where, expected, happened in differences(stage, instance, expect):
        yield Miss(place.at("expect").at(where), expected, happened)


def _unexpected_incidents(stage: Stage, test: Test, place: Place) -> Iterator[Miss]:
    """An incident that the test says nothing of is a failure, whatever else was expected."""
    told = [f"{i.element}: {i.kind}: {i.message}" for each in stage.instances for i in each.incidents.values()]
    expectations = (test.expect, *(step.expect for step in test.steps))
    if told and not any(_speaks_of_incidents(expect) for expect in expectations):
        yield Miss(place.at("expect"), "no incident at the end", "; ".join(told))


def _speaks_of_incidents(expect: Mapping[str, Any]) -> bool:
    inner = expect.get("called", {}).values()
    return "incident" in expect or expect.get("state") == "incident" or any(map(_speaks_of_incidents, inner))


def _outcome(suite: Suite, test: Test, stage: Stage, instance: Instance | None, misses: list[Miss]) -> Outcome:
    reached: dict[str, set[str]] = {}
    for each in stage.instances:
        reached.setdefault(each.process.id, set()).update(each.reached, (flow for _, flow in each.flows))
    covered = {process: frozenset(ids) for process, ids in reached.items()}
    if instance is None:
        return Outcome(suite.file, test.name, suite.process, tuple(misses), reached=covered)
    everybody = [i for i in stage.instances if i is instance or i.parent is not None]
    return Outcome(
        suite.file,
        test.name,
        suite.process,
        tuple(misses),
        stage.state_of(instance),
        tuple(instance.path),
        tuple(instance.standing),
        () if instance.ended else tuple(instance.gathered),
        tuple(f"{i.element}: {i.kind}: {i.message}" for each in everybody for i in each.incidents.values()),
        tuple(f"{w.element}: {w.expression}: {w.message}" for each in everybody for w in each.warnings),
        feel.to_json(stage.variables_of(instance)),
        covered,
    )
