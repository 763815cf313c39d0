"""When a timer is due: ISO 8601 dates, durations and repeating intervals, cron lines, and working time.

Pure: the present comes in as an argument. Calendar steps (days, months, cron) are counted in the zone of that argument,
so that a daily timer keeps its hour when the clocks change; hours, minutes and seconds are elapsed time. “2 working
days” stands wherever a duration may, and is counted in a business calendar.

Trap: Python compares and subtracts two times of the same zone by what the clocks show, so that in the hour that comes
twice a later moment seems earlier. Here moments are compared in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import isodate
from cronsim import CronSim, CronSimError

from orchestrator.working_time import Amount, Calendar, WorkingTimeError, add, is_working_time, parse

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
TO_SUNDAY = re.compile(r"-SUN\b", re.IGNORECASE)  # the last day of a range, and the first of a week to the library
MAX_SKIPPED = 10_000  # occurrences that catching up steps over one by one
# Every moment between these can be shown in any time zone. A date beyond means “never”, or “long ago”.
EARLIEST, LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
NO_CALENDAR = "working time needs a calendar: name one by the property “calendar” of the element or of the process"
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(?P<sign>[+-]?)P(?P<days>[^T]+)?(?:T(?P<clock>.+))?")
_REPEATING = re.compile(r"R(?P<times>\d{0,9}|-1)/(?:(?P<start>[^/]+)/)?(?P<interval>[+-]?P[^/]+|[^/]*\bworking\b[^/]*)")
_ZONED = re.compile(r"(?P<moment>[^\[@]+)(?:\[(?P<bracketed>[^\]]*)\]|@(?P<named>.*))")


class InvalidTimer(ValueError):
    """The text says no time; str() is for a modeller."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`repeat` counts the occurrences from this one on, None for ever."""

    due: datetime
    repeat: int | None = 1


@dataclass(frozen=True, slots=True)
class Missed:
    """Occurrences that fell due while nobody looked, and are not made up for. `counted`: else there were more."""

    count: int
    first: datetime
    last: datetime
    counted: bool = True


def first(kind: str, text: str, now: datetime, calendar: Calendar | None = None) -> Occurrence:
    """The first time of a timer that begins to run now; `kind` is date | duration | cycle. Raises InvalidTimer."""
    return FIRST[kind](text, now, calendar)


def following(
    cycle: str, due: datetime, repeat: int | None, now: datetime, calendar: Calendar | None = None
) -> Occurrence | None:
    """The occurrence after the one that was due at `due`, or None after the last. Raises InvalidTimer."""
    return catch_up(cycle, due, repeat, now, calendar)[0]


def catch_up(
    cycle: str, due: datetime, repeat: int | None, now: datetime, calendar: Calendar | None = None
) -> tuple[Occurrence | None, Missed | None]:
    """What follows the occurrence that was due at `due` and fires now, and what was missed between the two.

    Occurrences that fell due while nobody looked are passed over: the one that fires late stands for all of them.
    Raises InvalidTimer.
    """
    if repeat is not None and repeat <= 1:
        return None, None
    left = None if repeat is None else repeat - 1
    if not cycle.startswith("R"):
        return _cron_after(cycle, due, left, now)
    _, _, interval = _repeating(cycle, now)
    return _pass_over(after(interval, due, calendar), interval, left, now, calendar)


def date(text: str, now: datetime) -> datetime:
    """An ISO 8601 date or date-time; without an offset it is one of the zone it names, else of `now`'s zone."""
    zoned = _ZONED.fullmatch(text.strip())
    plain = zoned["moment"].strip() if zoned else text.strip()
    try:
        found: datetime = (
            isodate.parse_datetime(plain)
            if "T" in plain
            else datetime.combine(isodate.parse_date(plain), datetime.min.time())
        )
        if found.tzinfo is None:
            found = found.replace(tzinfo=_zone(zoned) or now.tzinfo)
    except (ValueError, OSError, ZoneInfoNotFoundError, isodate.ISO8601Error) as error:
        raise InvalidTimer(f"{text!r} is no ISO 8601 date: write 2026-12-24T18:00:00Z") from error
    return within_time(found)


