"""Who is away and who acts for them: planned by the person, or by their manager for somebody who fell ill.

A substitute acts in their own name for the absent person, and only where both may: what separates duties holds for
both, and nobody becomes a substitute of a substitute. Whoever names nobody is substituted by their manager.

Everything is asked anew with each request, so that a substitution begins and ends on the minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from tasks_inbox import entries
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import Absence, HumanTask, Profile, Substitution
from tasks_inbox.notices.telling import tell_substitutes

MOST_SUBSTITUTES = 20  # of one absence

#: The substitutions that hold now, as SQL: `s` and its absence `b`.
ACTIVE = """
    tasks_inbox_substitution s JOIN tasks_inbox_absence b
    ON b.id = s.absence_id AND b.starts_at <= statement_timestamp()
    AND (b.ends_at IS NULL OR b.ends_at > statement_timestamp())
"""

#: Who is away, as SQL, and whether somebody acts for them in a task: `u.id` is the person, `t` the task.
AWAY = """
    EXISTS (
        SELECT FROM tasks_inbox_absence b WHERE b.user_id = u.id AND b.starts_at <= statement_timestamp()
        AND (b.ends_at IS NULL OR b.ends_at > statement_timestamp())
    )
"""
ATTENDED = f"""
    EXISTS (
        SELECT FROM {ACTIVE} JOIN auth_user z ON z.id = s.substitute_id AND z.is_active
        WHERE b.user_id = u.id AND s.process_key IN ('', t.process_key) AND s.element IN ('', t.element)
          AND NOT {AWAY.replace("u.id", "z.id").replace(" b ", " y ").replace("b.", "y.")}
    )
"""


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who acts, and in which tasks: those of a process, or of one of its user tasks; empty: in all."""

    user: User
    process_key: str = ""
    element: str = ""


# Who is away


def away(at: datetime | None = None) -> QuerySet[Absence]:
    """The absences at a time, None: now."""
    moment = Now() if at is None else at
    return Absence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=moment), starts_at__lte=moment)


#: Whether a user (the outer `pk`) acts for anybody now: for a query that is made anyway.
ACTS_FOR_SOMEBODY = Exists(Substitution.objects.filter(substitute=OuterRef("pk"), absence__in=away()))


def is_away(user_id: int, at: datetime | None = None) -> bool:
    """Somebody who is no longer active is away for good."""
    return away(at).filter(user=user_id).exists() or not User.objects.filter(pk=user_id, is_active=True).exists()


def substitutes_of(
    user_id: int, at: datetime | None = None, *, process_key: str | None = None, element: str | None = None
) -> list[User]:
    """Who acts for this person at a time; with a process or a user task: those who act in its tasks. Whoever is away
    themselves is not among them.
    """
    found = Substitution.objects.filter(absence__in=away(at).filter(user=user_id))
    if process_key is not None:
        found = found.filter(process_key__in=["", process_key])
    if element is not None:
        found = found.filter(element__in=["", element])
    people = User.objects.filter(pk__in=found.values("substitute"), is_active=True)
    return list(people.exclude(pk__in=away(at).values("user")).order_by("pk"))


def represented_by(user_id: int) -> list[User]:
    """The absent people for whom this person acts now, in whatever tasks."""
    found = Substitution.objects.filter(substitute=user_id, absence__in=away())
    return list(User.objects.filter(pk__in=found.values("absence__user")).order_by("pk"))


def acts_for(substitute: int, absent: int, task: HumanTask) -> bool:
    """Does this person act for that one in this task, now?"""
    found = Substitution.objects.filter(substitute=substitute, absence__in=away().filter(user=absent))
    return found.filter(process_key__in=["", task.process_key], element__in=["", task.element]).exists()


def unattended(task: HumanTask, people: Sequence[int]) -> set[int]:
    """Those of these people who are away while nobody acts for them in this task."""
    gone = set(away().filter(user__in=people).values_list("user", flat=True))
    key, element = task.process_key, task.element
    return {person for person in gone if not substitutes_of(person, process_key=key, element=element)}


# Who may plan it


