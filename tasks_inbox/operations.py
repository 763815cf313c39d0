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
from django.utils.translation import gettext as _

from orchestrator.engine.commands import Complete, ThrowError
from orchestrator.runtime import execution
from orchestrator.runtime.writes import Writes
from tasks_inbox import (
    approvals,
    commencement,
    deadlines,
    drafts,
    entries,
    lifecycle,
    listening,
    mentions,
    storage,
    subtasks,
)
from tasks_inbox.acceptable import check_can_own, check_comment, check_outcome, checked_data
from tasks_inbox.approvals import add_approver
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.governing import (
    remove,
    set_generic_human_role,
    set_task_completion_deadline_expression,
    set_task_completion_duration_expression,
    set_task_start_deadline_expression,
    set_task_start_duration_expression,
)
from tasks_inbox.models import HumanTask, TaskComment, TaskDraft, TaskEvent, TaskRead, TaskRole
from tasks_inbox.moves import decision, done_for, end, move, name, record
from tasks_inbox.notices.telling import tell_former
from tasks_inbox.permissions import held_by, holding, require
from tasks_inbox.reading import (
    get_attachment,
    get_attachment_infos,
    get_comments,
    get_fault,
    get_input,
    get_outcome,
    get_output,
    get_parent_task,
    get_parent_task_identifier,
    get_rendering,
    get_rendering_types,
    get_subtask_identifiers,
    get_subtasks,
    get_task_description,
    get_task_details,
    get_task_history,
    get_task_instance_data,
    has_subtasks,
    is_subtask,
)
from tasks_inbox.returning import redo, send_back
from tasks_inbox.subtasks import instantiate_subtask, request_information
from tasks_inbox.writing import (
    add_attachment,
    delete_attachment,
    delete_comment,
    delete_fault,
    delete_output,
    set_fault,
    set_output,
    update_comment,
)

if TYPE_CHECKING:
    from orchestrator.models import ProcessInstance

__all__ = [
    "InvalidForm",
    "NotPermitted",
    "TooLate",
    "activate",
    "add_approver",
    "add_attachment",
    "add_comment",
    "claim",
    "complete",
    "delegate",
    "delete_attachment",
    "delete_comment",
    "delete_fault",
    "delete_output",
    "fail",
    "forward",
    "get_attachment",
    "get_attachment_infos",
    "get_comments",
    "get_fault",
    "get_input",
    "get_outcome",
    "get_output",
    "get_parent_task",
    "get_parent_task_identifier",
    "get_rendering",
    "get_rendering_types",
    "get_subtask_identifiers",
    "get_subtasks",
    "get_task_description",
    "get_task_details",
    "get_task_history",
    "get_task_instance_data",
    "has_subtasks",
    "instantiate_subtask",
    "is_subtask",
    "mark_read",
    "nominate",
    "redo",
    "release",
    "remove",
    "request_information",
    "resume",
    "save_draft",
    "send_back",
    "set_fault",
    "set_generic_human_role",
    "set_output",
    "set_priority",
    "set_task_completion_deadline_expression",
    "set_task_completion_duration_expression",
    "set_task_start_deadline_expression",
    "set_task_start_duration_expression",
    "skip",
    "start",
    "stop",
    "suspend",
    "suspend_until",
    "update_comment",
]

Kind = TaskEvent.Kind


# Whose it is


@transaction.atomic
def activate(*, task: HumanTask, user: User) -> HumanTask:
    """Offer a created task to its potential owners."""
    permit = move(task, user, "activate", activated_at=Now())
    return record(task, user, Kind.ACTIVATE, permit=permit)


@listening.listened(listening.ASSIGNING)
@transaction.atomic
def nominate(*, task: HumanTask, user: User, users: Sequence[User] = (), groups: Sequence[Group] = ()) -> HumanTask:
    """Say whose a created task is: reserved for a single person, ready for several people or a group."""
    if not users and not groups:
        raise InvalidForm({"to": [_("Name at least one person or group.")]})
    require(user, "nominate", task)
    for person in users:
        check_can_own(task, person)
    alone = users[0] if len(users) == 1 and not groups else None
    to = lifecycle.RESERVED if alone else lifecycle.READY
    permit = move(task, user, "nominate", to=to, actual_owner=alone, activated_at=Now())
    TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    TaskRole.objects.bulk_create(
        [
            *(TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, user=person) for person in users),
            *(TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, group=group) for group in groups),
        ]
    )
    return record(task, user, Kind.NOMINATE, permit=permit, to=[str(named) for named in (*users, *groups)])


