"""Conditional events (BPMN 2.0, 10.5.5.3): asked when they begin to wait, and when a variable they read was written.

Nobody keeps a list of those that wait: the drawing says which elements may, and where. A write looks for their active
instances inside the scope of the variable, on the ways that lead to them and on no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.errors import Incident
from orchestrator.engine.expressions import boolean
from orchestrator.engine.state import ElementInstance, InstancesNotLoaded, Variables
from orchestrator.engine.throwing import is_awaited, trigger
from orchestrator.engine.topology import once

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


@dataclass(frozen=True, slots=True)
class Watched:
    """`readers`: variable -> the conditional events that its changes concern. `holders`: element -> the conditional
    events for which its instances may wait. `around`: element -> what its instances may be inside.
    """

    readers: Mapping[str, tuple[bpmn.Event, ...]]
    holders: Mapping[str, tuple[bpmn.Event, ...]]
    around: Mapping[str, frozenset[str]]


@once
def watched(process: bpmn.Process) -> Watched:
    readers: dict[str, list[bpmn.Event]] = {}
    holders: dict[str, list[bpmn.Event]] = {}
    for holder, event in _held(process):
        holders.setdefault(holder, []).append(event)
        assert isinstance(event.definition, bpmn.ConditionalDefinition)
        for name in event.definition.variable_names or event.definition.condition.names:
            if event not in (known := readers.setdefault(name, [])):
                known.append(event)
    return Watched(
        {name: tuple(events) for name, events in readers.items()},
        {holder: tuple(events) for holder, events in holders.items()},
        {holder: frozenset(_around(process, holder)) for holder in holders},
    )


def _held(process: bpmn.Process) -> Iterator[tuple[str, bpmn.Event]]:
    """Element -> conditional event that its instances await: on the border, inside, behind it, or by themselves."""
    by_holder: list[Mapping[str, tuple[Any, ...]]] = [process.boundary_events, process.event_subprocess_starts]
    for node in process.nodes.values():
        if isinstance(node, bpmn.EventBasedGateway):
            by_holder.append({node.id: tuple(process.nodes[flow.target] for flow in node.outgoing)})
        elif isinstance(node, bpmn.IntermediateCatchEvent):
            by_holder.append({node.id: (node,)})
    for holder, events in (pair for held in by_holder for pair in held.items()):
        for event in events:
            if isinstance(getattr(event, "definition", None), bpmn.ConditionalDefinition):
                yield holder, event


def _around(process: bpmn.Process, element: str) -> set[str]:
    """The scopes of the drawing, the body around the iterations of a sub-process, and the events inside which
    compensation handlers run.
    """
    handlers = process.compensation_handlers.values()
    node = process.nodes.get(element)
    repeated = isinstance(node, bpmn.SubProcess) and (node.multi_instance or node.standard_loop)
    found: set[str] = {element} if repeated else set()
    todo = [element]
    while todo:
        here = process.nodes.get(todo.pop())
        if here is not None:
            new = {here.scope, *(_compensating(process) if here.id in handlers else ())} - found
            found |= new
            todo += new
    return found


def _compensating(process: bpmn.Process) -> Iterator[str]:
    for node in process.nodes.values():
        if isinstance(getattr(node, "definition", None), bpmn.CompensationDefinition | bpmn.CancelDefinition):
            yield node.id


def written(variables: Variables, name: str, value: Any) -> str:
    """create | update, or "" for a variable that stays as it is."""
    if name not in variables:
        return "create"
    before = variables[name]
    same = before == value and isinstance(before, bool) == isinstance(value, bool)
    return "" if same else "update"


def watch(run: Run, instance: ElementInstance, event: bpmn.Event) -> None:
    run.unasked.append((instance.id, event))


def ask(run: Run) -> None:
    """Trigger the conditional events that are true now and had a reason to be asked. Raises InstancesNotLoaded."""
    written, run.written = run.written, []
    fresh, run.unasked = run.unasked, []
    touched: dict[int, set[str]] = {}  # scope -> the events that what was written in it concerns
    for scope, name, how in written:
        if scope in run.draft.instances:
            for event in watched(run.process).readers[name]:
                assert isinstance(event.definition, bpmn.ConditionalDefinition)
                if not event.definition.variable_events or how in event.definition.variable_events:
                    touched.setdefault(scope, set()).add(event.id)
    asked = {(instance, event.id): event for instance, event in fresh}
    if touched:
        _require(run, touched)
        asked.update(_waiting(run, touched))
    for (instance, _), event in sorted(asked.items(), key=lambda one: one[0]):
        run.later(_ask_one, instance, event)


def _waiting(run: Run, touched: Mapping[int, set[str]]) -> Iterator[tuple[tuple[int, str], bpmn.Event]]:
    """Who may wait for one of these events, inside the scope that concerns it."""
    holders = watched(run.process).holders
    for instance in list(run.draft.instances.values()):
        for event in holders.get(instance.element, ()):
            if any(event.id in touched.get(scope.id, ()) for scope in run.draft.scopes(instance)):
                yield (instance.id, event.id), event


def _require(run: Run, touched: Mapping[int, set[str]]) -> None:
    """Everybody who may wait for what was touched is known. Raises InstancesNotLoaded."""
    facts = watched(run.process)
    events = set().union(*touched.values())
    holders = {h for h, held in facts.holders.items() if any(event.id in events for event in held)}
    ways = frozenset().union(*(facts.around[holder] for holder in holders))
    missing = tuple(scope for scope in touched if not _is_known(run, scope, ways, ways | holders))
    if missing:  # thousands may wait for one variable
        raise InstancesNotLoaded(missing, ways | holders, ways)


def _is_known(run: Run, scope: int, ways: frozenset[str], elements: frozenset[str]) -> bool:
    instance = run.draft.instances[scope]
    if instance.element not in ways or run.draft.knows_inside(instance, elements):
        return True
    if not run.draft.knows_children(instance):
        return False
    inside = (child for child in run.draft.children(instance) if child.element in ways)
    return all(_is_known(run, child.id, ways, elements) for child in inside)


def _ask_one(run: Run, instance: ElementInstance, event: Any) -> None:
    if not is_awaited(run.process, run.draft.instances, instance, event):
        return
    try:
        true = boolean(run, event.definition.condition, instance, f"The condition of {event.id}")
    except Incident:
        return  # not a boolean yet: a variable is still missing; the condition is asked again when it is written
    if true:
        run.attempt(instance, trigger, event, {})
