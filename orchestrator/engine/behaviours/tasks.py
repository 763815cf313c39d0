"""Tasks: work for people, jobs, FEEL, decisions and called processes (BPMN 2.0, 10.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import task_listeners
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours import publishing
from orchestrator.engine.behaviours.assignment import user_task
from orchestrator.engine.behaviours.flows import all_true
from orchestrator.engine.effects import CallProcess, CancelCalled, RecordDecision
from orchestrator.engine.environment import DecisionError
from orchestrator.engine.errors import CommandRejected, Incident
from orchestrator.engine.expressions import evaluate, snapshot, string
from orchestrator.engine.jobs import create_job
from orchestrator.engine.state import ACTIVE, ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


class Activity(Behaviour):
    def outgoing(self, run: Run, node: bpmn.Activity, instance: ElementInstance) -> Sequence[bpmn.SequenceFlow]:
        """A flow with a condition is taken when it is true, the others always (BPMN 2.0, 10.3.1)."""
        if node.default is None and all(flow.condition is None for flow in node.outgoing):
            return node.outgoing
        return all_true(run, node, node.default, instance)


class UserTask(Activity):
    def enter(self, run: Run, node: bpmn.UserTask, instance: ElementInstance) -> None:
        if not node.task_listeners or not task_listeners.begin(run, node, instance, task_listeners.CREATING):
            self._offer(run, node, instance, {})

    def retry(self, run: Run, node: bpmn.UserTask, instance: ElementInstance) -> None:
        """Offer it again: a human task that is still open stays as it is, one that a person ended as failed is made
        anew.
        """
        if task_listeners.awaited(instance):
            task_listeners.call(run, node, instance)
        else:
            run.wait(user_task(run, node, instance), instance)

    def completed(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, variables: Variables) -> None:
        if task_listeners.awaited(instance):
            settled = task_listeners.answered(run, node, instance, variables)
            if settled is not None:
                SETTLED[settled["event"]](self, run, node, instance, settled)
        elif not node.task_listeners or not self._ask_to_complete(run, node, instance, variables):
            run.finish(instance, variables)

    def says_farewell(self, node: bpmn.UserTask, instance: ElementInstance) -> bool:
        return instance.phase == ACTIVE and bool(task_listeners.of(node, task_listeners.CANCELING))

    # -- what task listeners have a say in

    def _ask_to_complete(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, variables: Variables) -> bool:
        return task_listeners.begin(run, node, instance, task_listeners.COMPLETING, variables=variables)

    def _offer(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, corrections: Variables) -> None:
        """Create the task; a person whom it is assigned to from the start is assigned by the same rules as later."""
        task = task_listeners.corrected(run, node, user_task(run, node, instance), corrections)
        if task.assignee and task_listeners.begin(
            run,
            node,
            instance,
            task_listeners.ASSIGNING,
            request={"created": True, "headers": {"assignee": task.assignee}},
            corrections=corrections,
        ):
            return
        run.wait(task, instance)

    def _created(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, settled: Variables) -> None:
        self._offer(run, node, instance, settled["corrections"])

    def _assigned(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, settled: Variables) -> None:
        if "created" not in (settled["request"] or {}):
            return task_listeners.settle(run, node, instance, settled)
        corrections = settled["corrections"] | ({"assignee": None} if settled[task_listeners.DENIED] else {})
        run.wait(task_listeners.corrected(run, node, user_task(run, node, instance), corrections), instance)
        return task_listeners.settle(run, node, instance, {**settled, "request": None, "corrections": {}})

    def _updated(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, settled: Variables) -> None:
        task_listeners.settle(run, node, instance, settled)

    def _completed(self, run: Run, node: bpmn.UserTask, instance: ElementInstance, settled: Variables) -> None:
        task_listeners.settle(run, node, instance, settled)
        if not settled[task_listeners.DENIED]:
            run.finish(instance, settled["variables"])
        elif settled["request"] is None:  # who completed it did not ask, and holds it for done
            run.wait(user_task(run, node, instance), instance)


SETTLED: dict[str, Callable[[UserTask, Run, bpmn.UserTask, ElementInstance, Variables], None]] = {
    task_listeners.CREATING: UserTask._created,
    task_listeners.ASSIGNING: UserTask._assigned,
    task_listeners.UPDATING: UserTask._updated,
    task_listeners.COMPLETING: UserTask._completed,
}


class JobTask(Activity):
    """A task whose work may be a job. Subclasses work by themselves where there is none."""

    def enter(self, run: Run, node: Any, instance: ElementInstance) -> None:
        if node.job is not None:
            create_job(run, node.job, instance)
        else:
            self.work(run, node, instance)

    def work(self, run: Run, node: Any, instance: ElementInstance) -> None:
        run.complete(instance)

    def completed(self, run: Run, node: Any, instance: ElementInstance, variables: Variables) -> None:
        if node.job is None:
            raise CommandRejected(f"{node.id} is not waiting to be completed")
        run.finish(instance, variables)


class SendTask(JobTask):
    def work(self, run: Run, node: bpmn.SendTask, instance: ElementInstance) -> None:
        if node.message is not None:
            publishing.publish(run, node.message, instance)
        run.complete(instance)


class ScriptTask(JobTask):
    def work(self, run: Run, node: bpmn.ScriptTask, instance: ElementInstance) -> None:
        assert node.expression is not None, "a script task has FEEL or a job"
        value = evaluate(run, node.expression, instance, f"The script of {node.id}")
        run.finish(instance, {node.result_variable: feel.to_json(value)} if node.result_variable else {})


class BusinessRuleTask(JobTask):
    def work(self, run: Run, node: bpmn.BusinessRuleTask, instance: ElementInstance) -> None:
        assert node.decision is not None, "a business rule task has a decision or a job"
        decision = string(run, node.decision, instance, f"The decision of {node.id}")
        try:
            decided = run.environment.decide(decision, node.binding, snapshot(run, instance))
        except DecisionError as error:
            raise Incident(error.kind, f"The decision {decision} of {node.id}: {error}") from error
        run.emit(RecordDecision(instance.id, node.id, decision, decided.report))
        value = feel.to_json(decided.value)
        run.finish(instance, {node.result_variable: value} if node.result_variable else {})


class CallActivity(Activity):
    def enter(self, run: Run, node: bpmn.CallActivity, instance: ElementInstance) -> None:
        process = string(run, node.called_process, instance, f"The called process of {node.id}")
        variables = snapshot(run, instance) if node.propagate_all_parent_variables else dict(instance.variables)
        run.wait(CallProcess(instance.id, node.id, process, node.binding, variables, run.generation), instance)

    def completed(self, run: Run, node: bpmn.CallActivity, instance: ElementInstance, variables: Variables) -> None:
        run.finish(instance, variables if node.outputs or node.propagate_all_child_variables else {})

    def terminated(self, run: Run, node: bpmn.CallActivity, instance: ElementInstance) -> None:
        if instance.phase == ACTIVE:
            run.emit(CancelCalled(instance.id))
