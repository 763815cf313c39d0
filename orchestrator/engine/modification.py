"""An operator moves tokens by hand: activate elements, terminate element instances, move tokens, all in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import farewells, joins
from orchestrator.engine.behaviours.ad_hoc import AdHocSubProcess, open_round
from orchestrator.engine.behaviours.subprocesses import BARE
from orchestrator.engine.commands import Modify
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.roles import is_round, is_scope
from orchestrator.engine.state import COMPLETING, STUCK, TERMINATING, ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def modify(run: Run, command: Modify) -> None:
    """Activate first, then terminate: a scope that is only passed through is not emptied in between."""
    left = (*command.terminate, *(number for number, *_ in command.move))
    for id in left:
        if id not in run.draft.instances:
            raise CommandRejected(f"The element instance {id} is no longer active")
    activated = [_move(run, *move) for move in command.move]
    for element, variables, around in command.activate:
        node = _activatable(run, element)
        activated.append(_activate(run, node, variables, _holder(run, node, around)))
    for id in dict.fromkeys(left):
        if id in run.draft.instances:  # not with its scope just now
            farewells.take_away(run, run.draft.change(id))
    for instance in activated:
        if instance.id not in run.draft.instances:
            raise CommandRejected(f"{instance.element} would end at once, with the scope it was activated in")


def _activatable(run: Run, element: str) -> bpmn.FlowNode:
    node = run.process.nodes.get(element)
    if node is None:
        raise CommandRejected(f"The process {run.process.id} has no element {element}")
    if isinstance(node, bpmn.BoundaryEvent) or (isinstance(node, bpmn.StartEvent) and node.definition is not None):
        raise CommandRejected(f"{element} is entered by its event and cannot be activated by hand")
    if isinstance(node, bpmn.SubProcess) and node.triggered_by_event:
        raise CommandRejected(f"{element} is entered by its event and cannot be activated by hand")
    return node


def _activate(run: Run, node: bpmn.FlowNode, variables: dict[str, Any], holder: ElementInstance) -> ElementInstance:
    """A join goes on with the tokens that wait there."""
    if holder.phase in (COMPLETING, TERMINATING):
        how = "completed" if holder.phase == COMPLETING else "withdrawn"
        raise CommandRejected(f"{holder.element} is being {how}: nothing can be activated inside")
    holder = _room(run, run.draft.change(holder.id))
    run.set_local(holder, variables)
    if STUCK in holder.data:
        run.resolve(holder)
    if (holder.id, node.id) in run.draft.joins:
        return joins.fire(run, holder.id, node)
    return run.arrive(node, holder.id)


def _move(run: Run, number: int, element: str, variables: dict[str, Any]) -> ElementInstance:
    """The token stays in the innermost scope around it that is around the element too."""
    node = _activatable(run, element)
    around = _around(run, node)
    _, *scopes = run.draft.scopes(run.draft.instances[number])
    common = next(s for s in scopes or [run.draft.root] if s.element in around and _holds(run, s))
    found = [common] if common.element == node.scope else _instances(run, common, node.scope)
    if len(found) > 1:
        raise CommandRejected(f"{node.scope} is active {len(found)} times: say in which element instance")
    return _activate(run, node, variables, found[0] if found else _opened(run, node.scope, common))


def _holder(run: Run, node: bpmn.FlowNode, around: int | None) -> ElementInstance:
    """The scope in which the node is activated: the only one, or one inside the element instance that was chosen."""
    if around is None:
        return _only_scope(run, node.scope)
    chosen = run.draft.instances.get(around)
    if chosen is None or chosen.element not in _around(run, node) or not _holds(run, chosen):
        raise CommandRejected(f"The element instance {around} is not an active scope of {node.id}")
    return _opened(run, node.scope, chosen)


def _opened(run: Run, scope: str, inside: ElementInstance) -> ElementInstance:
    """A new element instance of the scope, with those between, inside that one; itself when it is one."""
    if inside.element == scope:
        return inside
    return _open(run, run.process.nodes[scope], _opened(run, run.process.nodes[scope].scope, inside))


def _open(run: Run, node: bpmn.FlowNode, holder: ElementInstance) -> ElementInstance:
    if isinstance(node, bpmn.Activity) and (node.multi_instance or node.standard_loop):
        raise CommandRejected(
            f"{node.id} is repeated: activate it instead, or inside one of its repetitions that is active"
        )
    return run.arrive(node, _room(run, run.draft.change(holder.id)).id, data={BARE: True})


def _room(run: Run, holder: ElementInstance) -> ElementInstance:
    """Where something inside the scope runs: in an ad-hoc sub-process a round of its own."""
    if not isinstance(run.behaviour(holder), AdHocSubProcess):
        return holder
    return open_round(run, run.node(holder), holder, {}, {BARE: True})


def _around(run: Run, node: bpmn.FlowNode) -> list[str]:
    """The scopes of the model around a node, innermost first, the process last."""
    found = [node.scope]
    while found[-1] in run.process.nodes:
        found.append(run.process.nodes[found[-1]].scope)
    return found


def _is_scope(run: Run, instance: ElementInstance) -> bool:
    return is_scope(run.process, run.draft.instances, instance)


def _holds(run: Run, instance: ElementInstance) -> bool:
    """Does what is inside the element run directly inside this instance?"""
    return _is_scope(run, instance) or is_round(run.node(instance), run.draft.instances, instance)


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
    return _open(run, node, _only_scope(run, node.scope))


def _instances(run: Run, inside: ElementInstance, element: str) -> list[ElementInstance]:
    """The element instances of a scope that flow nodes can be activated in: not the bodies around iterations."""
    found = []
    for child in run.draft.children(inside):
        if child.element == element and _is_scope(run, child):
            found.append(child)
        found += _instances(run, child, element)
    return found
