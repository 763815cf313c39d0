"""A row of a list as it is shown: every text is made here, so that templates only print. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasks_inbox import spoken

AVATAR_COLOURS = 8
HIGH, MEDIUM = 75, 55  # priorities from which a stripe is shown
SOON = timedelta(hours=24)
TWO_DAYS = 48 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Avatar:
    """A person as a coloured circle; `colour` counts from 0 and is the same for the same person everywhere."""

    name: str
    initials: str
    colour: int


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    id: int
    title: str
    ref: str  # business key
    process: str
    due_text: str  # “2 h overdue”, “in 3 days”, or '' without a due date
    due_class: str  # late | soon | ''
    due_at: datetime | None
    priority: int
    stripe: str  # high | medium | ''
    avatar: Avatar | None  # who has the task, else who asked for it
    unread: bool
    comments: int
    url: str
    state: str
    mine: bool
    offered: bool  # this person could claim it now
    escalated: bool
    outcome: str  # label, of a completed task
    when: str  # completed tasks: when
    due_exact: str = ""  # the due date in full, in the person's time zone
    cells: tuple[Cell, ...] = ()  # the columns that the person has chosen


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A case that a person has asked for: where it is, and with whom."""

    id: int
    ref: str
    process: str
    subject: str  # what it is about, or ''
    state: str  # active | completed | terminated
    state_text: str  # “Approve invoice”, “Completed”, ...
    with_whom: str  # “Grace Hopper”, “Finance”, or '' when nobody acts
    since: str  # how long it has been there
    started: str
    late: bool
    usually: str = ""  # “usually over 4 Dec”


def avatar(user_id: int | None, first: str, last: str, username: str) -> Avatar | None:
    if user_id is None:
        return None
    name = f"{first} {last}".strip() or username
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word]
    initials = (words[0][0] + words[-1][0] if len(words) > 1 else name[:2]).upper()
    return Avatar(name, initials, user_id % AVATAR_COLOURS)


def stripe(priority: int) -> str:
    return "high" if priority >= HIGH else "medium" if priority >= MEDIUM else ""


def due(at: datetime | None, now: datetime, zone: tzinfo, language: str = "") -> tuple[str, str]:
    """Text and class of a due date. `language`: the one of this moment, if it is known."""
    if at is None:
        return "", ""
    left, language = at - now, language or get_language()
    if left < timedelta():
        return _overdue(_minutes(-left), language), "late"
    if left < timedelta(days=7):
        return _in(_minutes(left), language), "soon" if left < SOON else ""
    return day(at, now, zone), ""


def span(length: timedelta) -> str:
    """“5 min”, “3 h”, “2 days”: as precise as one needs it at a glance."""
    minutes = _minutes(length)
    if minutes < 60:
        return _("%(number)s min") % {"number": max(minutes, 1)}
    if minutes < TWO_DAYS:
        return _("%(number)s h") % {"number": minutes // 60}
    return _("%(number)s days") % {"number": minutes // (24 * 60)}


def _minutes(length: timedelta) -> int:
    """As few different numbers as there are texts for them."""
    minutes = int(length.total_seconds() // 60)
    return minutes if minutes < 60 else minutes - minutes % (60 if minutes < TWO_DAYS else 24 * 60)


@lru_cache(5_000)
def _in(minutes: int, language: str) -> str:
    """Kept, as `_overdue`: a list says the same again and again."""
    return _("in %(span)s") % {"span": span(timedelta(minutes=minutes))}


@lru_cache(5_000)
def _overdue(minutes: int, language: str) -> str:
    return _("%(span)s overdue") % {"span": span(timedelta(minutes=minutes))}


def exact(at: datetime | None, zone: tzinfo, language: str = "") -> str:
    """“Tue 24 Nov 2026, 14:05 CET”: what hovering over a relative time shows."""
    return _exact(at.replace(second=0, microsecond=0), zone, language or get_language()) if at is not None else ""


@lru_cache(10_000)
def _exact(at: datetime, zone: tzinfo, language: str) -> str:
    """Kept: a list shows the same times again and again."""
    return spoken.exact(at.astimezone(zone))


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """“Today 14:05”, “21 Nov”, “21 Nov 2024”."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return _("Today %(time)s") % {"time": f"{local:%H:%M}"}
    return spoken.short_day(local) if local.year == today.year else spoken.short_day_of_a_year(local)
