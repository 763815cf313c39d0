"""A BPMN file in, executable processes out. Everything in the file is read, describes something, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from orchestrator import safexml
from orchestrator.bpmn import dialect, embedded_forms, listeners, nodes, support
from orchestrator.bpmn.model import Diagram, FlowNode, Process, SequenceFlow
from orchestrator.bpmn.problems import BpmnError, Problem
from orchestrator.bpmn.source import Element, Source, bpmn, line_of, local, namespace

SCOPES = ("process", "subProcess", "transaction", "adHocSubProcess")
REFERENCED = ("message", "signal", "error", "escalation")


def parse(xml: bytes) -> Diagram:
    """The executable processes of a file. Raises BpmnError with every problem that reading finds; `problems` finds
    the rest.
    """
    try:
        root = safexml.read(xml)
    except safexml.XmlRefused as refused:
        raise BpmnError((Problem("", str(refused), refused.line),)) from None
    if root.tag != bpmn("definitions"):
        raise BpmnError((Problem("", f"This is not a BPMN 2.0 file: its root is {local(root)}", line_of(root)),))
    source = Source(root)
    processes = _processes(source)
    if source.problems:
        raise BpmnError(tuple(source.problems))
    return Diagram(processes, root.get("targetNamespace", ""), source.unread)


def _processes(source: Source) -> dict[str, Process]:
    _check_root(source)
    executable = [p for p in source.children(source.root, "process") if source.boolean(p, "isExecutable", False)]
    if not executable:
        source.problems.append(Problem("", "No process in this file is executable: mark one with isExecutable"))
    processes = {}
    for element in executable:
        id = element.get("id")
        if id:
            processes[id] = _process(source, element, id)
        else:
            source.problem(element, "The process has no id")
    return processes


def _check_root(source: Source) -> None:
    for element in source.root.iterchildren("*"):
        tag = local(element)
        known = tag in support.DESCRIPTIVE or tag in REFERENCED or tag == "process" or tag.endswith("EventDefinition")
        if namespace(element) == support.BPMN and not known:
            source.problem(element, f"{tag} is not executed")
        elif namespace(element) != support.BPMN:
            dialect.foreign(source, element, "element", tag, namespace(element))
        if tag in REFERENCED:
            dialect.check_extensions(source, element)


def _process(source: Source, element: Element, id: str) -> Process:
    dialect.check_extensions(source, element)
    dialect.check_attributes(source, element)
    found = list(_flow_nodes(source, element, id))
    flows = list(_sequence_flows(source, element, {node.id: node.scope for node in found}))
    tag = source.extension(element, "versionTag")
    return Process(
        id=id,
        name=element.get("name", ""),
        documentation=_documentation(source, element),
        version_tag=tag.get("value", "") if tag is not None else "",
        nodes=_connected(found, flows),
        properties=dialect.properties(source, element),
        compensation_handlers=_compensation_handlers(source, element),
        listeners=listeners.execution(source, element),
        forms=embedded_forms.read(source, element),
    )


def _connected(nodes: list[FlowNode], flows: list[SequenceFlow]) -> dict[str, FlowNode]:
    incoming: dict[str, list[SequenceFlow]] = {}
    outgoing: dict[str, list[SequenceFlow]] = {}
    for flow in flows:
        outgoing.setdefault(flow.source, []).append(flow)
        incoming.setdefault(flow.target, []).append(flow)
    return {
        node.id: replace(node, incoming=tuple(incoming.get(node.id, ())), outgoing=tuple(outgoing.get(node.id, ())))
        for node in nodes
    }


def _documentation(source: Source, element: Element) -> str:
    return "\n\n".join((d.text or "").strip() for d in source.children(element, "documentation")).strip()


def _flow_nodes(source: Source, scope: Element, scope_id: str) -> Iterator[FlowNode]:
    lanes = _lanes(source, scope)
    for element in scope.iterchildren(bpmn("*")):
        tag = local(element)
        if tag not in support.FLOW_NODES:
            if tag not in support.DESCRIPTIVE and tag not in _PARTS:
                source.problem(element, f"{tag} is not executed")
            continue
        id = element.get("id")
        if not id:
            source.problem(element, f"A {support.FLOW_NODES[tag]} has no id")
            continue
        dialect.check_extensions(source, element)
        dialect.check_attributes(source, element)
        _check_parts(source, element)
        node = nodes.build(source, element, _common(source, element, id, scope_id, lanes.get(id, "")))
        if node is not None:
            yield node
        if tag in SCOPES:
            yield from _flow_nodes(source, element, id)


# Children that the builders read themselves.
_PARTS = frozenset(
    [
        "sequenceFlow",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "completionCondition",
        "script",
        "eventDefinitionRef",
        "activationCondition",
        "supportedInterfaceRef",
    ]
)


def _check_parts(source: Source, element: Element) -> None:
    if local(element) in SCOPES:
        return
    for child in element.iterchildren(bpmn("*")):
        tag = local(child)
        known = tag in support.DESCRIPTIVE or tag in _PARTS or tag in support.EVENT_POSITIONS
        if not known:
            source.problem(element, f"{tag} is not executed")


def _common(source: Source, element: Element, id: str, scope: str, lane: str) -> dict[str, Any]:
    return {
        "id": id,
        "scope": scope,
        "name": " ".join(element.get("name", "").split()),
        "documentation": _documentation(source, element),
        "inputs": dialect.io_mappings(source, element, "input"),
        "outputs": dialect.io_mappings(source, element, "output"),
        "properties": dialect.properties(source, element),
        "listeners": listeners.execution(source, element),
        "lane": lane,
    }


def _lanes(source: Source, scope: Element) -> dict[str, str]:
    """Flow node id -> the name of the innermost lane that holds it."""
    found = {}
    for lane in scope.iter(bpmn("lane")):
        for reference in source.children(lane, "flowNodeRef"):
            found[(reference.text or "").strip()] = lane.get("name", "")
    return found


def _sequence_flows(source: Source, process: Element, scopes: dict[str, str]) -> Iterator[SequenceFlow]:
    for element in process.iter(bpmn("sequenceFlow")):
        id = element.get("id")
        if not id:
            source.problem(element, "A sequence flow has no id")
            continue
        dialect.check_extensions(source, element)
        dialect.check_attributes(source, element)
        ends = [_end(source, element, attribute) for attribute in ("sourceRef", "targetRef")]
        if None in ends:
            continue
        start, target = (str(end) for end in ends)
        if start in scopes and target in scopes and scopes[start] != scopes[target]:
            source.problem(element, "A sequence flow may not cross the border of a sub-process")
            continue
        condition = source.child(element, "conditionExpression")
        yield SequenceFlow(
            id=id,
            source=start,
            target=target,
            name=" ".join(element.get("name", "").split()),
            condition=source.expression(element, condition.text if condition is not None else None, "The condition"),
        )


def _end(source: Source, flow: Element, attribute: str) -> str | None:
    id = flow.get(attribute, "")
    node = source.by_id.get(id)
    if node is None or local(node) not in support.FLOW_NODES:
        what = f"names {id}, but the file has no flow node of that id" if id else "is missing"
        source.problem(flow, f"{attribute} {what}")
        return None
    return id


def _compensation_handlers(source: Source, process: Element) -> dict[str, str]:
    """Activity -> handler: an association leads from the compensation boundary event to its handler (BPMN 2.0,
    10.7). Others lead to what is written beside it.
    """
    found: dict[str, str] = {}
    for association in process.iter(bpmn("association")):
        event = source.by_id.get(association.get("sourceRef", ""))
        handler = source.by_id.get(association.get("targetRef", ""))
        if event is None or handler is None or local(handler) not in support.FLOW_NODES:
            continue
        if local(event) == "boundaryEvent" and source.child(event, "compensateEventDefinition") is not None:
            activity = event.get("attachedToRef", "")
            if activity in found:
                source.problem(event, "The activity has two compensation handlers: only one can be called")
            found[activity] = handler.get("id", "")
    return found
