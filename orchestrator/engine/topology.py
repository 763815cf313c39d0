"""What the drawing of a process says about the ways of tokens, worked out once per process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from orchestrator.bpmn import model as bpmn

JOINING = (bpmn.ParallelGateway, bpmn.InclusiveGateway, bpmn.ComplexGateway)
Result = TypeVar("Result")


def once(work: Callable[[bpmn.Process], Result]) -> Callable[[bpmn.Process], Result]:
    """Remember what was worked out in the process itself, as a cached property would: a process never changes.

    Not by equality: two versions of a process are costly to compare.
    """
    key = f"{work.__module__}.{work.__name__}"

    @wraps(work)
    def remembered(process: bpmn.Process) -> Result:
        known = process.__dict__
        if key not in known:
            known[key] = work(process)
        result: Result = known[key]
        return result

    return remembered


@once
def joins(process: bpmn.Process) -> frozenset[str]:
    """The gateways at which tokens wait for others."""
    nodes = process.nodes.values()
    return frozenset(node.id for node in nodes if isinstance(node, JOINING) and len(node.incoming) > 1)


@once
def upstream(process: bpmn.Process) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Per inclusive or complex join and its incoming flow: the nodes from which a token reaches that flow without
    passing the join.
    """
    joining = (process.nodes[id] for id in joins(process))
    return {join.id: _upstream(process, join) for join in joining if not isinstance(join, bpmn.ParallelGateway)}


def _upstream(process: bpmn.Process, join: bpmn.FlowNode) -> Mapping[str, frozenset[str]]:
    sources = _sources(process, join.scope)
    found = {}
    for flow in join.incoming:
        reached: set[str] = set()
        todo = [flow.source]
        while todo:
            here = todo.pop()
            if here != join.id and here not in reached:
                reached.add(here)
                todo.extend(sources.get(here, ()))
        found[flow.id] = frozenset(reached)
    return found


def _sources(process: bpmn.Process, scope: str) -> dict[str, list[str]]:
    """Node -> the nodes directly before it: by sequence flows, from an activity to its boundary events, by links."""
    nodes = process.children.get(scope, ())
    sources: dict[str, list[str]] = {node.id: [flow.source for flow in node.incoming] for node in nodes}
    for node in nodes:
        if isinstance(node, bpmn.BoundaryEvent):
            sources[node.id].append(node.attached_to)
        if isinstance(node, bpmn.IntermediateThrowEvent) and isinstance(node.definition, bpmn.LinkDefinition):
            sources[link_target(process, node).id].append(node.id)
    return sources


def link_target(process: bpmn.Process, throw: bpmn.IntermediateThrowEvent) -> bpmn.FlowNode:
    """The catching link of the same name in the same scope (deployment sees to it that there is exactly one)."""
    return next(
        node
        for node in process.children[throw.scope]
        if isinstance(node, bpmn.IntermediateCatchEvent) and node.definition == throw.definition
    )
