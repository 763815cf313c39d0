"""Who is mailed about a task. Asked when the mail is written, and once more when it is sent."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from tasks_inbox import lifecycle, people
from tasks_inbox.absence import is_away, substitutes_of
from tasks_inbox.models import EscalationLevel, HumanTask, Profile, TaskRole

MOST = 25  # people who get a mail about one task at one time
HIGHEST = 10  # managers above each other who are asked


def of_reminder(task: HumanTask) -> list[User]:
    """Whoever has the task, or acts for them while they are away; while nobody has it, those who could take it."""
    owner = task.actual_owner_id
    if owner is not None:
        acting = _acting_for(owner, task) if is_away(owner) else []
        return acting or _reachable(User.objects.filter(pk=owner))
    return _reachable(User.objects.filter(pk__in=people.candidates(task)))


def _acting_for(owner: int, task: HumanTask) -> list[User]:
    """The substitutes for this task who are not excluded from it."""
    acting = substitutes_of(owner, process_key=task.process_key, element=task.element)
    excluded = TaskRole.objects.filter(task=task, role=lifecycle.EXCLUDED_OWNER, user__isnull=False)
    able = User.objects.filter(pk__in=[user.pk for user in acting]).exclude(pk__in=excluded.values("user"))
    return _reachable(able)


def of_manager_mail(task: HumanTask) -> list[User]:
    """Those of `managers` who are mailed."""
    return managers(task)[0]


def managers(task: HumanTask) -> tuple[list[User], list[User]]:
    """The first of these who can be reached: the actual owner's manager, the managers of the candidates' departments,
    the administrators of the process. Instead of whoever is away, their manager. And those who are away.
    """
    for ask in _MANAGERS:
        asked = _reachable(ask(task))
        there, away = _present(asked)
        if there or asked:
            return there or asked, away  # with nobody above, the one who is away is better than nobody
    return [], []


def of_target(level: EscalationLevel) -> list[User]:
    """The person or the members of the group that a level names."""
    return _reachable(User.objects.filter(Q(pk=level.target_user_id) | Q(groups=level.target_group_id)))


def of_notice(task: HumanTask) -> list[User]:
    """Whoever a level may have told: the stakeholders."""
    told = TaskRole.objects.filter(task=task, role=lifecycle.STAKEHOLDER)
    return list(
        User.objects.filter(
            Q(pk__in=told.filter(user__isnull=False).values("user"))
            | Q(groups__in=told.filter(group__isnull=False).values("group")),
            is_active=True,
        ).distinct()
    )


def _present(asked: list[User]) -> tuple[list[User], list[User]]:
    """Each of them who is there, else the first above them who is; and those who are away."""
    there: dict[int, User] = {}
    away: dict[int, User] = {}
    for user in asked:
        here: User | None = user
        for _ in range(HIGHEST):
            if here is None or not is_away(here.pk):
                break
            away[here.pk] = here
            here = next(iter(_reachable(User.objects.filter(pk__in=_manager_of(here)))), None)
        if here is not None and here.pk not in away:
            there[here.pk] = here
    return list(there.values()), list(away.values())


def _manager_of(user: User) -> QuerySet[Profile, int | None]:
    return Profile.objects.filter(user=user).values_list("manager", flat=True)


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
