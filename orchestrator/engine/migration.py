"""A running process instance goes on in another version of its process.

`propose` finds the counterparts of elements, `unfit` says what is wrong with a plan for any instance, `misfits` what
stands in the way of one instance, and `translate` gives its state in the words of the target. The rules are those of
Camunda 8: what is active has a counterpart of the same kind in the same scope; work that has begun goes on as it was,
with its job, its deadline, its message and key; events on the border that the target adds are awaited from now on,
those that it lacks no longer. What was passed is history and keeps its names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import joins, listeners, task_listeners, topology
from orchestrator.engine.behaviours import compensation
from orchestrator.engine.commands import Migrate
from orchestrator.engine.errors import CommandRejected, Incident
from orchestrator.engine.roles import Instances, is_body, is_scope
from orchestrator.engine.state import DONE, ENTERING, TERMINATING, ElementInstance, State
from orchestrator.engine.throwing import INTERRUPTED
from orchestrator.engine.waits import WAITS, await_message, watch

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

Mapped = Mapping[str, str]  # element of the source -> element of the target
TO_AWAIT = "to await"  # in the data of a translated element instance: the events that the target adds


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why an element, or an active element instance (`number`), cannot go on in the target; `message` is a sentence."""

    element: str
    message: str
    number: int | None = None


