"""Values of a model in words: durations, FEEL, groups, timers."""

from __future__ import annotations

import re
from datetime import timedelta

import isodate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.bpmn.model import Text, TimerDefinition
from orchestrator.feel import Expression

_WORKING = re.compile(r"(\d+) working (day|hour)s?", re.IGNORECASE)
_IN_FEEL = re.compile(r'now\(\)\s*\+\s*duration\("(P[^"]+)"\)')


def plain(text: Text | None) -> str:
    """Static text as it stands, FEEL as FEEL."""
    if isinstance(text, Expression):
        literal = text.text.strip()
        quoted = literal[1:-1] if re.fullmatch(r'"[^"]*"', literal) else ""
        return quoted or literal
    return (text or "").strip()


def is_feel(text: Text | None) -> bool:
    return isinstance(text, Expression) and not re.fullmatch(r'\s*"[^"]*"\s*', text.text)


def duration(text: str) -> str:
    """`P1DT2H` is “1 day and 2 hours”, working time is told in the reader's language; anything else stays as it is."""
    if working := _WORKING.fullmatch(text.strip()):
        return _working(int(working[1]), working[2].lower())
    try:
        found = isodate.parse_duration(text)
    except (isodate.ISO8601Error, ValueError, OverflowError):
        return text
    years, months = (int(getattr(found, name, 0)) for name in ("years", "months"))
    said = [
        ngettext("%(n)d year", "%(n)d years", years) % {"n": years} if years else "",
        ngettext("%(n)d month", "%(n)d months", months) % {"n": months} if months else "",
        elapsed(getattr(found, "tdelta", found)),
    ]
    return _(" and ").join(part for part in said if part) or text


def _working(number: int, unit: str) -> str:
    if unit == "day":
        return ngettext("%(n)d working day", "%(n)d working days", number) % {"n": number}
    return ngettext("%(n)d working hour", "%(n)d working hours", number) % {"n": number}


def elapsed(rest: timedelta) -> str:
    """“2 days and 3 hours”; "" for no time at all."""
    hours, seconds = divmod(rest.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = [
        ngettext("%(n)d day", "%(n)d days", rest.days) % {"n": rest.days} if rest.days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
        ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds} if seconds else "",
    ]
    return _(" and ").join(part for part in parts if part)


def moment(text: Text | None) -> str:
    """A due date: the usual “so long after the task was made” in words, anything else as FEEL."""
    if isinstance(text, Expression) and (match := _IN_FEEL.fullmatch(text.text.strip())):
        return _("%(time)s after it was made") % {"time": duration(match[1])}
    return plain(text)


def timer(definition: TimerDefinition) -> str:
    text = plain(definition.text)
    if definition.kind == "duration":
        return _("After %(time)s") % {"time": duration(text)}
    if definition.kind == "date":
        return _("At %(time)s") % {"time": text}
    times, _slash, interval = text.rpartition("/")
    if times.startswith("R"):
        return _("Every %(time)s") % {"time": duration(interval)}
    return _("As often as %(time)s says") % {"time": text}
