"""What a step changed, written: one statement, or two where a row must be closed before its successor is inserted."""

from __future__ import annotations

from typing import Any

from orchestrator.bpmn import model
from orchestrator.bpmn.model import Process
from orchestrator.engine import Step
from orchestrator.engine.state import ACTIVE, ElementInstance, State
from orchestrator.models import ProcessInstance
from orchestrator.runtime import loop_items, results
from orchestrator.runtime import writes as parts
from orchestrator.runtime.pending import Pending, Row
from orchestrator.runtime.storage import Cursor
from orchestrator.runtime.variables import held, text
from orchestrator.runtime.writes import Json, Writes, array

FEW = 3  # rows that are written one by one
_LEFT = {"number", "left_number"}

ENDED = {
    "completed": ProcessInstance.State.COMPLETED,
    "terminated": ProcessInstance.State.TERMINATED,
    "error": ProcessInstance.State.TERMINATED,
    "escalation": ProcessInstance.State.TERMINATED,
}


def save(
    cursor: Cursor,
    pending: Pending,
    before: State,
    step: Step,
    *,
    actor_id: int | None,
    new: bool,
    also: Writes | None = None,
    offers: Writes | None = None,
    last: bool = False,
) -> list[tuple[Any, ...]]:
    """Brings the rows and `pending.instance` to where the step ended; the (id, kind, due_at) of new jobs. In the same
    statement, where that can be: `also`, what was decided before the step, and `offers`, what the step asks of people.
    `last`: nothing else is to be written in the transaction.
    """
    instance = pending.instance
    instance.open_incidents += _incidents(step, before)
    instance.last_number = step.last_id
    if pending.end is not None:
        instance.state, instance.ended_at = ENDED[pending.end.outcome], pending.now
    writes = also or Writes()
    _close(writes, pending, actor_id)
    if _in_turn(pending):
        writes.run(cursor)
        writes = Writes()
    _element_instances(writes, pending, before, step)
    loop_items.write(writes, instance.id, before, step)
    _tokens(writes, pending, step)
    _open(writes, pending, new)
    if offers and not pending.jobs:
        writes.join(offers)
        writes.run(cursor, last=last)
        return []
    jobs = writes.run(cursor, last=last and not offers)
    if offers:
        offers.run(cursor, last=last)
    return jobs


def _in_turn(pending: Pending) -> bool:
    """Does a new row take the place of one that is closed? Then one statement could meet both."""
    closed = pending.withdrawn | {number for number, _ in pending.withdrawn_events}
    opened = {row["number"] for row in (*pending.jobs, *pending.subscriptions)}
    return bool(closed & opened or pending.resolved & pending.incidents.keys())


def _incidents(step: Step, before: State) -> int:
    """By how much the number of open incidents changes."""
    had = sum(instance.incident for instance in before.instances.values())
    touched = {left.instance.id for left in step.left} | {i.id for i in (*step.entered, *step.changed)}
    kept = sum(i.incident for i in before.instances.values() if i.id not in touched)
    return kept + sum(instance.incident for instance in (*step.entered, *step.changed)) - had


def _close(writes: Writes, pending: Pending, actor_id: int | None) -> None:
    mine, now = pending.instance.id, pending.now
    if pending.withdrawn:
        numbers = array(sorted(pending.withdrawn))
        writes.add(parts.WITHDRAW_JOBS, now, mine, numbers)
        writes.add(parts.UNSUBSCRIBE, mine, numbers)
    events = [
        {"number": number, "event": event}
        for number, event in sorted(pending.withdrawn_events)
        if number not in pending.withdrawn
    ]
    if events:
        writes.add(*parts.WITHDRAW_EVENTS.of(events, now, mine))
        writes.add(*parts.UNSUBSCRIBE_EVENTS.of(events, mine))
    if pending.resolved:
        writes.add(parts.RESOLVE, now, actor_id, mine, array(sorted(pending.resolved)))


