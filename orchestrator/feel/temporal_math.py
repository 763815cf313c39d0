"""Arithmetic on dates, times, durations (DMN 1.5, table 57). ValueError with a sentence where there is no result."""

from __future__ import annotations

from orchestrator.feel.temporal import (
    DAY,
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    days_in_month,
)

_MIDNIGHT_UTC = Time(0, 0, 0, 0, 0)


def add_months_to_date(date: Date, months: int) -> Date:
    """That many months later; the day is cut to the last of its month."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def add_days_to_date(date: Date, nanoseconds: int) -> Date:
    """From midnight on, that much later; the day of it."""
    return Date.from_day_number((date.day_number * DAY + nanoseconds) // DAY)


def add_months_to_date_time(value: DateTime, months: int) -> DateTime:
    """That many months later on the local calendar."""
    return DateTime(add_months_to_date(value.date, months), value.time)


def add_days_to_date_time(value: DateTime, nanoseconds: int) -> DateTime:
    """That much later in real time; in a zone with daylight saving the clock may show another hour."""
    if isinstance(value.zone, str):
        return DateTime.from_instant(value.instant + nanoseconds, value.zone)
    return DateTime.from_local_nano(value.local_nano + nanoseconds, value.zone)


def add_to_time(time: Time, nanoseconds: int) -> Time:
    """That much later, around the clock."""
    return Time.from_nano(time.nano_of_day + nanoseconds, time.zone)


def between_dates(end: Date, start: Date) -> DaysTimeDuration:
    """Whole days."""
    return DaysTimeDuration((end.day_number - start.day_number) * DAY)


def between_times(end: Time, start: Time) -> DaysTimeDuration:
    """Both with a zone, or both without."""
    if (end.offset is None) != (start.offset is None):
        raise ValueError(f"one of the times {end} and {start} has a time zone and the other has none")
    shift = (end.offset or 0) - (start.offset or 0)
    return DaysTimeDuration(end.nano_of_day - start.nano_of_day - shift * NANO)


def between_date_times(end: Date | DateTime, start: Date | DateTime) -> DaysTimeDuration:
    """Both with a zone, or both without; a date is its midnight in UTC."""
    last = end if isinstance(end, DateTime) else DateTime(end, _MIDNIGHT_UTC)
    first = start if isinstance(start, DateTime) else DateTime(start, _MIDNIGHT_UTC)
    if (last.zone is None) != (first.zone is None):
        raise ValueError(f"one of {end} and {start} has a time zone and the other has none")
    return DaysTimeDuration(last.instant - first.instant)


def months_between(start: Date | DateTime, end: Date | DateTime) -> YearsMonthsDuration:
    """Whole months from the day of start to the day of end, negative backwards (`years and months duration`)."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearsMonthsDuration(months)
