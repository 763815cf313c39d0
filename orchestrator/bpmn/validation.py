"""Can this process run? One function per rule, each a generator of problems; a modeller sees them all at once.

Reading (`parse`) refuses what is not known; the rules here refuse what is known but cannot work together, and warn of
what works but was hardly meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from orchestrator.bpmn import model as m
from orchestrator.bpmn.event_rules import (
    boundary_events_fit_their_activity,
    cancel_ends_a_transaction,
    compensation_boundary,
    compensation_finds_something,
    event_based_gateways_wait,
    links_have_two_ends,
    message_starts_are_distinct,
    names_can_be_kept,
    one_trigger_per_activity,
)
from orchestrator.bpmn.human_work import the_words_about_people_make_sense
from orchestrator.bpmn.problems import Problem, called
from orchestrator.bpmn.restricted import restrictions_can_be_kept

Rule = Callable[[m.Process], Iterable[Problem]]


def problems(diagram: m.Diagram) -> list[Problem]:
    """Every reason why a process of the diagram cannot run; empty when all can."""
    return [problem for process in diagram.processes.values() for rule in RULES for problem in rule(process)]


def warnings(diagram: m.Diagram) -> list[Problem]:
    """What a modeller should look at, although the processes can run."""
    rules = (every_node_can_be_reached, default_flows_ask_nothing)
    told = [problem for process in diagram.processes.values() for rule in rules for problem in rule(process)]
    for space, element in diagram.unread.items():
        told.append(Problem(element, f"What is written for {space} is not known here and changes nothing"))
    return told


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
            yield Problem(scope.id, f"The sub-process {called(scope)} needs exactly one none start event")


def _ad_hoc(process: m.Process, scope: m.AdHocSubProcess) -> Iterator[Problem]:
    inside = process.children.get(scope.id, ())
    if not any(isinstance(node, m.Activity) for node in inside):
        yield Problem(scope.id, "An ad-hoc sub-process needs at least one activity")
    if scope.job is not None and scope.completion_condition is not None:
        yield Problem(scope.id, "The job of the ad-hoc sub-process says when it is enough: remove the condition")
    for node in inside:
        if isinstance(node, m.StartEvent | m.EndEvent):
            yield Problem(node.id, "An ad-hoc sub-process has no start or end events")


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
                yield from compensation_boundary(process, node)
            case m.BoundaryEvent() if not node.outgoing:
                yield Problem(node.id, "The boundary event leads nowhere: connect it")
            case m.ReceiveTask(instantiate=True) if node.incoming:
                yield Problem(node.id, "A receive task that starts the process has no incoming sequence flow")
            case m.Activity(for_compensation=True) if node.incoming or node.outgoing:
                yield Problem(node.id, "A compensation handler has no sequence flows: its boundary event calls it")


def every_node_can_be_reached(process: m.Process) -> Iterator[Problem]:
    """By a token; an operator can move one anywhere."""
    for node in process.nodes.values():
        if not node.incoming and not _begins_by_itself(process, node):
            yield Problem(node.id, f"No token ever reaches {called(node)}: connect it or remove it")


def receive_tasks_start_processes(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if isinstance(node, m.ReceiveTask) and node.instantiate and node.scope != process.id:
            yield Problem(node.id, "A receive task inside a sub-process cannot start the process: draw it outside")


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
                    f"A condition is never asked on a sequence flow that leaves {called(node)}: remove it, or put an"
                    " exclusive gateway before it",
                )


def choices_are_complete(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        default = getattr(node, "default", None)
        if default is not None and default not in {flow.id for flow in node.outgoing}:
            yield Problem(node.id, f"The default flow {default} does not leave {called(node)}")
        if isinstance(node, m.ComplexGateway) and node.activation_count is not None:
            ways = len(node.incoming)
            if not 1 <= node.activation_count <= ways:
                yield Problem(
                    node.id,
                    f"activationCondition is {node.activation_count}: write how many of its {ways} incoming sequence"
                    " flows are enough",
                )
        if isinstance(node, m.ExclusiveGateway | m.InclusiveGateway) and len(node.outgoing) > 1:
            for flow in node.outgoing:
                if flow.condition is None and flow.id != default:
                    yield Problem(
                        flow.id, f"The sequence flow from {called(node)} needs a condition, or must be the default"
                    )


def default_flows_ask_nothing(process: m.Process) -> Iterator[Problem]:
    for flow in process.flows.values():
        if flow.condition is not None and flow.id == getattr(process.nodes[flow.source], "default", None):
            yield Problem(flow.id, "The condition of a default flow is never asked: remove it")


# -- listeners


def listeners_are_distinct(process: m.Process) -> Iterator[Problem]:
    heard = [(process.id, process.listeners), *((node.id, node.listeners) for node in process.nodes.values())]
    heard += [(node.id, node.task_listeners) for node in process.nodes.values() if isinstance(node, m.UserTask)]
    for id, listeners in heard:
        types = ((listener.event, listener.job.type) for listener in listeners)
        written = Counter((event, type if isinstance(type, str) else f"= {type.text}") for event, type in types)
        for (event, type), times in written.items():
            if times > 1:
                yield Problem(id, f"Two listeners on {event} are the same job {type}: remove one")


# -- repetition


def markers_make_sense(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if not isinstance(node, m.Activity) or not (node.multi_instance or node.standard_loop):
            continue
        if node.multi_instance and node.standard_loop:
            yield Problem(node.id, "An activity is either a loop or a multi-instance, not both")
        if isinstance(node, m.SubProcess) and node.triggered_by_event:
            yield Problem(node.id, "An event sub-process runs once for each event: remove its loop marker")
        if isinstance(node, m.ReceiveTask) and node.instantiate:
            yield Problem(node.id, "A receive task that starts the process runs once: remove its loop marker")


def nothing_runs_in_circles(process: m.Process) -> Iterator[Problem]:
    """A loop of nothing but tasks that pass straight through would never wait."""

    def straight(id: str) -> bool:
        node = process.nodes[id]
        passes = type(node) in (m.Task, m.ManualTask) or (isinstance(node, m.Gateway) and len(node.outgoing) == 1)
        return passes and not node.listeners

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
    names_can_be_kept,
    flows_lead_in_and_out,
    receive_tasks_start_processes,
    conditions_stand_where_they_are_asked,
    choices_are_complete,
    listeners_are_distinct,
    event_based_gateways_wait,
    one_trigger_per_activity,
    boundary_events_fit_their_activity,
    compensation_finds_something,
    cancel_ends_a_transaction,
    links_have_two_ends,
    markers_make_sense,
    nothing_runs_in_circles,
    the_words_about_people_make_sense,
    restrictions_can_be_kept,
)
