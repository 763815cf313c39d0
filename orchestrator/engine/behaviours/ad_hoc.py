"""Ad-hoc sub-processes (BPMN 2.0, 10.3.5 and 13.3.5): activities that somebody chooses, in any order.

Each activation runs in a round of its own, so that parallel activations do not share variables. A round is an element
instance of the ad-hoc sub-process with an iteration number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours.subprocesses import BARE
from orchestrator.engine.behaviours.tasks import Activity
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, CommandRejected, Incident
from orchestrator.engine.expressions import boolean, evaluate, items, result_variable
from orchestrator.engine.jobs import create_job
from orchestrator.engine.state import ElementInstance, Loop, Variables
from orchestrator.engine.throwing import INTERRUPTED

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

ELEMENTS = "adHocSubProcessElements"  # the variable that tells what can be activated
ENOUGH, JOB = "enough", "job"  # in the data: the completion condition was true; the job that chooses is under way
LINE = "line"  # in the data: what was chosen and has not begun, because one activity runs at a time
ACTIVATE, DONE, CANCEL = "activateElements", "isCompletionConditionFulfilled", "isCancelRemainingInstances"


class AdHocSubProcess(Activity):
    def enter(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> None:
        chosen = []
        if node.active_elements is not None and BARE not in instance.data:
            chosen = items(run, node.active_elements, instance, f"The active elements of {node.id}")
        _check(run, node, chosen)
        run.set_local(instance, {ELEMENTS: [_described(element) for element in activities(run.process, node)]})
        instance.loop = instance.loop or Loop()  # an operator who opened it has begun to count
        if node.job is not None:
            create_job(run, node.job, instance)
            instance.data = {**instance.data, JOB: True}
        activate(run, node, instance, [(element, {}) for element in chosen])

    def retry(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> None:
        if node.job is not None and instance.data.get(JOB):
            create_job(run, node.job, instance)
        run.look_again(instance)

    def completed(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance, variables: Variables) -> None:
        """The job says what to activate next, and whether it is enough."""
        if node.job is None or not instance.data.get(JOB) or instance.data.get(INTERRUPTED):
            raise CommandRejected(f"{node.id} is not waiting to be completed")
        chosen = [_choice(node, choice) for choice in variables.get(ACTIVATE) or []]
        _check(run, node, [element for element, _ in chosen])
        run.propagate(instance, {k: v for k, v in variables.items() if k not in (ACTIVATE, DONE, CANCEL)})
        enough = variables.get(DONE) is True
        instance.data = {**instance.data, JOB: False, ENOUGH: enough}
        activate(run, node, instance, chosen)
        if enough and variables.get(CANCEL) is True:
            instance.data = {**instance.data, LINE: []}
            run.clear(instance)
        if not instance.children:
            run.later(type(run).settle, instance.id)

    def leaving(
        self, run: Run, node: bpmn.AdHocSubProcess, scope: ElementInstance, child: ElementInstance
    ) -> tuple[Any, bool]:
        assert scope.loop is not None
        result, extra = None, {}
        if node.output_element is not None:
            result = feel.to_json(evaluate(run, node.output_element, child, f"The output element of {node.id}"))
            extra = {node.output_collection: [*scope.loop.results, result]}
        condition = node.completion_condition
        what = f"The completion condition of {node.id}"
        return result, condition is not None and boolean(run, condition, scope, what, extra=extra)

    def left(
        self,
        run: Run,
        node: bpmn.AdHocSubProcess,
        scope: ElementInstance,
        child: ElementInstance,
        weighed: tuple[Any, bool],
    ) -> None:
        result, enough = weighed
        assert scope.loop is not None
        results = [*scope.loop.results, result] if node.output_element is not None else scope.loop.results
        scope.loop = replace(scope.loop, completed=scope.loop.completed + 1, results=results)
        if node.job is None:
            scope.data = {**scope.data, ENOUGH: enough}
            if enough and node.sequential:
                scope.data = {**scope.data, LINE: []}
            if enough and node.cancel_remaining:
                run.clear(scope)
        elif not scope.data.get(JOB) and not scope.data.get(ENOUGH):
            scope.data = {**scope.data, JOB: True}
            run.later(_choose_next, scope.id)
        if node.sequential:
            _begin_next(run, node, scope)

    def emptied(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> None:
        if instance.data.get(LINE) and not instance.data.get(INTERRUPTED):
            return _begin_next(run, node, instance)
        asks = node.job is not None or node.completion_condition is not None
        if asks and not instance.data.get(ENOUGH) and not instance.data.get(INTERRUPTED):
            return None  # somebody has to activate more
        results = instance.loop.results if instance.loop is not None else []
        return run.finish(instance, {node.output_collection: results} if node.output_collection else {})

    def stays_empty(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> bool:
        """It waits for the next choice, unless an event took over."""
        if instance.data.get(INTERRUPTED):
            return False
        if node.job is not None and not instance.data.get(JOB) and not instance.data.get(ENOUGH):
            instance.data = {**instance.data, JOB: True}
            run.later(_choose_next, instance.id)
        if instance.data.get(ENOUGH) or instance.data.get(LINE):
            run.look_again(instance)
        return True

    def collects(self, node: bpmn.AdHocSubProcess) -> str:
        return node.output_collection

    def results(self, run: Run, instance: ElementInstance) -> Variables:
        assert instance.loop is not None
        return {run.node(instance).output_collection: instance.loop.results}


class Round(Behaviour):
    maps_variables = False
    listens = False

    def enter(self, run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> None:
        if BARE not in instance.data:
            run.arrive(run.process.nodes[instance.data["activate"]], instance.id)


def _choose_next(run: Run, instance: ElementInstance) -> None:
    node = run.node(instance)
    run.attempt(instance, lambda run, instance: create_job(run, node.job, instance))


def activities(process: bpmn.Process, node: bpmn.AdHocSubProcess) -> list[bpmn.FlowNode]:
    """What can be activated: the flow nodes inside that no sequence flow leads to."""
    return [
        inside
        for inside in process.children.get(node.id, ())
        if not inside.incoming
        and not isinstance(inside, bpmn.BoundaryEvent)
        and not (isinstance(inside, bpmn.SubProcess) and inside.triggered_by_event)
        and not (isinstance(inside, bpmn.Activity) and inside.for_compensation)
    ]


def activate(
    run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance, chosen: list[tuple[str, Variables]]
) -> None:
    """Open a round for each of these activities, or put them in line where one is done at a time."""
    if node.sequential:
        line = [*instance.data.get(LINE, []), *([element, variables] for element, variables in chosen)]
        instance.data = {**instance.data, LINE: line}
        return _begin_next(run, node, instance)
    for element, variables in chosen:
        open_round(run, node, instance, variables, {"activate": element})
    return None


def _begin_next(run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance) -> None:
    assert instance.loop is not None
    busy = instance.loop.started > instance.loop.completed + instance.loop.terminated
    if instance.data.get(LINE) and not busy:
        (element, variables), *line = instance.data[LINE]
        instance.data = {**instance.data, LINE: line}
        open_round(run, node, instance, variables, {"activate": element})


def open_round(
    run: Run, node: bpmn.AdHocSubProcess, instance: ElementInstance, variables: Variables, data: dict[str, Any]
) -> ElementInstance:
    if result := result_variable(node.output_element):
        variables = {result: None, **variables}
    loop = instance.loop or Loop()
    instance.loop = replace(loop, started=loop.started + 1)
    return run.arrive(node, instance.id, variables=variables, iteration=instance.loop.started, data=data)


def unknown(run: Run, node: bpmn.AdHocSubProcess, chosen: list[Any]) -> list[Any]:
    known = {element.id for element in activities(run.process, node)}
    return [element for element in chosen if element not in known]


def _check(run: Run, node: bpmn.AdHocSubProcess, chosen: list[Any]) -> None:
    if wrong := unknown(run, node, chosen):
        named = ", ".join(map(str, wrong))
        raise Incident(EXTRACT_VALUE_ERROR, f"{node.id} cannot activate {named}: there is no such activity inside")


def _choice(node: bpmn.AdHocSubProcess, choice: Any) -> tuple[str, Variables]:
    """An element id, or a context with `elementId` and `variables`."""
    if isinstance(choice, str):
        return choice, {}
    if isinstance(choice, dict) and isinstance(choice.get("elementId"), str):
        return choice["elementId"], choice.get("variables") or {}
    raise CommandRejected(f"The job of {node.id} names no element to activate: {choice!r}")


def _described(element: bpmn.FlowNode) -> dict[str, Any]:
    return {"elementId": element.id, "elementName": element.name, "documentation": element.documentation}