def after(text: str, start: datetime, calendar: Calendar | None = None) -> datetime:
    """The end of an ISO 8601 duration that begins at `start`: days, months and years by the calendar on the wall, the
    rest by the clock; or of an amount of working time in the business calendar. Raises InvalidTimer.
    """
    if is_working_time(text):
        return _worked(text, start, calendar)
    parts = _DURATION.fullmatch(text.strip())
    if parts is None:
        raise InvalidTimer(f"{text!r} is no ISO 8601 duration: write PT15M or P1D")
    sign, days, clock = parts["sign"], parts["days"], parts["clock"]
    beyond = InvalidTimer(f"{text!r} leads beyond the year 9999: write a shorter duration")
    try:
        on_the_wall = isodate.parse_duration(f"{sign}P{days}") if days else timedelta()
        elapsed = isodate.parse_duration(f"{sign}PT{clock}") if clock else timedelta()
    except OverflowError as error:
        raise beyond from error
    except (ValueError, isodate.ISO8601Error) as error:
        raise InvalidTimer(f"{text!r} is no ISO 8601 duration: write PT15M or P1D") from error
    try:
        moved = _shift(_existing(start + on_the_wall) if days else start, elapsed)
    except (ValueError, OverflowError) as error:
        raise beyond from error
    if not EARLIEST <= moved <= LATEST:
        raise beyond
    return moved


def leads_forward(interval: str) -> bool:
    """Does this duration, or amount of working time, go into the future? Raises InvalidTimer."""
    if is_working_time(interval):
        amount = _amount(interval)
        return not amount.backwards and bool(amount.days or amount.seconds)
    return after(interval, _SOME_DAY) > _SOME_DAY


def within_time(moment: datetime) -> datetime:
    """The same moment, if it can be shown everywhere; else the last or first that can."""
    if moment.replace(tzinfo=None) >= LATEST.replace(tzinfo=None):
        return LATEST
    if moment.replace(tzinfo=None) <= EARLIEST.replace(tzinfo=None):
        return EARLIEST
    return _existing(moment)


def _zone(zoned: re.Match[str] | None) -> ZoneInfo | None:
    return ZoneInfo(zoned["bracketed"] or zoned["named"] or "") if zoned else None


def _worked(text: str, start: datetime, calendar: Calendar | None) -> datetime:
    amount = _amount(text)
    if calendar is None:
        raise InvalidTimer(f"{text!r}: {NO_CALENDAR}")
    try:
        return add(calendar, start, amount)
    except WorkingTimeError as error:
        raise InvalidTimer(f"{text!r}: {error}") from error


def _amount(text: str) -> Amount:
    try:
        return parse(text)
    except WorkingTimeError as error:
        raise InvalidTimer(str(error)) from error


