"""When a timer is due: ISO 8601 dates, durations and repeating intervals, and cron lines.

Pure: the present comes in as an argument. Calendar steps (days, months, cron) are counted in the zone of that argument,
so that a daily timer keeps its hour when the clocks change; hours, minutes and seconds are elapsed time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import isodate
from cronsim import CronSim, CronSimError

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MAX_SKIPPED = 100_000  # occurrences that catching up steps over one by one
_DURATION = re.compile(r"(?P<sign>[+-]?)P(?P<days>[^T]+)?(?:T(?P<clock>.+))?")
_REPEATING = re.compile(r"R(?P<times>\d*|-1)/(?:(?P<start>[^/]+)/)?(?P<interval>-?P[^/]+)")


class InvalidTimer(ValueError):
    """The text says no time; str() is for a modeller."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`repeat` counts the occurrences from this one on, None for ever."""

    due: datetime
    repeat: int | None = 1


def first(kind: str, text: str, now: datetime) -> Occurrence:
    """The first time of a timer that begins to run now; `kind` is date | duration | cycle. Raises InvalidTimer."""
    return FIRST[kind](text, now)


def following(cycle: str, due: datetime, repeat: int | None, now: datetime) -> Occurrence | None:
    """The occurrence after the one that was due at `due`, or None after the last. Raises InvalidTimer.

    Occurrences that fell due while nobody looked are passed over: the one that fires late stands for all of them.
    """
    if repeat is not None and repeat <= 1:
        return None
    left = None if repeat is None else repeat - 1
    if not cycle.startswith("R"):
        return Occurrence(_cron(cycle, max(due, now)), left)
    _, _, interval = _repeating(cycle, now)
    found = _catch_up(after(interval, due), interval, left, now)
    return None if found.repeat is not None and found.repeat < 1 else found


def date(text: str, now: datetime) -> datetime:
    """An ISO 8601 date or date-time; without an offset it is one of `now`'s zone."""
    try:
        found = (
            isodate.parse_datetime(text.partition("[")[0])
            if "T" in text
            else datetime.combine(isodate.parse_date(text), datetime.min.time())
        )
    except (ValueError, isodate.ISO8601Error) as error:
        raise InvalidTimer(f"{text!r} is no ISO 8601 date: write 2026-12-24T18:00:00Z") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)


def after(text: str, start: datetime) -> datetime:
    """The end of an ISO 8601 duration that begins at `start`: days, months and years by the calendar, the rest by the
    clock.
    """
    parts = _DURATION.fullmatch(text.strip())
    if parts is None:
        raise InvalidTimer(f"{text!r} is no ISO 8601 duration: write PT15M or P1D")
    sign, days, clock = parts["sign"], parts["days"], parts["clock"]
    try:
        moved: datetime = _existing(start + isodate.parse_duration(f"{sign}P{days}")) if days else start
        if not clock:
            return moved
        elapsed: datetime = moved.astimezone(UTC) + isodate.parse_duration(f"{sign}PT{clock}")
        return elapsed.astimezone(moved.tzinfo)
    except (ValueError, OverflowError, isodate.ISO8601Error) as error:
        raise InvalidTimer(f"{text!r} is no ISO 8601 duration: write PT15M or P1D") from error


def _existing(moment: datetime) -> datetime:
    """A local time that the clocks skip becomes the one that they show instead."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _first_of_cycle(cycle: str, now: datetime) -> Occurrence:
    if not cycle.startswith("R"):
        return Occurrence(_cron(cycle, now), None)
    times, start, interval = _repeating(cycle, now)
    if times == 0:
        raise InvalidTimer(f"{cycle!r} repeats zero times: write R1/... or more, or R/... for ever")
    if after(interval, now) <= now:
        raise InvalidTimer(f"The interval {interval} does not lead forward in time")
    if start is None:
        return Occurrence(after(interval, now), times)
    return Occurrence(start, times) if start > now else _catch_up(start, interval, times, now)


def _catch_up(due: datetime, interval: str, repeat: int | None, now: datetime) -> Occurrence:
    skipped = 0
    while due <= now and skipped < MAX_SKIPPED:
        later = after(interval, due)
        if later <= due:
            raise InvalidTimer(f"The interval {interval} does not lead forward in time")
        due, skipped = later, skipped + 1
    return Occurrence(due, None if repeat is None else repeat - skipped)


def _repeating(cycle: str, now: datetime) -> tuple[int | None, datetime | None, str]:
    match = _REPEATING.fullmatch(cycle.strip())
    if match is None:
        raise InvalidTimer(f"{cycle!r} is no repeating interval: write R3/PT10M or R/2026-12-24T18:00:00Z/P1D")
    times = match["times"]
    start = None if match["start"] is None else date(match["start"], now)
    return (None if times in ("", "-1") else int(times)), start, match["interval"]


def _cron(line: str, now: datetime) -> datetime:
    """The next time of a cron line; six fields begin with the seconds, `?` means any."""
    fields = MACROS.get(line.strip(), line).replace("?", "*")
    try:
        return next(CronSim(fields, now.replace(microsecond=0)))
    except (CronSimError, StopIteration) as error:
        message = f"{line!r} is no cron line: write 0 0 9 * * MON-FRI (second minute hour day month weekday)"
        raise InvalidTimer(message) from error


FIRST = {
    "date": lambda text, now: Occurrence(date(text, now)),
    "duration": lambda text, now: Occurrence(after(text, now)),
    "cycle": _first_of_cycle,
}
