"""Who is what to a task, and what they may do with it. The one place that answers; unknown and forbidden look alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from orchestrator.runtime import permissions as process_permissions
from orchestrator.runtime import wire
from tasks_inbox import absence, leading, lifecycle, opening, storage
from tasks_inbox.errors import InTransition, NotPermitted, TooLate
from tasks_inbox.models import HumanTask, Substitution, TaskEvent, TaskRole

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

# The events after which a task stands where it stands.
_MOVES = [
    *("activate", "nominate", "claim", "start", "stop", "release", "suspend", "suspendUntil", "resume", "delegate"),
    *("forward", "skip", "complete", "fail", "exit", "error", "allocate"),
]

_MEANWHILE = {"add_comment"}  # what one may do with a task that is in transition

_ROLES = """
    SELECT role FROM tasks_inbox_taskrole r WHERE r.task_id = %(task)s AND (
        r.user_id = %(user)s OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s)
    )
"""

# What people hold for whom this person acts: “7 potential_owner”.
_REPRESENTED = f"""
    SELECT b.user_id || ' ' || r.role
    FROM {absence.ACTIVE}
    JOIN tasks_inbox_humantask k
      ON k.id = %(task)s AND s.process_key IN ('', k.process_key) AND s.element IN ('', k.element)
    JOIN tasks_inbox_taskrole r ON r.task_id = k.id AND (
        r.user_id = b.user_id OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = b.user_id)
    )
    WHERE s.substitute_id = %(user)s
"""

_ASKED = f"ARRAY({_ROLES}), ARRAY({_REPRESENTED})"

# The lock comes before whatever is written: entries that somebody else writes meanwhile would otherwise be overlooked.
_HELD = (
    *("state", "suspended_from", "actual_owner_id", "completed_by_id", "skippable", "version", "transition"),
    *("composite", "held_until", "part_count"),
)
_HOLD = f"""
    SELECT {", ".join(_HELD)}, {storage.LADEN}, ARRAY({_ROLES})
    FROM tasks_inbox_humantask t WHERE t.id = %(task)s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """This may be done: where it leads, and for whom; None: in one's own right."""

    to: str
    on_behalf_of: int | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """What somebody is to a task: in their own right, and for each of those for whom they act."""

    own: frozenset[str]
    represented: dict[int, frozenset[str]]

    @property
    def all(self) -> frozenset[str]:
        return self.own.union(*self.represented.values())


def roles_of(user: User | AnonymousUser, task: HumanTask, known: Roles | None = None) -> frozenset[str]:
    """Every generic human role that this person holds with regard to this task, as of now; or as of when those that are
    `known` were read.
    """
    if not user.is_active or user.pk is None:
        return frozenset()
    roles = known or _roles(user, task)
    return _with_administration(user, task, roles.own) | roles.all


def permitted_operations(task: HumanTask, user: User | AnonymousUser) -> set[str]:
    """What a page offers to this person: the buttons."""
    return permitted(task, roles_of(user, task))


def permitted(task: HumanTask, roles: frozenset[str]) -> set[str]:
    """The same, for the roles of somebody; little while a task listener has its say."""
    found = set(lifecycle.permitted(task.state, roles, task.traits))
    return found & _MEANWHILE if task.transition else found


def may_see(user: User | AnonymousUser, task: HumanTask) -> bool:
    return bool(lifecycle.effective(roles_of(user, task)) & lifecycle.SEES)


