"""Days and moments as people say them: “today”, “in 3 days”, “2 hours ago”, “next week”, 2026-12-24. Pure.

What counts in days is a whole day of the person's time zone, weeks begin on Monday; hours and minutes are exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

from tasks_inbox.filters.language import InvalidFilter

FURTHEST = 100_000  # of any unit
_RELATIVE = re.compile(
    r"(?:in (?P<ahead>\d+)|(?P<past>\d+)) (?P<unit>minute|hour|day|week|month|year)s?(?P<ago> ago)?", re.IGNORECASE
)
_PERIOD = re.compile(r"(?P<which>this|next|last) (?P<unit>week|month|year)", re.IGNORECASE)
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_EXACT = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_WHICH = {"last": -1, "this": 0, "next": 1}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to just before `end`; a moment has none in between."""

    start: datetime
    end: datetime


def span(text: str, now: datetime, zone: tzinfo) -> Span:
    """Raises InvalidFilter."""
    said = " ".join(text.split()).lower()
    try:
        found = _span(said, now.astimezone(zone), zone)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise InvalidFilter(
            _(
                "“%(text)s” is no time. Write 2026-12-24, 2026-12-24T09:30, today, tomorrow, “in 3 days”, "
                "“2 hours ago”, “this week” or the like."
            )
            % {"text": text[:40]}
        )
    return found


def _span(said: str, now: datetime, zone: tzinfo) -> Span | None:
    if said == "now":
        return Span(now, now)
    if said in _DAYS:
        return _day(now.date() + timedelta(days=_DAYS[said]), zone)
    if match := _RELATIVE.fullmatch(said):
        if bool(match["ahead"]) == bool(match["ago"]):
            return None
        number = int(match["ahead"] or match["past"])
        return _away(now, number if match["ahead"] else -number, match["unit"], zone)
    if match := _PERIOD.fullmatch(said):
        return _period(now.date(), _WHICH[match["which"]], match["unit"], zone)
    if len(said) == 10:
        return _day(date.fromisoformat(said), zone)
    moment = datetime.fromisoformat(said)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return Span(aware, aware)


def _away(now: datetime, number: int, unit: str, zone: tzinfo) -> Span | None:
    if abs(number) > FURTHEST:
        return None
    if unit in _EXACT:
        moment = now + number * _EXACT[unit]
        return Span(moment, moment)
    today = now.date()
    if unit == "day":
        return _day(today + timedelta(days=number), zone)
    if unit == "week":
        return _day(today + timedelta(weeks=number), zone)
    return _day(_months_away(today, number * (12 if unit == "year" else 1)), zone)


def _period(today: date, which: int, unit: str, zone: tzinfo) -> Span:
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=which)
        return Span(_midnight(first, zone), _midnight(first + timedelta(weeks=1), zone))
    months = 12 if unit == "year" else 1
    begin = today.replace(day=1, month=1 if unit == "year" else today.month)
    first = _months_away(begin, which * months)
    return Span(_midnight(first, zone), _midnight(_months_away(first, months), zone))


def _months_away(day: date, number: int) -> date:
    """The same day of another month, or its last one."""
    months = day.year * 12 + day.month - 1 + number
    year, month = divmod(months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _day(day: date, zone: tzinfo) -> Span:
    return Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
