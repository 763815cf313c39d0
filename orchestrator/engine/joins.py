"""Where tokens wait for others: parallel, inclusive and complex gateways with several incoming flows (BPMN 2.0, 13.4).

A parallel join consumes one token of each flow. An inclusive join fires when no token can still come over an empty
flow. A complex join fires on the N-th flow and swallows what comes on the others until none can come any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import topology
from orchestrator.engine.state import ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

FIRED = "fired"  # in a scope's data: complex gateway -> the flows whose tokens it will swallow


def arrive(run: Run, flow: bpmn.SequenceFlow, scope: int) -> None:
    """A token comes to a join over `flow`."""
    gateway = run.process.nodes[flow.target]
    run.touched.add(scope)
    if isinstance(gateway, bpmn.ComplexGateway) and _swallowed(run, flow, scope):
        return
    waiting = dict(run.draft.joins.get((scope, gateway.id), ()))
    waiting[flow.id] = waiting.get(flow.id, 0) + 1
    run.draft.set_tokens(scope, gateway.id, waiting)
    fire_when_full(run, scope, gateway)


def fire_when_full(run: Run, scope: int, gateway: bpmn.FlowNode) -> None:
    waiting = run.draft.joins[scope, gateway.id]
    if isinstance(gateway, bpmn.ParallelGateway) and len(waiting) == len(gateway.incoming):
        fire(run, scope, gateway)
    elif isinstance(gateway, bpmn.ComplexGateway) and not _fired(run, scope, gateway.id):
        missing = [flow.id for flow in gateway.incoming if flow.id not in waiting]
        if len(waiting) >= (gateway.activation_count or len(gateway.incoming)):
            fire(run, scope, gateway)
            _set_fired(run, scope, gateway.id, missing)


def fire(run: Run, scope: int, gateway: bpmn.FlowNode) -> ElementInstance:
    """Consume one token of each flow that has one; the others wait for the next round."""
    waiting = run.draft.joins[scope, gateway.id]
    come = tuple(flow.id for flow in gateway.incoming if flow.id in waiting)
    instance = run.arrive(gateway, scope, entered_by=come)
    run.draft.set_tokens(scope, gateway.id, {flow: count - 1 for flow, count in waiting.items() if count > 1})
    return instance


def release(run: Run, scopes: Iterable[int]) -> bool:
    """Fire one inclusive join, or open one complex join again, in one of these scopes, when no further token can come.

    False when there was none.
    """
    for scope_id in sorted(scopes):
        scope = run.draft.instances.get(scope_id)
        if scope is None or not (scope.tokens or scope.data.get(FIRED)):
            continue
        for gateway, empty in _candidates(run, scope):
            if not _may_come(run, scope, gateway, empty):
                _release(run, scope, gateway)
                return True
        if not scope.children and (stuck := next(iter(_candidates(run, scope)), None)):
            _release(run, scope, stuck[0])  # joins that wait for each other: the first one goes ahead
            return True
    return False


def _candidates(run: Run, scope: ElementInstance) -> list[tuple[bpmn.FlowNode, list[str]]]:
    """The inclusive joins with tokens and the complex joins that swallow, with the flows that decide."""
    nodes = run.process.nodes
    inclusive = [
        (nodes[gateway], [flow.id for flow in nodes[gateway].incoming if flow.id not in run.draft.joins[id, gateway]])
        for id, gateway in run.draft.waiting_joins(scope)
        if isinstance(nodes[gateway], bpmn.InclusiveGateway)
    ]
    return inclusive + [(nodes[gateway], list(flows)) for gateway, flows in scope.data.get(FIRED, {}).items()]


def _may_come(run: Run, scope: ElementInstance, gateway: bpmn.FlowNode, empty: list[str]) -> bool:
    """Can a token of this scope reach one of these flows without passing the gateway?"""
    if not empty:
        return False
    upstream = topology.upstream(run.process)[gateway.id]
    tokens = {child.element for child in run.draft.children(scope)}
    tokens.update(other for _, other in run.draft.waiting_joins(scope) if other != gateway.id)
    return any(not tokens.isdisjoint(upstream[flow]) for flow in empty)


def _release(run: Run, scope: ElementInstance, gateway: bpmn.FlowNode) -> None:
    if isinstance(gateway, bpmn.InclusiveGateway):
        fire(run, scope.id, gateway)
        return None
    _set_fired(run, scope.id, gateway.id, [])
    if (scope.id, gateway.id) in run.draft.joins:
        fire_when_full(run, scope.id, gateway)
    scope = run.draft.change(scope.id)
    if not scope.children and not scope.tokens:
        run.later(type(run).settle, scope.id)
    return None


# -- complex gateways


def _fired(run: Run, scope: int, gateway: str) -> list[str]:
    return list(run.draft.instances[scope].data.get(FIRED, {}).get(gateway, ()))


def _set_fired(run: Run, scope: int, gateway: str, flows: list[str]) -> None:
    instance = run.draft.change(scope)
    others = {id: left for id, left in instance.data.get(FIRED, {}).items() if id != gateway}
    instance.data = {**instance.data, FIRED: {**others, gateway: flows} if flows else others}


def _swallowed(run: Run, flow: bpmn.SequenceFlow, scope: int) -> bool:
    left = _fired(run, scope, flow.target)
    if flow.id not in left:
        return False
    _set_fired(run, scope, flow.target, [other for other in left if other != flow.id])
    if not _fired(run, scope, flow.target) and (scope, flow.target) in run.draft.joins:
        fire_when_full(run, scope, run.process.nodes[flow.target])
    return True
