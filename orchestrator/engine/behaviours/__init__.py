"""How each kind of flow node behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours import ad_hoc, events, gateways, loops, subprocesses, tasks

if TYPE_CHECKING:
    from orchestrator.engine.run import Run
    from orchestrator.engine.state import ElementInstance

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


def behaviour_of(run: Run, instance: ElementInstance) -> Behaviour:
    """An activity with a marker has a body around its iterations; an ad-hoc sub-process has rounds inside."""
    node = run.process.nodes.get(instance.element, run.process)
    if isinstance(node, bpmn.Activity):
        if instance.iteration is None:
            if node.multi_instance is not None:
                return MULTI_INSTANCE
            if node.standard_loop is not None:
                return STANDARD_LOOP
        elif type(node) is bpmn.AdHocSubProcess and ad_hoc.is_round(run, instance):
            return AD_HOC_ROUND
    return BEHAVIOURS[type(node)]
