"""Dates, times, durations: reading, writing, properties, arithmetic, order (DMN 1.5, 10.3.2.3, 10.3.2.15, 10.3.4)."""

from __future__ import annotations

import datetime as python
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.feel import Date, DateTime, DaysTimeDuration, Dialect, Environment, Time
from tests.feel.speak import D, camunda, dmn, plain, run

READ: list[tuple[str, Any]] = [
    ('date("2024-02-29")', "2024-02-29"),
    ('date("2023-02-29")', None),
    ('date("-2017-12-31")', "-2017-12-31"),
    ('date("999999999-12-31")', "999999999-12-31"),
    ('date("9999999999-12-31")', None),
    ('date("02024-01-01")', None),
    ('date("2024-1-1")', None),
    ('date("2024-01-01Z")', None),
    ('date("+2024-01-01")', None),
    ("date(2024, 2, 29)", "2024-02-29"),
    ("date(2024, 13, 1)", None),
    ("date(2024.5, 1, 1)", None),
    ("date(-999999999, 1, 1)", "-999999999-01-01"),
    ('date(@"2024-01-01T10:00:00Z")', "2024-01-01"),
    ('date("")', None),
    ("date(null)", None),
    ("date(1)", None),
    ("date([])", None),
    ('time("11:22:33.123456789")', "11:22:33.123456789"),
    ('time("11:22:33.000")', "11:22:33"),
    ('time("24:00:00")', "00:00:00"),
    ('time("24:00:01")', None),
    ('time("11:22")', None),
    ('time("11:22:33+00:00")', "11:22:33Z"),
    ('time("11:22:33-05:30")', "11:22:33-05:30"),
    ('time("11:22:33+19:00")', None),
    ('time("11:22:33@Europe/Paris")', "11:22:33@Europe/Paris"),
    ('time("11:22:33@Mars/Base")', None),
    ('time("11:22:33+02:00@Europe/Paris")', None),
    ('time("11:22:33@../../etc/passwd")', None),
    ('time(11, 59, 45, @"PT2H45M55S")', "11:59:45+02:45:55"),
    ('time(11, 59, 45, @"-PT2H")', "11:59:45-02:00"),
    ("time(11, 59, 45, null)", "11:59:45"),
    ("time(11, 59, 45.25)", "11:59:45.25"),
    ("time(11, 60, 45)", None),
    ('time(@"2024-01-01")', "00:00:00Z"),
    ('date and time("2024-01-01T24:00:00")', "2024-01-02T00:00:00"),
    ('date and time("2024-01-01")', "2024-01-01T00:00:00"),
    ('date and time("2024-01-01T10:00")', None),
    ('date and time("-99999-12-31T11:22:33")', "-99999-12-31T11:22:33"),
    ('date and time(@"2024-01-01", @"10:00:00Z")', "2024-01-01T10:00:00Z"),
    ('date and time(@"2024-01-01T23:00:00+02:00", @"10:00:00")', "2024-01-01T10:00:00"),
    ("date and time(2024, 1, 1, 10, 0, 0)", "2024-01-01T10:00:00"),
    ('date and time(@"2024-01-01T10:00:00Z", "Asia/Dhaka")', "2024-01-01T16:00:00@Asia/Dhaka"),
    ('duration("P1DT2H3M4.5S")', "P1DT2H3M4.5S"),
    ('duration("PT36H")', "P1DT12H"),
    ('duration("P1Y27M")', "P3Y3M"),
    ('duration("-P100M")', "-P8Y4M"),
    ('duration("P0D")', "PT0S"),
    ('duration("P0Y")', "P0M"),
    ('duration("P1Y1D")', None),
    ('duration("P")', None),
    ('duration("PT")', None),
    ('duration("P1YT")', None),
    ('duration("P1H")', None),
    ('duration("PT0.999S")', "PT0.999S"),
    ('@"P999999999Y"', "P999999999Y"),
    ('@"P9999999999Y"', None),
    ('@"foo"', None),
    ('@"2024-02-30"', None),
    ('years and months duration(@"2011-12-22", @"2013-08-24")', "P1Y8M"),
    ('years and months duration(@"2013-08-24", @"2011-12-22")', "-P1Y8M"),
    ('years and months duration(@"2024-01-31", @"2024-02-29")', "P0M"),
]
PROPERTIES: list[tuple[str, Any]] = [
    ('@"2024-05-05".year', 2024),
    ('@"2024-05-05".weekday', 7),
    ('@"2024-05-06".weekday', 1),
    ('@"2024-05-05T10:11:12.5".second', 12),
    ('@"10:11:12".minute', 11),
    ('@"10:00:00+05:00".time offset', "PT5H"),
    ('@"10:00:00".time offset', None),
    ('@"2024-07-01T10:00:00@Europe/Paris".time offset', "PT2H"),
    ('@"2024-01-01T10:00:00@Europe/Paris".timezone', "Europe/Paris"),
    ('@"2024-01-01T10:00:00+01:00".timezone', None),
    ('@"P1DT2H3M4S".hours', 2),
    ('@"-P1DT2H".days', -1),
    ('@"P1Y2M".months', 2),
    ('@"-P1Y2M".months', -2),
    ('@"P1Y".days', None),
    ('@"2024-01-01".hour', None),
    ('day of week(@"2019-09-16")', "Monday"),
    ('day of year(@"2024-12-31")', 366),
    ('month of year(@"2019-09-16T10:00:00")', "September"),
    ('week of year(@"2005-01-01")', 53),
    ('week of year(@"2003-12-29")', 1),
    ('week of year(@"12005-01-01")', 53),
    ('last day of month(@"2024-02-01")', "2024-02-29"),
]
ARITHMETIC: list[tuple[str, Any]] = [
    ('@"2024-01-31" + @"P1M"', "2024-02-29"),
    ('@"2024-03-31" - @"P1M"', "2024-02-29"),
    ('@"P1Y" + @"2024-02-29"', "2025-02-28"),
    ('@"2024-01-01" + @"PT36H"', "2024-01-02"),
    ('@"2024-01-02" - @"PT1M"', "2024-01-01"),
    ('@"2024-01-01T10:00:00" + @"PT15H"', "2024-01-02T01:00:00"),
    ('@"10:00:00" - @"PT11H"', "23:00:00"),
    ('@"10:00:00@Asia/Dhaka" + @"P1D"', "10:00:00@Asia/Dhaka"),
    ('@"2024-03-31T01:30:00@Europe/Berlin" + @"PT1H"', "2024-03-31T03:30:00@Europe/Berlin"),
    ('@"2024-03-30T10:00:00@Europe/Berlin" + @"P1M"', "2024-04-30T10:00:00@Europe/Berlin"),
    ('@"-2021-01-01T10:10:10@Australia/Melbourne" + @"-P1D"', "-2022-12-31T10:10:10@Australia/Melbourne"),
    ('@"2024-03-01" - @"2024-02-01"', "P29D"),
    ('@"2024-01-02T10:00:00Z" - @"2024-01-01"', "P1DT10H"),
    ('@"2024-01-02T10:00:00" - @"2024-01-01T10:00:00Z"', None),
    ('@"2024-01-02T10:00:00@Europe/Paris" - @"2024-01-02T10:00:00@Asia/Dhaka"', "PT5H"),
    ('@"10:00:00+01:00" - @"10:00:00Z"', "-PT1H"),
    ('@"P1D" * 1.5', "P1DT12H"),
    ('2.5 * @"P1Y11M"', "P4Y9M"),
    ('@"P10Y11M" / 2.5', "P4Y4M"),
    ('@"P10D" / @"P4D"', D("2.5")),
    ('@"P1Y" / @"P1D"', None),
    ('@"P1D" / 0', None),
    ('-@"P1D"', "-P1D"),
    ('-@"2024-01-01"', None),
    ('@"2024-01-01" + 1', None),
    ('@"2024-01-01" + @"2024-01-01"', None),
    ('@"P1Y" + @"P1D"', None),
    ('@"999999999-12-31" + @"P1D"', None),
    ('@"PT1S" * 10 ** 30', None),
    ('@"2024-01-01" - @"P9999999Y"', "-9997975-01-01"),
]
ORDER = [
    ('@"2024-01-01" < @"2024-01-02"', True),
    ('@"10:00:00Z" < @"10:00:00-01:00"', True),
    ('@"10:00:00" < @"10:00:00Z"', None),
    ('@"2024-01-01" < @"2024-01-02T00:00:00"', None),
    ('@"2024-01-01T00:00:00Z" = @"2024-01-01T02:00:00+02:00"', True),
    ('@"2018-10-08T00:00:00+02:00" = @"2018-10-08T00:00:00@Europe/Paris"', True),
    ('@"2024-01-01T00:00:00" = @"2024-01-01T00:00:00Z"', False),
    ('@"P1D" = @"PT24H"', True),
    ('@"P1Y" > @"P11M"', True),
    ('@"P1Y" > @"P1D"', None),
    ('@"P1Y" = @"P1D"', None),
    ('@"10:00:00.1" = @"10:00:00.2"', True),
    ('@"2024-01-05" in [@"2024-01-01"..@"2024-01-31"]', True),
]