def visible_tasks(user: User | AnonymousUser) -> QuerySet[HumanTask]:
    """Every task, open or ended, that this person may look at. Asked per task, so that a single one costs little."""
    if not user.is_active or user.pk is None:
        return HumanTask.objects.none()
    if user.is_superuser:
        return HumanTask.objects.all()
    held = TaskRole.objects.filter(held_by(user), task=OuterRef("pk"))
    sees = held.exclude(role__in=[lifecycle.EXCLUDED_OWNER, lifecycle.POTENTIAL_OWNER])
    works = held.filter(role=lifecycle.POTENTIAL_OWNER)
    excluded = held.filter(role=lifecycle.EXCLUDED_OWNER)
    return HumanTask.objects.filter(
        Q(Exists(sees))
        | Q(Exists(works)) & ~Exists(excluded) & ~_hidden_from(user)
        | Q(completed_by=user)
        | _seen_for_others(user)
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
    task, known = _read(user, pk)
    roles = roles_of(user, task, known)
    if not lifecycle.effective(roles) & lifecycle.SEES:
        raise Http404("There is no such task.")
    return task, roles


def task_to(operation: str, user: User, pk: int) -> HumanTask:
    """The task, for somebody who may do this with it as it stands; nothing is held. Grants on its process are asked for
    only when the roles in the task do not suffice. Raises Http404, or what `require` raises.
    """
    task, known = _read(user, pk)
    if user.is_active and not task.transition and _permit(operation, task, known):
        return task
    if not lifecycle.effective(roles_of(user, task, known)) & lifecycle.SEES:
        raise Http404("There is no such task.")
    require(user, operation, task)
    return task


def _read(user: User | AnonymousUser, pk: int) -> tuple[HumanTask, Roles]:
    """The task with what its page begins with, and the person's roles. Raises Http404 when there is none."""
    if not user.is_authenticated or (found := opening.read(pk, user.pk, _ASKED)) is None:
        raise Http404("There is no such task.")
    task, (own, represented) = found
    return task, _understood(user, task, own, represented)


def require(user: User, operation: str, task: HumanTask) -> Permit:
    """Whether this person may do this now, and for whom; until the transaction ends, nobody else changes the task.

    `task` is brought up to date first. Raises NotPermitted, or TooLate when somebody was faster. Asked in turn, until
    one suffices: one's own roles in the task, those of absent people, grants on the process definition, who leads whom.
    """
    if not user.is_active:
        raise NotPermitted(operation)
    roles = Roles(_hold(user, task), {})
    permit = _permit(operation, task, roles)
    if permit is None:
        roles = Roles(roles.own, _represented(user, task, roles.own))
        permit = _permit(operation, task, roles)
    own = roles.own
    if permit is None:
        own = _with_administration(user, task, own)
        permit = _permit(operation, task, Roles(own, {}))
    if permit is None and operation in lifecycle.MANAGED and leading.leads(user.pk, task.actual_owner_id):
        own |= {lifecycle.MANAGER}
        permit = _permit(operation, task, Roles(own, {}))
    if permit is not None:
        if task.transition and operation not in _MEANWHILE:
            raise _in_transition(task)
        return permit
    if any(lifecycle.ever_permitted(operation, one, task.traits) for one in (own, *roles.represented.values())):
        raise too_late(task)
    raise NotPermitted(operation)


def _permit(operation: str, task: HumanTask, roles: Roles) -> Permit | None:
    """In one's own right first."""
    asked: list[tuple[int | None, frozenset[str]]] = [(None, roles.own), *sorted(roles.represented.items())]
    for person, held in asked:
        if row := lifecycle.transition(operation, task.state, held, task.traits):
            return Permit(row.to, person)
    return None


def too_late(task: HumanTask) -> TooLate:
    """Who brought the task where it is, and when."""
    last = TaskEvent.objects.filter(task=task, kind__in=_MOVES).select_related("actor").last()
    return TooLate(task, last.actor if last else None, last.at if last else None)


def _in_transition(task: HumanTask) -> InTransition:
    asked = TaskEvent.objects.filter(task=task, kind=TaskEvent.Kind.ASKED).select_related("actor").last()
    return InTransition(task, asked.actor if asked else None, asked.at if asked else None)


def held_by(user: User) -> Q:
    return Q(user=user) | Q(group__in=user.groups.all())


def holding(user: User, task: HumanTask) -> wire.Statement:
    """The statement with which `require` begins."""
    return _HOLD, {"task": task.id, "user": user.id}


def _hold(user: User, task: HumanTask) -> frozenset[str]:
    """Lock the task's row, bring the object up to date, and read the person's own roles: one statement."""
    with wire.cursor() as cursor:
        cursor.execute(*holding(user, task))
        row = cursor.fetchone()
    if row is None:
        raise NotPermitted("There is no such task.")
    *values, task.laden, own = row
    for field, value in zip(_HELD, values, strict=True):
        setattr(task, field, value)
    return _own(user, task, own)


def _represented(user: User, task: HumanTask, own: frozenset[str]) -> dict[int, frozenset[str]]:
    with wire.cursor() as cursor:
        cursor.execute(_REPRESENTED, {"task": task.pk, "user": user.pk})
        return _for_others(user, task, own, (line for (line,) in cursor.fetchall()))


def _roles(user: User, task: HumanTask) -> Roles:
    with wire.cursor() as cursor:
        cursor.execute(f"SELECT {_ASKED}", {"task": task.pk, "user": user.pk})
        return _understood(user, task, *cursor.fetchone())


def _understood(user: User, task: HumanTask, stored: Iterable[str], represented: Iterable[str]) -> Roles:
    own = _own(user, task, stored)
    return Roles(own, _for_others(user, task, own, represented))


def _own(user: User, task: HumanTask, stored: Iterable[str]) -> frozenset[str]:
    """With what is said of a superuser."""
    return _direct(user.id, task, [*stored, *([lifecycle.BUSINESS_ADMINISTRATOR] if user.is_superuser else [])])


def _direct(user: int, task: HumanTask, stored: Iterable[str]) -> frozenset[str]:
    """With what follows from the task itself. An actual owner is one only as long as they may own it: leaving the group
    takes the task away at once.
    """
    roles = set(stored)
    if user == task.completed_by_id or (user == task.actual_owner_id and _may_own(roles)):
        roles.add(lifecycle.ACTUAL_OWNER)
    if task.is_hidden_from(user):
        roles.discard(lifecycle.POTENTIAL_OWNER)
    return frozenset(roles)


def _for_others(user: User, task: HumanTask, own: frozenset[str], stored: Iterable[str]) -> dict[int, frozenset[str]]:
    """What absent people lend to their substitute. Duties stay separated: nobody acts for another in what they may not
    do themselves, nor in what they have asked for. What a substitute has taken over they own like the absent person.
    """
    if lifecycle.EXCLUDED_OWNER in own or user.pk == task.initiator_id:
        return {}
    found: dict[int, set[str]] = {}
    for line in stored:
        holder, _, role = line.partition(" ")
        found.setdefault(int(holder), set()).add(role)
    for person, roles in found.items():
        if task.actual_owner_id in (person, user.pk) and _may_own(roles):
            roles.add(lifecycle.ACTUAL_OWNER)
    return {person: lifecycle.effective(roles) for person, roles in found.items()}


def _hidden_from(user: User) -> Q:
    """`HumanTask.is_hidden_from`, for many."""
    # Containment, for its negation: a key that is not there is null, and so is what is not null.
    return Q(properties__contains={"visibility": "owner"}, actual_owner__isnull=False) & ~Q(actual_owner=user)


def _seen_for_others(user: User) -> Q:
    """The tasks of absent people for whom this person acts."""
    acting = Substitution.objects.filter(substitute=user, absence__in=absence.away()).select_related("absence__user")
    seen = Q(pk__in=[])
    for one in acting:
        held = TaskRole.objects.filter(held_by(one.absence.user), task=OuterRef("pk"))
        kind = {"process_key": one.process_key} if one.process_key else {}
        kind |= {"element": one.element} if one.element else {}
        seen |= Q(Exists(held.exclude(role=lifecycle.EXCLUDED_OWNER)), **kind)
    barred = TaskRole.objects.filter(role=lifecycle.EXCLUDED_OWNER, user=user, task=OuterRef("pk"))
    return seen & ~Exists(barred) & ~Q(initiator=user)


def _with_administration(user: User, task: HumanTask, roles: frozenset[str]) -> frozenset[str]:
    if lifecycle.BUSINESS_ADMINISTRATOR in roles:
        return roles
    if not _administers(user, task):
        return roles
    owner = {lifecycle.ACTUAL_OWNER} if user.pk == task.actual_owner_id else set()
    return roles | {lifecycle.BUSINESS_ADMINISTRATOR} | owner


def _administers(user: User, task: HumanTask) -> bool:
    """Grants on a process are asked for once in the answer of a page: see `answering`."""
    known: dict[str, bool] | None = getattr(user, "administers", None)
    definition = task.process_instance.definition
    if known is None:
        return process_permissions.may_administer(user, definition)
    if definition.key not in known:
        known[definition.key] = process_permissions.may_administer(user, definition)
    return known[definition.key]


def answering(user: User) -> None:
    """From now on this object stands for a person in one request, and what they administer does not change in it."""
    user.administers = {}  # type: ignore[attr-defined]


def _may_own(roles: set[str]) -> bool:
    return bool(roles & {lifecycle.POTENTIAL_OWNER, lifecycle.BUSINESS_ADMINISTRATOR})
