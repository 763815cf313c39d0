"""Functions that make dates, times and durations, and those that look at them (DMN 1.5, tables 73, 79, 81, 82)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as python_date
from decimal import Decimal
from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.limits import LimitExceeded
from orchestrator.feel.properties import weekday
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal import (
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    day_number,
    days_in_month,
)
from orchestrator.feel.temporal_math import months_between
from orchestrator.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from orchestrator.feel.values import describe
from orchestrator.feel.zones import Zone, iana

Made = Callable[..., Any]


def _reasoned(make: Made) -> Made:
    """The function, whose ValueError becomes a Null with its sentence."""

    def function(run: Run, *values: Any) -> Any:
        try:
            return make(run, *values)
        except LimitExceeded:
            raise
        except ValueError as error:
            return Null("bad value", str(error))

    return function


def constructor(declaration: str) -> Callable[[Made], Made]:
    """A built-in that may refuse its arguments with a ValueError."""

    def register(make: Made) -> Made:
        builtin(declaration)(_reasoned(make))
        return make

    return register


def _whole(name: str, number: Decimal) -> int:
    if number != number.to_integral_value() or abs(number) > 10**12:
        raise ValueError(f"the {name} {str(number)[:40]} is not a whole number of a date or time")
    return int(number)


def _short(run: Run) -> bool:
    """Camunda reads times without seconds."""
    return run.dialect is Dialect.CAMUNDA


# --- date


@constructor("date(from: string)")
def date_from_text(run: Run, text: str) -> Date:
    """'2024-02-29'"""
    return parse_date(text)


@constructor("date(from: date or date and time)")
def date_from(run: Run, value: Date | DateTime) -> Date:
    """The day of a date and time."""
    return value.date if isinstance(value, DateTime) else value


@constructor("date(year: number, month: number, day: number)")
def date_of(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date:
    """By its components."""
    return Date(_whole("year", year), _whole("month", month), _whole("day", day))


# --- time


@constructor("time(from: string)")
def time_from_text(run: Run, text: str) -> Time:
    """'11:45:30'"""
    return parse_time(text, short=_short(run))


@constructor("time(from: time or date and time or date)")
def time_from(run: Run, value: Time | DateTime | Date) -> Time:
    """The clock of a date and time; of a date, midnight in UTC."""
    if isinstance(value, Date):
        return Time(0, 0, 0, 0, 0)
    return value.time if isinstance(value, DateTime) else value


@constructor("time(hour: number, minute: number, second: number, offset?: days and time duration or null)")
def time_of(run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTimeDuration | None) -> Time:
    """By its components."""
    return _clock(hour, minute, second, _offset(offset))


def _clock(hour: Decimal, minute: Decimal, second: Decimal, zone: Zone) -> Time:
    if not 0 <= second < 60:
        raise ValueError(f"the second {str(second)[:20]} is not between 0 and 59")
    nano = int(second % 1 * NANO)
    return Time(_whole("hour", hour), _whole("minute", minute), int(second), nano, zone)


def _offset(offset: DaysTimeDuration | None) -> int | None:
    if offset is None:
        return None
    seconds, rest = divmod(offset.nanoseconds, NANO)
    if rest or abs(seconds) > 18 * 3600:
        raise ValueError(f"{describe(offset)} is no offset from UTC")
    return seconds


# --- date and time


@constructor("date and time(from: string)")
def date_time_from_text(run: Run, text: str) -> DateTime:
    """'2024-02-29T11:45:30'"""
    return parse_date_time(text, short=_short(run))


@constructor("date and time(from: date and time)")
def date_time_from(run: Run, value: DateTime) -> DateTime:
    """A date and time is one already."""
    return value


@constructor("date and time(date: date or date and time, time: time)")
def date_time_of(run: Run, date: Date | DateTime, time: Time) -> DateTime:
    """A day and a clock."""
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@constructor("date and time(date: date and time, timezone: string)")
def date_time_at(run: Run, value: DateTime, timezone: str) -> DateTime:
    """The same instant as another zone's clock shows it (Camunda)."""
    if iana(timezone) is None:
        raise ValueError(f"there is no time zone named {timezone[:60]!r}")
    zone: Zone = 0 if timezone in ("Z", "UTC") else timezone
    if value.zone is None:
        return DateTime.from_local_nano(value.local_nano, zone)
    return DateTime.from_instant(value.instant, zone)


