"""Working time: the notation, the days of a calendar, and counting in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.working_time import (
    Amount,
    Calendar,
    Special,
    WorkingTimeError,
    add,
    between,
    is_working_time,
    parse,
    parse_hours,
    public_holidays,
    write_hours,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NINE_TO_FIVE, SPLIT = parse_hours("09:00-17:00"), parse_hours("09:00-12:00, 13:00-17:00")
WEEK = (*[NINE_TO_FIVE] * 5, (), ())


def office(**more: Any) -> Calendar:
    return Calendar("Office", BERLIN, **{"week": WEEK, "country": "DE", "subdivision": "BE", **more})


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# The notation


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2 working days", Amount(2)),
        ("1 Working Day", Amount(1)),
        ("8 working hours", Amount(0, 8 * 3600)),
        ("90 working minutes", Amount(0, 90 * 60)),
        ("1 working day 4 working hours", Amount(1, 4 * 3600)),
        ("1 working day, 4 working hours and 30 working minutes", Amount(1, 4 * 3600 + 1800)),
        ("-1 working day", Amount(1, backwards=True)),
        ("- 2 working hours", Amount(0, 7200, backwards=True)),
        ("0 working days", Amount()),
    ],
)
def test_an_amount_is_read_and_written(text: str, amount: Amount) -> None:
    assert is_working_time(text)
    assert parse(text) == amount
    assert parse(str(amount)) == amount


@pytest.mark.parametrize(
    "text", ["working days", "two working days", "2 days", "1.5 working days", "4 working hours 1 working day", "", "-"]
)
def test_what_says_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WorkingTimeError, match="write 2 working days"):
        parse(text)


def test_a_duration_is_no_working_time() -> None:
    assert not is_working_time("P2D")
    assert not is_working_time("PT8H")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("9-17", "write 09:00-12:30"),
        ("09:00-25:00", "no time of day"),
        ("17:00-09:00", "ends before it begins"),
        ("09:00-12:00, 11:00-13:00", "begins before"),
        ("09:60-10:00", "no time of day"),
    ],
)
def test_hours_that_cannot_be_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(WorkingTimeError, match=sentence):
        parse_hours(text)


def test_hours_are_written_as_they_are_read() -> None:
    assert write_hours(parse_hours("9:00–12:30; 13:00-24:00")) == "09:00-12:30, 13:00-24:00"


# Counting: Office hours are 9 to 17 in Berlin, with the holidays of Berlin


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        # 2026-11-23 is a Monday
        ("2026-11-23T10:00", "2 working days", "2026-11-25T10:00"),
        ("2026-11-26T10:00", "2 working days", "2026-11-30T10:00"),
        ("2026-11-28T10:00", "2 working days", "2026-12-02T09:00"),  # from Monday's opening
        ("2026-11-27T18:30", "1 working day", "2026-12-01T09:00"),
        ("2026-11-27T06:00", "1 working day", "2026-11-30T09:00"),
        ("2026-11-27T17:00", "1 working day", "2026-12-01T09:00"),  # at the close nothing is left of the day
        ("2026-11-27T16:00", "8 working hours", "2026-11-30T16:00"),
        ("2026-11-27T09:00", "8 working hours", "2026-11-27T17:00"),  # ends with the day
        ("2026-11-28T09:00", "16 working hours", "2026-12-01T17:00"),
        ("2026-11-23T10:00", "1 working day 4 working hours", "2026-11-24T14:00"),
        ("2026-11-23T15:00", "1 working day 4 working hours", "2026-11-25T11:00"),
        ("2026-11-23T15:00", "90 working minutes", "2026-11-23T16:30"),
        # 25 and 26 December, 1 January; 26 December 2026 is a Saturday
        ("2026-12-24T10:00", "1 working day", "2026-12-28T10:00"),
        ("2026-12-23T16:00", "16 working hours", "2026-12-28T16:00"),
        ("2026-12-31T10:00", "1 working day", "2027-01-04T10:00"),
        ("2026-12-31T16:00", "2 working hours", "2027-01-04T10:00"),
        # 8 March is a holiday in Berlin alone; 2027-03-08 is a Monday
        ("2027-03-05T10:00", "1 working day", "2027-03-09T10:00"),
        # The clocks change on Sunday, 28 March 2027 and 31 October 2027; Good Friday and Easter Monday are closed
        ("2027-03-25T16:00", "2 working hours", "2027-03-30T10:00"),
        ("2027-10-29T16:00", "2 working hours", "2027-11-01T10:00"),
        # Backwards
        ("2026-11-25T10:00", "-2 working days", "2026-11-23T10:00"),
        ("2026-11-30T10:00", "-8 working hours", "2026-11-27T10:00"),
        ("2026-11-28T12:00", "-1 working day", "2026-11-26T17:00"),
        ("2026-11-28T12:00", "-8 working hours", "2026-11-27T09:00"),
        ("2027-01-04T10:00", "-2 working hours", "2026-12-31T16:00"),
        ("2027-01-04T10:00", "-1 working day", "2026-12-31T10:00"),
        # Nothing: the first working moment
        ("2026-11-28T12:00", "0 working days", "2026-11-30T09:00"),
        ("2026-11-27T12:00", "0 working hours", "2026-11-27T12:00"),
    ],
)
def test_counting(start: str, amount: str, end: str) -> None:
    assert add(office(), at(start), parse(amount)) == at(end)


def test_a_break_is_not_worked() -> None:
    calendar = office(week=(*[SPLIT] * 5, (), ()))
    assert add(calendar, at("2026-11-23T11:00"), parse("2 working hours")) == at("2026-11-23T14:00")
    assert add(calendar, at("2026-11-23T12:30"), parse("30 working minutes")) == at("2026-11-23T13:30")


def test_a_day_that_closes_early_ends_the_working_day() -> None:
    calendar = office(week=(*[NINE_TO_FIVE] * 4, parse_hours("09:00-12:00"), (), ()))
    assert add(calendar, at("2026-11-26T16:00"), parse("1 working day")) == at("2026-11-27T12:00")
    assert add(calendar, at("2026-11-26T10:00"), parse("1 working day")) == at("2026-11-27T10:00")


def test_open_at_night_is_exact_when_the_clocks_change() -> None:
    """A shift from midnight to six has five hours in spring and seven in autumn."""
    night = office(week=(parse_hours("00:00-06:00"),) * 7, country="", subdivision="")
    assert between(night, at("2027-03-28T00:00"), at("2027-03-29T00:00")) == timedelta(hours=5)
    assert between(night, at("2027-10-31T00:00"), at("2027-11-01T00:00")) == timedelta(hours=7)
    assert add(night, at("2027-03-28T00:00"), parse("4 working hours")).isoformat() == "2027-03-28T05:00:00+02:00"
    assert add(night, at("2027-10-31T00:00"), parse("4 working hours")).isoformat() == "2027-10-31T03:00:00+01:00"


def test_a_day_that_never_closes_runs_on() -> None:
    always = office(week=(parse_hours("00:00-24:00"),) * 7, country="", subdivision="")
    assert add(always, at("2026-11-27T12:00"), parse("48 working hours")) == at("2026-11-29T12:00")


def test_the_calendar_has_its_own_zone() -> None:
    utc = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 16:30 in Berlin
    found = add(office(), utc, parse("1 working hour"))
    assert found.tzinfo is UTC
    assert found == datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


# Days that are not as usual


def test_special_days_win_over_weekdays_and_holidays() -> None:
    calendar = office(
        specials=(
            Special(date(2026, 12, 24), date(2027, 1, 1), (), "Company holidays", yearly=True),
            Special(date(2026, 12, 28), date(2026, 12, 28), NINE_TO_FIVE, "Stocktaking"),
            Special(date(2026, 11, 28), date(2026, 11, 28), parse_hours("10:00-14:00"), "Open Saturday"),
        )
    )
    assert add(calendar, at("2026-11-27T16:00"), parse("2 working hours")) == at("2026-11-28T11:00")
    assert add(calendar, at("2026-12-23T10:00"), parse("1 working day")) == at("2026-12-28T10:00")
    assert add(calendar, at("2026-12-23T10:00"), parse("2 working days")) == at("2027-01-04T10:00")
    assert add(calendar, at("2028-12-22T10:00"), parse("1 working day")) == at("2029-01-02T10:00")


def test_holidays_have_their_names_in_the_language_of_the_country() -> None:
    assert public_holidays.of_year("DE", "BE", 2027)[date(2027, 3, 8)] == "Frauentag"
    assert public_holidays.of_year("US", "", 2027)[date(2027, 7, 5)].startswith("Independence Day")
    assert public_holidays.of_year("", "", 2027) == {}


def test_a_leap_day_of_every_year_comes_in_leap_years_only() -> None:
    leap = Special(date(2024, 2, 29), date(2024, 2, 29), (), "Leap day", yearly=True)
    days = {day.date: day for year in (2027, 2028) for day in office(specials=(leap,)).days(year)}
    assert days[date(2028, 2, 29)].name == "Leap day"
    assert days[date(2027, 3, 1)].hours


def test_a_calendar_that_never_opens_is_told_so() -> None:
    closed = office(week=((),) * 7)
    for amount in ("1 working day", "1 working hour", "-1 working day", "-3 working minutes"):
        with pytest.raises(WorkingTimeError, match="or never"):
            add(closed, at("2026-11-23T10:00"), parse(amount))


@pytest.mark.parametrize("amount", ["999999 working days", "999999 working hours", "-999999 working hours"])
def test_counting_is_bounded(amount: str) -> None:
    with pytest.raises(WorkingTimeError, match="more than 100 years away"):
        add(office(), at("2026-11-23T10:00"), parse(amount))


def test_counting_near_the_ends_of_time_is_refused() -> None:
    with pytest.raises(WorkingTimeError):
        add(office(country="", subdivision=""), at("9998-12-28T10:00"), parse("9 working days"))


@pytest.mark.parametrize(
    ("place", "sentence"),
    [(("XX", ""), "ISO 3166"), (("DE", "XX"), "no part of DE"), (("", "BE"), "needs its country")],
)
def test_a_place_whose_holidays_are_not_known_is_refused(place: tuple[str, str], sentence: str) -> None:
    with pytest.raises(WorkingTimeError, match=sentence):
        public_holidays.check(*place)


# What holds for every start and amount

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
CALENDARS = st.sampled_from(
    [
        office(),
        office(week=(*[SPLIT] * 5, parse_hours("10:00-14:00"), ())),
        Calendar("Night", NEW_YORK, (parse_hours("00:00-06:30, 22:00-24:00"),) * 7, "US"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(CALENDARS, MOMENTS, st.integers(1, 5_000), st.integers(1, 5_000))
def test_working_minutes_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    """What is added is what lies between, and two steps lead where one does."""
    one, two = Amount(0, first * 60), Amount(0, second * 60)
    end = add(calendar, add(calendar, start, one), two)
    assert end == add(calendar, start, Amount(0, (first + second) * 60))
    assert between(calendar, start, end) == timedelta(minutes=first + second)
    assert add(calendar, end, Amount(0, (first + second) * 60, backwards=True)) <= add(calendar, start, Amount())


@settings(max_examples=150, deadline=None)
@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=9)), st.integers(0, 300))
def test_who_starts_later_is_not_due_earlier(calendar: Calendar, start: datetime, lead: timedelta, days: int) -> None:
    assert add(calendar, start, Amount(days)) <= add(calendar, start + lead, Amount(days))
