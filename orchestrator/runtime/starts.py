"""What starts a process by itself: the message, signal, timer and conditional start events of its latest version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractUser

from orchestrator import feel
from orchestrator.bpmn.model import (
    ConditionalDefinition,
    MessageDefinition,
    Process,
    ReceiveTask,
    SignalDefinition,
    StartEvent,
    Text,
    TimerDefinition,
)
from orchestrator.engine.calendars import calendar_name
from orchestrator.engine.timers import InvalidTimer, Occurrence, first
from orchestrator.models import Job, ProcessDefinition, ProcessInstance, Subscription
from orchestrator.runtime import calendars, definitions, execution, permissions, timing, wire
from orchestrator.runtime.inspection import DeploymentProblem, File
from orchestrator.runtime.pending import TIMER_ATTEMPTS
from orchestrator.runtime.variables import checked
from orchestrator.runtime.zone import local
from orchestrator.working_time import UnknownCalendar, is_working_time


def problems(file: File, now: datetime) -> Iterator[DeploymentProblem]:
    """What says no time, or names a calendar that does not exist."""
    for process in file.processes:
        known = list(timing.problems(process, now))
        yield from (DeploymentProblem(file.name, id, message) for id, message in known)
        for start in _timer_starts(process):
            try:
                if start.id not in {id for id, _ in known}:
                    _first(process, start, now)
            except InvalidTimer as error:
                yield DeploymentProblem(file.name, start.id, str(error))


def subscriptions(row: ProcessDefinition, process: Process) -> Iterator[Subscription]:
    for start in process.start_events.get(process.id, ()):
        definition = start.definition
        if isinstance(definition, MessageDefinition):
            yield _subscription(row, start.id, Subscription.Kind.MESSAGE, str(definition.name))
        elif isinstance(definition, SignalDefinition):
            yield _subscription(row, start.id, Subscription.Kind.SIGNAL, str(definition.name))
        elif isinstance(definition, ConditionalDefinition):
            yield _subscription(row, start.id, Subscription.Kind.CONDITION, "")
    for node in process.children.get(process.id, ()):
        if isinstance(node, ReceiveTask) and node.instantiate:
            yield _subscription(row, node.id, Subscription.Kind.MESSAGE, str(node.message.name))


def _subscription(row: ProcessDefinition, event: str, kind: Subscription.Kind, name: str) -> Subscription:
    return Subscription(definition=row, event=event, kind=kind, name=name)


def evaluate_conditions(
    variables: Mapping[str, Any],
    *,
    by: AbstractUser | None = None,
    process: str | None = None,
    business_key: str = "",
) -> list[ProcessInstance]:
    """Asks the conditional start events of the latest versions (of `process`, or of all) about these variables. Each
    condition that is true starts an instance with them; what came of a value that is no boolean is no.

    With `by`, only of the processes that this person may start. All of it in one transaction. Raises InvalidVariables.
    """
    exact = checked(variables)

    def step() -> list[ProcessInstance]:
        environment = feel.Environment(now=_now())
        return [
            execution.start(
                subscription.definition, exact, by=by, business_key=business_key, start_event=subscription.event
            )
            for subscription in _conditional_starts(by, process)
            if subscription.definition is not None and _is_true(subscription, exact, environment)
        ]

    return execution.atomically(step)


def _conditional_starts(by: AbstractUser | None, process: str | None) -> list[Subscription]:
    found = Subscription.objects.filter(kind=Subscription.Kind.CONDITION).select_related("definition")
    if process is not None:
        found = found.filter(definition__key=process)
    if by is not None:
        found = found.filter(definition__key__in=permissions.start_granted(by))
    return list(found.order_by("id"))


def _is_true(subscription: Subscription, variables: Mapping[str, Any], environment: feel.Environment) -> bool:
    assert subscription.definition_id is not None
    node = definitions.process_of(subscription.definition_id).nodes[subscription.event]
    assert isinstance(node, StartEvent)
    assert isinstance(node.definition, ConditionalDefinition)
    try:
        return node.definition.condition.evaluate(variables, environment=environment).value is True
    except feel.LimitExceeded:
        return False


def _now() -> datetime:
    with wire.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return local(now)


def timers(row: ProcessDefinition, process: Process, now: datetime) -> Iterator[Job]:
    """A time that has passed starts the first version at once, and no later version again."""
    for start in _timer_starts(process):
        occurrence, cycle, calendar = _first(process, start, now)
        if occurrence.due <= now.astimezone(UTC) and row.version > 1:
            continue
        yield Job(
            definition=row,
            element=start.id,
            kind=Job.Kind.START,
            type="timer",
            due_at=occurrence.due,
            max_attempts=TIMER_ATTEMPTS,
            payload={"cycle": cycle, "repeat": occurrence.repeat, "interrupting": False, "calendar": calendar},
        )


def _timer_starts(process: Process) -> Iterator[StartEvent]:
    for start in process.start_events.get(process.id, ()):
        if isinstance(start.definition, TimerDefinition):
            yield start


def _first(process: Process, start: StartEvent, now: datetime) -> tuple[Occurrence, str, str]:
    """The first occurrence; for a cycle its text; and the calendar if it counts working time. Raises InvalidTimer."""
    definition, here = start.definition, local(now, process)
    assert isinstance(definition, TimerDefinition)
    text = _value(definition.text, here, "The time")
    named = calendar_name(process, start) if is_working_time(text) else None
    name = _value(named, here, "The calendar") if named is not None else ""
    try:
        calendar = calendars.calendar(name) if name else None
    except UnknownCalendar as error:
        raise InvalidTimer(str(error)) from error
    return first(definition.kind, text, here, calendar), text if definition.kind == "cycle" else "", name


def _value(text: Text, now: datetime, what: str) -> str:
    if isinstance(text, str):
        return text.strip()
    try:
        value = text.evaluate({}, environment=feel.Environment(now=now)).value
    except feel.LimitExceeded as error:
        raise InvalidTimer(f"{what} cannot be evaluated: {error}") from error
    if value is None:
        raise InvalidTimer(f"{what} {text.text!r} yields null when the process is deployed")
    return str(value).strip()
