"""What can be asked of a task: the reading operations of WS-HumanTask 6.1, one function each.

Whoever may not look at the task gets NotPermitted, as if there were none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet

from orchestrator.runtime import definitions, restricted
from tasks_inbox import case_data, lifecycle
from tasks_inbox.errors import NotPermitted
from tasks_inbox.models import HumanTask, TaskAttachment, TaskComment, TaskEvent, TaskRole
from tasks_inbox.permissions import may_see

P = ParamSpec("P")
Answer = TypeVar("Answer")
RENDERINGS = ("form", "outcomes")  # a form-js schema; the buttons alone


def _seen(read: Callable[Concatenate[HumanTask, User, P], Answer]) -> Callable[Concatenate[HumanTask, User, P], Answer]:
    @wraps(read)
    def asked(task: HumanTask, user: User, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not may_see(user, task):
            raise NotPermitted("There is no such task.")
        return read(task, user, *args, **kwargs)

    return cast("Callable[Concatenate[HumanTask, User, P], Answer]", asked)


class Rendering(TypedDict):
    type: str
    content: Any


# Data


@_seen
def get_input(task: HumanTask, user: User, part: str | None = None) -> Any:
    """The variables that the task sees and this person may read, or one of them."""
    data = case_data.variables(task.process_instance_id, task.number, reader=user)
    return data if part is None else data.get(part)


@_seen
def get_output(task: HumanTask, user: User, part: str | None = None) -> Any:
    data = _output(task, user)
    return data if part is None else data.get(part)


@_seen
def get_fault(task: HumanTask, user: User) -> tuple[str, Any] | None:
    """Name and data of the fault that was set, or with which it failed."""
    if task.fault_name:
        data = task.fault_data
        hidden = case_data.hidden(task, user)
        return task.fault_name, restricted.without(data, hidden) if isinstance(data, dict) else data
    failed = task.events.filter(kind=TaskEvent.Kind.FAIL).last()
    return (str(failed.data.get("fault", "")), _output(task, user)) if failed else None


@_seen
def get_outcome(task: HumanTask, user: User) -> str:
    return task.outcome


@_seen
def get_task_instance_data(task: HumanTask, user: User) -> dict[str, Any]:
    """Everything that a client needs to show the task."""
    return {
        **get_task_details(task, user),
        "input": get_input(task, user),
        "output": _output(task, user),
        "fault": get_fault(task, user),
        "comments": [comment.text for comment in get_comments(task, user)],
        "attachments": [one.name for one in get_attachment_infos(task, user)],
        "subtasks": get_subtask_identifiers(task, user),
    }


# What it is


@_seen
def get_task_description(task: HumanTask, user: User) -> str:
    return task.description


@_seen
def get_task_details(task: HumanTask, user: User) -> dict[str, Any]:
    """The columns of a task's abstract and details (1.10 of the standard's list)."""
    fields = (
        *("pk", "name", "state", "priority", "created_at", "activated_at", "started_at", "start_by", "due_at"),
        *("expires_at", "skippable", "escalated", "outcome", "business_key", "process_key", "element", "part"),
    )
    return {name: getattr(task, name) for name in fields} | {
        "presentation_name": task.name[:64],
        "presentation_subject": task.subject[:254],
        "has_output": bool(task.output),
        "has_fault": bool(task.fault_name),
        "has_attachments": task.attachments.exists(),
        "has_comments": task.comments.exists(),
        "has_subtasks": task.part_count > 0,
        "parent": task.parent_id,
        "actual_owner": task.actual_owner_id,
        "created_by": task.initiator_id,
        "roles": _roles(task),
    }


@_seen
def get_rendering_types(task: HumanTask, user: User) -> list[str]:
    there = {"form": task.form_id is not None, "outcomes": bool(task.outcomes)}
    return [kind for kind in RENDERINGS if there[kind]]


@_seen
def get_rendering(task: HumanTask, user: User, kind: str) -> Rendering | None:
    if kind == "form" and task.form is not None:
        return Rendering(type=kind, content=definitions.form_schema(task.form))
    return Rendering(type=kind, content=task.outcomes) if kind == "outcomes" and task.outcomes else None


# What hangs on it


@_seen
def get_comments(task: HumanTask, user: User) -> list[TaskComment]:
    return list(task.comments.select_related("author"))


@_seen
def get_attachment_infos(task: HumanTask, user: User) -> QuerySet[TaskAttachment]:
    """Without their content."""
    return task.attachments.defer("content").select_related("attached_by")


@_seen
def get_attachment(task: HumanTask, user: User, attachment: int) -> TaskAttachment | None:
    return task.attachments.filter(pk=attachment).first()


@_seen
def get_task_history(
    task: HumanTask,
    user: User,
    *,
    kinds: Iterable[str] = (),
    principal: User | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
    start: int = 0,
    most: int = 200,
) -> list[TaskEvent]:
    """The events, oldest first, filtered as the standard filters them (1.11)."""
    events = task.events.select_related("actor", "on_behalf_of")
    if wanted := list(kinds):
        events = events.filter(kind__in=wanted)
    if principal is not None:
        events = events.filter(actor=principal)
    if after is not None:
        events = events.filter(at__gte=after)
    if before is not None:
        events = events.filter(at__lte=before)
    return list(events.order_by("pk")[start : start + min(max(most, 0), 1000)])


# Parts


@_seen
def has_subtasks(task: HumanTask, user: User) -> bool:
    return task.part_count > 0


@_seen
def is_subtask(task: HumanTask, user: User) -> bool:
    return task.parent_id is not None


@_seen
def get_subtasks(task: HumanTask, user: User) -> list[HumanTask]:
    """Those of its parts that this person may look at."""
    return [part for part in task.parts.order_by("pk") if may_see(user, part)]


@_seen
def get_subtask_identifiers(task: HumanTask, user: User) -> list[int]:
    return [part.pk for part in get_subtasks(task, user)]


@_seen
def get_parent_task(task: HumanTask, user: User) -> HumanTask | None:
    """The whole, if this person may look at it."""
    return task.parent if task.parent is not None and may_see(user, task.parent) else None


@_seen
def get_parent_task_identifier(task: HumanTask, user: User) -> int | None:
    parent = get_parent_task(task, user)
    return None if parent is None else parent.pk


def _output(task: HumanTask, user: User) -> dict[str, Any]:
    return restricted.without(task.output, case_data.hidden(task, user))


def _roles(task: HumanTask) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {role: [] for role in lifecycle.ASSIGNABLE_ROLES}
    for one in TaskRole.objects.filter(task=task).select_related("user", "group").order_by("pk"):
        held[one.role].append(one.user.get_username() if one.user else str(one.group))
    return held
