"""What a step changed, written: one statement, or two where a row must be closed before its successor is inserted."""

from __future__ import annotations

from typing import Any

from orjson import Fragment

from orchestrator.bpmn import model
from orchestrator.bpmn.model import Process
from orchestrator.engine import Step
from orchestrator.engine.state import ElementInstance, State
from orchestrator.models import ProcessInstance
from orchestrator.runtime import loop_items, results, storage
from orchestrator.runtime.pending import Pending, Row
from orchestrator.runtime.storage import Cursor, Writes, array, rows
from orchestrator.runtime.variables import held, text

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
    loop_items.write(writes, instance.pk, before, step)
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
    mine, now = pending.instance.pk, pending.now
    if pending.withdrawn:
        numbers = array(sorted(pending.withdrawn))
        writes.add(storage.WITHDRAW_JOBS, now, mine, numbers)
        writes.add(storage.UNSUBSCRIBE, mine, numbers)
    events = [
        {"number": number, "event": event}
        for number, event in sorted(pending.withdrawn_events)
        if number not in pending.withdrawn
    ]
    if events:
        writes.add(storage.WITHDRAW_EVENTS, now, rows(events), mine)
        writes.add(storage.UNSUBSCRIBE_EVENTS, rows(events), mine)
    if pending.resolved:
        writes.add(storage.RESOLVE, now, actor_id, mine, array(sorted(pending.resolved)))


def _element_instances(writes: Writes, pending: Pending, before: State, step: Step) -> None:
    entered = [_active(instance, None, pending.process) for instance in step.entered]
    changed = [_active(instance, before.instances[instance.id], pending.process) for instance in step.changed]
    for left in step.left:
        was = before.instances.get(left.instance.id)
        row = _active(left.instance, was, pending.process) | {
            "state": left.how,
            "left_number": left.at,
            "left_at": pending.now,
            "incident": False,
        }
        (entered if was is None else changed).append(row)
    if entered:
        for row in entered:
            row["entered_at"] = pending.now
        writes.add(storage.ENTER, pending.instance.pk, rows(entered))
    if changed:
        numbers = array(row["number"] for row in changed)
        writes.add(storage.CHANGE, rows(changed), pending.instance.pk, numbers)


def _active(instance: ElementInstance, was: ElementInstance | None, process: Process) -> Row:
    """The row of an element instance. What did not change is left out where it may be large."""
    row: Row = {
        "number": instance.id,
        "state": "active",
        "phase": instance.phase,
        "children": instance.children,
        "tokens": instance.tokens,
        "entered_by": instance.entered_by,
        "data": Fragment(text(instance.data)),
        "incident": instance.incident,
    }
    if was is None:
        row["element"] = instance.element
        row["element_type"] = element_type(process, instance)
        row["scope"] = instance.scope
        row["iteration"] = instance.iteration
    if was is None or (instance.variables is not was.variables and instance.variables != was.variables):
        row["variables"] = Fragment(held(instance.variables, instance.element))
    if instance.loop is not None:
        row["data"] = Fragment(text(results.with_progress(instance.data, instance.loop)))
        if results.differs(instance.loop, was.loop if was is not None else None):
            row["loop"] = Fragment(results.kept(instance.loop))
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
    mine = pending.instance.pk
    kept = [
        {"scope": scope, "gateway": gateway, "flows": list(flows)} for (scope, gateway), flows in step.joins.items()
    ]
    writes.add(storage.DROP_TOKENS, rows(kept), mine)
    waiting = [
        {"scope": scope, "gateway": gateway, "flow": flow, "count": count}
        for (scope, gateway), flows in step.joins.items()
        for flow, count in flows.items()
    ]
    if waiting:
        writes.add(storage.KEEP_TOKENS, mine, rows(waiting))


def _open(writes: Writes, pending: Pending, new: bool) -> None:
    instance, mine = pending.instance, pending.instance.pk
    if pending.subscriptions:
        writes.add(storage.SUBSCRIBE, mine, rows(pending.subscriptions))
    if pending.incidents:
        writes.add(storage.RAISE, mine, rows(pending.incidents.values()))
    if pending.history:
        writes.add(storage.RECORD, mine, pending.now, rows(pending.history))
    if new:
        writes.add(storage.START, rows([_instance(instance)]))
    elif pending.end is not None:
        writes.add(storage.END, instance.last_number, instance.open_incidents, instance.state, instance.ended_at, mine)
    else:
        writes.add(storage.ADVANCE, instance.last_number, instance.open_incidents, mine)
    if pending.jobs:
        writes.add(storage.JOBS, rows(pending.jobs))


def _instance(instance: ProcessInstance) -> Row:
    return {column: getattr(instance, column) for column in storage.INSTANCE_COLUMNS}
