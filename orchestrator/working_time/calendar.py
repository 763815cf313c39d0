"""A business calendar: which days are open, from when to when, in which time zone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property

from orchestrator.working_time import public_holidays
from orchestrator.working_time.hours import MIDNIGHT, Spans

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ONE_DAY = timedelta(days=1)

# Why a day is as it is
USUAL, HOLIDAY, SPECIAL = "usual", "holiday", "special"


@dataclass(frozen=True, slots=True)
class Special:
    """The days from `first` to `last`, both included, have these hours and no others; none: closed.

    `yearly`: in every year, on the same day of the month. The one that covers fewer days wins.
    """

    first: date
    last: date
    hours: Spans = ()
    name: str = ""
    yearly: bool = False

    def days_of(self, year: int) -> Iterator[date]:
        """Its days in that year; one that spans the turn of a year has days in both."""
        for shift in (year - 1, year) if self.yearly else (self.first.year,):
            first = _in_year(self.first, shift)
            length = self.last - self.first
            if first is None and not length:
                continue  # 29 February
            first = first or date(shift, 3, 1)
            days = (first + ONE_DAY * n for n in range(length.days + 1))
            yield from (day for day in days if day.year == year)

    @property
    def weight(self) -> tuple[timedelta, bool, bool]:
        """The smaller wins: fewer days, then a dated one, then an open one."""
        return self.last - self.first, self.yearly, not self.hours


@dataclass(frozen=True, slots=True)
class Day:
    """One date; `name` says why it is not as usual."""

    date: date
    hours: Spans
    kind: str = USUAL
    name: str = ""


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A date with working hours, as moments in UTC."""

    date: date
    spans: tuple[tuple[datetime, datetime], ...]

    @property
    def seconds(self) -> int:
        return sum(int((end - start).total_seconds()) for start, end in self.spans)


@dataclass(frozen=True)
class Year:
    """The open days of a year in order, and for each how many seconds were worked before it in the year."""

    days: tuple[OpenDay, ...]
    before: tuple[int, ...]
    seconds: int

    @cached_property
    def dates(self) -> tuple[date, ...]:
        return tuple(day.date for day in self.days)

    def first_after(self, day: date) -> int:
        return bisect_right(self.dates, day)

    def first_from(self, day: date) -> int:
        return bisect_left(self.dates, day)


@dataclass(frozen=True)
class Calendar:
    """`week` holds the hours from Monday to Sunday. Years are worked out once each and kept."""

    name: str
    zone: tzinfo
    week: tuple[Spans, ...]
    country: str = ""
    subdivision: str = ""
    specials: tuple[Special, ...] = ()
    _years: dict[int, Year] = field(default_factory=dict, compare=False, repr=False)

    def days(self, year: int) -> Iterator[Day]:
        """Every date of the year."""
        public = public_holidays.of_year(self.country, self.subdivision, year)
        special = self._specials(year)
        day = date(year, 1, 1)
        for _ in range(366 if _is_leap(year) else 365):
            yield self._day(day, public, special)
            if day < date.max:
                day += ONE_DAY

    def year(self, year: int) -> Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._work_out(year)
        return found

    def _day(self, day: date, public: Mapping[date, str], special: Mapping[date, Special]) -> Day:
        if (own := special.get(day)) is not None:
            return Day(day, own.hours, SPECIAL, own.name)
        if (name := public.get(day)) is not None:
            return Day(day, (), HOLIDAY, name)
        return Day(day, self.week[day.weekday()])

    def _specials(self, year: int) -> dict[date, Special]:
        heavy_first = sorted(self.specials, key=lambda special: special.weight, reverse=True)
        return {day: special for special in heavy_first for day in special.days_of(year)}

    def _work_out(self, year: int) -> Year:
        days = tuple(self._open(day) for day in self.days(year) if day.hours)
        before, worked = [], 0
        for day in days:
            before.append(worked)
            worked += day.seconds
        return Year(days, tuple(before), worked)

    def _open(self, day: Day) -> OpenDay:
        return OpenDay(day.date, tuple((self.at(day.date, s.start), self.at(day.date, s.end)) for s in day.hours))

    def at(self, day: date, minute: int) -> datetime:
        """The moment at which the clocks of this zone show that time, in UTC. The first of two; for a time that is
        skipped, the one that they show instead.
        """
        if minute == MIDNIGHT:
            day, minute = day + ONE_DAY, 0
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return local.astimezone(UTC)


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February, or before the first year
        return None


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
