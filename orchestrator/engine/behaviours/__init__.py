"""How each kind of flow node behaves."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours import ad_hoc, events, gateways, loops, subprocesses, tasks
from orchestrator.engine.roles import Instances, is_body, is_round
from orchestrator.engine.state import ElementInstance
from orchestrator.engine.topology import once

BEHAVIOURS: dict[type, Behaviour] = {
    bpmn.Process: subprocesses.Process(),
    bpmn.StartEvent: events.Happened(),
    bpmn.BoundaryEvent: events.Happened(),
    bpmn.IntermediateCatchEvent: events.CatchEvent(),
    bpmn.IntermediateThrowEvent: events.ThrowEvent(),
    bpmn.EndEvent: events.ThrowEvent(),
    bpmn.Task: Behaviour(),
    bpmn.ManualTask: Behaviour(),
    bpmn.UserTask: tasks.UserTask(),
    bpmn.ServiceTask: tasks.JobTask(),
    bpmn.SendTask: tasks.SendTask(),
    bpmn.ReceiveTask: events.ReceiveTask(),
    bpmn.ScriptTask: tasks.ScriptTask(),
    bpmn.BusinessRuleTask: tasks.BusinessRuleTask(),
    bpmn.CallActivity: tasks.CallActivity(),
    bpmn.SubProcess: subprocesses.SubProcess(),
    bpmn.Transaction: subprocesses.SubProcess(),
    bpmn.AdHocSubProcess: ad_hoc.AdHocSubProcess(),
    bpmn.ExclusiveGateway: gateways.ExclusiveGateway(),
    bpmn.ParallelGateway: Behaviour(),
    bpmn.InclusiveGateway: gateways.InclusiveGateway(),
    bpmn.ComplexGateway: gateways.ComplexGateway(),
    bpmn.EventBasedGateway: gateways.EventBasedGateway(),
}
MULTI_INSTANCE = loops.MultiInstance()
STANDARD_LOOP = loops.StandardLoop()
AD_HOC_ROUND = ad_hoc.Round()


@once
def plain(process: bpmn.Process) -> Mapping[str, Behaviour]:
    """The behaviours of the elements that have only one role."""
    return {
        node.id: BEHAVIOURS[type(node)]
        for node in process.nodes.values()
        if not (isinstance(node, bpmn.Activity) and (node.multi_instance or node.standard_loop))
        and not isinstance(node, bpmn.AdHocSubProcess)
    }


def behaviour_of(process: bpmn.Process, instances: Instances, instance: ElementInstance) -> Behaviour:
    node = process.nodes.get(instance.element, process)
    if is_body(node, instance):
        return MULTI_INSTANCE if isinstance(node, bpmn.Activity) and node.multi_instance else STANDARD_LOOP
    if is_round(node, instances, instance):
        return AD_HOC_ROUND
    return BEHAVIOURS[type(node)]
