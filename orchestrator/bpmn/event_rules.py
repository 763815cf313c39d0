"""Can the events of this process work together? Rules of `validation`: where each waits, what it is thrown at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from orchestrator.bpmn import model as m
from orchestrator.bpmn.problems import Problem, called

LONGEST_NAME = 255  # characters


def names_can_be_kept(process: m.Process) -> Iterator[Problem]:
    """Those that an expression makes are looked at when they are made (`engine.expressions`)."""
    for node in process.nodes.values():
        heard = getattr(node, "definition", None) or getattr(node, "message", None)
        named = {
            "the message or signal": getattr(heard, "name", None),
            "its kind of job": getattr(getattr(node, "job", None), "type", None),
            "the called process": getattr(node, "called_process", None),
            "the decision": getattr(node, "decision", None),
        }
        for what, name in named.items():
            if isinstance(name, str) and len(name) > LONGEST_NAME:
                yield Problem(node.id, f"The name of {what} has more than {LONGEST_NAME} characters: shorten it")


def message_starts_are_distinct(process: m.Process) -> Iterator[Problem]:
    starts = process.start_events.get(process.id, ())
    receives = [n for n in process.children.get(process.id, ()) if isinstance(n, m.ReceiveTask) and n.instantiate]
    for kind, what in ((m.MessageDefinition, "message"), (m.SignalDefinition, "signal")):
        names = [(start.id, start.definition.name) for start in starts if isinstance(start.definition, kind)]
        if kind is m.MessageDefinition:
            names += [(task.id, task.message.name) for task in receives]
        for id, name in names:
            if not isinstance(name, str):
                yield Problem(id, f"The name of a start event's {what} must be a text, or FEEL without variables")
        yield from _twice(names, f"Two start events wait for {{}}: a {what} can start the process only once")


def _twice(named: Iterable[tuple[str, object]], sentence: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for id, name in named:
        if isinstance(name, str):
            if name in seen:
                yield Problem(id, sentence.format(name))
            seen.add(name)


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
        yield from _same_trigger(targets, f"after {called(node)}")


def one_trigger_per_activity(process: m.Process) -> Iterator[Problem]:
    for host, events in process.boundary_events.items():
        yield from _same_trigger(events, f"on {called(process.nodes[host])}")
    for scope, starts in process.event_subprocess_starts.items():
        where = called(process.nodes[scope]) if scope in process.nodes else "the process"
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
        case m.CancelDefinition():
            return "the cancellation"
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


# -- compensation


def compensation_boundary(process: m.Process, node: m.BoundaryEvent) -> Iterator[Problem]:
    if node.outgoing:
        yield Problem(node.id, "A compensation boundary event has an association to its handler, not a sequence flow")
    handler = process.nodes.get(process.compensation_handlers.get(node.attached_to, ""))
    if not isinstance(handler, m.Activity) or not handler.for_compensation:
        yield Problem(node.id, "The compensation event has no handler: connect it with an activity for compensation")
    elif handler.scope != node.scope:
        yield Problem(
            node.id, f"The compensation handler {called(handler)} stands elsewhere: draw it beside the activity"
        )


def compensation_finds_something(process: m.Process) -> Iterator[Problem]:
    """A single activity is compensated where it is, and from the event sub-processes there."""
    for node in process.nodes.values():
        definition = getattr(node, "definition", None)
        if not isinstance(definition, m.CompensationDefinition) or definition.activity is None:
            continue
        activity, scope = process.nodes.get(definition.activity), process.nodes.get(node.scope)
        around = {node.scope}
        if isinstance(scope, m.SubProcess) and scope.triggered_by_event:
            around.add(scope.scope)
        if activity is None or activity.scope not in around:
            yield Problem(
                node.id, f"{definition.activity} is not in the same scope: its compensation is not thrown here"
            )
        elif not isinstance(activity, m.SubProcess) and activity.id not in process.compensation_handlers:
            yield Problem(
                node.id, f"{called(activity)} has no compensation handler: give it one, or throw no compensation"
            )
