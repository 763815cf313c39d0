"""Can this process run? One function per rule, each a generator of problems; a modeller sees them all at once.

Reading (`parse`) refuses what is not known; the rules here refuse what is known but cannot work together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from orchestrator.bpmn import model as m
from orchestrator.bpmn.human_work import the_words_about_people_make_sense
from orchestrator.bpmn.problems import Problem
from orchestrator.bpmn.restricted import restrictions_can_be_kept

Rule = Callable[[m.Process], Iterable[Problem]]


def problems(diagram: m.Diagram) -> list[Problem]:
    """Every reason why a process of the diagram cannot run; empty when all can."""
    return [problem for process in diagram.processes.values() for rule in RULES for problem in rule(process)]


def _called(node: m.FlowNode) -> str:
    return f"“{node.name}”" if node.name else node.id


def _scopes(process: m.Process) -> Iterator[m.SubProcess]:
    return (node for node in process.nodes.values() if isinstance(node, m.SubProcess))


# -- where a token begins


def a_process_can_start(process: m.Process) -> Iterator[Problem]:
    starts = process.start_events.get(process.id, ())
    receives = any(isinstance(n, m.ReceiveTask) and n.instantiate for n in process.children.get(process.id, ()))
    if not starts and not receives:
        yield Problem(process.id, "The process has no start event")
    for extra in [start for start in starts if start.definition is None][1:]:
        yield Problem(extra.id, "The process has a second none start event: only one can be meant by “start”")


def a_sub_process_can_start(process: m.Process) -> Iterator[Problem]:
    for scope in _scopes(process):
        starts = process.start_events.get(scope.id, ())
        if isinstance(scope, m.AdHocSubProcess):
            yield from _ad_hoc(process, scope)
        elif scope.triggered_by_event:
            if len(starts) != 1 or starts[0].definition is None:
                yield Problem(scope.id, "An event sub-process needs exactly one start event, with a trigger")
            if scope.incoming or scope.outgoing:
                yield Problem(scope.id, "An event sub-process is entered by its event: remove its sequence flows")
        elif len(starts) != 1 or starts[0].definition is not None:
            yield Problem(scope.id, f"The sub-process {_called(scope)} needs exactly one none start event")


def _ad_hoc(process: m.Process, scope: m.AdHocSubProcess) -> Iterator[Problem]:
    inside = process.children.get(scope.id, ())
    if not any(isinstance(node, m.Activity) for node in inside):
        yield Problem(scope.id, "An ad-hoc sub-process needs at least one activity")
    for node in inside:
        if isinstance(node, m.StartEvent | m.EndEvent):
            yield Problem(node.id, "An ad-hoc sub-process has no start or end events")


def message_starts_are_distinct(process: m.Process) -> Iterator[Problem]:
    for kind, what in ((m.MessageDefinition, "message"), (m.SignalDefinition, "signal")):
        names = [
            (start.id, start.definition.name)
            for start in process.start_events.get(process.id, ())
            if isinstance(start.definition, kind)
        ]
        for id, name in names:
            if not isinstance(name, str):
                yield Problem(id, f"The name of a start event's {what} must be static")
        yield from _twice(names, f"Two start events wait for {{}}: a {what} can start the process only once")


def _twice(named: Iterable[tuple[str, object]], sentence: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for id, name in named:
        if isinstance(name, str):
            if name in seen:
                yield Problem(id, sentence.format(name))
            seen.add(name)


# -- how nodes are connected


def flows_lead_in_and_out(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        match node:
            case m.StartEvent() if node.incoming:
                yield Problem(node.id, "A start event has no incoming sequence flow")
            case m.EndEvent() if node.outgoing:
                yield Problem(node.id, "An end event has no outgoing sequence flow")
            case m.BoundaryEvent() if node.incoming:
                yield Problem(node.id, "A boundary event has no incoming sequence flow")
            case m.BoundaryEvent(definition=m.CompensationDefinition()):
                yield from _compensation_boundary(process, node)
            case m.BoundaryEvent() if not node.outgoing:
                yield Problem(node.id, "The boundary event leads nowhere: connect it")
            case m.ReceiveTask(instantiate=True) if node.incoming:
                yield Problem(node.id, "A receive task that starts the process has no incoming sequence flow")
            case m.Activity(for_compensation=True) if node.incoming or node.outgoing:
                yield Problem(node.id, "A compensation handler has no sequence flows: its boundary event calls it")


def _compensation_boundary(process: m.Process, node: m.BoundaryEvent) -> Iterator[Problem]:
    if node.outgoing:
        yield Problem(node.id, "A compensation boundary event has an association to its handler, not a sequence flow")
    handler = process.nodes.get(process.compensation_handlers.get(node.attached_to, ""))
    if not isinstance(handler, m.Activity) or not handler.for_compensation:
        yield Problem(node.id, "The compensation event has no handler: connect it with an activity for compensation")


def every_node_can_be_reached(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if not node.incoming and not _begins_by_itself(process, node):
            yield Problem(node.id, f"No token ever reaches {_called(node)}: connect it or remove it")


def _begins_by_itself(process: m.Process, node: m.FlowNode) -> bool:
    match node:
        case m.StartEvent() | m.BoundaryEvent() | m.SubProcess(triggered_by_event=True):
            return True
        case m.Activity(for_compensation=True):
            return True
        case m.ReceiveTask(instantiate=True):
            return node.scope == process.id
        case m.IntermediateCatchEvent(definition=m.LinkDefinition()):
            return True
    return isinstance(process.nodes.get(node.scope), m.AdHocSubProcess)


# -- conditions and choices


def conditions_stand_where_they_are_asked(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        for flow in node.outgoing:
            if flow.condition is not None and not isinstance(
                node, m.ExclusiveGateway | m.InclusiveGateway | m.ComplexGateway | m.Activity
            ):
                yield Problem(
                    flow.id,
                    f"A condition is never asked on a sequence flow that leaves {_called(node)}: remove it, or put an"
                    " exclusive gateway before it",
                )


def choices_are_complete(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        default = getattr(node, "default", None)
        if default is not None and default not in {flow.id for flow in node.outgoing}:
            yield Problem(node.id, f"The default flow {default} does not leave {_called(node)}")
        if isinstance(node, m.ExclusiveGateway | m.InclusiveGateway) and len(node.outgoing) > 1:
            for flow in node.outgoing:
                if flow.condition is None and flow.id != default:
                    yield Problem(
                        flow.id, f"The sequence flow from {_called(node)} needs a condition, or must be the default"
                    )


# -- events


def event_based_gateways_wait(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if not isinstance(node, m.EventBasedGateway):
            continue
        if len(node.outgoing) < 2:
            yield Problem(node.id, "An event-based gateway needs at least two events to wait for")
        targets = [process.nodes[flow.target] for flow in node.outgoing]
        for target in targets:
            awaited = isinstance(target, m.IntermediateCatchEvent) and isinstance(
                target.definition,
                m.MessageDefinition | m.TimerDefinition | m.SignalDefinition | m.ConditionalDefinition,
            )
            if not awaited:
                yield Problem(
                    target.id, "An event-based gateway leads to message, timer, signal or conditional catch events only"
                )
            elif len(target.incoming) > 1:
                yield Problem(target.id, "An event after an event-based gateway has no other incoming sequence flow")
        yield from _same_trigger(targets, f"after {_called(node)}")


def one_trigger_per_activity(process: m.Process) -> Iterator[Problem]:
    for host, events in process.boundary_events.items():
        yield from _same_trigger(events, f"on {_called(process.nodes[host])}")
    for scope, starts in process.event_subprocess_starts.items():
        where = _called(process.nodes[scope]) if scope in process.nodes else "the process"
        yield from _same_trigger(starts, f"in {where}")


def _same_trigger(events: Iterable[m.FlowNode], where: str) -> Iterator[Problem]:
    """Two events that wait for the same thing at the same place: which one catches it would be chance."""
    triggers = [(event.id, _trigger(getattr(event, "definition", None))) for event in events]
    counted = Counter(trigger for _, trigger in triggers if trigger)
    for id, trigger in triggers:
        if trigger and counted[trigger] > 1:
            yield Problem(id, f"Two events {where} wait for {trigger}: only one can")


def _trigger(definition: object) -> str:
    match definition:
        case m.MessageDefinition(name=str() as name):
            return f"the message {name}"
        case m.SignalDefinition(name=str() as name):
            return f"the signal {name}"
        case m.ErrorDefinition(code=str() | None as code):
            return f"the error {code}" if code else "every error"
        case m.EscalationDefinition(code=str() | None as code):
            return f"the escalation {code}" if code else "every escalation"
    return ""


def boundary_events_fit_their_activity(process: m.Process) -> Iterator[Problem]:
    for host_id, events in process.boundary_events.items():
        host = process.nodes[host_id]
        for event in events:
            match event.definition:
                case m.EscalationDefinition() if not isinstance(host, m.SubProcess | m.CallActivity):
                    yield Problem(event.id, "An escalation is caught on a sub-process or a call activity only")
                case m.CancelDefinition() if not isinstance(host, m.Transaction):
                    yield Problem(event.id, "A cancel event is caught on a transaction only")
            if isinstance(host, m.SubProcess) and host.triggered_by_event:
                yield Problem(event.id, "An event sub-process has no boundary events")


def cancel_ends_a_transaction(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        cancels = isinstance(node, m.EndEvent) and isinstance(node.definition, m.CancelDefinition)
        if cancels and not isinstance(process.nodes.get(node.scope), m.Transaction):
            yield Problem(node.id, "A cancel end event stands inside a transaction only")


def links_have_two_ends(process: m.Process) -> Iterator[Problem]:
    for scope, nodes in process.children.items():
        catches = [
            n for n in nodes if isinstance(n, m.IntermediateCatchEvent) and isinstance(n.definition, m.LinkDefinition)
        ]
        names = [(n.id, n.definition.name) for n in catches if isinstance(n.definition, m.LinkDefinition)]
        yield from _twice(names, f"Two links in {scope} catch {{}}: only one can")
        for node in nodes:
            if isinstance(node, m.IntermediateThrowEvent) and isinstance(node.definition, m.LinkDefinition):
                if node.definition.name not in {name for _, name in names}:
                    yield Problem(node.id, f"No link in the same scope catches {node.definition.name}")
                if node.outgoing:
                    yield Problem(node.id, "A throwing link has no outgoing sequence flow")
        for node in catches:
            if node.incoming:
                yield Problem(node.id, "A catching link has no incoming sequence flow")


# -- repetition


def one_marker_per_activity(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if isinstance(node, m.Activity) and node.multi_instance and node.standard_loop:
            yield Problem(node.id, "An activity is either a loop or a multi-instance, not both")


def nothing_runs_in_circles(process: m.Process) -> Iterator[Problem]:
    """A loop of nothing but tasks that pass straight through would never wait."""

    def straight(id: str) -> bool:
        node = process.nodes[id]
        return type(node) in (m.Task, m.ManualTask) or (isinstance(node, m.Gateway) and len(node.outgoing) == 1)

    settled: set[str] = set()
    for first in process.nodes:
        path: list[str] = []
        here: str | None = first
        while here is not None and here not in settled and straight(here):
            if here in path:
                yield Problem(here, "This loop never waits and never ends: put a task or a condition into it")
                break
            path.append(here)
            outgoing = process.nodes[here].outgoing
            here = outgoing[0].target if len(outgoing) == 1 else None
        settled.update(path)


RULES: tuple[Rule, ...] = (
    a_process_can_start,
    a_sub_process_can_start,
    message_starts_are_distinct,
    flows_lead_in_and_out,
    every_node_can_be_reached,
    conditions_stand_where_they_are_asked,
    choices_are_complete,
    event_based_gateways_wait,
    one_trigger_per_activity,
    boundary_events_fit_their_activity,
    cancel_ends_a_transaction,
    links_have_two_ends,
    one_marker_per_activity,
    nothing_runs_in_circles,
    the_words_about_people_make_sense,
    restrictions_can_be_kept,
)
