"""The work of the people whom somebody leads: how much each has, what of it is late, how it went, who is away.

Set by set: a page costs the same few statements for three people and for three hundred. Managers see what a task is
called and when it is due; its case they see only where they have a part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F, QuerySet

from tasks_inbox import leading, rows
from tasks_inbox.models import HumanTask
from tasks_inbox.rows import Avatar

if TYPE_CHECKING:
    from tasks_inbox.forms.values import Clock

MOST = 500  # people
COUNTED = 1_000  # tasks of one person that are counted
WEEKS = 8  # of the trend
MOST_DONE = 5_000  # tasks of one person that make the trend


@dataclass(frozen=True, slots=True)
class Away:
    """An absence that lasts, or the next one; `until` None: until somebody ends it."""

    now: bool
    since: datetime
    until: datetime | None
    note: str
    substitutes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the team. `due_today` is not late yet; `done` counts what they completed, week by week, this one
    last.
    """

    id: int
    name: str
    username: str
    avatar: Avatar | None
    through: str  # who leads them directly; '' when it is the one who asks
    open: int
    overdue: int
    due_today: int
    urgent: int
    oldest: datetime | None  # since when the task waits that waits longest
    done: tuple[int, ...] = (0,) * WEEKS
    away: Away | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """The people in the order that was asked for, and everything together. `more`: there are others beyond MOST."""

    members: list[Member] = field(default_factory=list)
    more: bool = False

    def total(self, what: str) -> int:
        return sum(getattr(member, what) for member in self.members)


#: Word of an order -> what comes first.
ORDERS: dict[str, str] = {
    "name": "lower(coalesce(nullif(concat(u.last_name, u.first_name), ''), u.username)), u.id",
    "open": "w.open DESC, w.overdue DESC, u.id",
    "overdue": "w.overdue DESC, w.due_today DESC, w.open DESC, u.id",
}

# What people have stands in their inbox entries: counted from an index, without a visit to the tasks.
_MEMBERS = """
    WITH RECURSIVE {team},
    people AS (
        SELECT person, min(through) FILTER (WHERE through <> %(user)s) AS through, bool_or(through = %(user)s) AS mine
        FROM team WHERE person <> %(user)s AND (%(only)s::integer IS NULL OR person = %(only)s) GROUP BY person
    )
    SELECT u.id, u.first_name, u.last_name, u.username, u.is_active,
        CASE WHEN NOT p.mine THEN
            (SELECT coalesce(nullif(trim(concat(b.first_name, ' ', b.last_name)), ''), b.username)
             FROM auth_user b WHERE b.id = p.through)
        END,
        w.open, w.overdue, w.due_today, w.urgent, w.oldest
    FROM people p JOIN auth_user u ON u.id = p.person
    CROSS JOIN LATERAL (
        SELECT count(*) AS open,
            count(*) FILTER (WHERE x.due_at < %(now)s) AS overdue,
            count(*) FILTER (WHERE x.due_at >= %(now)s AND x.due_at < %(tomorrow)s) AS due_today,
            count(*) FILTER (WHERE x.priority >= {high}) AS urgent,
            (SELECT t.created_at FROM tasks_inbox_humantask t WHERE t.id = min(x.task_id)) AS oldest
        FROM (
            SELECT e.due_at, e.priority, e.task_id FROM tasks_inbox_inboxentry e
            WHERE e.principal = 2 * u.id::bigint AND e.mine LIMIT {counted}
        ) x
    ) w
    WHERE u.is_active OR w.open > 0
    ORDER BY {order} LIMIT {most}
"""

_DONE = f"""
    SELECT p.person, x.week, count(*) FROM unnest(%(people)s::integer[]) AS p(person)
    CROSS JOIN LATERAL (
        SELECT floor(extract(epoch FROM %(now)s - t.completed_at) / 604800)::integer AS week
        FROM tasks_inbox_humantask t
        WHERE t.completed_by_id = p.person AND t.state = 'completed' AND t.completed_at <= %(now)s
          AND t.completed_at > %(now)s - interval '{WEEKS} weeks'
        ORDER BY t.completed_at DESC LIMIT {MOST_DONE}
    ) x GROUP BY p.person, x.week
"""

