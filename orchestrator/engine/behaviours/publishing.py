"""What the engine sends by itself: messages (`zeebe:publishMessage`) and signals, with the local variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import timers
from orchestrator.engine.effects import BroadcastSignal, PublishMessage
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, RUNAWAY, Incident
from orchestrator.engine.expressions import key, string, value_of, wrong
from orchestrator.engine.state import ElementInstance
from orchestrator.engine.throwing import interrupts, is_awaited, listening, trigger

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

GENERATIONS = 100  # messages and signals in a row that lead to each other without a rest


def publish(run: Run, message: bpmn.MessageDefinition, instance: ElementInstance) -> None:
    here, how = instance.element, message.publish or bpmn.PublishMessage()
    name = string(run, message.name, instance, f"The message name of {here}")
    correlation = key(run, how.correlation_key, instance, f"The correlation key of {here}")
    message_id = key(run, how.message_id, instance, f"The message id of {here}")
    seconds = _seconds(run, how.time_to_live, instance)
    next_one = _generation(run, instance)
    run.emit(PublishMessage(instance.id, name, correlation, instance.variables, message_id, seconds, next_one))


def _generation(run: Run, instance: ElementInstance) -> int:
    """Of what this leads to. A retry begins to count anew."""
    if run.generation >= GENERATIONS:
        raise Incident(
            RUNAWAY,
            f"More than {GENERATIONS:,} messages or signals have led to each other in a row, with nothing in between"
            f" that takes time; stopped at {instance.element}",
        )
    return run.generation + 1


def spread(run: Run) -> None:
    """What this step sent counts as often as it sent something, where it was led to by a message itself."""
    sent = [place for place, effect in enumerate(run.effects) if isinstance(effect, PublishMessage | BroadcastSignal)]
    for place in sent if len(sent) > 1 else ():
        effect = run.effects[place]
        assert isinstance(effect, PublishMessage | BroadcastSignal)
        run.effects[place] = replace(effect, generation=effect.generation * len(sent))


def _seconds(run: Run, text: bpmn.Text, instance: ElementInstance) -> float:
    what = f"The time to live of {instance.element}"
    value = value_of(run, text, instance, what)
    if value == "":
        return 0.0
    if not isinstance(value, str | feel.DaysTimeDuration | feel.YearsMonthsDuration):
        raise wrong(what, "a duration such as PT1H", value, text)
    try:
        seconds = (timers.after(str(value), run.environment.now) - run.environment.now).total_seconds()
    except timers.InvalidTimer as error:
        raise Incident(EXTRACT_VALUE_ERROR, f"{what}: {error}") from error
    if seconds < 0:
        raise Incident(EXTRACT_VALUE_ERROR, f"{what} is {value}: a message cannot live less than no time")
    return seconds


def broadcast(run: Run, definition: bpmn.SignalDefinition, instance: ElementInstance) -> None:
    """Tell everybody. Who listens around the thrower hears it before the thrower goes on, which may be the last thing
    that happens there; what is interrupted hears nothing more.
    """
    name = string(run, definition.name, instance, f"The signal name of {instance.element}")
    variables = instance.variables
    generation = _generation(run, instance)
    around = [
        (scope, event)
        for scope, events in listening(run.process, run.draft.instances, instance)
        for event in events
        if _hears(run, scope, event, name)
    ]
    around.reverse()  # what is further outside may interrupt the rest
    until, heard = run.draft.last_id, set()
    for scope, event in sorted(around, key=lambda one: not interrupts(one[1])):
        if scope.id in run.draft.instances and is_awaited(run.process, run.draft.instances, scope, event):
            heard.add((scope.id, event.id))
            trigger(run, scope, event, variables)
    run.emit(BroadcastSignal(instance.id, name, variables, generation, until, frozenset(heard)))


def _hears(run: Run, scope: ElementInstance, event: bpmn.Event, name: str) -> bool:
    definition = event.definition
    if not isinstance(definition, bpmn.SignalDefinition):
        return False
    return bool(value_of(run, definition.name, scope, f"The signal name of {event.id}") == name)
