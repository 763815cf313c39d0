"""Who catches what is thrown: errors and escalations rise through the scopes, triggers start what catches them.

In each scope its event sub-processes come before its boundary events, and a code of its own before "any".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.draft import scopes
from orchestrator.engine.effects import EscalateToParent
from orchestrator.engine.errors import UNHANDLED_ERROR_EVENT, Incident
from orchestrator.engine.farewells import follow
from orchestrator.engine.roles import is_scope
from orchestrator.engine.state import ACTIVE, ENTERING, TERMINATING, ElementInstance, State, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

INTERRUPTED = "interrupted"  # in a scope's data: an interrupting event sub-process took over


def throw_error(run: Run, thrower: ElementInstance, code: str, message: str, variables: Variables) -> None:
    """The innermost scope that catches the error handles it, else the calling process; nobody: Incident is raised."""
    if caught := _catcher(run.process, run.draft.instances, thrower, bpmn.ErrorDefinition, code):
        trigger(run, *caught, variables)
    elif run.called and run.environment.catches_above(code):
        run.end("error", variables, code, message)
    else:
        text = f"Nothing catches the error {code!r} thrown at {thrower.element}" + (f": {message}" if message else "")
        raise Incident(UNHANDLED_ERROR_EVENT, text)


def escalate(run: Run, thrower: ElementInstance, code: str, variables: Variables) -> None:
    """Tell the innermost scope that listens; the thrower may be terminated by that, with its whole process instance
    when a calling one is interrupted. Nobody listening is no trouble.
    """
    if caught := _catcher(run.process, run.draft.instances, thrower, bpmn.EscalationDefinition, code):
        trigger(run, *caught, variables)
    elif run.called and run.environment.interrupts_above(code):
        run.end("escalation", variables, code)
    elif run.called:
        run.emit(EscalateToParent(code, variables, run.generation))


def catches_error(process: bpmn.Process, state: State, thrower: int, code: str) -> bool:
    """Is an error thrown at this element instance caught in its process instance? The scopes around it are enough."""
    instance = state.instances.get(thrower)
    return instance is not None and _catcher(process, state.instances, instance, bpmn.ErrorDefinition, code) is not None


def is_interrupted(process: bpmn.Process, state: State, thrower: int, code: str) -> bool | None:
    """Does an escalation thrown at this element instance interrupt what is around it? None: nobody listens here."""
    instance = state.instances.get(thrower)
    caught = instance and _catcher(process, state.instances, instance, bpmn.EscalationDefinition, code)
    return interrupts(caught[1]) if caught else None


def interrupts(event: bpmn.FlowNode) -> bool:
    return event.interrupting if isinstance(event, bpmn.BoundaryEvent | bpmn.StartEvent) else True


def _catcher(
    process: bpmn.Process,
    instances: Mapping[int, ElementInstance],
    thrower: ElementInstance,
    kind: type[bpmn.ErrorDefinition] | type[bpmn.EscalationDefinition],
    code: str,
) -> tuple[ElementInstance, bpmn.Event] | None:
    for scope, events in listening(process, instances, thrower):
        for wanted in (code, None):
            for event in events:
                if isinstance(event.definition, kind) and event.definition.code == wanted:
                    return scope, event
    return None


def listening(
    process: bpmn.Process, instances: Mapping[int, ElementInstance], thrower: ElementInstance
) -> Iterator[tuple[ElementInstance, Iterable[bpmn.Event]]]:
    """The groups of events that may catch what happens at `thrower`, innermost first, with their scopes."""
    inside: ElementInstance | None = None
    for scope in scopes(instances, thrower):
        starts = process.event_subprocess_starts.get(scope.element, ())
        if starts and not scope.data.get(INTERRUPTED) and is_scope(process, instances, scope):
            # What an event sub-process throws itself is not for it to catch.
            yield scope, [start for start in starts if inside is None or start.scope != inside.element]
        if scope.iteration is None:
            yield scope, process.boundary_events.get(scope.element, ())
        inside = scope


def trigger(run: Run, holder: ElementInstance, event: bpmn.FlowNode, variables: Variables) -> None:
    """`event` happened to `holder`, which awaits it on its border, inside, or by itself."""
    if isinstance(event, bpmn.BoundaryEvent):
        _boundary(run, holder, event, variables)
    elif isinstance(event, bpmn.StartEvent):
        _event_sub_process(run, run.draft.change(holder.id), event, variables)
    else:
        run.behaviour(holder).triggered(run, run.node(holder), holder, event, variables)


def _boundary(run: Run, host: ElementInstance, event: bpmn.BoundaryEvent, variables: Variables) -> None:
    data = {"trigger": variables}
    if event.outputs and host.variables:
        data["host"] = host.variables  # the outputs may map variables of the activity
    then = {"how": "boundary event", "event": event.id, "data": data}
    if event.interrupting:
        run.terminate(host, then)
    else:
        follow(run, host, then)


def _event_sub_process(run: Run, scope: ElementInstance, start: bpmn.StartEvent, variables: Variables) -> None:
    then = {"how": "event sub-process", "event": start.id, "variables": variables}
    if not start.interrupting:
        return follow(run, scope, then)
    scope.data = {**scope.data, INTERRUPTED: True}
    for other in run.process.event_subprocess_starts[scope.element]:
        run.stop_waiting(scope, other)
    return run.clear(scope, then=then)


def is_awaited(
    process: bpmn.Process, instances: Mapping[int, ElementInstance], holder: ElementInstance, event: bpmn.FlowNode
) -> bool:
    """May this event happen to `holder`: on its border, inside, or as what it waits for itself?"""
    if isinstance(event, bpmn.BoundaryEvent):
        on_border = event.attached_to == holder.element and holder.iteration is None
        return on_border and holder.phase not in (ENTERING, TERMINATING)
    if holder.phase != ACTIVE:
        return False
    if event.id == holder.element or any(flow.source == holder.element for flow in event.incoming):
        return True
    starts = process.event_subprocess_starts.get(holder.element, ())
    return event in starts and is_scope(process, instances, holder) and not holder.data.get(INTERRUPTED)
