"""Gateways: which way on (BPMN 2.0, 10.6). How tokens meet at a gateway is in `engine.joins`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours.flows import all_true, first_true
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.state import COMPLETED, ElementInstance, Variables
from orchestrator.engine.waits import watch

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


class ExclusiveGateway(Behaviour):
    def outgoing(self, run: Run, node: bpmn.ExclusiveGateway, instance: ElementInstance) -> Sequence[bpmn.SequenceFlow]:
        return first_true(run, node, node.default, instance)


class InclusiveGateway(Behaviour):
    def outgoing(self, run: Run, node: bpmn.InclusiveGateway, instance: ElementInstance) -> Sequence[bpmn.SequenceFlow]:
        return all_true(run, node, node.default, instance)


class ComplexGateway(Behaviour):
    def outgoing(self, run: Run, node: bpmn.ComplexGateway, instance: ElementInstance) -> Sequence[bpmn.SequenceFlow]:
        return all_true(run, node, node.default, instance)


class EventBasedGateway(Behaviour):
    """Waits for the events behind it; the first one to happen goes on, the others are never activated."""

    def enter(self, run: Run, node: bpmn.EventBasedGateway, instance: ElementInstance) -> None:
        watch(run, instance, _events(run, node))

    def retry(self, run: Run, node: bpmn.EventBasedGateway, instance: ElementInstance) -> None:
        for event in _events(run, node):
            run.stop_waiting(instance, event)
        self.enter(run, node, instance)

    def triggered(
        self,
        run: Run,
        node: bpmn.EventBasedGateway,
        instance: ElementInstance,
        event: bpmn.FlowNode,
        variables: Variables,
    ) -> None:
        flow = next((flow for flow in node.outgoing if flow.target == event.id), None)
        if flow is None or instance.scope is None:
            raise CommandRejected(f"{node.id} is not waiting for {event.id}")
        run.leave(instance, COMPLETED, "triggered")
        run.arrive(event, instance.scope, entered_by=(flow.id,), data={"trigger": variables})


def _events(run: Run, node: bpmn.EventBasedGateway) -> list[bpmn.Event]:
    targets = [run.process.nodes[flow.target] for flow in node.outgoing]
    return [target for target in targets if isinstance(target, bpmn.Event)]
