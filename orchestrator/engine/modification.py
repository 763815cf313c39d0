"""An operator moves tokens by hand: activate elements, terminate element instances, in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviours.subprocesses import BARE
from orchestrator.engine.commands import Modify
from orchestrator.engine.effects import EndProcess
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.roles import is_scope
from orchestrator.engine.state import COMPLETING, ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def modify(run: Run, command: Modify) -> None:
    """Activate first, then terminate: a scope that is only passed through is not emptied in between."""
    for element, variables, scope in command.activate:
        _activate(run, element, variables, scope)
    for id in command.terminate:
        if id not in run.draft.instances:
            raise CommandRejected(f"The element instance {id} is no longer active")
    for id in command.terminate:
        if id in run.draft.instances:  # not with its scope just now
            _terminate(run, run.draft.change(id))


def _terminate(run: Run, instance: ElementInstance) -> None:
    """A scope that loses its last element instance goes with it."""
    while True:
        scope = run.draft.change(instance.scope) if instance.scope is not None else None
        if scope is not None and scope.loop is not None and instance.iteration is not None:
            loop = scope.loop
            scope.loop = type(loop)(loop.items, loop.started, loop.completed, loop.terminated + 1, loop.results)
        root_variables = instance.variables
        run.terminate(instance)
        if scope is None:
            run.emit(EndProcess("terminated", root_variables))
            return
        if scope.children or scope.tokens:
            return
        instance = scope


def _activate(run: Run, element: str, variables: dict[str, Any], scope: int | None) -> None:
    node = run.process.nodes.get(element)
    if node is None:
        raise CommandRejected(f"The process {run.process.id} has no element {element}")
    if isinstance(node, bpmn.BoundaryEvent) or (isinstance(node, bpmn.StartEvent) and node.definition is not None):
        raise CommandRejected(f"{element} is entered by its event and cannot be activated by hand")
    if isinstance(node, bpmn.SubProcess) and node.triggered_by_event:
        raise CommandRejected(f"{element} is entered by its event and cannot be activated by hand")
    holder = _given(run, node, scope) if scope is not None else _only_scope(run, node.scope)
    if holder.phase == COMPLETING:
        raise CommandRejected(f"{holder.element} is being completed: nothing can be activated inside")
    run.set_local(run.draft.change(holder.id), variables)
    run.arrive(node, holder.id)


def _given(run: Run, node: bpmn.FlowNode, scope: int) -> ElementInstance:
    holder = run.draft.instances.get(scope)
    if holder is None or holder.element != node.scope:
        raise CommandRejected(f"The element instance {scope} is not an active scope of {node.id}")
    return holder


def _only_scope(run: Run, scope: str) -> ElementInstance:
    """The one active element instance of this scope; opened, with the scopes around it, when there is none."""
    root = run.draft.root
    if scope == root.element:
        return root
    found = _instances(run, root, scope)
    if len(found) > 1:
        raise CommandRejected(f"{scope} is active {len(found)} times: say in which element instance")
    if found:
        return found[0]
    node = run.process.nodes[scope]
    if isinstance(node, bpmn.Activity) and (node.multi_instance or node.standard_loop):
        raise CommandRejected(f"{scope} is repeated and not active: activate it instead of an element inside")
    holder = _only_scope(run, node.scope)
    return run.arrive(node, holder.id, data={BARE: True})


def _instances(run: Run, inside: ElementInstance, element: str) -> list[ElementInstance]:
    """The element instances of a scope that flow nodes can be activated in: not the bodies around iterations."""
    found = []
    for child in run.draft.children(inside):
        if child.element == element and is_scope(run.process, run.draft.instances, child):
            found.append(child)
        found += _instances(run, child, element)
    return found