def _element_instances(writes: Writes, pending: Pending, before: State, step: Step) -> None:
    entered = [_active(instance, None, pending.process) for instance in step.entered]
    changed = [_active(instance, before.instances[instance.id], pending.process) for instance in step.changed]
    for left in step.left:
        was = before.instances.get(left.instance.id)
        row = _row(left.instance, was, pending.process) | {"left_number": left.at}
        if left.how != "completed":
            row["state"] = left.how
        (entered if was is None else changed).append(row)
    mine, now = pending.instance.id, pending.now
    if entered:
        writes.add(*parts.ENTER.of(entered, mine, now))
    _change(writes, changed, pending)


def _change(writes: Writes, changed: list[Row], pending: Pending) -> None:
    """Few rows by their keys, one after the other: to join them costs the server more than to begin anew."""
    mine, now = pending.instance.id, pending.now
    if len(changed) > FEW:
        return writes.add(*parts.CHANGE.of(changed, now, mine))
    for row in changed:
        if row.keys() == _LEFT:
            writes.add(parts.LEAVE, row["left_number"], now, mine, row["number"])
        else:
            writes.add(*parts.CHANGE.of([row], now, mine))
    return None


def _active(instance: ElementInstance, was: ElementInstance | None, process: Process) -> Row:
    """With what concerns it only for as long as it is active."""
    row = _row(instance, was, process)
    if instance.phase != ACTIVE:
        row["phase"] = instance.phase
    if instance.children:
        row["children"] = instance.children
    if instance.tokens:
        row["tokens"] = instance.tokens
    if instance.incident:
        row["incident"] = True
    return row


def _row(instance: ElementInstance, was: ElementInstance | None, process: Process) -> Row:
    """The row of an element instance. What is usual is left out, and what did not change where it may be large."""
    row: Row = {"number": instance.id}
    if was is None:
        if instance.entered_by:
            row["entered_by"] = instance.entered_by
        row["element"] = instance.element
        row["element_type"] = element_type(process, instance)
        if instance.scope is not None:
            row["scope"] = instance.scope
        if instance.iteration is not None:
            row["iteration"] = instance.iteration
        if instance.variables:
            row["variables"] = Json(held(instance.variables, instance.element))
    elif instance.variables is not was.variables and instance.variables != was.variables:
        row["variables"] = Json(held(instance.variables, instance.element))
    if instance.loop is not None:
        row["data"] = Json(text(results.with_progress(instance.data, instance.loop)))
        if results.differs(instance.loop, was.loop if was is not None else None):
            row["loop"] = Json(results.kept(instance.loop))
    elif instance.data:
        row["data"] = Json(text(instance.data))
    return row


def element_type(process: Process, instance: ElementInstance) -> str:
    """The BPMN tag."""
    node = process.nodes.get(instance.element)
    if node is None:
        return "process"
    if isinstance(node, model.SubProcess) and instance.loop is None and node.triggered_by_event:
        return "eventSubProcess"
    name = type(node).__name__
    return name[0].lower() + name[1:]


def _tokens(writes: Writes, pending: Pending, step: Step) -> None:
    if not step.joins:
        return
    mine = pending.instance.id
    kept = [
        {"scope": scope, "gateway": gateway, "flows": list(flows)} for (scope, gateway), flows in step.joins.items()
    ]
    writes.add(*parts.DROP_TOKENS.of(kept, mine))
    waiting = [
        {"scope": scope, "gateway": gateway, "flow": flow, "count": count}
        for (scope, gateway), flows in step.joins.items()
        for flow, count in flows.items()
    ]
    if waiting:
        writes.add(*parts.KEEP_TOKENS.of(waiting, mine))


def _open(writes: Writes, pending: Pending, new: bool) -> None:
    instance, mine = pending.instance, pending.instance.id
    if pending.subscriptions:
        writes.add(*parts.SUBSCRIBE.of(pending.subscriptions, mine))
    if pending.incidents:
        writes.add(*parts.RAISE.of([*pending.incidents.values()], mine))
    if pending.history:
        writes.add(*parts.RECORD.of(pending.history, mine, pending.now))
    if new:
        writes.add(*parts.START.of([instance]))
    elif pending.end is not None:
        writes.add(parts.END, instance.last_number, instance.open_incidents, instance.state, instance.ended_at, mine)
    else:
        writes.add(parts.ADVANCE, instance.last_number, instance.open_incidents, mine)
    if pending.jobs:
        writes.add(*parts.JOBS.of(pending.jobs))
