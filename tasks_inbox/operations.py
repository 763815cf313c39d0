"""What people do with human tasks: one function per operation of WS-HumanTask, named as there.

Each locks the task, asks the table of `lifecycle` whether this person may do this now, changes the task, writes the
event and brings the inbox entries along, all in one transaction. They raise NotPermitted, TooLate (somebody was first:
who, and when) or InvalidForm, and then nothing has changed.

What moves the process instance (complete, skip, fail) runs inside `runtime.execution.execute`, which locks the process
instance before the task is touched: the other order would deadlock with a timer that withdraws this very task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from orchestrator.engine.commands import Complete, ThrowError
from orchestrator.runtime import execution
from tasks_inbox import entries, lifecycle, receivers, storage
from tasks_inbox.acceptable import check_can_own, check_comment, check_outcome, checked_data
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.models import HumanTask, TaskComment, TaskDraft, TaskEvent, TaskRead, TaskRole
from tasks_inbox.permissions import held_by, require

if TYPE_CHECKING:
    from orchestrator.models import ProcessInstance

__all__ = [
    "InvalidForm",
    "NotPermitted",
    "TooLate",
    "activate",
    "add_comment",
    "claim",
    "complete",
    "delegate",
    "fail",
    "forward",
    "mark_read",
    "nominate",
    "release",
    "resume",
    "save_draft",
    "set_priority",
    "skip",
    "start",
    "stop",
    "suspend",
]

Kind = TaskEvent.Kind


# Whose it is


@transaction.atomic
def activate(*, task: HumanTask, user: User) -> HumanTask:
    """Offer a created task to its potential owners."""
    _move(task, user, "activate", activated_at=Now())
    return _record(task, user, Kind.ACTIVATE)


@transaction.atomic
def nominate(*, task: HumanTask, user: User, users: Sequence[User] = (), groups: Sequence[Group] = ()) -> HumanTask:
    """Say whose a created task is: reserved for a single person, ready for several people or a group."""
    if not users and not groups:
        raise InvalidForm({"to": ["Name at least one person or group."]})
    require(user, "nominate", task)
    for person in users:
        check_can_own(task, person)
    alone = users[0] if len(users) == 1 and not groups else None
    to = lifecycle.RESERVED if alone else lifecycle.READY
    _move(task, user, "nominate", to=to, actual_owner=alone, activated_at=Now())
    TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    TaskRole.objects.bulk_create(
        [
            *(TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, user=person) for person in users),
            *(TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, group=group) for group in groups),
        ]
    )
    return _record(task, user, Kind.NOMINATE, to=[str(named) for named in (*users, *groups)])


@transaction.atomic
def claim(*, task: HumanTask, user: User) -> HumanTask:
    """Take a ready task: it is reserved for this person."""
    require(user, "claim", task)
    storage.claim(task.pk, user.pk)
    task.state, task.actual_owner, task.version = lifecycle.RESERVED, user, task.version + 1
    return task


@transaction.atomic
def release(*, task: HumanTask, user: User) -> HumanTask:
    """Give a task back to its potential owners."""
    owner = _name(task.actual_owner)
    _move(task, user, "release", actual_owner=None)
    return _record(task, user, Kind.RELEASE, **{"from": owner})


@transaction.atomic
def delegate(*, task: HumanTask, user: User, to: User) -> HumanTask:
    """Give a task to this person, who becomes a potential owner and has it reserved at once."""
    require(user, "delegate", task)
    check_can_own(task, to)
    owner = task.actual_owner
    _move(task, user, "delegate", actual_owner=to)
    TaskRole.objects.get_or_create(task=task, role=lifecycle.POTENTIAL_OWNER, user=to)
    return _record(task, user, Kind.DELEGATE, to=_name(to), **({"from": _name(owner)} if owner else {}))


@transaction.atomic
def forward(*, task: HumanTask, user: User, to: User | Group) -> HumanTask:
    """Offer a task to this person or group instead: neither the forwarder nor the groups through which they had it
    keep it.
    """
    require(user, "forward", task)
    target = {"user": to} if isinstance(to, User) else {"group": to}
    if isinstance(to, User):
        check_can_own(task, to)
    _move(task, user, "forward", actual_owner=None)
    TaskRole.objects.filter(held_by(user), task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    TaskRole.objects.get_or_create(task=task, role=lifecycle.POTENTIAL_OWNER, **target)
    return _record(task, user, Kind.FORWARD, to=_name(to))


# Work


@transaction.atomic
def start(*, task: HumanTask, user: User) -> HumanTask:
    """Begin to work; whoever starts a task has it."""
    _move(task, user, "start", actual_owner=user, started_at=Coalesce(F("started_at"), Now()))
    return _record(task, user, Kind.START)


@transaction.atomic
def stop(*, task: HumanTask, user: User) -> HumanTask:
    """Stop working and keep the task."""
    _move(task, user, "stop")
    return _record(task, user, Kind.STOP)


@transaction.atomic
def suspend(*, task: HumanTask, user: User, until: datetime | None = None) -> HumanTask:
    """Put a task aside, for good or until a time. Escalations that fall due meanwhile are applied on resume."""
    if until is not None and until <= timezone.now():
        raise InvalidForm({"until": ["Choose a time in the future."]})
    _move(task, user, "suspend", suspended_from=F("state"), suspended_until=until)
    if until is None:
        return _record(task, user, Kind.SUSPEND)
    return _record(task, user, Kind.SUSPEND_UNTIL, until=until.isoformat())


@transaction.atomic
def resume(*, task: HumanTask, user: User) -> HumanTask:
    """Go on where the task was suspended."""
    _move(task, user, "resume", suspended_from="", suspended_until=None)
    return _record(task, user, Kind.RESUME)


@transaction.atomic
def set_priority(*, task: HumanTask, user: User, priority: int) -> HumanTask:
    """0 to 100, 100 the most urgent."""
    if not 0 <= priority <= 100:
        raise InvalidForm({"priority": ["A priority is a whole number from 0 to 100."]})
    before = task.priority
    _move(task, user, "set_priority", priority=priority)
    return _record(task, user, Kind.SET_PRIORITY, priority=priority, **{"from": before})


# The end


def complete(
    *, task: HumanTask, user: User, data: dict[str, Any], outcome: str | None = None, comment: str = ""
) -> HumanTask:
    """Complete a task, and go on with its process instance in the same transaction.

    `data` is what the task's form declared, checked. A potential owner may complete a ready task: it is claimed and
    started by the same click.
    """
    check_outcome(task, outcome, comment)
    data = checked_data(data)

    told = {"outcome": outcome} if outcome else {}

    def settle(instance: ProcessInstance) -> None:
        _end(task, user, "complete", instance, outcome=outcome or "", output=data, comment=comment, data=told)

    variables = data | _decision(task, user, outcome, comment)
    execution.execute(task.process_instance_id, Complete(task.number, variables), actor=user, before=settle)
    return task


def skip(*, task: HumanTask, user: User) -> HumanTask:
    """End a skippable task without a result; its process instance goes on."""

    def settle(instance: ProcessInstance) -> None:
        _end(task, user, "skip", instance)

    execution.execute(task.process_instance_id, Complete(task.number, {}), actor=user, before=settle)
    return task


def fail(
    *, task: HumanTask, user: User, fault: str, message: str = "", data: dict[str, Any] | None = None
) -> HumanTask:
    """Report that the work cannot be done: a BPMN error `fault` at the user task. Nothing catches it: an incident."""
    if not fault.strip():
        raise InvalidForm({"fault": ["Say which error it is."]})
    check_comment("message", message)
    data = checked_data(data or {})

    def settle(instance: ProcessInstance) -> None:
        told = {"fault": fault, "message": message}
        _end(task, user, "fail", instance, output=data, comment=message, data=told)

    error = ThrowError(task.number, fault, message, data)
    execution.execute(task.process_instance_id, error, actor=user, before=settle)
    return task


# What people write


@transaction.atomic
def add_comment(*, task: HumanTask, user: User, text: str) -> TaskComment:
    text = text.strip()
    if not text:
        raise InvalidForm({"text": ["A comment needs a text."]})
    check_comment("text", text)
    require(user, "add_comment", task)
    comment = TaskComment.objects.create(task=task, author=user, text=text)
    TaskEvent.objects.create(task=task, kind=Kind.ADD_COMMENT, actor=user)
    entries.tell(task.pk)
    return comment


@transaction.atomic
def save_draft(*, task: HumanTask, user: User, data: dict[str, Any]) -> TaskDraft:
    """Keep what the person has typed so far, for them alone; no form has checked it."""
    data = checked_data(data)
    require(user, "save_draft", task)
    draft, _ = TaskDraft.objects.update_or_create(task=task, user=user, defaults={"data": data, "saved_at": Now()})
    return draft


def mark_read(*, task: HumanTask, user: User) -> None:
    """The person has opened the task. Not an operation: whoever may see it has read it."""
    TaskRead.objects.bulk_create([TaskRead(task=task, user=user)], ignore_conflicts=True)


# The parts they are made of


def _move(task: HumanTask, user: User, operation: str, *, to: str | None = None, **changes: Any) -> None:
    """Change the task as the table says."""
    row = require(user, operation, task)
    if row.to != lifecycle.SAME:
        changes["state"] = to or (task.suspended_from if row.to == lifecycle.PREVIOUS else row.to)
    HumanTask.objects.filter(pk=task.pk).update(version=F("version") + 1, **changes)
    _remember(task, changes)


def _remember(task: HumanTask, changes: dict[str, Any]) -> None:
    """The object shows what the row holds now; times that the database set are read when somebody asks."""
    task.version += 1
    for field, value in changes.items():
        if hasattr(value, "resolve_expression"):
            task.__dict__.pop(field, None)
        else:
            setattr(task, field, value)


def _record(task: HumanTask, user: User, kind: str, **data: Any) -> HumanTask:
    TaskEvent.objects.create(task=task, kind=kind, actor=user, data=data)
    entries.write([task.pk])
    return task


def _end(
    task: HumanTask,
    user: User,
    operation: str,
    instance: ProcessInstance,
    *,
    outcome: str = "",
    output: dict[str, Any] | None = None,
    comment: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Bring the task to the final state that the table says, with an event for everything that this click implies."""
    row = require(user, operation, task)
    implied = lifecycle.IMPLIED.get(task.state, ()) if row.to == lifecycle.COMPLETED else ()
    owner = user.pk if "claim" in implied else task.actual_owner_id
    ending = storage.Ending(row.to, user.pk, owner, outcome, output or {}, comment)
    storage.end(task.pk, ending, (*implied, operation), data or {})
    receivers.ended(instance, task.number)
    task.state, task.completed_by, task.actual_owner_id = row.to, user, owner
    task.outcome, task.output, task.comment = outcome, output or {}, comment


def _decision(task: HumanTask, user: User, outcome: str | None, comment: str) -> dict[str, Any]:
    """What the process learns of a decision: `decision`, `decisionBy` and `decisionComment` for the outcome
    variable `decision`.
    """
    name = task.outcome_variable
    return {name: outcome, f"{name}By": user.get_username(), f"{name}Comment": comment} if outcome and name else {}


def _name(who: User | Group | None) -> str:
    return who.get_username() if isinstance(who, User) else str(who) if who else ""
