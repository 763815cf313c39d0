"""Dates, times and durations of FEEL: years from -999,999,999 to 999,999,999, nanoseconds, IANA zones.

Immutable values; str() is the lexical form that a FEEL function reads back (DMN 1.5, 10.3.2.3).
"""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass
from typing import ClassVar

from orchestrator.feel.zones import Zone, offset_at, python_zone, zone_of, zone_text

MAX_YEAR = 999_999_999
MAX_MONTHS = 12 * MAX_YEAR + 11
NANO = 1_000_000_000
DAY = 86_400 * NANO
MAX_DURATION = (1 << 63) * NANO


def is_leap(year: int) -> bool:
    """The Gregorian rule, extended to all years; the year 0 is the year before 1."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    return 29 if month == 2 and is_leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 (the civil-day algorithm of Howard Hinnant)."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def from_day_number(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    era, of_era_day = divmod(days + 719_468, 146_097)
    of_era = (of_era_day - of_era_day // 1460 + of_era_day // 36_524 - of_era_day // 146_096) // 365
    of_year = of_era_day - (365 * of_era + of_era // 4 - of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def year_text(year: int) -> str:
    """At least four digits, a minus before year 0."""
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def fraction_text(nanosecond: int) -> str:
    """'.5' for half a second, '' for a whole one."""
    return f".{nanosecond:09}".rstrip("0") if nanosecond else ""


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day. Raises ValueError with a sentence when there is no such day."""

    year: int
    month: int
    day: int
    feel_kind: ClassVar[str] = "date"

    def __post_init__(self) -> None:
        if not -MAX_YEAR <= self.year <= MAX_YEAR:
            raise ValueError(f"the year {str(self.year)[:20]} is beyond 999,999,999")
        if not 1 <= self.month <= 12:
            raise ValueError(f"there is no month {str(self.month)[:20]}")
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise ValueError(f"{year_text(self.year)}-{self.month:02} has no day {str(self.day)[:20]}")

    @property
    def day_number(self) -> int:
        """Days since 1970-01-01."""
        return day_number(self.year, self.month, self.day)

    @classmethod
    def from_day_number(cls, days: int) -> Date:
        """The inverse of `day_number`; ValueError beyond the calendar."""
        return cls(*from_day_number(days))

    @classmethod
    def from_date(cls, value: python.date) -> Date:
        """From Python's date."""
        return cls(value.year, value.month, value.day)

    def to_date(self) -> python.date:
        """To Python's date; ValueError outside the years 1 to 9999."""
        return python.date(self.year, self.month, self.day)

    def __str__(self) -> str:
        return f"{year_text(self.year)}-{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, with or without a zone. Raises ValueError with a sentence when there is no such time."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    zone: Zone = None
    feel_kind: ClassVar[str] = "time"

    def __post_init__(self) -> None:
        for name, value, end in (("hour", self.hour, 24), ("minute", self.minute, 60), ("second", self.second, 60)):
            if not 0 <= value < end:
                raise ValueError(f"the {name} {str(value)[:20]} is not between 0 and {end - 1}")

    @property
    def nano_of_day(self) -> int:
        """Nanoseconds since local midnight."""
        return (self.hour * 3600 + self.minute * 60 + self.second) * NANO + self.nanosecond

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC, None without a zone; an IANA zone is asked for the first of January 1970."""
        return None if self.zone is None else offset_at(self.zone, 1970, 1, 1, self.nano_of_day // NANO)

    @classmethod
    def from_nano(cls, nanoseconds: int, zone: Zone = None) -> Time:
        """The time that many nanoseconds after midnight, around the clock."""
        seconds, nano = divmod(nanoseconds % DAY, NANO)
        return cls(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, zone)

    @classmethod
    def from_time(cls, value: python.time) -> Time:
        """From Python's time."""
        return cls(value.hour, value.minute, value.second, value.microsecond * 1000, zone_of(value))

    def to_time(self) -> python.time:
        """To Python's time; nanoseconds are cut to microseconds."""
        return python.time(self.hour, self.minute, self.second, self.nanosecond // 1000, python_zone(self.zone))

    def __str__(self) -> str:
        clock = f"{self.hour:02}:{self.minute:02}:{self.second:02}"
        return clock + fraction_text(self.nanosecond) + zone_text(self.zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day; with a zone, an instant."""

    date: Date
    time: Time
    feel_kind: ClassVar[str] = "dateTime"

    @property
    def zone(self) -> Zone:
        """The zone of the time."""
        return self.time.zone

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC at this moment, None without a zone."""
        if self.time.zone is None:
            return None
        seconds = self.time.nano_of_day // NANO
        return offset_at(self.time.zone, self.date.year, self.date.month, self.date.day, seconds)

    @property
    def local_nano(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 on the local clock."""
        return self.date.day_number * DAY + self.time.nano_of_day

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z; without a zone the local clock is taken for UTC."""
        return self.local_nano - (self.offset or 0) * NANO

    @classmethod
    def from_local_nano(cls, nanoseconds: int, zone: Zone = None) -> DateTime:
        """The inverse of `local_nano`; ValueError beyond the calendar."""
        days, nano = divmod(nanoseconds, DAY)
        return cls(Date.from_day_number(days), Time.from_nano(nano, zone))

    @classmethod
    def from_instant(cls, nanoseconds: int, zone: Zone) -> DateTime:
        """The local date and time that a zone shows at an instant."""
        utc = cls.from_local_nano(nanoseconds, zone)
        second = utc.time.nano_of_day // NANO
        offset = offset_at(zone or 0, utc.date.year, utc.date.month, utc.date.day, second, of_utc=True)
        return cls.from_local_nano(nanoseconds + offset * NANO, zone)

    @classmethod
    def from_datetime(cls, value: python.datetime) -> DateTime:
        """From Python's datetime."""
        clock = Time(value.hour, value.minute, value.second, value.microsecond * 1000, zone_of(value))
        return cls(Date(value.year, value.month, value.day), clock)

    def to_datetime(self) -> python.datetime:
        """To Python's datetime; ValueError outside the years 1 to 9999, nanoseconds are cut to microseconds."""
        return python.datetime.combine(self.date.to_date(), self.time.to_time())

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class YearsMonthsDuration:
    """A number of months, negative ones included."""

    months: int
    feel_kind: ClassVar[str] = "duration"

    def __post_init__(self) -> None:
        if abs(self.months) > MAX_MONTHS:
            raise ValueError("the duration is longer than 999,999,999 years")

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if self.months < 0 else ''}P{text or '0M'}"


@dataclass(frozen=True, slots=True)
class DaysTimeDuration:
    """A number of nanoseconds, negative ones included."""

    nanoseconds: int
    feel_kind: ClassVar[str] = "duration"

    def __post_init__(self) -> None:
        if abs(self.nanoseconds) >= MAX_DURATION:
            raise ValueError("the duration is longer than 2^63 seconds")

    @classmethod
    def from_timedelta(cls, value: python.timedelta) -> DaysTimeDuration:
        """From Python's timedelta."""
        return cls((value.days * 86_400 + value.seconds) * NANO + value.microseconds * 1000)

    def to_timedelta(self) -> python.timedelta:
        """To Python's timedelta; OverflowError beyond its range, nanoseconds are cut to microseconds."""
        return python.timedelta(microseconds=self.nanoseconds // 1000)

    def __str__(self) -> str:
        seconds, nano = divmod(abs(self.nanoseconds), NANO)
        days, seconds = divmod(seconds, 86_400)
        hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or nano:
            clock += f"{seconds}{fraction_text(nano)}S"
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return f"{'-' if self.nanoseconds < 0 else ''}P{text or 'T0S'}"


Duration = YearsMonthsDuration | DaysTimeDuration
Temporal = Date | Time | DateTime | YearsMonthsDuration | DaysTimeDuration
TEMPORAL = (Date, Time, DateTime, YearsMonthsDuration, DaysTimeDuration)
