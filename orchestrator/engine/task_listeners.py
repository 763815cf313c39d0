"""Task listeners: jobs that have a say before a user task is created, assigned, updated or completed.

They run one by one. Each answers with variables: `denied` (true refuses what was asked, `deniedReason` says why) and
`corrections`, a context with `assignee`, `candidateUsers`, `candidateGroups`, `dueDate`, `followUpDate`, `priority`;
whatever else it answers becomes a local variable of the task. Nothing of what was asked happens before the last one has
answered. What is under way is kept in the element instance's data, under `task listener`.

What interrupts a task waits for the listeners on its withdrawal (canceling): `farewells`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn.model import Listener, UserTask
from orchestrator.engine.effects import CreateUserTask, SettleTask
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, CommandRejected, Incident
from orchestrator.engine.expressions import moment_of
from orchestrator.engine.jobs import create_job
from orchestrator.engine.state import LISTENING, ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

CREATING, ASSIGNING, UPDATING, COMPLETING, CANCELING = (
    "creating",
    "assigning",
    "updating",
    "completing",
    "canceling",
)
DENIED, REASON, CORRECTIONS = "denied", "deniedReason", "corrections"
UNDENIABLE = {CREATING: "created", CANCELING: "withdrawn"}
EVENT = "listenerEvent"  # the header that tells a listener's job what it is about
Pending = dict[str, Any]  # event, done, request, variables, corrections


def of(node: UserTask, event: str) -> list[Listener]:
    return [listener for listener in node.task_listeners if listener.event == event]


def awaited(instance: ElementInstance) -> bool:
    """Does the user task wait for one of its listeners?"""
    return LISTENING in instance.data


def begin(
    run: Run,
    node: UserTask,
    instance: ElementInstance,
    event: str,
    *,
    request: Variables | None = None,
    variables: Variables | None = None,
    corrections: Variables | None = None,
) -> bool:
    """Ask the first listener of this kind; False when there is none. `request` is given back when all have answered."""
    if not of(node, event):
        return False
    pending = {"event": event, "done": 0, "request": request, "variables": variables or {}}
    instance.data = {**instance.data, LISTENING: {**pending, "corrections": corrections or {}}}
    call(run, node, instance)
    return True


def call(run: Run, node: UserTask, instance: ElementInstance) -> None:
    """The job of the listener whose turn it is."""
    pending = instance.data[LISTENING]
    asked = (pending["request"] or {}).get("headers") or {}
    job = of(node, pending["event"])[pending["done"]].job
    create_job(run, replace(job, headers={**job.headers, **asked, EVENT: pending["event"]}), instance)


def answered(run: Run, node: UserTask, instance: ElementInstance, variables: Variables) -> Pending | None:
    """The listener under way has answered; what is settled now, or None while others are still to be asked."""
    pending: Pending = instance.data[LISTENING]
    corrections = _corrections(run, node, variables.get(CORRECTIONS))
    denied = variables.get(DENIED) is True
    if denied and (what := UNDENIABLE.get(pending["event"])):
        raise Incident(EXTRACT_VALUE_ERROR, f"A listener of {node.id} denies that it is {what}: that cannot be denied")
    pending = {**pending, "done": pending["done"] + 1, "corrections": {**pending["corrections"], **corrections}}
    told = (DENIED, REASON, CORRECTIONS)
    run.set_local(instance, {name: value for name, value in variables.items() if name not in told})
    if not denied and pending["done"] < len(of(node, pending["event"])):
        instance.data = {**instance.data, LISTENING: pending}
        call(run, node, instance)
        return None
    instance.data = {name: value for name, value in instance.data.items() if name != LISTENING}
    return {**pending, DENIED: denied, REASON: str(variables.get(REASON) or "")}


def settle(run: Run, node: UserTask, instance: ElementInstance, pending: Pending) -> None:
    """Tell the world what became of what was asked."""
    run.emit(
        SettleTask(
            instance.id,
            node.id,
            pending["event"],
            pending["request"],
            pending[DENIED],
            pending[REASON],
            _typed(run, node, {} if pending[DENIED] else pending["corrections"]),
        )
    )


def corrected(run: Run, node: UserTask, task: CreateUserTask, corrections: Variables) -> CreateUserTask:
    return replace(task, **_typed(run, node, corrections)) if corrections else task


# -- corrections


def _text(what: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise Incident(EXTRACT_VALUE_ERROR, f"{what} must be a name or null")


def _names(what: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    raise Incident(EXTRACT_VALUE_ERROR, f"{what} must be a list of names")


def _priority(what: str, value: Any) -> int:
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 100 and value == int(value):
        return int(value)
    raise Incident(EXTRACT_VALUE_ERROR, f"{what} must be a whole number from 0 to 100, but is {value!r}")


# What a listener may correct -> the field of CreateUserTask, and what its value must be.
CORRECTABLE: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "assignee": ("assignee", _text),
    "candidateUsers": ("candidate_users", _names),
    "candidateGroups": ("candidate_groups", _names),
    "dueDate": ("due_date", _text),
    "followUpDate": ("follow_up_date", _text),
    "priority": ("priority", _priority),
}


def _corrections(run: Run, node: UserTask, value: Any) -> Variables:
    """Checked; times are still texts. Raises Incident."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Incident(EXTRACT_VALUE_ERROR, f"The corrections of a listener of {node.id} must be a context")
    if unknown := [name for name in value if name not in CORRECTABLE]:
        known = ", ".join(CORRECTABLE)
        raise Incident(
            EXTRACT_VALUE_ERROR, f"A listener of {node.id} corrects {unknown[0]}: only {known} can be corrected"
        )
    checked = {name: CORRECTABLE[name][1](f"The correction of {name} of {node.id}", value[name]) for name in value}
    _typed(run, node, checked)
    return checked


def _typed(run: Run, node: UserTask, corrections: Variables) -> Variables:
    """By the fields of CreateUserTask."""
    found: Variables = {}
    for name, value in corrections.items():
        if name in ("dueDate", "followUpDate"):
            value = _moment(run, f"The correction of {name} of {node.id}", value)
        found[CORRECTABLE[name][0]] = tuple(value) if isinstance(value, list) else value
    return found


def _moment(run: Run, what: str, value: str | None) -> datetime | None:
    return None if value is None else moment_of(run, value, value, what)


def reject_if_awaited(instance: ElementInstance) -> None:
    if awaited(instance):
        raise CommandRejected(f"{instance.element} waits for a listener: nothing else can be asked of it meanwhile")
