"""Events: what is awaited, and what is thrown (BPMN 2.0, 10.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours import compensation, publishing
from orchestrator.engine.behaviours.tasks import Activity
from orchestrator.engine.effects import Withdraw
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.expressions import string
from orchestrator.engine.jobs import create_job
from orchestrator.engine.state import ElementInstance, Variables
from orchestrator.engine.throwing import escalate, throw_error
from orchestrator.engine.topology import link_target
from orchestrator.engine.waits import await_message, watch

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def take_trigger(instance: ElementInstance) -> Variables:
    """The variables with which the event happened."""
    variables: Variables = instance.data.get("trigger", {})
    instance.data = {name: value for name, value in instance.data.items() if name != "trigger"}
    return variables


class Happened(Behaviour):
    """A start or boundary event: it is entered because it happened."""

    def enter(self, run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
        run.finish(instance, take_trigger(instance) if "trigger" in instance.data else {})


class CatchEvent(Behaviour):
    def enter(self, run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
        if "trigger" in instance.data:  # it happened at the event-based gateway before
            run.finish(instance, take_trigger(instance))
        elif node.definition is None or isinstance(node.definition, bpmn.LinkDefinition):
            run.complete(instance)
        else:
            watch(run, instance, [node])

    def retry(self, run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
        run.stop_waiting(instance, node)
        self.enter(run, node, instance)

    def triggered(
        self, run: Run, node: bpmn.Event, instance: ElementInstance, event: bpmn.FlowNode, variables: Variables
    ) -> None:
        if event.id != node.id:
            raise CommandRejected(f"{node.id} is not waiting for {event.id}")
        run.finish(instance, variables)


class ReceiveTask(Activity):
    def enter(self, run: Run, node: bpmn.ReceiveTask, instance: ElementInstance) -> None:
        if "trigger" in instance.data:  # its message started the process instance
            run.finish(instance, take_trigger(instance))
        else:
            await_message(run, instance, node, node.message)

    def retry(self, run: Run, node: bpmn.ReceiveTask, instance: ElementInstance) -> None:
        run.emit(Withdraw(instance.id, node.id, "triggered"))
        self.enter(run, node, instance)

    def triggered(
        self, run: Run, node: bpmn.ReceiveTask, instance: ElementInstance, event: bpmn.FlowNode, variables: Variables
    ) -> None:
        if event.id != node.id:
            raise CommandRejected(f"{node.id} is not waiting for {event.id}")
        run.finish(instance, variables)


# -- what is thrown, by intermediate and end events


class ThrowEvent(Behaviour):
    def enter(self, run: Run, node: Any, instance: ElementInstance) -> None:
        THROWS[type(node.definition)](run, node, instance)

    def retry(self, run: Run, node: Any, instance: ElementInstance) -> None:
        if instance.children:
            run.look_again(instance)  # compensation is under way
        else:
            self.enter(run, node, instance)

    def completed(self, run: Run, node: Any, instance: ElementInstance, variables: Variables) -> None:
        if node.job is None:
            raise CommandRejected(f"{node.id} is not waiting to be completed")
        run.finish(instance, variables)

    def outgoing(self, run: Run, node: Any, instance: ElementInstance) -> Sequence[bpmn.SequenceFlow]:
        if isinstance(node.definition, bpmn.LinkDefinition) and instance.scope is not None:
            run.later(_arrive_by_link, instance.scope, node)
        if isinstance(node.definition, bpmn.TerminateDefinition) and instance.scope is not None:
            run.later(_end_scope, instance.scope)
        return node.outgoing  # type: ignore[no-any-return]

    def emptied(self, run: Run, node: Any, instance: ElementInstance) -> None:
        """All compensation handlers inside are done."""
        if isinstance(node.definition, bpmn.CancelDefinition):
            compensation.cancelled(run, instance)
        else:
            run.complete(instance)


def _nothing(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    run.complete(instance)


def _message(run: Run, node: bpmn.EndEvent | bpmn.IntermediateThrowEvent, instance: ElementInstance) -> None:
    if node.job is not None:
        return create_job(run, node.job, instance)
    if isinstance(node.definition, bpmn.MessageDefinition):
        publishing.publish(run, node.definition, instance)
    return run.complete(instance)


def _error(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    assert isinstance(node.definition, bpmn.ErrorDefinition)
    code = string(run, node.definition.code or "", instance, f"The error code of {node.id}")
    throw_error(run, instance, code, node.name, instance.variables)


def _escalation(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    assert isinstance(node.definition, bpmn.EscalationDefinition)
    code = string(run, node.definition.code or "", instance, f"The escalation code of {node.id}")
    escalate(run, instance, code, instance.variables)
    _complete_if_alive(run, instance)


def _signal(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    assert isinstance(node.definition, bpmn.SignalDefinition)
    publishing.broadcast(run, node.definition, instance)
    _complete_if_alive(run, instance)


def _complete_if_alive(run: Run, instance: ElementInstance) -> None:
    """What the event threw may have interrupted the scope around it."""
    if instance.id in run.draft.instances:
        run.complete(instance)


def _link(run: Run, node: bpmn.IntermediateThrowEvent, instance: ElementInstance) -> None:
    run.complete(instance)


def _arrive_by_link(run: Run, scope: ElementInstance, node: bpmn.IntermediateThrowEvent) -> None:
    """The same sequence flow, drawn in two pieces; this one begins once the throwing link is completed."""
    run.arrive(link_target(run.process, node), scope.id)


def _terminate(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    """It is completed like any other end event; then ends whatever else runs in its scope."""
    run.complete(instance)


def _end_scope(run: Run, scope: ElementInstance) -> None:
    run.clear(scope)
    run.look_again(scope)


THROWS: dict[type, Callable[[Run, Any, ElementInstance], None]] = {
    type(None): _nothing,
    bpmn.MessageDefinition: _message,
    bpmn.ErrorDefinition: _error,
    bpmn.EscalationDefinition: _escalation,
    bpmn.SignalDefinition: _signal,
    bpmn.LinkDefinition: _link,
    bpmn.TerminateDefinition: _terminate,
    bpmn.CompensationDefinition: compensation.throw,
    bpmn.CancelDefinition: compensation.cancel,
}
