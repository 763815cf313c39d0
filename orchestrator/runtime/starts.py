"""What starts a process by itself: the message, signal and timer start events of its latest version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from orchestrator import feel
from orchestrator.bpmn.model import (
    MessageDefinition,
    Process,
    ReceiveTask,
    SignalDefinition,
    StartEvent,
    TimerDefinition,
)
from orchestrator.engine.timers import InvalidTimer, Occurrence, first
from orchestrator.models import Job, ProcessDefinition, Subscription
from orchestrator.runtime.inspection import DeploymentProblem, File
from orchestrator.runtime.pending import TIMER_ATTEMPTS


def problems(file: File, now: datetime) -> Iterator[DeploymentProblem]:
    """Timer start events that say no time."""
    for process in file.processes:
        for start in _timer_starts(process):
            try:
                _first(start, now)
            except InvalidTimer as error:
                yield DeploymentProblem(file.name, start.id, str(error))


def subscriptions(row: ProcessDefinition, process: Process) -> Iterator[Subscription]:
    for start in process.start_events.get(process.id, ()):
        definition = start.definition
        if isinstance(definition, MessageDefinition):
            yield _subscription(row, start.id, Subscription.Kind.MESSAGE, str(definition.name))
        elif isinstance(definition, SignalDefinition):
            yield _subscription(row, start.id, Subscription.Kind.SIGNAL, str(definition.name))
    for node in process.children.get(process.id, ()):
        if isinstance(node, ReceiveTask) and node.instantiate:
            yield _subscription(row, node.id, Subscription.Kind.MESSAGE, str(node.message.name))


def _subscription(row: ProcessDefinition, event: str, kind: Subscription.Kind, name: str) -> Subscription:
    return Subscription(definition=row, event=event, kind=kind, name=name)


def timers(row: ProcessDefinition, process: Process, now: datetime) -> Iterator[Job]:
    """A date that has passed starts the first version at once, and no later version again."""
    for start in _timer_starts(process):
        occurrence, cycle = _first(start, now)
        if not cycle and occurrence.due <= now and row.version > 1:
            continue
        yield Job(
            definition=row,
            element=start.id,
            kind=Job.Kind.START,
            type="timer",
            due_at=occurrence.due,
            max_attempts=TIMER_ATTEMPTS,
            payload={"cycle": cycle, "repeat": occurrence.repeat, "interrupting": False},
        )


def _timer_starts(process: Process) -> Iterator[StartEvent]:
    for start in process.start_events.get(process.id, ()):
        if isinstance(start.definition, TimerDefinition):
            yield start


def _first(start: StartEvent, now: datetime) -> tuple[Occurrence, str]:
    """The first occurrence and, for a cycle, its text. Raises InvalidTimer."""
    definition = start.definition
    assert isinstance(definition, TimerDefinition)
    text = _text(definition, now)
    return first(definition.kind, text, now), text if definition.kind == "cycle" else ""


def _text(definition: TimerDefinition, now: datetime) -> str:
    if isinstance(definition.text, str):
        return definition.text.strip()
    try:
        value = definition.text.evaluate({}, environment=feel.Environment(now=now)).value
    except feel.LimitExceeded as error:
        raise InvalidTimer(f"The time cannot be evaluated: {error}") from error
    if value is None:
        raise InvalidTimer(f"The time {definition.text.text!r} yields null when the process is deployed")
    return str(value)