def manages(user: User, other: User) -> bool:
    """Their manager, the manager of their department, or somebody who administers the users."""
    profile = Profile.objects.filter(user=other).select_related("department").first()
    managers = {profile.manager_id, profile.department.manager_id if profile.department else None} if profile else set()
    return user.pk in managers or user.has_perm("auth.change_user")


def may_plan(user: User, absent: User) -> bool:
    return user.is_active and (user.pk == absent.pk or manages(user, absent))


def team(user: User) -> list[User]:
    """Those whose absence this person may plan, apart from themselves."""
    led = Q(profile__manager=user) | Q(profile__department__manager=user)
    return list(User.objects.filter(led, is_active=True).exclude(pk=user.pk).distinct().order_by("last_name", "pk"))


# What people do


@transaction.atomic
def plan(
    *,
    by: User,
    absent: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    note: str = "",
    substitutes: Sequence[Substitute] = (),
) -> Absence:
    """Be away from `starts_at` (None: now) until `ends_at` (None: until somebody ends it).

    Where no substitute is named for all tasks, the manager is one. Raises NotPermitted, InvalidForm.
    """
    if not may_plan(by, absent):
        raise NotPermitted("plan an absence")
    _check(absent, starts_at, ends_at, note, substitutes)
    begins = {} if starts_at is None else {"starts_at": starts_at}
    absence = Absence.objects.create(user=absent, ends_at=ends_at, note=note, planned_by=by, **begins)
    wanted = {(one.user.pk, one.process_key, one.element) for one in substitutes}
    if not any(not process for _user, process, _element in wanted) and (manager := manager_of(absent)):
        wanted.add((manager.pk, "", ""))
    Substitution.objects.bulk_create(
        [
            Substitution(absence=absence, substitute_id=user, process_key=process, element=element)
            for user, process, element in sorted(wanted)
        ]
    )
    tell_substitutes(absence)
    _tell(absence)
    return absence


@transaction.atomic
def end(*, by: User, absence: Absence) -> None:
    """The person is back: an absence that has begun ends now, one to come is struck out. Raises NotPermitted."""
    if not may_plan(by, absence.user):
        raise NotPermitted("end an absence")
    _tell(absence)
    begun = Absence.objects.filter(pk=absence.pk, starts_at__lt=Now())
    if not begun.update(ends_at=Now()):
        Absence.objects.filter(pk=absence.pk).delete()


def manager_of(user: User) -> User | None:
    """Their own manager, else that of their department, when they are there."""
    profile = Profile.objects.filter(user=user).select_related("manager", "department__manager").first()
    if profile is None:
        return None
    candidates = (profile.manager, profile.department.manager if profile.department else None)
    return next((one for one in candidates if one and one.pk != user.pk and not is_away(one.pk)), None)


def _check(
    absent: User,
    starts_at: datetime | None,
    ends_at: datetime | None,
    note: str,
    substitutes: Sequence[Substitute],
) -> None:
    with_now = User.objects.filter(pk=absent.pk).values_list(Now(), flat=True).get()
    begins = starts_at or with_now
    errors: dict[str, list[str]] = {}
    if ends_at is not None and ends_at <= max(begins, with_now):
        errors["ends_at"] = [_("The end has to be after the beginning, and in the future.")]
    if len(note) > 200 or "\x00" in note:
        errors["note"] = [_("A note has at most 200 characters.")]
    if len(substitutes) > MOST_SUBSTITUTES:
        errors["substitute"] = [_("At most %(most)s substitutes.") % {"most": MOST_SUBSTITUTES}]
    for one in substitutes:
        if one.user.pk == absent.pk:
            errors["substitute"] = [_("Nobody can be their own substitute.")]
        elif not one.user.is_active:
            errors["substitute"] = [_("%(person)s is no longer active.") % {"person": one.user.get_username()}]
        elif one.element and not one.process_key:
            errors["substitute"] = [_("A user task is named with its process.")]
    if errors:
        raise InvalidForm(errors)


def _tell(absence: Absence) -> None:
    """The lists of those concerned look different now."""
    entries.tell_people([absence.user_id, *absence.substitutions.values_list("substitute", flat=True)])
