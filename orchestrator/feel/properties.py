"""The properties of temporal values and ranges: date.year, duration.days, range.start (DMN 1.5, table 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.feel.temporal import NANO, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.values import Range


def weekday(date: Date) -> int:
    """1 for Monday to 7 for Sunday."""
    return (date.day_number + 3) % 7 + 1


def _offset(value: Time | DateTime) -> DaysTimeDuration | None:
    return None if value.offset is None else DaysTimeDuration(value.offset * NANO)


def _timezone(value: Time | DateTime) -> str | None:
    zone = value.zone
    return zone if isinstance(zone, str) else None


def _second(time: Time) -> Decimal:
    return Decimal(time.second)


def _split(value: int, unit: int, modulus: int | None) -> Decimal:
    whole = abs(value) // unit
    whole = whole % modulus if modulus else whole
    return Decimal(-whole if value < 0 else whole)


_DATE: dict[str, Callable[[Date], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(weekday(d)),
}
_TIME: dict[str, Callable[[Time], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": _second,
}
_ZONE: dict[str, Callable[[Any], Any]] = {"time offset": _offset, "timezone": _timezone}


def _of_date(get: Callable[[Date], Any]) -> Callable[[DateTime], Any]:
    return lambda value: get(value.date)


def _of_time(get: Callable[[Time], Any]) -> Callable[[DateTime], Any]:
    return lambda value: get(value.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _DATE,
    Time: {**_TIME, **_ZONE},
    DateTime: {
        **{name: _of_date(get) for name, get in _DATE.items()},
        **{name: _of_time(get) for name, get in _TIME.items()},
        **_ZONE,
    },
    YearsMonthsDuration: {
        "years": lambda d: _split(d.months, 12, None),
        "months": lambda d: _split(d.months, 1, 12),
    },
    DaysTimeDuration: {
        "days": lambda d: _split(d.nanoseconds, 86_400 * NANO, None),
        "hours": lambda d: _split(d.nanoseconds, 3600 * NANO, 24),
        "minutes": lambda d: _split(d.nanoseconds, 60 * NANO, 60),
        "seconds": lambda d: _split(d.nanoseconds, NANO, 60),
    },
    Range: {
        "start": lambda r: r.low,
        "end": lambda r: r.high,
        "start included": lambda r: r.low_included,
        "end included": lambda r: r.high_included,
    },
}
NAMES = sorted({name for table in PROPERTIES.values() for name in table})
