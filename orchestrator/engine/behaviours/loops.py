"""Multi-instance and the standard loop (BPMN 2.0, 10.3.8): a body with one iteration after another, or many at once.

Boundary events, incoming and outgoing flows belong to the body; mappings, listeners and the work to each iteration.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviours.tasks import Activity
from orchestrator.engine.effects import GoOn
from orchestrator.engine.errors import RUNAWAY, Incident
from orchestrator.engine.expressions import boolean, evaluate, items, result_variable, visible
from orchestrator.engine.state import RESULT, ElementInstance, Loop, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

ITEMS_PER_ACTIVATION = 10  # a multi-instance may have that many times the items that one step may pass without a wait


class Body(Activity):
    """What multi-instance and standard loop have in common."""

    maps_variables = False
    listens = False

    def retry(self, run: Run, node: Any, instance: ElementInstance) -> None:
        run.look_again(instance)

    def finish(self, run: Run, node: bpmn.Activity, body: ElementInstance) -> None:
        run.complete(body)


class MultiInstance(Body):
    def enter(self, run: Run, node: bpmn.Activity, instance: ElementInstance) -> None:
        marker = _marker(node)
        values = items(run, marker.input_collection, instance, f"The input collection of {node.id}")
        most = run.environment.activations * ITEMS_PER_ACTIVATION
        if len(values) > most:
            raise Incident(
                RUNAWAY, f"The input collection of {node.id} has {len(values):,} items; {most:,} are allowed"
            )
        instance.loop = Loop(size=len(values))
        run.draft.keep_items(instance, values)
        if not values:
            self.finish(run, node, instance)
        else:
            _start_next(run, instance)

    def retry(self, run: Run, node: bpmn.Activity, instance: ElementInstance) -> None:
        if not _marker(node).sequential or not instance.children:
            _start_next(run, instance)
        run.look_again(instance)

    def leaving(
        self, run: Run, node: bpmn.Activity, scope: ElementInstance, child: ElementInstance
    ) -> tuple[Any, bool]:
        """The result of the iteration, and whether the completion condition is true with it."""
        marker, loop = _marker(node), scope.loop
        assert loop is not None
        assert child.iteration is not None
        result = None
        if marker.output_element is not None:
            result = feel.to_json(evaluate(run, marker.output_element, child, f"The output element of {node.id}"))
        if marker.completion_condition is None:
            return result, False
        # In turn one is active. Side by side all are from the beginning, although they are entered one by one.
        active = 1 if marker.sequential else loop.size - loop.completed - loop.terminated - 1
        extra: Variables = {
            "numberOfInstances": loop.size,
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": loop.completed + 1,
            "numberOfTerminatedInstances": loop.terminated,
        }
        if marker.output_collection and marker.output_collection in marker.completion_condition.names:
            extra[marker.output_collection] = _collection(run, scope, {child.iteration: result})
        return result, boolean(
            run, marker.completion_condition, child, f"The completion condition of {node.id}", extra=extra
        )

    def left(
        self, run: Run, node: bpmn.Activity, scope: ElementInstance, child: ElementInstance, weighed: tuple[Any, bool]
    ) -> None:
        result, enough = weighed
        assert scope.loop is not None
        if _marker(node).output_element is not None:
            child.data = {**child.data, RESULT: result}
        scope.loop = replace(scope.loop, completed=scope.loop.completed + 1)
        if enough:
            scope.loop.terminated += scope.children
            run.clear(scope)
            scope.loop.started = scope.loop.size
        elif _marker(node).sequential:
            _start_next(run, scope)

    def emptied(self, run: Run, node: bpmn.Activity, instance: ElementInstance) -> None:
        loop = instance.loop
        if loop is not None and loop.started >= loop.size:
            self.finish(run, node, instance)

    def finish(self, run: Run, node: bpmn.Activity, body: ElementInstance) -> None:
        marker = _marker(node)
        if marker.output_collection and body.loop is not None and body.scope is not None:
            run.propagate(run.draft.instances[body.scope], {marker.output_collection: _collection(run, body, {})})
        run.complete(body)

    def collects(self, node: bpmn.Activity) -> str:
        return _marker(node).output_collection

    def results(self, run: Run, instance: ElementInstance) -> Variables:
        return {_marker(run.node(instance)).output_collection: _collection(run, instance, {})}


def start(run: Run, node: bpmn.Activity, body: ElementInstance, variables: Variables) -> None:
    assert body.loop is not None
    body.loop = replace(body.loop, started=body.loop.started + 1)
    number = body.loop.started
    run.arrive(node, body.id, variables={"loopCounter": number, **variables}, iteration=number)


def _start_next(run: Run, body: ElementInstance) -> None:
    """The next iteration; in parallel the one after it follows on the agenda. A step stays bounded: where iterations
    do not wait, others follow in further steps.
    """
    loop, node = body.loop, run.node(body)
    if loop is None or body.incident or loop.started >= loop.size:
        return
    if run.has_done_enough():
        return run.emit(GoOn(body.id, run.generation))
    marker = _marker(node)
    variables: Variables = {"loopCounter": loop.started + 1}
    if marker.input_element:
        variables[marker.input_element] = run.draft.item(body, loop.started + 1)
    if (result := result_variable(marker.output_element)) and result not in variables:
        variables[result] = None
    start(run, node, body, variables)
    if not marker.sequential:
        run.later(_start_next, body.id)
    return None


def _marker(node: bpmn.Activity) -> bpmn.MultiInstance:
    assert node.multi_instance is not None
    return node.multi_instance


def _collection(run: Run, body: ElementInstance, more: dict[int, Any]) -> list[Any]:
    """The output collection so far: null for what is not completed."""
    assert body.loop is not None
    found = {**run.draft.results(body), **more} if body.loop.completed else more
    return [found.get(iteration) for iteration in range(1, body.loop.size + 1)]


class StandardLoop(Body):
    """Repeats while its condition is true, at most `maximum` times; a condition is asked before or after each round."""

    def enter(self, run: Run, node: bpmn.Activity, instance: ElementInstance) -> None:
        marker = _loop(node)
        again = not marker.test_before or self._again(run, node, instance, 0)
        instance.loop = Loop()
        if again and marker.maximum != 0:
            start(run, node, instance, {})
        else:
            self.finish(run, node, instance)

    def leaving(self, run: Run, node: bpmn.Activity, scope: ElementInstance, child: ElementInstance) -> bool:
        assert child.iteration is not None
        return self._again(run, node, child, child.iteration, _mapped(run, node, scope))

    def left(
        self, run: Run, node: bpmn.Activity, scope: ElementInstance, child: ElementInstance, weighed: bool
    ) -> None:
        assert scope.loop is not None
        scope.loop = replace(scope.loop, completed=scope.loop.completed + 1)
        if weighed:
            start(run, node, scope, {})

    def _again(
        self, run: Run, node: bpmn.Activity, at: ElementInstance, completed: int, mapped: Variables | None = None
    ) -> bool:
        marker = _loop(node)
        if marker.maximum is not None and completed >= marker.maximum:
            return False
        if marker.condition is None:
            return True
        extra = {**(mapped or {}), "loopCounter": completed}
        return boolean(run, marker.condition, at, f"The loop condition of {node.id}", extra=extra)


def _mapped(run: Run, node: bpmn.Activity, body: ElementInstance) -> Variables:
    """What the outputs of a round wrote: its own inputs of the same names are those of before."""
    around = visible(run, body)
    names = {mapping.target.partition(".")[0] for mapping in node.outputs}
    return {name: around[name] for name in names if name in around}


def _loop(node: bpmn.Activity) -> bpmn.StandardLoop:
    assert node.standard_loop is not None
    return node.standard_loop