_PARTS = "year: number, month: number, day: number, hour: number, minute: number, second: number"


@constructor(f"date and time({_PARTS}, offset?: days and time duration or null)")
def date_time_by_offset(run: Run, *parts: Any) -> DateTime:
    """By its components."""
    return DateTime(date_of(run, *parts[:3]), _clock(parts[3], parts[4], parts[5], _offset(parts[6])))


@constructor(f"date and time({_PARTS}, timezone: string)")
def date_time_by_zone(run: Run, *parts: Any) -> DateTime:
    """By its components and the name of a zone."""
    if iana(parts[6]) is None:
        raise ValueError(f"there is no time zone named {parts[6][:60]!r}")
    return DateTime(date_of(run, *parts[:3]), _clock(parts[3], parts[4], parts[5], parts[6]))


# --- durations


@constructor("duration(from: string)")
def duration_from_text(run: Run, text: str) -> Any:
    """'P1Y2M' or 'P1DT2H'"""
    return parse_duration(text)


@constructor("duration(from: days and time duration or years and months duration)")
def duration_from(run: Run, value: Any) -> Any:
    """A duration is one already."""
    return value


@constructor("years and months duration(from: date or date and time, to: date or date and time)")
def years_and_months(run: Run, start: Date | DateTime, end: Date | DateTime) -> YearsMonthsDuration:
    """Whole months between two days."""
    return months_between(start, end)


# --- the clock


@builtin("now()")
def now(run: Run) -> Any:
    """The environment's."""
    if run.environment.now is None:
        return Null("no environment", "no clock is available here")
    return DateTime.from_datetime(run.environment.now)


@builtin("today()")
def today(run: Run) -> Any:
    """The environment's."""
    value = now(run)
    return value.date if isinstance(value, DateTime) else value


# --- repetition

_INTERVAL = "interval: days and time duration or years and months duration"


@builtin(f"cycle({_INTERVAL})")
def endless_cycle(run: Run, interval: DaysTimeDuration | YearsMonthsDuration) -> str:
    """A repeating interval of ISO 8601, for a timer: again and again."""
    return f"R/{interval}"


@builtin(f"cycle(repetitions: number or null, {_INTERVAL})")
def cycle(run: Run, repetitions: Decimal | None, interval: DaysTimeDuration | YearsMonthsDuration) -> Any:
    """The same, so many times; null: again and again."""
    if repetitions is None:
        return endless_cycle(run, interval)
    if repetitions < 0 or repetitions != int(repetitions):
        return Null("bad value", f"a timer cannot repeat {repetitions} times")
    return f"R{int(repetitions)}/{interval}"


# --- looking at dates

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of week(date: date or date and time)")
def day_of_week(run: Run, value: Date | DateTime) -> str:
    """Monday to Sunday."""
    return DAYS[weekday(_day(value)) - 1]


@builtin("day of year(date: date or date and time)")
def day_of_year(run: Run, value: Date | DateTime) -> Decimal:
    """1 to 366."""
    date = _day(value)
    return Decimal(date.day_number - day_number(date.year, 1, 1) + 1)


@builtin("month of year(date: date or date and time)")
def month_of_year(run: Run, value: Date | DateTime) -> str:
    """January to December."""
    return MONTHS[_day(value).month - 1]


@builtin("week of year(date: date or date and time)")
def week_of_year(run: Run, value: Date | DateTime) -> Decimal:
    """The week of ISO 8601."""
    date = _day(value)
    cycle = python_date(2000 + date.year % 400, date.month, date.day)
    return Decimal(cycle.isocalendar().week)


@builtin("last day of month(date: date or date and time)")
def last_day_of_month(run: Run, value: Date | DateTime) -> Date:
    """The date of the month's last day."""
    date = _day(value)
    return Date(date.year, date.month, days_in_month(date.year, date.month))