@listening.listened(listening.ASSIGNING)
@transaction.atomic
def claim(*, task: HumanTask, user: User) -> HumanTask:
    """Take a ready task: it is reserved for this person."""
    permit = require(user, "claim", task)
    approvals.check_fresh(task, user)
    storage.claim(task.pk, user.pk)
    task.state, task.actual_owner, task.version = lifecycle.RESERVED, user, task.version + 1
    done_for(task, user, permit)
    commencement.taken(task, user)
    return task


@listening.listened(listening.ASSIGNING)
@transaction.atomic
def release(*, task: HumanTask, user: User) -> HumanTask:
    """Give a task back to its potential owners."""
    owner = task.actual_owner
    permit = move(task, user, "release", actual_owner=None)
    tell_former(owner, task, by=user)
    return record(task, user, Kind.RELEASE, permit=permit, **{"from": name(owner)})


@listening.listened(listening.ASSIGNING)
@transaction.atomic
def delegate(*, task: HumanTask, user: User, to: User, keep_data: bool = True) -> HumanTask:
    """Give a task to this person, who becomes a potential owner and has it reserved at once.

    With what has been typed so far (stateful reallocation), or without, so that they begin anew (stateless).
    """
    require(user, "delegate", task)
    check_can_own(task, to)
    owner = task.actual_owner
    permit = move(task, user, "delegate", actual_owner=to)
    TaskRole.objects.get_or_create(task=task, role=lifecycle.POTENTIAL_OWNER, user=to)
    drafts.hand_over(task, owner or user, to, keep=keep_data)
    record(task, user, Kind.DELEGATE, permit=permit, to=name(to), **({"from": name(owner)} if owner else {}))
    if owner != to:
        tell_former(owner, task, by=user)
    commencement.allocated(task, to)
    return task


