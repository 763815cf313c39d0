"""Who is mailed about a task. Asked when the mail is written, and once more when it is sent."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from tasks_inbox import people
from tasks_inbox.models import HumanTask, Profile

MOST = 25  # people who get a mail about one task at one time


def of_reminder(task: HumanTask) -> list[User]:
    """Whoever has the task; while nobody has it, those who could take it."""
    if task.actual_owner_id is not None:
        return _reachable(User.objects.filter(pk=task.actual_owner_id))
    return _reachable(User.objects.filter(pk__in=people.candidates(task)))


def of_manager_mail(task: HumanTask) -> list[User]:
    """The first of these who can be reached: the actual owner's manager, the managers of the candidates' departments,
    the
    administrators of the process."""
    return next((found for ask in _MANAGERS if (found := _reachable(ask(task)))), [])


def _managers_of_owner(task: HumanTask) -> QuerySet[User]:
    owner = task.actual_owner_id
    if owner is None:
        return User.objects.none()
    own = User.objects.filter(pk__in=Profile.objects.filter(user=owner).values("manager"))
    if own.filter(is_active=True).exists():
        return own
    return User.objects.filter(pk__in=Profile.objects.filter(user=owner).values("department__manager")).exclude(
        pk=owner
    )


def _managers_of_candidates(task: HumanTask) -> QuerySet[User]:
    return User.objects.filter(
        pk__in=Profile.objects.filter(user__in=people.candidates(task)).values("department__manager")
    )


def _administrators(task: HumanTask) -> QuerySet[User]:
    holders = people.administrators(task.process_instance.definition)
    users = [user for user, _ in holders if user]
    groups = [group for _, group in holders if group]
    return User.objects.filter(Q(pk__in=users) | Q(groups__in=groups))


_MANAGERS: tuple[Callable[[HumanTask], QuerySet[User]], ...] = (
    _managers_of_owner,
    _managers_of_candidates,
    _administrators,
)


def _reachable(users: QuerySet[User]) -> list[User]:
    """Active, with an address, each once, by name."""
    return list(users.filter(is_active=True).exclude(email="").distinct().order_by("username")[:MOST])