def _existing(moment: datetime) -> datetime:
    """A local time that the clocks skip becomes the one that they show instead."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


# Repeating intervals


def _first_of_cycle(cycle: str, now: datetime, calendar: Calendar | None) -> Occurrence:
    if not cycle.startswith("R"):
        return Occurrence(_cron(cycle, now), None)
    times, start, interval = _repeating(cycle, now)
    if times == 0:
        raise InvalidTimer(f"{cycle!r} repeats zero times: write R1/... or more, or R/... for ever")
    if not leads_forward(interval):
        raise InvalidTimer(f"The interval {interval} does not lead forward in time")
    if start is None or start > now.astimezone(UTC):
        return Occurrence(start or after(interval, now, calendar), times)
    found, missed = _pass_over(start, interval, times, now, calendar)
    if found is None and missed is not None:
        return Occurrence(missed.last, 1)  # all of its times have passed: the last one is due at once
    assert found is not None
    return found


def _pass_over(
    due: datetime, interval: str, left: int | None, now: datetime, calendar: Calendar | None
) -> tuple[Occurrence | None, Missed | None]:
    """From `due` on, of which `left` occurrences are left: the first one after `now`, and those until then."""
    instant = now.astimezone(UTC)
    if due > instant:
        return Occurrence(due, left), None
    begun, last, count = due, due, 0
    if (every := _elapsed(interval)) is not None:  # however long it was, in one step
        count = (instant - due) // every if left is None else min((instant - due) // every, left - 1)
        due = last = _shift(due, every * count)
    bound = count + 1 if every is not None else MAX_SKIPPED
    while due <= instant and count < (bound if left is None else min(bound, left)):
        later = after(interval, due, calendar)
        if later <= due.astimezone(UTC):
            raise InvalidTimer(f"The interval {interval} does not lead forward in time")
        last, due, count = due, later, count + 1
    if left is not None and count >= left:
        return None, Missed(count, begun, last)
    if due <= instant:  # too many to count: begin anew
        return Occurrence(after(interval, now, calendar), left), Missed(count, begun, last, counted=False)
    return Occurrence(due, None if left is None else left - count), Missed(count, begun, last)


def _elapsed(interval: str) -> timedelta | None:
    """The length of an interval that the clock alone measures."""
    parts = _DURATION.fullmatch(interval.strip())
    if parts is None or parts["days"]:
        return None
    found = isodate.parse_duration(interval.strip())
    return found if isinstance(found, timedelta) and found > timedelta() else None


def _shift(moment: datetime, by: timedelta) -> datetime:
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)


def _repeating(cycle: str, now: datetime) -> tuple[int | None, datetime | None, str]:
    match = _REPEATING.fullmatch(cycle.strip())
    if match is None:
        raise InvalidTimer(f"{cycle!r} is no repeating interval: write R3/PT10M or R/2026-12-24T18:00:00Z/P1D")
    times = match["times"]
    start = None if match["start"] is None else date(match["start"], now)
    return (None if times in ("", "-1") else int(times)), start, match["interval"]


# Cron lines


def _cron(line: str, now: datetime) -> datetime:
    """The next time of a cron line; six fields begin with the seconds, `?` means any."""
    try:
        return next(_times(line, now))
    except (CronSimError, StopIteration, OverflowError) as error:
        message = f"{line!r} is no cron line: write 0 0 9 * * MON-FRI (second minute hour day month weekday)"
        raise InvalidTimer(message) from error


def _times(line: str, now: datetime) -> CronSim:
    fields = TO_SUNDAY.sub("-7", MACROS.get(line.strip(), line).replace("?", "*"))
    times = CronSim(fields, now.replace(microsecond=0))
    if len(times.parts) == len(fields.split()) and not any(part.startswith("*") for part in times.parts[1:3]):
        _keep_to_the_wall(times)
    return times


def _keep_to_the_wall(times: CronSim) -> None:
    """The library gives a time of the day that the clocks skip to lines of five fields only; ours have six as well."""
    if times.dt.tzinfo not in (None, UTC):
        times.fixup_tz, times.dt = times.dt.tzinfo, times.dt.replace(tzinfo=None)


def _cron_after(line: str, due: datetime, left: int | None, now: datetime) -> tuple[Occurrence | None, Missed | None]:
    instant = now.astimezone(UTC)
    following = Occurrence(_cron(line, due if due > instant else now), left)
    begun = last = _cron(line, due)
    if begun > instant:
        return following, None
    count = 1
    for moment in _times(line, begun):
        if moment > instant or count == MAX_SKIPPED:
            return following, Missed(count, begun, last, counted=moment > instant)
        last, count = moment, count + 1
    return following, Missed(count, begun, last)


FIRST: dict[str, Callable[[str, datetime, Calendar | None], Occurrence]] = {
    "date": lambda text, now, calendar: Occurrence(date(text, now)),
    "duration": lambda text, now, calendar: Occurrence(after(text, now, calendar)),
    "cycle": _first_of_cycle,
}