@listening.listened(listening.ASSIGNING)
@transaction.atomic
def forward(*, task: HumanTask, user: User, to: User | Group) -> HumanTask:
    """Offer a task to this person or group instead: neither the forwarder nor the groups through which they had it
    keep it.
    """
    require(user, "forward", task)
    target = {"user": to} if isinstance(to, User) else {"group": to}
    if isinstance(to, User):
        check_can_own(task, to)
    owner = task.actual_owner
    permit = move(task, user, "forward", actual_owner=None)
    tell_former(owner, task, by=user)
    TaskRole.objects.filter(held_by(user), task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    TaskRole.objects.get_or_create(task=task, role=lifecycle.POTENTIAL_OWNER, **target)
    return record(task, user, Kind.FORWARD, permit=permit, to=name(to))


# Work


@transaction.atomic
def start(*, task: HumanTask, user: User) -> HumanTask:
    """Begin to work; whoever starts a task has it."""
    permit = move(task, user, "start", actual_owner=user, started_at=Coalesce(F("started_at"), Now()))
    return record(task, user, Kind.START, permit=permit)


@transaction.atomic
def stop(*, task: HumanTask, user: User) -> HumanTask:
    """Stop working and keep the task."""
    permit = move(task, user, "stop")
    return record(task, user, Kind.STOP, permit=permit)


@transaction.atomic
def suspend(*, task: HumanTask, user: User, until: datetime | None = None) -> HumanTask:
    """Put a task aside, for good or until a time. What its deadlines do meanwhile, its escalation policy says."""
    if until is not None and until <= deadlines.database_time():
        raise InvalidForm({"until": [_("Choose a time in the future.")]})
    word = "suspend" if until is None else "suspend_until"
    permit = move(task, user, word, suspended_from=F("state"), suspended_until=until)
    if until is None:
        return record(task, user, Kind.SUSPEND, permit=permit)
    return record(task, user, Kind.SUSPEND_UNTIL, permit=permit, until=until.isoformat())


def suspend_until(*, task: HumanTask, user: User, until: datetime) -> HumanTask:
    """Put a task aside until a time."""
    return suspend(task=task, user=user, until=until)


@transaction.atomic
def resume(*, task: HumanTask, user: User) -> HumanTask:
    """Go on where the task was suspended."""
    permit = move(task, user, "resume", suspended_from="", suspended_until=None)
    return record(task, user, Kind.RESUME, permit=permit, **deadlines.resumed(task))


@listening.listened(listening.UPDATING)
@transaction.atomic
def set_priority(*, task: HumanTask, user: User, priority: int) -> HumanTask:
    """0 to 100, 100 the most urgent."""
    if not 0 <= priority <= 100:
        raise InvalidForm({"priority": [_("A priority is a whole number from 0 to 100.")]})
    before = task.priority
    permit = move(task, user, "set_priority", priority=priority)
    return record(task, user, Kind.SET_PRIORITY, permit=permit, priority=priority, **{"from": before})


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
    if task.part:
        return subtasks.complete(task=task, user=user, data=data, outcome=outcome, comment=comment)

    def settle(instance: ProcessInstance) -> Writes:
        writes = Writes()
        _settle_completion(instance, task=task, user=user, data=data, outcome=outcome, comment=comment, writes=writes)
        return writes

    variables = data | decision(task, user, outcome, comment)
    if listening.has_say(listening.COMPLETING, task):
        sent = {"data": data, "outcome": outcome, "comment": comment}
        return listening.ask(listening.COMPLETING, "complete", task, user, sent, variables)
    step = Complete(task.number, variables)
    execution.execute(task.process_instance_id, step, actor=user, before=settle, reads=holding(user, task))
    return task


@listening.settles("complete")
def _settle_completion(
    instance: ProcessInstance,
    *,
    task: HumanTask,
    user: User,
    data: dict[str, Any],
    outcome: str | None,
    comment: str,
    writes: Writes | None = None,
) -> None:
    told = {"outcome": outcome} if outcome else {}
    result: dict[str, Any] = {"outcome": outcome or "", "output": data, "comment": comment, "data": told}
    end(task, user, "complete", instance, **result, writes=writes)


def skip(*, task: HumanTask, user: User) -> HumanTask:
    """End a skippable task without a result; its process instance goes on."""

    def settle(instance: ProcessInstance) -> None:
        _settle_skip(instance, task=task, user=user)

    if listening.has_say(listening.COMPLETING, task):
        return listening.ask(listening.COMPLETING, "skip", task, user, {})
    execution.execute(task.process_instance_id, Complete(task.number, {}), actor=user, before=settle)
    return task


@listening.settles("skip")
def _settle_skip(instance: ProcessInstance, *, task: HumanTask, user: User) -> None:
    end(task, user, "skip", instance)


def fail(
    *, task: HumanTask, user: User, fault: str, message: str = "", data: dict[str, Any] | None = None
) -> HumanTask:
    """Report that the work cannot be done: a BPMN error `fault` at the user task. Nothing catches it: an incident."""
    if not fault.strip():
        raise InvalidForm({"fault": [_("Say which error it is.")]})
    check_comment("message", message)
    data = checked_data(data or {})

    def settle(instance: ProcessInstance) -> None:
        told = {"fault": fault, "message": message}
        end(task, user, "fail", instance, output=data, comment=message, data=told)

    error = ThrowError(task.number, fault, message, data)
    execution.execute(task.process_instance_id, error, actor=user, before=settle)
    return task


# What people write


@transaction.atomic
def add_comment(*, task: HumanTask, user: User, text: str) -> TaskComment:
    text = text.strip()
    if not text:
        raise InvalidForm({"text": [_("A comment needs a text.")]})
    check_comment("text", text)
    permit = require(user, "add_comment", task)
    comment = TaskComment.objects.create(task=task, author=user, text=text)
    data = mentions.tell(task, user, text)
    TaskEvent.objects.create(
        task=task, kind=Kind.ADD_COMMENT, actor=user, on_behalf_of_id=permit.on_behalf_of, data=data
    )
    entries.tell(task.pk)
    return comment


@transaction.atomic
def save_draft(*, task: HumanTask, user: User, data: dict[str, Any]) -> TaskDraft:
    """Keep what the person has typed so far, for them alone; no form has checked it."""
    data = checked_data(data)
    require(user, "save_draft", task)
    draft, _created = TaskDraft.objects.update_or_create(
        task=task, user=user, defaults={"data": data, "saved_at": Now()}
    )
    return draft


def mark_read(*, task: HumanTask, user: User) -> None:
    """The person has opened the task. Not an operation: whoever may see it has read it."""
    TaskRead.objects.bulk_create([TaskRead(task=task, user=user)], ignore_conflicts=True)
