"""Compensation (BPMN 2.0, 10.7 and 13.5.5): undo what was completed, with the handlers that the modeller attached.

A scope remembers in its data, under `completed`, the activities that were completed in it and can be compensated, in
the order of their completion. A completed sub-process keeps what was completed inside, with its variables. Iterations
keep theirs each for itself, and their body only that they do: one of 10,000 must not write again what the others left.
The handlers run inside the event that threw the compensation, which waits until all are done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.state import COMPLETED, DONE, ElementInstance, Variables
from orchestrator.engine.throwing import trigger

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

#: In the data of a body: the iterations that were completed after this number keep something. In a record: the body,
#: and that number.
ROUNDS = "rounds"
Record = dict[str, Any]  # activity, handler (or None), inside: records, variables: of the sub-process, perhaps ROUNDS
Undoing = tuple[Record, Variables]  # what its handler sees


def remember(run: Run, scope: ElementInstance, instance: ElementInstance) -> None:
    """`instance` was completed in `scope`."""
    inside = _inside(instance)
    if instance.iteration is not None:  # the handler belongs to the body of a multi-instance
        if inside:
            instance.data = {**instance.data, DONE: inside}
            if ROUNDS not in scope.data:
                scope = run.draft.change(scope.id)
                scope.data = {**scope.data, ROUNDS: 0}
        return
    handler = run.process.compensation_handlers.get(instance.element)
    if handler or inside:
        record = _record(instance, handler, inside, instance.variables if inside else {})
        scope = run.draft.change(scope.id)
        scope.data = {**scope.data, DONE: [*scope.data.get(DONE, []), record]}


def _inside(instance: ElementInstance) -> list[Record]:
    """What was completed inside and can be compensated: here, or in iterations that keep it."""
    records: list[Record] = instance.data.get(DONE, [])
    if ROUNDS not in instance.data:
        return records
    return [*records, {**_record(instance, None, [], {}), ROUNDS: [instance.id, instance.data[ROUNDS]]}]


def _record(instance: ElementInstance, handler: str | None, inside: list[Record], variables: Variables) -> Record:
    return {"activity": instance.element, "handler": handler, "inside": inside, "variables": variables}


def bodies(records: list[Record]) -> list[int]:
    """Those whose iterations keep something that these records lead to."""
    found = [record[ROUNDS][0] for record in records if ROUNDS in record]
    return found + [body for record in records for body in bodies(record["inside"])]


def bodies_of(instance: ElementInstance) -> list[int]:
    """The same, for an active element instance."""
    return bodies(_inside(instance))


def throw(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    assert isinstance(node.definition, bpmn.CompensationDefinition)
    handlers: list[Undoing] = []
    for scope in _compensated_scopes(run, instance):
        handlers += _take(run, scope, node.definition.activity)
    _run_handlers(run, instance, handlers)
    if not handlers:
        run.complete(instance)


def cancel(run: Run, node: bpmn.Event, instance: ElementInstance) -> None:
    """A cancel end event: stop everything else in the transaction, compensate what was completed, then cancel it."""
    assert instance.scope is not None
    transaction = run.draft.change(instance.scope)
    handlers = _take(run, transaction, None)
    if transaction.iteration is not None:
        handlers += _cancel_others(run, transaction)
    run.clear(transaction, but=instance.id)
    _run_handlers(run, instance, handlers)
    if not handlers:
        cancelled(run, instance)


def _cancel_others(run: Run, iteration: ElementInstance) -> list[Undoing]:
    """The cancel event is attached to the whole multi-instance: what the other iterations did is undone as well."""
    assert iteration.scope is not None
    body = run.draft.change(iteration.scope)
    handlers: list[Undoing] = []
    for other in run.draft.children(body)[::-1]:
        if other.id != iteration.id:
            handlers += [(record, {**other.variables, **seen}) for record, seen in _take(run, other, None)]
    run.clear(body, but=iteration.id)
    if body.loop is not None:
        body.loop = replace(body.loop, started=body.loop.size)  # no further iteration begins
    return handlers + _take(run, body, None)


def cancelled(run: Run, instance: ElementInstance) -> None:
    """The compensation of a cancelled transaction is done: leave it by its cancel event."""
    assert instance.scope is not None
    host = run.draft.change(instance.scope)
    run.leave(instance, COMPLETED)
    if host.iteration is not None and host.scope is not None:
        host = run.draft.change(host.scope)  # the event is attached to the whole multi-instance
    for event in run.process.boundary_events.get(host.element, ()):
        if isinstance(event.definition, bpmn.CancelDefinition):
            return trigger(run, host, event, {})
    run.terminate(host)
    if host.scope is not None:
        run.later(type(run).settle, host.scope)
    return None


def _compensated_scopes(run: Run, instance: ElementInstance) -> list[ElementInstance]:
    """The scope of the event; for an event sub-process also the scope in which it listens."""
    assert instance.scope is not None
    scope = run.draft.instances[instance.scope]
    found = [scope]
    node = run.node(scope)
    if isinstance(node, bpmn.SubProcess) and node.triggered_by_event and scope.scope is not None:
        found.append(run.draft.instances[scope.scope])
    return found


def _take(run: Run, scope: ElementInstance, activity: str | None) -> list[Undoing]:
    """The handlers to run, last completed first. What they undo is forgotten: it is undone once."""
    records = _inside(scope)
    chosen = [record for record in records if activity in (None, record["activity"])]
    handlers = _handlers(run, chosen, {})
    if chosen:
        scope = run.draft.change(scope.id)
        rest = [record for record in records if activity not in (None, record["activity"]) and ROUNDS not in record]
        undone = {ROUNDS: run.draft.last_id} if any(ROUNDS in record for record in chosen) else {}
        scope.data = {**scope.data, DONE: rest, **undone}
    return handlers


def _handlers(run: Run, records: list[Record], around: Variables) -> list[Undoing]:
    """A sub-process with a handler of its own is undone by it, any other by the handlers inside."""
    found: list[Undoing] = []
    for record in reversed(records):
        if record["handler"]:
            found.append((record, around))
        else:
            seen = {**around, **record["variables"]}
            if ROUNDS in record:
                body, after = record[ROUNDS]
                found += _handlers_of_rounds(run, body, after, seen)
            found += _handlers(run, record["inside"], seen)
    return found


def _handlers_of_rounds(run: Run, body: int, after: int, around: Variables) -> list[Undoing]:
    rounds = sorted(run.draft.rounds(body).values(), key=lambda round: round.at, reverse=True)
    return [
        undoing
        for round in rounds
        if round.at > after and round.done
        for undoing in _handlers(run, round.done, {**around, **round.variables})
    ]


def _run_handlers(run: Run, instance: ElementInstance, handlers: list[Undoing]) -> None:
    """Each by its boundary event, which is passed at once."""
    for record, variables in handlers:
        event = _boundary_event(run.process, record["activity"])
        run.leave(run.draft.add(event.id, instance.id), COMPLETED)
        run.arrive(run.process.nodes[record["handler"]], instance.id, variables=variables)


def _boundary_event(process: bpmn.Process, activity: str) -> bpmn.BoundaryEvent:
    events = process.boundary_events[activity]
    return next(event for event in events if isinstance(event.definition, bpmn.CompensationDefinition))
