"""What the drawing of a process says about the ways of tokens, worked out once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestrator.bpmn import model as bpmn

JOINING = (bpmn.ParallelGateway, bpmn.InclusiveGateway, bpmn.ComplexGateway)
PROCESSES = 256  # how many processes are remembered


@dataclass(frozen=True, slots=True)
class Facts:
    """`joins` are the gateways at which tokens wait for others, `conditional` tells whether there are such events."""

    joins: frozenset[str]
    conditional: bool


@lru_cache(maxsize=PROCESSES)
def facts(process: bpmn.Process) -> Facts:
    nodes = process.nodes.values()
    return Facts(
        joins=frozenset(node.id for node in nodes if isinstance(node, JOINING) and len(node.incoming) > 1),
        conditional=any(
            isinstance(node, bpmn.Event) and isinstance(node.definition, bpmn.ConditionalDefinition) for node in nodes
        ),
    )


@lru_cache(maxsize=16 * PROCESSES)
def upstream(process: bpmn.Process, gateway: str) -> Mapping[str, frozenset[str]]:
    """Per incoming flow of the gateway: the nodes from which a token reaches that flow without passing the gateway."""
    sources = _sources(process, process.nodes[gateway].scope)
    found = {}
    for flow in process.nodes[gateway].incoming:
        reached: set[str] = set()
        todo = [flow.source]
        while todo:
            here = todo.pop()
            if here != gateway and here not in reached:
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
