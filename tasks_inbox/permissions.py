"""Who is what to a task, and what they may do with it. The one place that answers; unknown and forbidden look alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404

from orchestrator.runtime import permissions as process_permissions
from tasks_inbox import lifecycle
from tasks_inbox.errors import NotPermitted, TooLate
from tasks_inbox.models import HumanTask, TaskEvent, TaskRole

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

# The events after which a task stands where it stands.
_MOVES = [
    *("activate", "nominate", "claim", "start", "stop", "release", "suspend", "suspendUntil", "resume", "delegate"),
    *("forward", "skip", "complete", "fail", "exit", "error", "allocate"),
]

_ROLES = """
    SELECT role FROM tasks_inbox_taskrole r WHERE r.task_id = %(task)s AND (
        r.user_id = %(user)s OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s)
    )
"""

# The lock comes before whatever is written: entries that somebody else writes meanwhile would otherwise be overlooked.
_HELD = "state", "suspended_from", "actual_owner_id", "completed_by_id", "skippable", "version"
_HOLD = f"""
    SELECT {", ".join(_HELD)}, ARRAY({_ROLES}) FROM tasks_inbox_humantask t WHERE t.id = %(task)s FOR NO KEY UPDATE
"""


def roles_of(user: User | AnonymousUser, task: HumanTask) -> frozenset[str]:
    """Every generic human role that this person holds with regard to this task, as of now."""
    if not user.is_active or user.pk is None:
        return frozenset()
    return _with_administration(user, task, _direct_roles(user, task))


def permitted_operations(task: HumanTask, user: User | AnonymousUser) -> set[str]:
    """What a page offers to this person: the buttons."""
    return set(lifecycle.permitted(task.state, roles_of(user, task), task.skippable))


def may_see(user: User | AnonymousUser, task: HumanTask) -> bool:
    return bool(lifecycle.effective(roles_of(user, task)) & lifecycle.SEES)


def visible_tasks(user: User | AnonymousUser) -> QuerySet[HumanTask]:
    """Every task, open or ended, that this person may look at."""
    if not user.is_active or user.pk is None:
        return HumanTask.objects.none()
    if user.is_superuser:
        return HumanTask.objects.all()
    held = TaskRole.objects.filter(held_by(user))
    sees = held.exclude(role=lifecycle.EXCLUDED_OWNER)
    works = sees.filter(role=lifecycle.POTENTIAL_OWNER)
    excluded = held.filter(role=lifecycle.EXCLUDED_OWNER)
    return HumanTask.objects.filter(
        Q(pk__in=sees.exclude(pk__in=works).values("task"))
        | Q(pk__in=works.values("task")) & ~Q(pk__in=excluded.values("task"))
        | Q(completed_by=user)
        | Q(process_key__in=process_permissions.administered(user).order_by().values("key"))
    )


def involved(user: User | AnonymousUser) -> Q:
    """The process instances in which this person may look at a task: `also` of
    `runtime.permissions.visible_instances`.
    """
    return Q(pk__in=visible_tasks(user).order_by().values("process_instance"))


def get_task_or_404(user: User | AnonymousUser, pk: int) -> HumanTask:
    """Raises Http404 alike when there is no such task and when this person may not see it."""
    return task_and_roles_or_404(user, pk)[0]


def task_and_roles_or_404(user: User | AnonymousUser, pk: int) -> tuple[HumanTask, frozenset[str]]:
    """The same, with the roles that were looked up for it."""
    task = (
        HumanTask.objects.select_related(
            "process_instance__definition", "form", "actual_owner", "completed_by", "initiator"
        )
        .filter(pk=pk)
        .first()
    )
    roles = roles_of(user, task) if task else frozenset()
    if task is None or not lifecycle.effective(roles) & lifecycle.SEES:
        raise Http404("There is no such task.")
    return task, roles


def require(user: User, operation: str, task: HumanTask) -> lifecycle.Transition:
    """The row of the table that lets this person do this now; until the transaction ends, nobody else changes the task.

    `task` is brought up to date first. Raises NotPermitted, or TooLate when somebody was faster. Grants on the process
    definition cost queries and are asked only when the roles in the task do not suffice.
    """
    if not user.is_active:
        raise NotPermitted(operation)
    roles = _hold(user, task)
    row = lifecycle.transition(operation, task.state, roles, skippable=task.skippable)
    if row is None:
        roles = _with_administration(user, task, roles)
        row = lifecycle.transition(operation, task.state, roles, skippable=task.skippable)
    if row is not None:
        return row
    if lifecycle.ever_permitted(operation, roles, skippable=task.skippable):
        raise too_late(task)
    raise NotPermitted(operation)


def too_late(task: HumanTask) -> TooLate:
    """Who brought the task where it is, and when."""
    last = TaskEvent.objects.filter(task=task, kind__in=_MOVES).select_related("actor").last()
    return TooLate(task, last.actor if last else None, last.at if last else None)


def held_by(user: User) -> Q:
    return Q(user=user) | Q(group__in=user.groups.all())


def _hold(user: User, task: HumanTask) -> frozenset[str]:
    """Lock the task's row, bring the object up to date, and read the person's roles: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"task": task.pk, "user": user.pk})
        row = cursor.fetchone()
    if row is None:
        raise NotPermitted("There is no such task.")
    *values, roles = row
    for field, value in zip(_HELD, values, strict=True):
        setattr(task, field, value)
    return _direct(user, task, roles)


def _direct_roles(user: User, task: HumanTask) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ROLES, {"task": task.pk, "user": user.pk})
        return _direct(user, task, [role for (role,) in cursor.fetchall()])


def _direct(user: User, task: HumanTask, stored: Iterable[str]) -> frozenset[str]:
    """With what follows from the task itself. An actual owner is one only as long as they may own it: leaving the group
    takes the task away at once.
    """
    roles = set(stored)
    if user.is_superuser:
        roles.add(lifecycle.BUSINESS_ADMINISTRATOR)
    if user.pk == task.completed_by_id or (user.pk == task.actual_owner_id and _may_own(roles)):
        roles.add(lifecycle.ACTUAL_OWNER)
    return frozenset(roles)


def _with_administration(user: User, task: HumanTask, roles: frozenset[str]) -> frozenset[str]:
    if lifecycle.BUSINESS_ADMINISTRATOR in roles:
        return roles
    if not process_permissions.may_administer(user, task.process_instance.definition):
        return roles
    owner = {lifecycle.ACTUAL_OWNER} if user.pk == task.actual_owner_id else set()
    return roles | {lifecycle.BUSINESS_ADMINISTRATOR} | owner


def _may_own(roles: set[str]) -> bool:
    return bool(roles & {lifecycle.POTENTIAL_OWNER, lifecycle.BUSINESS_ADMINISTRATOR})
