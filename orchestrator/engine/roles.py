"""What an element instance is to its element: the thing itself, the body around its iterations, or a round inside.

An activity with a multi-instance or loop marker has one body, and inside it an element instance per iteration. An
ad-hoc sub-process has one element instance and inside it a round per activation. Iterations and rounds have a number.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.state import ElementInstance

Instances = Mapping[int, ElementInstance]


def is_body(node: bpmn.FlowNode | bpmn.Process, instance: ElementInstance) -> bool:
    repeated = isinstance(node, bpmn.Activity) and (node.multi_instance is not None or node.standard_loop is not None)
    return repeated and instance.iteration is None


def is_round(node: bpmn.FlowNode | bpmn.Process, instances: Instances, instance: ElementInstance) -> bool:
    if not isinstance(node, bpmn.AdHocSubProcess) or instance.iteration is None or instance.scope is None:
        return False
    around = instances[instance.scope]
    return around.element == instance.element and not is_body(node, around)


def is_scope(process: bpmn.Process, instances: Instances, instance: ElementInstance) -> bool:
    """Is it where the flow nodes inside the element run, and where its event sub-processes listen?"""
    node = process.nodes.get(instance.element, process)
    if not isinstance(node, bpmn.Process | bpmn.SubProcess):
        return False
    return not is_body(node, instance) and not is_round(node, instances, instance)
