"""What an element instance waits for, told to the world: timers, messages, signals; conditions are watched here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import conditions, timers
from orchestrator.engine.calendars import calendar_for
from orchestrator.engine.effects import ScheduleTimer, SubscribeMessage, SubscribeSignal
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, Incident
from orchestrator.engine.expressions import key, string, value_of, wrong
from orchestrator.engine.state import ElementInstance
from orchestrator.engine.throwing import interrupts

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def watch(run: Run, instance: ElementInstance, events: Iterable[bpmn.Event]) -> None:
    """Wait for these events on behalf of `instance`. Events that are not awaited from outside are passed over."""
    for event in events:
        if open_wait := WAITS.get(type(event.definition)):
            open_wait(run, instance, event, event.definition)
            run.waiting.add(instance.id)


def await_message(run: Run, instance: ElementInstance, node: bpmn.FlowNode, definition: bpmn.MessageDefinition) -> None:
    """Wait for a message on behalf of `instance`; `node` is the event or receive task that catches it."""
    _message(run, instance, node, definition)
    run.waiting.add(instance.id)


def _timer(run: Run, instance: ElementInstance, event: bpmn.Event, definition: bpmn.TimerDefinition) -> None:
    what = f"The {definition.kind} of {event.id}"
    value = value_of(run, definition.text, instance, what)
    if not isinstance(value, str | feel.DateTime | feel.Date | feel.DaysTimeDuration | feel.YearsMonthsDuration):
        raise wrong(what, f"a {definition.kind}", value, definition.text)
    text = str(value).strip()
    name, calendar = calendar_for(run, event, instance, text)
    try:
        first = timers.first(definition.kind, text, run.environment.now, calendar)
    except timers.InvalidTimer as error:
        raise Incident(EXTRACT_VALUE_ERROR, f"{what} cannot be read: {error}") from error
    cycle = text if definition.kind == "cycle" else ""
    run.emit(ScheduleTimer(instance.id, event.id, first.due, cycle, first.repeat, interrupts(event), name))


def _message(run: Run, instance: ElementInstance, event: bpmn.FlowNode, definition: bpmn.MessageDefinition) -> None:
    name = string(run, definition.name, instance, f"The message name of {event.id}")
    # The key of a boundary event is read in the scope around its activity: the activity's own inputs do not count.
    attached = isinstance(event, bpmn.BoundaryEvent) and instance.scope is not None
    around = run.draft.instances[instance.scope] if attached and instance.scope is not None else instance
    written = definition.correlation_key
    correlation = (
        key(run, written, around, f"The correlation key of the message {name} at {event.id}") if written else ""
    )
    run.emit(SubscribeMessage(instance.id, event.id, name, correlation, interrupts(event)))


def _signal(run: Run, instance: ElementInstance, event: bpmn.Event, definition: bpmn.SignalDefinition) -> None:
    name = string(run, definition.name, instance, f"The signal name of {event.id}")
    run.emit(SubscribeSignal(instance.id, event.id, name, interrupts(event)))


def _condition(run: Run, instance: ElementInstance, event: bpmn.Event, definition: bpmn.ConditionalDefinition) -> None:
    conditions.watch(run, instance, event)


WAITS: dict[type, Callable[[Run, ElementInstance, bpmn.Event, Any], None]] = {
    bpmn.TimerDefinition: _timer,
    bpmn.MessageDefinition: _message,
    bpmn.SignalDefinition: _signal,
    bpmn.ConditionalDefinition: _condition,
}
