"""Conditional events (BPMN 2.0, 10.5.5.3): asked when they begin to wait, and when a variable they read was written.

The element instances that wait are listed in the root element instance under `conditions`, with the scopes around them,
so that a write finds them without loading everything that is active.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.errors import Incident
from orchestrator.engine.expressions import boolean
from orchestrator.engine.state import ElementInstance, InstancesNotLoaded
from orchestrator.engine.throwing import is_awaited, trigger

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

LIST = "conditions"


def watch(run: Run, instance: ElementInstance, event: bpmn.Event) -> None:
    root = run.draft.change(run.draft.root.id)
    scopes = [scope.id for scope in run.draft.scopes(instance)][::-1]
    waiting = [e for e in root.data.get(LIST, ()) if (e["scopes"][-1], e["event"]) != (instance.id, event.id)]
    root.data = {**root.data, LIST: [*waiting, {"event": event.id, "scopes": scopes}]}
    run.unasked.append((instance.id, event.id))


def forget(run: Run, instance: int, event: str | None = None) -> None:
    """The instance (or the event) no longer waits."""
    root = run.draft.root
    waiting = root.data.get(LIST, ())
    kept = [e for e in waiting if e["scopes"][-1] != instance or (event is not None and e["event"] != event)]
    if len(kept) < len(waiting):
        root = run.draft.change(root.id)
        root.data = {**root.data, LIST: kept}


def ask(run: Run) -> None:
    """Trigger the conditional events that are true now and had a reason to be asked."""
    written, run.written = run.written, []
    fresh, run.unasked = run.unasked, []
    asked, missing = [], []
    begun = set(fresh)
    for entry in run.draft.root.data.get(LIST, ()) if run.draft.instances else ():
        scopes, event = entry["scopes"], cast(bpmn.Event, run.process.nodes[entry["event"]])
        definition = cast(bpmn.ConditionalDefinition, event.definition)
        if (scopes[-1], event.id) in begun or _is_touched(definition, scopes, written):
            asked.append((scopes[-1], event))
            missing += [scope for scope in scopes if scope not in run.draft.instances]
    if missing:  # thousands may wait for one variable
        raise InstancesNotLoaded(tuple(dict.fromkeys(missing)))
    for instance, event in asked:
        run.later(_ask_one, instance, event)


def _is_touched(definition: bpmn.ConditionalDefinition, scopes: list[int], written: list[tuple[int, str, str]]) -> bool:
    names = definition.variable_names or definition.condition.names
    return any(
        scope in scopes and name in names and (not definition.variable_events or how in definition.variable_events)
        for scope, name, how in written
    )


def _ask_one(run: Run, instance: ElementInstance, event: Any) -> None:
    waits = run.draft.root.data.get(LIST, ())
    if not any((e["scopes"][-1], e["event"]) == (instance.id, event.id) for e in waits):
        return
    if not is_awaited(run, instance, event):
        return
    try:
        true = boolean(run, event.definition.condition, instance, f"The condition of {event.id}")
    except Incident:
        return  # not a boolean yet: a variable is still missing; the condition is asked again when it is written
    if true:
        run.attempt(instance, trigger, event, {})
