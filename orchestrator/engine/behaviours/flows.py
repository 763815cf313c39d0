"""Which sequence flows a token takes: the conditions asked, the default when none is true (BPMN 2.0, 13.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn.model import FlowNode, SequenceFlow
from orchestrator.engine.errors import CONDITION_ERROR, Incident
from orchestrator.engine.expressions import boolean, visible
from orchestrator.engine.seen import SEEN, seen
from orchestrator.engine.state import ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def is_true(run: Run, flow: SequenceFlow, instance: ElementInstance) -> bool:
    """A flow without a condition is always open."""
    if flow.condition is None:
        return True
    return boolean(run, flow.condition, instance, f"The condition of the sequence flow {flow.name or flow.id}")


def first_true(run: Run, node: FlowNode, default: str | None, instance: ElementInstance) -> list[SequenceFlow]:
    _remember(run, node, instance)
    for flow in node.outgoing:
        if flow.id != default and is_true(run, flow, instance):
            return [flow]
    return or_default(node, default)


def all_true(run: Run, node: FlowNode, default: str | None, instance: ElementInstance) -> list[SequenceFlow]:
    _remember(run, node, instance)
    taken = [flow for flow in node.outgoing if flow.id != default and is_true(run, flow, instance)]
    return taken or or_default(node, default)


def _remember(run: Run, node: FlowNode, instance: ElementInstance) -> None:
    """Keep what the conditions are about to see."""
    conditions = [flow.condition for flow in node.outgoing if flow.condition is not None]
    if conditions and (values := seen(conditions, visible(run, instance, collected=False))):
        instance.data = {**instance.data, SEEN: values}


def or_default(node: FlowNode, default: str | None) -> list[SequenceFlow]:
    if not node.outgoing:
        return []
    for flow in node.outgoing:
        if flow.id == default:
            return [flow]
    raise Incident(
        CONDITION_ERROR,
        f"No condition on the way out of {node.name or node.id} is true, and it has no default flow: correct the"
        " variables, or give it a default flow",
    )