@pytest.mark.parametrize(("text", "value"), READ + PROPERTIES + ARITHMETIC + ORDER)
def test_time_is_read_looked_at_and_reckoned_with(text: str, value: Any) -> None:
    assert dmn(text) == value


def test_camunda_compares_fractions_of_a_second_and_reads_times_without_seconds() -> None:
    assert camunda('@"10:00:00.1" = @"10:00:00.2"') is False
    assert camunda('time("10:20")') == "10:20:00"
    assert camunda('date and time("2024-01-01T10:20@Europe/Berlin")') == "2024-01-01T10:20:00@Europe/Berlin"


def test_the_clock_is_the_environments() -> None:
    noon = python.datetime(2024, 2, 29, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    environment = Environment(now=noon)
    assert plain(run("now()", environment=environment).value) == "2024-02-29T12:30:00@Europe/Berlin"
    assert plain(run("today()", environment=environment).value) == "2024-02-29"
    assert run("now()").value is None
    assert "no clock is available" in run("today()").warnings[0].message


def test_python_values_come_in_and_go_out() -> None:
    moment = python.datetime(2024, 2, 29, 12, 30, 1, 500_000, python.UTC)
    assert dmn("x", x=moment) == "2024-02-29T12:30:01.5Z"
    assert dmn('x + @"P1D"', x=python.date(2024, 2, 28)) == "2024-02-29"
    assert dmn("x.hour", x=python.time(7, 30)) == 7
    assert dmn("x.hours", x=python.timedelta(hours=30)) == 6
    assert DateTime.from_datetime(moment).to_datetime() == moment
    assert Date(2024, 2, 29).to_date() == python.date(2024, 2, 29)
    assert Time.from_time(python.time(7, 30)).to_time() == python.time(7, 30)
    assert DaysTimeDuration.from_timedelta(python.timedelta(hours=-1)).to_timedelta() == python.timedelta(hours=-1)


def test_each_kind_of_time_says_its_kind() -> None:
    kinds = [
        run(f'@"{text}"').value.feel_kind for text in ("2024-01-01", "10:00:00", "2024-01-01T10:00:00", "P1D", "P1Y")
    ]
    assert kinds == ["date", "time", "dateTime", "duration", "duration"]
    assert run('@"P0D"', Dialect.CAMUNDA).value == DaysTimeDuration(0)
