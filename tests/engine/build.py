"""Draw a process in text.

    process(user("review"), xor("ok", default="redo"), flows='''
        start > review > ok
        ok > pay if approved
        ok > redo > review
        pay > end
    ''')

Nodes that are not given are a start event (`start...`), an end event (`end...`), else a user task. A text that begins
with `=` is FEEL. The sequence flow from `a` to `b` is called `a-b`. What stands behind `if` is the condition of the
first flow of its line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from orchestrator import feel
from orchestrator.bpmn import model as m

Draw = Callable[[str], list[m.FlowNode]]  # the id of the scope -> the node and those inside


def text(value: Any) -> Any:
    return feel.parse(value[1:].strip()) if isinstance(value, str) and value.startswith("=") else value


def _texts(attributes: dict[str, Any]) -> dict[str, Any]:
    found = {name: text(value) for name, value in attributes.items()}
    for name in ("inputs", "outputs"):
        if name in found:
            found[name] = tuple(m.IoMapping(text(source), target) for target, source in found[name].items())
    if "listeners" in found:
        found["listeners"] = tuple(m.Listener(event, m.Job(type)) for event, type in found["listeners"])
    return found


def node(kind: type[m.FlowNode], id: str, **attributes: Any) -> Draw:
    return lambda scope: [kind(id=id, scope=scope, **_texts(attributes))]


def user(id: str, **attributes: Any) -> Draw:
    return node(m.UserTask, id, **attributes)


def service(id: str, *, type: str = "", retries: str = "3", **attributes: Any) -> Draw:
    return node(m.ServiceTask, id, job=m.Job(text(type or id), text(retries)), **attributes)


def script(id: str, expression: str, result: str = "", **attributes: Any) -> Draw:
    return node(m.ScriptTask, id, expression=expression, result_variable=result or id, **attributes)


def decision(id: str, decides: str, result: str = "result", **attributes: Any) -> Draw:
    return node(m.BusinessRuleTask, id, decision=decides, result_variable=result, **attributes)


def call(id: str, process: str, **attributes: Any) -> Draw:
    return node(m.CallActivity, id, called_process=process, **attributes)


def receive(id: str, name: str, key: str = "=key", **attributes: Any) -> Draw:
    return node(m.ReceiveTask, id, message=message(name, key), **attributes)


def start(id: str, definition: Any = None, **attributes: Any) -> Draw:
    return node(m.StartEvent, id, definition=definition, **attributes)


def end(id: str, definition: Any = None, **attributes: Any) -> Draw:
    return node(m.EndEvent, id, definition=definition, **attributes)


def catch(id: str, definition: Any, **attributes: Any) -> Draw:
    return node(m.IntermediateCatchEvent, id, definition=definition, **attributes)


def throw(id: str, definition: Any = None, **attributes: Any) -> Draw:
    return node(m.IntermediateThrowEvent, id, definition=definition, **attributes)


def boundary(id: str, host: str, definition: Any, **attributes: Any) -> Draw:
    return node(m.BoundaryEvent, id, attached_to=host, definition=definition, **attributes)


def _choosing(kind: type[m.Gateway], id: str, default: str, attributes: dict[str, Any]) -> Draw:
    return node(kind, id, default=f"{id}-{default}" if default else None, **attributes)


def xor(id: str, default: str = "", **attributes: Any) -> Draw:
    return _choosing(m.ExclusiveGateway, id, default, attributes)


def inclusive(id: str, default: str = "", **attributes: Any) -> Draw:
    return _choosing(m.InclusiveGateway, id, default, attributes)


def complex(id: str, count: int | None = None, default: str = "", **attributes: Any) -> Draw:
    return _choosing(m.ComplexGateway, id, default, {"activation_count": count, **attributes})


def some(id: str) -> Draw:
    """A complex gateway that goes on with the first token."""
    return complex(id, 1)


def parallel(id: str, **attributes: Any) -> Draw:
    return node(m.ParallelGateway, id, **attributes)


def event_based(id: str) -> Draw:
    return node(m.EventBasedGateway, id)


def sub(id: str, *inside: Draw, flows: str, kind: type[m.SubProcess] = m.SubProcess, **attributes: Any) -> Draw:
    return lambda scope: [kind(id=id, scope=scope, **_texts(attributes)), *_draw(id, inside, flows, prefix=f"{id}_")]


def event_sub(id: str, *inside: Draw, flows: str, **attributes: Any) -> Draw:
    return sub(id, *inside, flows=flows, triggered_by_event=True, **attributes)


def transaction(id: str, *inside: Draw, flows: str, **attributes: Any) -> Draw:
    return sub(id, *inside, flows=flows, kind=m.Transaction, **attributes)


def ad_hoc(id: str, *inside: Draw, flows: str = "", **attributes: Any) -> Draw:
    return sub(id, *inside, flows=flows, kind=m.AdHocSubProcess, **attributes)


# -- event definitions and markers


def timer(kind: str, value: str) -> m.TimerDefinition:
    return m.TimerDefinition(kind, text(value))


def message(name: str, key: str | None = "=key", publish: m.PublishMessage | None = None) -> m.MessageDefinition:
    return m.MessageDefinition(text(name), text(key), publish)


def signal(name: str) -> m.SignalDefinition:
    return m.SignalDefinition(text(name))


def error(code: str | None = None) -> m.ErrorDefinition:
    return m.ErrorDefinition(text(code))


def escalation(code: str | None = None) -> m.EscalationDefinition:
    return m.EscalationDefinition(text(code))


def condition(expression: str, *variable_events: str) -> m.ConditionalDefinition:
    return m.ConditionalDefinition(feel.parse(expression), frozenset(variable_events))


def compensation(activity: str | None = None) -> m.CompensationDefinition:
    return m.CompensationDefinition(activity)


link, cancel, terminate = m.LinkDefinition, m.CancelDefinition(), m.TerminateDefinition()


def each(collection: str, element: str = "", **attributes: Any) -> m.MultiInstance:
    return m.MultiInstance(feel.parse(collection), element, **_texts(attributes))


def loop(condition: str = "", **attributes: Any) -> m.StandardLoop:
    return m.StandardLoop(feel.parse(condition) if condition else None, **attributes)


# -- the drawing


def process(*nodes: Draw, flows: str, id: str = "process", undo: dict[str, str] | None = None) -> m.Process:
    """`undo` maps activities to their compensation handlers."""
    drawn = {node.id: node for node in _draw(id, nodes, flows, "")}
    for activity in sorted(drawn.keys() & (undo or {}).keys()):
        event = m.BoundaryEvent(
            id=f"{activity}_undone",
            scope=drawn[activity].scope,
            attached_to=activity,
            definition=m.CompensationDefinition(),
        )
        drawn[event.id] = event
    return m.Process(id=id, nodes=drawn, compensation_handlers=undo or {})


@dataclass(frozen=True)
class _Arrow:
    source: str
    target: str
    condition: str


def _draw(scope: str, drawn: tuple[Draw, ...], flows: str, prefix: str) -> list[m.FlowNode]:
    nodes = {node.id: node for draw in drawn for node in draw(scope)}
    arrows = [_full(arrow, nodes, prefix) for line in flows.strip().splitlines() for arrow in _arrows(line)]
    for arrow in arrows:
        for id in (arrow.source, arrow.target):
            if id not in nodes:
                nodes[id] = _default_kind(id.removeprefix(prefix))(id=id, scope=scope)
    for link in map(_flow, arrows):
        source, target = nodes[link.source], nodes[link.target]
        nodes[link.source] = replace(source, outgoing=(*source.outgoing, link))
        target = nodes[link.target]
        nodes[link.target] = replace(target, incoming=(*target.incoming, link))
    return list(nodes.values())


def _flow(arrow: _Arrow) -> m.SequenceFlow:
    condition = feel.parse(arrow.condition) if arrow.condition else None
    return m.SequenceFlow(f"{arrow.source}-{arrow.target}", arrow.source, arrow.target, "", condition)


def _arrows(line: str) -> list[_Arrow]:
    path, _, condition = line.partition(" if ")
    stops = [stop.strip() for stop in path.split(">")]
    asked = [condition.strip()] + [""] * len(stops)
    return [_Arrow(a, b, asks) for (a, b), asks in zip(pairwise(stops), asked, strict=False)]


def _full(arrow: _Arrow, nodes: dict[str, m.FlowNode], prefix: str) -> _Arrow:
    def full(id: str) -> str:
        return id if id in nodes or _default_kind(id) is m.UserTask else prefix + id

    return _Arrow(full(arrow.source), full(arrow.target), arrow.condition)


def _default_kind(id: str) -> type[m.FlowNode]:
    return m.StartEvent if id.startswith("start") else m.EndEvent if id.startswith("end") else m.UserTask
