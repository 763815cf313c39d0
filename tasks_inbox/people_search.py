"""To whom a task can be given."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet

from tasks_inbox import lifecycle
from tasks_inbox.models import HumanTask, TaskRole

SHOWN = 20


def candidates(task: HumanTask, search: str = "", *, beside: User) -> list[User]:
    """Active people whose names begin with the words, without `beside` and whoever has the task."""
    found = _allowed(task).exclude(pk__in=[beside.pk, task.actual_owner_id or 0])
    for word in search.split()[:4]:
        starts = Q(first_name__istartswith=word) | Q(last_name__istartswith=word) | Q(username__istartswith=word)
        found = found.filter(starts)
    return list(found.select_related("profile").order_by("first_name", "last_name", "username")[:SHOWN])


def by_id(task: HumanTask, pk: str) -> User | None:
    """The person of a choice, if they may be given the task."""
    return _allowed(task).filter(pk=int(pk)).first() if _is_id(pk) else None


def groups(search: str = "") -> list[Group]:
    """Groups in whose name the words stand."""
    found = Group.objects.order_by("name")
    for word in search.split()[:4]:
        found = found.filter(name__icontains=word)
    return list(found[:SHOWN])


def group_by_id(pk: str) -> Group | None:
    return Group.objects.filter(pk=int(pk)).first() if _is_id(pk) else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _allowed(task: HumanTask) -> QuerySet[User]:
    held = TaskRole.objects.filter(task=task)
    excluded = held.filter(role=lifecycle.EXCLUDED_OWNER)
    people = User.objects.filter(is_active=True).exclude(
        Q(pk__in=excluded.filter(user__isnull=False).values("user"))
        | Q(groups__in=excluded.filter(group__isnull=False).values("group"))
    )
    rule = task.properties.get("delegation", "anybody")
    if rule == "anybody":
        return people
    if rule == "nobody":
        return people.none()
    owners = held.filter(role=lifecycle.POTENTIAL_OWNER)
    named = Q(pk__in=owners.filter(user__isnull=False).values("user"))
    return people.filter(named | Q(groups__in=owners.filter(group__isnull=False).values("group"))).distinct()
