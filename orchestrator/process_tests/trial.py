"""Trying a process out: a run is a test without expectations, played again from its beginning with every action.

What the designer keeps of a run is what the person did; where the tokens are follows from it. So a step is taken back
by leaving it out, and a run is saved as a test by adding what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orchestrator import feel
from orchestrator.engine import effects
from orchestrator.engine.environment import Evaluated
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.process_tests import fields, texts
from orchestrator.process_tests.acting import act
from orchestrator.process_tests.fields import InvalidTests, Mistake, Place
from orchestrator.process_tests.instances import Instance
from orchestrator.process_tests.models import Models
from orchestrator.process_tests.reading import read
from orchestrator.process_tests.running import STOPPED, begin
from orchestrator.process_tests.stage import Stage
from orchestrator.process_tests.suite import Test

FILE = "this run"
MAX_STEPS = 200
MAX_EVENTS = 300  # told of one action
MAX_TEXT = 2_000  # characters of one value


@dataclass(frozen=True, slots=True)
class Event:
    """Something that followed from an action: `kind` is taken | activated | completed | terminated | evaluated |
    decided | mailed | job | incident. `text` is what it came to, `notes` the warnings and rules that go with it.
    """

    kind: str
    element: str
    text: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What followed from one action; the first one is the start."""

    events: tuple[Event, ...]
    more: int = 0  # events that are not told


@dataclass
class Trial:
    """`refused`: why the action after the last moment could not be done; "" when all of them were."""

    stage: Stage
    process: str
    test: Test
    instance: Instance | None = None
    moments: list[Moment] = field(default_factory=list)
    refused: str = ""


def read_run(text: str, process: str, models: Models) -> Test:
    """A run is an object with `start`, `steps`, `given` and `now`, each as in a test. Raises InvalidTests."""
    run = texts.loads(text, FILE)
    if not isinstance(run, dict):
        raise InvalidTests([Mistake(Place(FILE), f"Here stands {fields.kind(run)}, but a run is an object")])
    if len(run.get("steps") or ()) > MAX_STEPS:
        raise InvalidTests([Mistake(Place(FILE), f"A run has at most {MAX_STEPS} steps: start again")])
    kept = {key: value for key, value in run.items() if key in ("start", "steps", "given", "now")}
    written = dumps({"process": process, "tests": [{"name": FILE, **kept}]})
    return read(written, FILE, models).tests[0]


def replay(test: Test, process: str, models: Models, goes_on: Callable[[], bool] = lambda: True) -> Trial:
    """Every action of the run, until one cannot be done or `goes_on` says no; it is asked on the way."""
    stage = Stage(models, test.given, test.now)
    stage.goes_on = goes_on
    trial, diary = Trial(stage, process, test), Diary(stage)
    actions: list[Callable[[], Any]] = [lambda: _begin(trial)]
    actions += [lambda step=step: _act(trial, step.action) for step in test.steps]  # type: ignore[misc]
    for action in actions:
        if not goes_on():
            trial.refused = "The run takes too long to be played again: start again with fewer steps"
            break
        try:
            action()
        except STOPPED as error:
            trial.refused = str(error)
            break
        trial.moments.append(diary.turn())
    return trial


def _begin(trial: Trial) -> None:
    trial.instance = begin(trial.stage, trial.process, trial.test.start)


def _act(trial: Trial, action: Any) -> None:
    assert trial.instance is not None, "the start comes first"
    if action is not None:
        act(trial.stage, trial.instance, action)
    trial.stage.advance(timedelta())


class Diary:
    """Tells what is new since it was asked last."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._evaluated: list[Event] = []
        self._seen: dict[int, int] = {}  # process instance -> number of what happened last
        self._incidents: set[tuple[int, int]] = set()
        self._decisions = self._mails = self._jobs = 0
        stage.watch = self._watch

    def turn(self) -> Moment:
        found = [*self._way(), *self._evaluated, *self._asked(), *self._new_incidents()]
        self._evaluated = []
        return Moment(tuple(found[:MAX_EVENTS]), max(0, len(found) - MAX_EVENTS))

    def _watch(self, instance: Instance, seen: Evaluated) -> None:
        if len(self._evaluated) <= MAX_EVENTS:
            notes = (f"= {seen.expression}", *seen.warnings)
            self._evaluated.append(Event("evaluated", seen.element, f"{seen.what}: {told(seen.value)}", notes))

    def _way(self) -> Iterator[Event]:
        """Sequence flows and elements in the order in which they happened."""
        for instance in self._stage.instances:
            since = self._seen.get(instance.id, 0)
            flows = [(number - 0.5, id, "taken") for number, id in instance.flows if number > since]
            steps = [(float(number), id, what) for number, id, what in instance.history if number > since]
            for _, id, what in sorted([*flows, *steps], key=lambda entry: entry[0]):
                yield Event(what, id)
            self._seen[instance.id] = instance.stored.last_id

    def _asked(self) -> Iterator[Event]:
        stage = self._stage
        for _, effect in stage.decisions[self._decisions :]:
            yield Event("decided", effect.element, f"{effect.decision}: {told(_value(effect))}", tuple(rules(effect)))
        for mail in stage.mails[self._mails :]:
            yield Event("mailed", mail.element, f"{told(mail.inputs.get('subject'))} to {told(mail.inputs.get('to'))}")
        for wait in stage.open(effects.CreateJob):
            if wait.number > self._jobs:
                yield Event("job", wait.event, wait.effect.type)
                self._jobs = wait.number
        self._decisions, self._mails = len(stage.decisions), len(stage.mails)

    def _new_incidents(self) -> Iterator[Event]:
        now = {(each.id, number): found for each in self._stage.instances for number, found in each.incidents.items()}
        for key, incident in now.items():
            if key not in self._incidents:
                yield Event("incident", incident.element, incident.message)
        self._incidents = set(now)


def _value(effect: effects.RecordDecision) -> Any:
    return (effect.result or {}).get("value")


def rules(effect: effects.RecordDecision) -> Iterator[str]:
    """The rules that matched in every decision that was asked, and what its expressions warn of."""
    for decision in (effect.result or {}).get("decisions") or ():
        for rule in decision.get("rules", ()):
            outputs = ", ".join(f"{each['label']} {told(each['value'])}" for each in rule["outputs"])
            yield f"{decision['name'] or decision['id']}, rule {rule['index']}: {outputs}"
        yield from (warning["message"] for warning in decision.get("warnings", ()))


def told(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    try:
        text = dumps(feel.to_json(value))
    except ValueError as error:
        return f"({error})"
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]} …"
