"""Who has which role in a task, and until when it has to be begun and done: what its stakeholders set at run time.

Operations of WS-HumanTask 6.1. Each raises NotPermitted, TooLate or InvalidForm, and then nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils.translation import gettext as _

from tasks_inbox import deadlines, lifecycle, listening, moves, people
from tasks_inbox.acceptable import check_can_own
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask, TaskEvent, TaskRole
from tasks_inbox.permissions import require

Kind = TaskEvent.Kind
LONGEST = timedelta(days=36_500)


@transaction.atomic
def set_generic_human_role(
    *, task: HumanTask, user: User, role: str, users: Sequence[User] = (), groups: Sequence[Group] = ()
) -> HumanTask:
    """These people and groups have the role from now on, and nobody else. A task that loses everybody who may do it is
    offered to those who administer its process; an owner who may no longer own it gives it back.
    """
    if role not in lifecycle.ASSIGNABLE_ROLES:
        raise InvalidForm({"role": [_("There is no such role.")]})
    permit = require(user, "set_generic_human_role", task)
    if role == lifecycle.POTENTIAL_OWNER:
        for person in users:
            check_can_own(task, person)
    TaskRole.objects.filter(task=task, role=role).delete()
    TaskRole.objects.bulk_create(
        [
            *(TaskRole(task=task, role=role, user=person) for person in dict.fromkeys(users)),
            *(TaskRole(task=task, role=role, group=group) for group in dict.fromkeys(groups)),
        ]
    )
    _keep_somebody(task)
    told = [*map(moves.name, users), *map(moves.name, groups)]
    return moves.record(task, user, Kind.SET_GENERIC_HUMAN_ROLE, permit=permit, role=role, to=told)


@transaction.atomic
def remove(*, task: HumanTask, user: User) -> HumanTask:
    """Whoever is only told of a task takes it off their list."""
    permit = require(user, "remove", task)
    mine = TaskRole.objects.filter(task=task, role=lifecycle.RECIPIENT, user=user)
    if not mine.exists():
        raise InvalidForm({"task": [_("You are told of it through a group.")]})
    mine.delete()
    return moves.record(task, user, Kind.REMOVE, permit=permit)


# Deadlines: as an instant, or as a span since the task was created


def set_task_start_deadline_expression(*, task: HumanTask, user: User, deadline: datetime | None) -> HumanTask:
    """Until when it has to be begun; None: no longer."""
    return _set(task, user, "set_task_start_deadline_expression", "start_by", deadline)


def set_task_start_duration_expression(*, task: HumanTask, user: User, duration: timedelta) -> HumanTask:
    """How long after its creation it has to be begun."""
    return _set(task, user, "set_task_start_duration_expression", "start_by", _after(task, duration))


@listening.listened(listening.UPDATING)
def set_task_completion_deadline_expression(*, task: HumanTask, user: User, deadline: datetime | None) -> HumanTask:
    """Until when it has to be done: the due date; None: no longer."""
    return _set(task, user, "set_task_completion_deadline_expression", "due_at", deadline)


@listening.listened(listening.UPDATING)
def set_task_completion_duration_expression(*, task: HumanTask, user: User, duration: timedelta) -> HumanTask:
    """How long after its creation it has to be done."""
    return _set(task, user, "set_task_completion_duration_expression", "due_at", _after(task, duration))


@transaction.atomic
def _set(task: HumanTask, user: User, operation: str, field: str, deadline: datetime | None) -> HumanTask:
    if deadline is not None and deadline.tzinfo is None:
        raise InvalidForm({"deadline": [_("A time needs a time zone.")]})
    permit = require(user, operation, task)
    task.refresh_from_db(fields=[field])
    before = getattr(task, field)
    moves.write(task, **{field: deadline})
    deadlines.due_date_changed(task, before, "due" if field == "due_at" else "start_by")
    told: dict[str, Any] = {"deadline": field, "to": deadline.isoformat() if deadline else ""}
    return moves.record(task, user, Kind.SET_DEADLINE, permit=permit, **told)


def _after(task: HumanTask, duration: timedelta) -> datetime:
    if not timedelta() <= duration <= LONGEST:
        raise InvalidForm({"deadline": [_("Write a span that leads forward, of at most a hundred years.")]})
    return task.created_at + duration


def _keep_somebody(task: HumanTask) -> None:
    """Whoever has the task may still have it, and somebody may take it."""
    able = set(people.candidates(task))
    helpers = TaskRole.objects.filter(task=task, role=lifecycle.BUSINESS_ADMINISTRATOR)
    if task.actual_owner_id is not None and task.actual_owner_id not in able and task.state in lifecycle.SUSPENDABLE:
        moves.write(task, state=lifecycle.READY, actual_owner=None)
    if not able and not task.composite and not helpers.exists():
        people.rescue(task)