_AWAY = """
    SELECT DISTINCT ON (b.user_id) b.user_id, b.starts_at, b.ends_at, b.note, ARRAY(
        SELECT DISTINCT coalesce(nullif(trim(concat(z.first_name, ' ', z.last_name)), ''), z.username)
        FROM tasks_inbox_substitution s JOIN auth_user z ON z.id = s.substitute_id
        WHERE s.absence_id = b.id AND z.is_active ORDER BY 1
    )
    FROM tasks_inbox_absence b
    WHERE b.user_id = ANY(%(people)s) AND (b.ends_at IS NULL OR b.ends_at > %(now)s) AND b.starts_at < %(soon)s
    ORDER BY b.user_id, b.starts_at
"""
_SOON = timedelta(days=14)  # an absence that begins by then is told


def team(user: User, clock: Clock, order: str = "name") -> Team:
    """Everybody whom this person leads, at most MOST: those who are active, and those who left open work behind. What
    they have; the rest is `told` of those who are shown.
    """
    found = _members(user, clock, order if order in ORDERS else "name")
    return Team([_member(record) for record in found[:MOST]], more=len(found) > MOST)


def told(members: Sequence[Member], clock: Clock) -> list[Member]:
    """The same with what they completed, and when they are away."""
    people = [member.id for member in members]
    done, away = (_done(people, clock), _away(people, clock)) if people else ({}, {})
    return [replace(one, done=done.get(one.id, (0,) * WEEKS), away=away.get(one.id)) for one in members]


def member(user: User, person: int, clock: Clock) -> Member | None:
    """One of them; None for somebody whom this person does not lead."""
    return next(iter(told([_member(record) for record in _members(user, clock, "name", only=person)], clock)), None)


def tasks_of(person: int) -> QuerySet[HumanTask]:
    """What this person has: the most urgent first, then what is due first. They are their colleague's to read: nothing
    of the case is in it.
    """
    return (
        HumanTask.objects.filter(actual_owner=person, completed_at=None)
        .defer("search", "output", "description", "comment", "fault_data")
        .order_by("-priority", F("due_at").asc(nulls_last=True), "pk")
    )


def find(user: User, pk: int) -> HumanTask | None:
    """A task that somebody in this person's team has."""
    task = HumanTask.objects.select_related("process_instance__definition", "actual_owner").filter(pk=pk).first()
    return task if task is not None and task.is_open and leading.leads(user.pk, task.actual_owner_id) else None


def _members(user: User, clock: Clock, order: str, only: int | None = None) -> list[tuple[Any, ...]]:
    local = clock.now.astimezone(clock.zone)
    tomorrow = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    statement = _MEMBERS.format(team=leading.TEAM, high=rows.HIGH, counted=COUNTED, order=ORDERS[order], most=MOST + 1)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": user.pk, "only": only, "now": clock.now, "tomorrow": tomorrow})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _member(record: tuple[Any, ...]) -> Member:
    pk, first, last, username, active, through, *numbers = record
    shown = rows.avatar(pk, first, last, username)
    found = Member(pk, f"{first} {last}".strip() or username, username, shown, through or "", *numbers)
    return found if active else replace(found, active=False)


def _done(people: Sequence[int], clock: Clock) -> dict[int, tuple[int, ...]]:
    weeks: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DONE, {"people": list(people), "now": clock.now})
        for person, week, number in cursor.fetchall():
            if 0 <= week < WEEKS:
                weeks.setdefault(person, [0] * WEEKS)[WEEKS - 1 - week] = number
    return {person: tuple(numbers) for person, numbers in weeks.items()}


def _away(people: Sequence[int], clock: Clock) -> dict[int, Away]:
    with connection.cursor() as cursor:
        cursor.execute(_AWAY, {"people": list(people), "now": clock.now, "soon": clock.now + _SOON})
        return {
            person: Away(since <= clock.now, since, until, note, tuple(substitutes))
            for person, since, until, note, substitutes in cursor.fetchall()
        }
