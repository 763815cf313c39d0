"""Counting in a business calendar, forwards and backwards, exact when the clocks change.

Theory. Counting begins at the first working moment: a start outside working hours moves to the next opening (backwards:
to the last closing). A working *day* then keeps the hour: n open days later at the same local time, or, where that day
is not worked at that time, when it closes before it, or else opens. Working *hours* are elapsed time while the calendar
is open. What ends when the day ends, ends then, and not when the next day begins.

Years are the units of search, with sums inside: a thousand working days cost a few look-ups.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta

from orchestrator.working_time.amounts import Amount
from orchestrator.working_time.calendar import Calendar, OpenDay
from orchestrator.working_time.errors import WorkingTimeError

FURTHEST = 100  # years that counting looks ahead or back
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def add(calendar: Calendar, start: datetime, amount: Amount) -> datetime:
    """When so much working time has passed since `start` (timezone-aware); in the zone of `start`.

    Raises WorkingTimeError when that is more than 100 years away, or the calendar never opens.
    """
    count = _Backwards(calendar, start) if amount.backwards else _Forwards(calendar, start)
    count.enter()
    if amount.days:
        count.days(amount.days)
    if amount.seconds:
        count.seconds(amount.seconds)
    return count.at.astimezone(start.tzinfo)


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time from `start` to `end`; nothing when it is not later."""
    if end <= start:
        return timedelta()
    return timedelta(seconds=_worked(calendar, end) - _worked(calendar, start) + _years(calendar, start, end))


def _worked(calendar: Calendar, moment: datetime) -> float:
    """Seconds worked in the local year of `moment` until then."""
    local = moment.astimezone(calendar.zone).date()
    year = calendar.year(local.year)
    index = year.first_from(local)
    if index == len(year.days):
        return year.seconds
    day, at = year.days[index], moment.astimezone(UTC)
    spans = ((min(end, at) - start).total_seconds() for start, end in day.spans if start < at)
    return year.before[index] + sum(spans)


def _years(calendar: Calendar, start: datetime, end: datetime) -> int:
    first, last = (moment.astimezone(calendar.zone).year for moment in (start, end))
    if last - first > FURTHEST:
        raise WorkingTimeError(f"Working time is counted over at most {FURTHEST} years")
    return sum(calendar.year(year).seconds for year in range(first, last))


class _Forwards:
    """A moment that moves through a calendar."""

    step = 1

    def __init__(self, calendar: Calendar, start: datetime) -> None:
        self.calendar = calendar
        self.at = start.astimezone(UTC)
        self.start_year = self.at.year

    # -- where it stands

    @property
    def today(self) -> date:
        return self.at.astimezone(self.calendar.zone).date()

    def enter(self) -> None:
        """To the first working moment, this one if it is one."""
        year = self.today.year
        index = self.calendar.year(year).first_from(self.today)
        while True:
            days = self.calendar.year(year).days
            if index < len(days):
                if (moment := self._entrance(days[index])) is not None:
                    self.at = moment
                    return
                index += 1
            else:
                year, index = self._next(year), 0

    def _entrance(self, day: OpenDay) -> datetime | None:
        return next((max(start, self.at) for start, end in day.spans if self.at < end), None)

    # -- how it moves

    def days(self, count: int) -> None:
        """So many open days on, at the same local time."""
        today, left = self.today, count
        year = today.year
        table = self.calendar.year(year)
        index = table.first_after(today)
        while left > len(table.days) - index:
            left -= len(table.days) - index
            year = self._next(year)
            table, index = self.calendar.year(year), 0
        self._keep_the_hour(table.days[index + left - 1])

    def _keep_the_hour(self, day: OpenDay) -> None:
        clock = self.at.astimezone(self.calendar.zone)
        same = clock.replace(year=day.date.year, month=day.date.month, day=day.date.day, fold=0).astimezone(UTC)
        if any(start <= same <= end for start, end in day.spans):
            self.at = same
        else:
            self.at = max((end for _, end in day.spans if end < same), default=day.spans[0][0])

    def seconds(self, count: float) -> None:
        """So much working time on."""
        year = self.today.year
        table = self.calendar.year(year)
        left = _worked(self.calendar, self.at) + count  # since the year began
        while left > table.seconds:
            left -= table.seconds
            year = self._next(year)
            table = self.calendar.year(year)
        index = bisect_left(table.before, left) - 1
        self.at = _into(table.days[index], left - table.before[index])

    def _next(self, year: int) -> int:
        year += self.step
        if abs(year - self.start_year) > FURTHEST or not _FIRST_YEAR <= year <= _LAST_YEAR:
            name = self.calendar.name
            raise WorkingTimeError(f"In the calendar “{name}” this is more than {FURTHEST} years away, or never")
        return year


def _into(day: OpenDay, seconds: float) -> datetime:
    """The moment at which so much of the day has been worked."""
    for start, end in day.spans:
        length = (end - start).total_seconds()
        if seconds <= length:
            return start + timedelta(seconds=seconds)
        seconds -= length
    return day.spans[-1][1]


class _Backwards(_Forwards):
    step = -1

    def enter(self) -> None:
        """To the last working moment, this one if it is one."""
        year = self.today.year
        index = self.calendar.year(year).first_after(self.today) - 1
        while True:
            if index >= 0:
                day = self.calendar.year(year).days[index]
                if (moment := self._entrance(day)) is not None:
                    self.at = moment
                    return
                index -= 1
            else:
                year = self._next(year)
                index = len(self.calendar.year(year).days) - 1

    def _entrance(self, day: OpenDay) -> datetime | None:
        return next((min(end, self.at) for start, end in reversed(day.spans) if start < self.at), None)

    def days(self, count: int) -> None:
        today, left = self.today, count
        year = today.year
        table = self.calendar.year(year)
        index = table.first_from(today)  # so many open days before it in the year
        while left > index:
            left -= index
            year = self._next(year)
            table = self.calendar.year(year)
            index = len(table.days)
        self._keep_the_hour(table.days[index - left])

    def seconds(self, count: float) -> None:
        year = self.today.year
        table = self.calendar.year(year)
        left = _worked(self.calendar, self.at) - count
        while left < 0 or (left == 0 and not table.days):
            year = self._next(year)
            table = self.calendar.year(year)
            left += table.seconds
        index = bisect_right(table.before, left) - 1
        self.at = _into(table.days[index], left - table.before[index])