@dataclass(slots=True)
class Translation:
    """`renamed` are the events whose waits go on under another name, `gone` those whose waits end, per element
    instance; `forgotten` the completed activities that can no longer be compensated.
    """

    state: State
    renamed: list[tuple[int, str, str]] = field(default_factory=list)
    gone: list[tuple[int, str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


def propose(source: bpmn.Process, target: bpmn.Process) -> dict[str, str]:
    """Elements of the same id, kind and scope."""
    found = {id: id for id in source.nodes if id in target.nodes}
    while wrong := {misfit.element for misfit in unfit(source, target, found)}:
        found = {id: other for id, other in found.items() if id not in wrong}
    return found


def unfit(source: bpmn.Process, target: bpmn.Process, mapped: Mapped) -> list[Misfit]:
    """What is wrong with the plan itself, whatever is active."""
    found = []
    for id, other in mapped.items():
        old, new = source.nodes.get(id), target.nodes.get(other)
        if old is None:
            found.append(Misfit(id, f"The process has no element {id}"))
        elif new is None:
            found.append(Misfit(id, f"The target has no element {other}"))
        else:
            found += [Misfit(id, message) for message in _differences(source, target, mapped, old, new)]
    taken: dict[str, str] = {}
    for id, other in mapped.items():
        node = source.nodes.get(id)
        if not isinstance(node, bpmn.Activity) and taken.setdefault(other, id) != id:
            found.append(Misfit(id, f"{taken[other]} and {id} cannot both become {other}"))
    return found


def _differences(
    source: bpmn.Process, target: bpmn.Process, mapped: Mapped, old: bpmn.FlowNode, new: bpmn.FlowNode
) -> Iterator[str]:
    if kind(old) != kind(new):
        yield f"{old.id} is {kind(old)}, but in the target {new.id} is {kind(new)}"
    if _scope(source, target, mapped, old.scope) != new.scope:
        yield f"{old.id} is inside {old.scope}, but in the target {new.id} is inside {new.scope}, not its counterpart"
    host = getattr(old, "attached_to", None)
    if isinstance(new, bpmn.BoundaryEvent) and host is not None and mapped.get(host) != new.attached_to:
        yield f"{old.id} is attached to {host}, but in the target {new.id} to {new.attached_to}"


def _scope(source: bpmn.Process, target: bpmn.Process, mapped: Mapped, scope: str) -> str | None:
    return target.id if scope == source.id else mapped.get(scope)


def kind(node: bpmn.FlowNode) -> str:
    """What two elements must have in common: in words."""
    words = [_WORDS.get(type(node)) or _words(type(node).__name__)]
    if isinstance(node, bpmn.Event):
        trigger = type(node.definition).__name__.removesuffix("Definition") if node.definition else "none"
        words[0] = f"{_words(trigger)} {words[0]}"
    if isinstance(node, bpmn.BoundaryEvent | bpmn.StartEvent) and not node.interrupting:
        words.append("that does not interrupt")
    if isinstance(node, bpmn.SubProcess) and node.triggered_by_event:
        words.append("that an event starts")
    if isinstance(node, bpmn.Activity) and node.multi_instance:
        words.append(f"repeated {'in sequence' if node.multi_instance.sequential else 'in parallel'} for each item")
    if isinstance(node, bpmn.Activity) and node.standard_loop:
        words.append("in a loop")
    if isinstance(node, _EITHER) and node.job is not None:
        words.append("done by a job")
    return f"{'an' if words[0][0] in 'aeio' else 'a'} {', '.join(words)}"


_WORDS = {bpmn.IntermediateCatchEvent: "catch event", bpmn.IntermediateThrowEvent: "throw event"}
_EITHER = (bpmn.ScriptTask, bpmn.BusinessRuleTask, bpmn.SendTask, bpmn.AdHocSubProcess)


def _words(name: str) -> str:
    """EventBasedGateway -> event based gateway."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def misfits(source: bpmn.Process, target: bpmn.Process, mapped: Mapped, state: State) -> list[Misfit]:
    """What keeps this instance from going on in the target; `state` is complete."""
    found = []
    for instance in state.instances.values():
        node = source.nodes.get(instance.element, source)
        counterpart = target if node is source else target.nodes.get(mapped.get(instance.element, ""))
        if counterpart is None:
            message = f"{node.id} is active and has no counterpart{_why_not(source, target, mapped, node)}"
            found.append(Misfit(node.id, message, instance.id))
        elif instance.phase == TERMINATING:
            message = f"{node.id} is being withdrawn, and its listeners have not answered yet"
            found.append(Misfit(node.id, message, instance.id))
        elif _asks_others(node, counterpart, instance):
            message = f"{node.id} waits for a listener, and {counterpart.id} has other listeners"
            found.append(Misfit(node.id, message, instance.id))
    for (scope, gateway), tokens in state.joins.items():
        for flow in tokens:
            if gateway not in mapped:
                why = _why_not(source, target, mapped, source.nodes[gateway])
                found.append(Misfit(gateway, f"A token waits at {gateway}, which has no counterpart{why}", scope))
            elif _flow(source, target, mapped, gateway, flow) is None:
                message = f"A token waits at {gateway}, and its way there over {flow} has no counterpart"
                found.append(Misfit(gateway, message, scope))
    return found


def _why_not(source: bpmn.Process, target: bpmn.Process, mapped: Mapped, node: bpmn.FlowNode | bpmn.Process) -> str:
    """Half a sentence about the element of the same id, where the target has one that does not fit."""
    same = target.nodes.get(node.id)
    if same is None or not isinstance(node, bpmn.FlowNode):
        return ""
    return "".join(f": {difference}" for difference in [*_differences(source, target, mapped, node, same)][:1])


def _asks_others(
    node: bpmn.FlowNode | bpmn.Process, other: bpmn.FlowNode | bpmn.Process, instance: ElementInstance
) -> bool:
    """Is a listener under way that the counterpart may not have? Those that are done, or yet to come, do not matter."""
    if listeners.awaited(node, instance):
        return node.listeners != other.listeners
    before, after = (getattr(n, "task_listeners", ()) for n in (node, other))
    return task_listeners.awaited(instance) and before != after


def _flow(source: bpmn.Process, target: bpmn.Process, mapped: Mapped, gateway: str, flow: str) -> str | None:
    """The flow to the counterpart of the gateway with the same id, or else from the counterpart of its source."""
    join = target.nodes.get(mapped.get(gateway, ""))
    if join is None or join.id not in topology.joins(target):
        return None
    if any(other.id == flow for other in join.incoming):
        return flow
    before = mapped.get(source.flows[flow].source) if flow in source.flows else None
    return next((other.id for other in join.incoming if other.source == before), None)


def translate(source: bpmn.Process, target: bpmn.Process, mapped: Mapped, state: State) -> Translation:
    """The state in the words of the target. There are no misfits; `state` is complete, with the results of all bodies
    that can be compensated, and stays as it is.
    """
    names = {**mapped, source.id: target.id}
    done = Translation(replace(state, instances={}, joins={}, inside={}))
    for instance in state.instances.values():
        done.state.instances[instance.id] = replace(instance, element=names[instance.element])
    for (scope, gateway), tokens in state.joins.items():
        moved = {_flow(source, target, mapped, gateway, flow) or "": count for flow, count in tokens.items()}
        done.state.joins[scope, names[gateway]] = moved
    for id, instance in state.instances.items():
        new = done.state.instances[id]
        new.data = _data(source, target, mapped, instance.data, done.forgotten)
        before = [event.id for event in _awaited(source, state.instances, instance)]
        after = [event.id for event in _awaited(target, done.state.instances, new)]
        kept = {event: mapped[event] for event in before if mapped.get(event) in after}
        done.renamed += [(id, event, other) for event, other in kept.items() if event != other]
        done.gone += [(id, event) for event in before if event not in kept]
        if added := [event for event in after if event not in kept.values()]:
            new.data = {**new.data, TO_AWAIT: added}
    done.state.results = {
        body: {
            iteration: replace(round, done=_records(target, mapped, round.done, done.forgotten))
            for iteration, round in rounds.items()
        }
        for body, rounds in state.results.items()
    }
    return done


def _awaited(process: bpmn.Process, instances: Instances, instance: ElementInstance) -> list[bpmn.FlowNode]:
    """The events for which this element instance waits: on its border, inside, and by itself."""
    if instance.phase == ENTERING:
        return []
    events: list[bpmn.FlowNode] = []
    if instance.iteration is None:
        events += process.boundary_events.get(instance.element, ())
    if not instance.data.get(INTERRUPTED) and is_scope(process, instances, instance):
        events += process.event_subprocess_starts.get(instance.element, ())
    node = process.nodes.get(instance.element)
    if isinstance(node, bpmn.EventBasedGateway):
        events += [process.nodes[flow.target] for flow in node.outgoing]
    elif isinstance(node, bpmn.IntermediateCatchEvent | bpmn.ReceiveTask) and not is_body(node, instance):
        events.append(node)
    return [e for e in events if isinstance(e, bpmn.ReceiveTask) or type(getattr(e, "definition", None)) in WAITS]


def _data(
    source: bpmn.Process, target: bpmn.Process, mapped: Mapped, data: dict[str, Any], forgotten: list[str]
) -> dict[str, Any]:
    changed = dict(data)
    if DONE in data:
        changed[DONE] = _records(target, mapped, data[DONE], forgotten)
    if joins.FIRED in data:
        changed[joins.FIRED] = {
            mapped[gateway]: [other for flow in flows if (other := _flow(source, target, mapped, gateway, flow))]
            for gateway, flows in data[joins.FIRED].items()
            if gateway in mapped
        }
    if "event" in data:
        changed["event"] = mapped.get(data["event"], data["event"])
    if "activate" in data:
        changed["activate"] = mapped.get(data["activate"], data["activate"])
    if "begin" in data:
        changed["begin"] = {mapped.get(element, element): begun for element, begun in data["begin"].items()}
    return changed


def _records(
    target: bpmn.Process, mapped: Mapped, records: list[dict[str, Any]], forgotten: list[str]
) -> list[dict[str, Any]]:
    """What was completed and can be compensated, with the handlers that the target has for it."""
    found = []
    for record in records:
        activity, rounds = mapped.get(record["activity"]), compensation.ROUNDS in record
        handler = target.compensation_handlers.get(activity) if activity and not rounds else None
        inside = _records(target, mapped, record["inside"], forgotten) if activity else []
        if handler or inside or (activity and rounds):
            found.append({**record, "activity": activity, "handler": handler, "inside": inside})
        else:
            forgotten.append(record["activity"])
    return found


def migrate(run: Run, command: Migrate) -> None:
    """The state is that of `translate`, the process the target: await what the target adds, and let go what can go."""
    for id, instance in list(run.draft.instances.items()):
        if TO_AWAIT in instance.data:
            changed = run.draft.change(id)
            events = [run.process.nodes[event] for event in changed.data[TO_AWAIT]]
            changed.data = {name: value for name, value in changed.data.items() if name != TO_AWAIT}
            _await(run, changed, events)
        if instance.tokens or instance.data.get(joins.FIRED):
            run.touched.add(id)
    for scope, gateway in list(run.draft.joins):
        joins.fire_when_full(run, scope, run.process.nodes[gateway])


def _await(run: Run, instance: ElementInstance, events: list[bpmn.FlowNode]) -> None:
    try:
        for event in events:
            if isinstance(event, bpmn.ReceiveTask):
                await_message(run, instance, event, event.message)
            elif isinstance(event, bpmn.Event):
                watch(run, instance, [event])
    except Incident as incident:
        raise CommandRejected(f"{instance.element} cannot wait as the target wants: {incident.message}") from incident
