"""The parts that operations are made of: change a task as the table says, write what happened, bring the lists along.

Each runs inside the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.contrib.postgres.functions import TransactionNow
from django.db.models import F

from orchestrator.runtime.writes import Writes
from tasks_inbox import ended, entries, lifecycle, storage
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.permissions import Permit, require

if TYPE_CHECKING:
    from orchestrator.models import ProcessInstance


def move(task: HumanTask, user: User, operation: str, *, to: str | None = None, **changes: Any) -> Permit:
    """Change the task as the table says. Raises NotPermitted, TooLate."""
    permit = require(user, operation, task)
    if permit.to != lifecycle.SAME:
        changes["state"] = to or (task.suspended_from if permit.to == lifecycle.PREVIOUS else permit.to)
    write(task, **changes)
    return permit


def write(task: HumanTask, **changes: Any) -> None:
    """Store the changes of a task that the caller holds locked, and let the object show them."""
    HumanTask.objects.filter(pk=task.pk).update(version=F("version") + 1, **changes)
    task.version += 1
    for field, value in changes.items():
        if hasattr(value, "resolve_expression"):
            task.__dict__.pop(field, None)  # what the database set is read when somebody asks
        else:
            setattr(task, field, value)


def record(task: HumanTask, user: User | None, kind: str, *, permit: Permit | None = None, **data: Any) -> HumanTask:
    """Tell it in the history, and bring the lists along."""
    person = permit.on_behalf_of if permit else None
    TaskEvent.objects.create(task=task, kind=kind, actor=user, on_behalf_of_id=person, data=data)
    if person is not None and user is not None and task.actual_owner_id == user.pk:
        taken_over(task, user, person)
    if task.is_open:
        entries.write([task.pk])
    return task


def taken_over(task: HumanTask, user: User, person: int) -> None:
    """A substitute has the task now in their own name; told once."""
    told = TaskEvent.objects.filter(task=task, kind=TaskEvent.Kind.SUBSTITUTED, actor=user, on_behalf_of=person)
    if not told.exists():
        name_of = name(User.objects.get(pk=person))
        TaskEvent.objects.create(
            task=task, kind=TaskEvent.Kind.SUBSTITUTED, actor=user, on_behalf_of_id=person, data={"for": name_of}
        )


def done_for(task: HumanTask, user: User, permit: Permit) -> None:
    """What this person has just done was done for somebody who is away: events that were written in bulk say so."""
    if permit.on_behalf_of is None:
        return
    just_now = TaskEvent.objects.filter(task=task, actor=user, at__gte=TransactionNow(), on_behalf_of=None)
    just_now.update(on_behalf_of=permit.on_behalf_of)
    taken_over(task, user, permit.on_behalf_of)
    if task.is_open:
        entries.write([task.pk])


def end(
    task: HumanTask,
    user: User,
    operation: str,
    instance: ProcessInstance,
    *,
    outcome: str = "",
    output: dict[str, Any] | None = None,
    comment: str = "",
    data: dict[str, Any] | None = None,
    writes: Writes | None = None,
) -> Permit:
    """Bring the task to the final state that the table says, with an event for everything that this click implies; its
    parts end with it. Where nothing else follows from it, in the statement that `writes` becomes.
    """
    permit = require(user, operation, task)
    implied = lifecycle.IMPLIED.get(task.state, ()) if permit.to == lifecycle.COMPLETED else ()
    owner = user.id if "claim" in implied else task.actual_owner_id
    ending = storage.Ending(permit.to, user.id, owner, outcome, output or {}, comment)
    together = None if task.part_count or permit.on_behalf_of is not None else writes
    storage.end(task.id, ending, (*implied, operation), data or {}, together, laden=task.laden)
    if task.part_count:
        end_parts(task)
    if not task.part:
        ended.remember(instance, task.number)
    task.state, task.completed_by, task.actual_owner_id = permit.to, user, owner
    task.outcome, task.output, task.comment = outcome, output or {}, comment
    done_for(task, user, permit)
    return permit


def end_parts(task: HumanTask) -> None:
    """The open parts of a task that has ended, or that goes on without them, are no longer wanted."""
    parts = HumanTask.objects.select_for_update(no_key=True, of=("self",)).filter(parent=task, completed_at=None)
    if open_parts := list(parts.order_by("pk").values_list("pk", flat=True)):
        storage.withdraw_tasks(open_parts, lifecycle.EXITED, "the task ended")


def decision(task: HumanTask, user: User, outcome: str | None, comment: str) -> dict[str, Any]:
    """What the process learns of a decision: `decision`, `decisionBy` and `decisionComment` for the outcome
    variable `decision`.
    """
    variable = task.outcome_variable
    if not outcome or not variable:
        return {}
    return {variable: outcome, f"{variable}By": user.get_username(), f"{variable}Comment": comment}


def name(who: User | Group | None) -> str:
    return who.get_username() if isinstance(who, User) else str(who) if who else ""
