"""In which order the nodes of a process are read: along its flows, what belongs together together. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.bpmn.model import BoundaryEvent, FlowNode, Process, StartEvent, SubProcess


def in_order(process: Process) -> Iterator[tuple[FlowNode, int]]:
    """Every node once, with how deep it lies in sub-processes."""
    yield from _scope(process, process.id, 0)


def _scope(process: Process, scope: str, depth: int) -> Iterator[tuple[FlowNode, int]]:
    nodes = process.children.get(scope, ())
    starts = sorted(nodes, key=lambda node: _rank(process, node))
    seen: set[str] = set()
    for start in starts:
        yield from _along(process, start, depth, seen)


def _rank(process: Process, node: FlowNode) -> int:
    """Starts come first, then what nothing leads to; event sub-processes and handlers last."""
    if isinstance(node, StartEvent):
        return 0
    if isinstance(node, SubProcess) and node.triggered_by_event:
        return 3
    return 2 if node.incoming or isinstance(node, BoundaryEvent) else 1


def _along(process: Process, start: FlowNode, depth: int, seen: set[str]) -> Iterator[tuple[FlowNode, int]]:
    """Depth first: what may happen meanwhile, then the ways as drawn. No recursion: models are long."""
    ahead = [start]
    while ahead:
        node = ahead.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        yield node, depth
        if process.children.get(node.id):
            yield from _scope(process, node.id, depth + 1)
        after = [process.nodes[flow.target] for flow in node.outgoing]
        caught = list(process.boundary_events.get(node.id, ()))
        ahead.extend(reversed([*caught, *after]))
