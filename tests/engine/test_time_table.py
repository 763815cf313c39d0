"""Promise F35 as a table: what a timer's text means, at a frozen present, in a zone, in a business calendar.

Each row is (kind, text, zone, now) -> the moment; `DAY` and `NIGHT` rows are counted in a business calendar. The
references are those of PostgreSQL, Debian's cron, and the wall.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator.engine.timers import EARLIEST, LATEST, InvalidTimer, Missed, catch_up, first
from orchestrator.working_time import Calendar, Special, parse_hours

NINE_TO_FIVE = parse_hours("09:00-17:00")
DAY = Calendar(
    "Day",
    ZoneInfo("Europe/Berlin"),
    (*[NINE_TO_FIVE] * 5, (), ()),
    "DE",
    "BY",
    (Special(date(2026, 12, 24), date(2026, 12, 24), parse_hours("09:00-12:00"), "Christmas Eve", yearly=True),),
)
NIGHT = Calendar("Night", ZoneInfo("America/New_York"), (parse_hours("00:00-06:00"),) * 7, "US")

Row = tuple[str, str, str, str, str]

TABLE: list[Row] = [
    # -- dates
    ("date", "2027-06-01T10:00:00Z", "Europe/Berlin", "2027-01-01T00:00", "2027-06-01T12:00:00+02:00"),
    ("date", "2027-06-01T10:00:00", "Europe/Berlin", "2027-01-01T00:00", "2027-06-01T10:00:00+02:00"),
    ("date", "2027-06-01", "America/New_York", "2027-01-01T00:00", "2027-06-01T00:00:00-04:00"),
    ("date", "2027-06-01T10:00:00+09:00", "UTC", "2027-01-01T00:00", "2027-06-01T01:00:00+00:00"),
    ("date", "2027-06-01T10:00:00[Asia/Tokyo]", "UTC", "2027-01-01T00:00", "2027-06-01T01:00:00+00:00"),
    ("date", "2027-06-01T10:00:00@Asia/Tokyo", "UTC", "2027-01-01T00:00", "2027-06-01T01:00:00+00:00"),
    ("date", "2027-03-28T02:30:00", "Europe/Berlin", "2027-01-01T00:00", "2027-03-28T03:30:00+02:00"),  # skipped
    ("date", "2027-10-31T02:30:00", "Europe/Berlin", "2027-01-01T00:00", "2027-10-31T02:30:00+02:00"),  # the first
    ("date", "2028-02-29", "UTC", "2027-01-01T00:00", "2028-02-29T00:00:00+00:00"),
    ("date", "2020-01-01", "UTC", "2027-01-01T00:00", "2020-01-01T00:00:00+00:00"),  # passed: due at once
    ("date", "9999-12-31T23:59:59Z", "UTC", "2027-01-01T00:00", LATEST.isoformat()),  # never
    ("date", "9999-12-31T23:59:59-12:00", "America/New_York", "2027-01-01T00:00", LATEST.isoformat()),
    ("date", "0001-01-01T00:00:00Z", "UTC", "2027-01-01T00:00", EARLIEST.isoformat()),
    # -- durations: days by the wall, hours by the clock
    ("duration", "P1D", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T12:00:00+02:00"),
    ("duration", "PT24H", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T13:00:00+02:00"),
    ("duration", "P1D", "Europe/Berlin", "2027-10-30T12:00", "2027-10-31T12:00:00+01:00"),
    ("duration", "PT24H", "Europe/Berlin", "2027-10-30T12:00", "2027-10-31T11:00:00+01:00"),
    ("duration", "P1D", "Europe/Berlin", "2027-03-27T02:30", "2027-03-28T03:30:00+02:00"),
    ("duration", "PT1H", "Europe/Berlin", "2027-03-28T01:30", "2027-03-28T03:30:00+02:00"),
    ("duration", "PT1H", "America/New_York", "2027-11-07T00:30", "2027-11-07T01:30:00-04:00"),
    ("duration", "PT2H", "America/New_York", "2027-11-07T00:30", "2027-11-07T01:30:00-05:00"),
    ("duration", "P1DT1H", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T13:00:00+02:00"),
    ("duration", "P1W", "Europe/Berlin", "2027-03-24T12:00", "2027-03-31T12:00:00+02:00"),
    ("duration", "P1M", "UTC", "2027-01-31T12:00", "2027-02-28T12:00:00+00:00"),
    ("duration", "P1M", "UTC", "2028-01-31T12:00", "2028-02-29T12:00:00+00:00"),
    ("duration", "P1Y", "UTC", "2028-02-29T12:00", "2029-02-28T12:00:00+00:00"),
    ("duration", "P4Y", "UTC", "2028-02-29T12:00", "2032-02-29T12:00:00+00:00"),
    ("duration", "PT0S", "UTC", "2027-01-01T12:00", "2027-01-01T12:00:00+00:00"),
    ("duration", "-PT1H", "UTC", "2027-01-01T12:00", "2027-01-01T11:00:00+00:00"),  # passed: due at once
    ("duration", "PT0.5S", "UTC", "2027-01-01T12:00", "2027-01-01T12:00:00.500000+00:00"),
    ("duration", "PT36H", "UTC", "2027-01-01T12:00", "2027-01-03T00:00:00+00:00"),
    # -- zones that changed their rules: half an hour, a whole day, no more summer time
    ("duration", "P1D", "Australia/Lord_Howe", "2027-10-02T12:00", "2027-10-03T12:00:00+11:00"),
    ("duration", "PT24H", "Australia/Lord_Howe", "2027-10-02T12:00", "2027-10-03T12:30:00+11:00"),
    ("duration", "P1D", "Pacific/Apia", "2011-12-29T12:00", "2011-12-31T12:00:00+14:00"),  # there was no 30 December
    ("duration", "P1D", "America/Sao_Paulo", "2018-11-03T12:00", "2018-11-04T12:00:00-02:00"),
    ("duration", "PT24H", "America/Sao_Paulo", "2019-11-02T12:00", "2019-11-03T12:00:00-03:00"),
    ("duration", "P1D", "Asia/Amman", "2022-10-27T12:00", "2022-10-28T12:00:00+03:00"),
    # -- repeating intervals
    ("cycle", "R/P1D", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T12:00:00+02:00"),
    ("cycle", "R/PT24H", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T13:00:00+02:00"),
    ("cycle", "R3/2027-06-01T08:00/P1D", "Europe/Berlin", "2027-05-01T00:00", "2027-06-01T08:00:00+02:00"),
    ("cycle", "R/2027-01-01T08:00/P1D", "Europe/Berlin", "2027-06-01T12:00", "2027-06-02T08:00:00+02:00"),
    ("cycle", "R/2000-01-01T00:00:00Z/PT1S", "UTC", "2027-06-01T12:00", "2027-06-01T12:00:01+00:00"),
    ("cycle", "R2/2020-01-01T00:00:00Z/P1D", "UTC", "2027-06-01T12:00", "2020-01-02T00:00:00+00:00"),  # due at once
    # -- cron: a time that is skipped comes when the clocks go on, one that comes twice comes once, `*` comes always
    ("cycle", "30 2 * * *", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T03:00:00+02:00"),
    ("cycle", "30 2 * * *", "Europe/Berlin", "2027-10-30T12:00", "2027-10-31T02:30:00+02:00"),
    ("cycle", "30 2 * * *", "Europe/Berlin", "2027-10-31T02:45", "2027-11-01T02:30:00+01:00"),
    ("cycle", "0 30 2 * * *", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T03:00:00+02:00"),
    ("cycle", "0 30 2 * * *", "Europe/Berlin", "2027-10-31T02:45", "2027-11-01T02:30:00+01:00"),
    ("cycle", "0 * * * *", "Europe/Berlin", "2027-10-31T01:30", "2027-10-31T02:00:00+02:00"),
    ("cycle", "0 * * * *", "Europe/Berlin", "2027-10-31T02:30", "2027-10-31T02:00:00+01:00"),
    ("cycle", "0 * * * *", "Europe/Berlin", "2027-03-28T01:30", "2027-03-28T03:00:00+02:00"),
    ("cycle", "0 9 * * MON-FRI", "Europe/Berlin", "2027-03-26T10:00", "2027-03-29T09:00:00+02:00"),
    ("cycle", "0 9 * * SAT-SUN", "Europe/Berlin", "2027-03-27T10:00", "2027-03-28T09:00:00+02:00"),
    ("cycle", "0 0 9 ? * mon-sun", "Europe/Berlin", "2027-03-27T10:00", "2027-03-28T09:00:00+02:00"),
    ("cycle", "0 0 9 * * MON-FRI", "Europe/Berlin", "2027-03-26T10:00", "2027-03-29T09:00:00+02:00"),
    ("cycle", "0 0 29 2 *", "UTC", "2027-01-01T00:00", "2028-02-29T00:00:00+00:00"),
    ("cycle", "0 0 L * *", "UTC", "2027-02-01T00:00", "2027-02-28T00:00:00+00:00"),
    ("cycle", "@daily", "America/New_York", "2027-03-13T12:00", "2027-03-14T00:00:00-05:00"),
    ("cycle", "@hourly", "Asia/Kolkata", "2027-03-13T12:10", "2027-03-13T13:00:00+05:30"),
    ("cycle", "*/10 * * * * *", "UTC", "2027-03-13T12:00", "2027-03-13T12:00:10+00:00"),
]
WORKED: list[tuple[Calendar, str, str, str, str]] = [
    # -- working time; 26 March 2027 is Good Friday, 6 May Ascension Day, 1 November All Saints (Bavaria)
    (DAY, "2 working days", "Europe/Berlin", "2027-03-24T10:00", "2027-03-30T10:00:00+02:00"),
    (DAY, "8 working hours", "Europe/Berlin", "2027-03-25T13:00", "2027-03-30T13:00:00+02:00"),
    (DAY, "1 working day 4 working hours", "Europe/Berlin", "2027-05-05T15:00", "2027-05-10T11:00:00+02:00"),
    (DAY, "1 working day", "Europe/Berlin", "2027-10-29T10:00", "2027-11-02T10:00:00+01:00"),
    (DAY, "1 working day", "Europe/Berlin", "2026-12-23T15:00", "2026-12-24T12:00:00+01:00"),  # closes early
    (DAY, "4 working hours", "Europe/Berlin", "2026-12-24T11:00", "2026-12-28T12:00:00+01:00"),
    (DAY, "1 working day", "America/New_York", "2027-01-04T02:00", "2027-01-05T03:00:00-05:00"),  # before opening
    (DAY, "1 working day", "UTC", "2027-01-02T12:00", "2027-01-05T08:00:00+00:00"),  # a Saturday
    (DAY, "-1 working day", "Europe/Berlin", "2027-01-04T10:00", "2026-12-31T10:00:00+01:00"),
    (DAY, "0 working days", "Europe/Berlin", "2027-01-01T10:00", "2027-01-04T09:00:00+01:00"),
    (DAY, "260 working days", "Europe/Berlin", "2027-01-04T10:00", "2028-01-13T10:00:00+01:00"),
    (DAY, "30 working minutes", "Europe/Berlin", "2027-01-04T16:45", "2027-01-05T09:15:00+01:00"),
    (NIGHT, "5 working hours", "America/New_York", "2027-03-14T00:00", "2027-03-14T06:00:00-04:00"),  # a short night
    (NIGHT, "7 working hours", "America/New_York", "2027-11-07T00:00", "2027-11-07T06:00:00-05:00"),  # a long one
    (NIGHT, "1 working day", "America/New_York", "2027-03-13T02:30", "2027-03-14T03:30:00-04:00"),
]


def moment(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) + len(WORKED) >= 60


@pytest.mark.parametrize(("kind", "text", "zone", "now", "due"), TABLE)
def test_a_timer_is_due(kind: str, text: str, zone: str, now: str, due: str) -> None:
    found, expected = first(kind, text, moment(now, zone)).due, datetime.fromisoformat(due)
    assert found.astimezone(UTC) == expected.astimezone(UTC)
    if kind != "date":  # a date keeps the offset that it was written with
        assert found.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(("calendar", "text", "zone", "now", "due"), WORKED)
def test_working_time_is_due(calendar: Calendar, text: str, zone: str, now: str, due: str) -> None:
    present = moment(now, zone)
    assert first("duration", text, present, calendar).due.isoformat() == due
    if not text.startswith(("-", "0")):
        assert first("cycle", f"R/{text}", present, calendar).due.isoformat() == due


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("duration", "P9999Y", "beyond the year 9999"),
        ("duration", "PT99999999999H", "beyond the year 9999"),
        ("duration", "-P3000Y", "beyond|no ISO"),
        ("duration", "2 working days", "needs a calendar"),
        ("duration", "2 workin days", "write PT15M"),
        ("duration", "2 working weeks", "write 2 working days"),
        ("cycle", "R/0 working days", "does not lead forward"),
        ("cycle", "R/-1 working day", "does not lead forward"),
        ("cycle", "R0/P1D", "repeats zero times"),
        ("cycle", "0 0 31 2 *", "no cron line"),
        ("date", "2027-02-29", "no ISO 8601 date"),
        ("date", "2027-06-01T10:00:00[Mars/Olympus]", "no ISO 8601 date"),
        ("date", "2 working days", "no ISO 8601 date"),
    ],
)
def test_what_says_no_time_is_refused(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidTimer, match=sentence):
        first(kind, text, moment("2027-01-01T00:00", "UTC"))


# What was missed: one catch-up, the rest counted


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cycle", "due", "repeat", "now", "following", "missed"),
    [
        ("R/PT1H", "2027-01-01T00:00", None, "2027-01-01T00:30", "2027-01-01T01:00", None),
        ("R/PT1H", "2027-01-01T00:00", None, "2027-01-01T05:30", "2027-01-01T06:00", (5, "01:00", "05:00")),
        ("R/PT1H", "2027-01-01T00:00", None, "2027-01-01T01:00", "2027-01-01T02:00", (1, "01:00", "01:00")),
        ("R3/PT1H", "2027-01-01T00:00", 3, "2027-01-01T09:30", None, (2, "01:00", "02:00")),
        ("R9/PT1H", "2027-01-01T00:00", 9, "2027-01-01T02:30", "2027-01-01T03:00", (2, "01:00", "02:00")),
        ("R1/PT1H", "2027-01-01T00:00", 1, "2027-01-01T09:30", None, None),
        ("0 * * * *", "2027-01-01T00:00", None, "2027-01-01T05:30", "2027-01-01T06:00", (5, "01:00", "05:00")),
        ("0 * * * *", "2027-01-01T00:00", None, "2027-01-01T00:10", "2027-01-01T01:00", None),
    ],
)
def test_missed_occurrences_are_counted(
    cycle: str, due: str, repeat: int | None, now: str, following: str | None, missed: tuple[int, str, str] | None
) -> None:
    after, skipped = catch_up(cycle, utc(due), repeat, utc(now))
    assert (after and after.due) == (utc(following) if following else None)
    if missed is None:
        assert skipped is None
    else:
        count, begun, last = missed
        assert skipped == Missed(count, utc(f"2027-01-01T{begun}"), utc(f"2027-01-01T{last}"))
    if after is not None and repeat is not None:
        assert after.repeat == repeat - 1 - (missed[0] if missed else 0)


@pytest.mark.parametrize("cycle", ["R/PT10M", "R/PT30M", "0/10 * * * *"])
@pytest.mark.parametrize("night", ["2027-03-27T23:50", "2027-10-30T22:50"])
def test_nothing_is_lost_or_doubled_in_the_night_in_which_the_clocks_change(cycle: str, night: str) -> None:
    """Fired one by one, and caught up after an outage: the same times, evenly apart, in UTC."""
    berlin, begun = ZoneInfo("Europe/Berlin"), utc(night)
    every = timedelta(minutes=30 if "30M" in cycle else 10)
    due: datetime = begun.astimezone(berlin)
    for n in range(1, 25):
        after, missed = catch_up(cycle, due, None, due)
        assert after is not None
        assert missed is None
        due = after.due
        assert due.astimezone(UTC) == begun + n * every
        late, skipped = catch_up(cycle, begun.astimezone(berlin), None, due)
        assert late is not None
        assert late.due.astimezone(UTC) == begun + (n + 1) * every
        assert skipped is not None
        assert skipped.count == n


def test_a_clock_that_goes_back_repeats_nothing() -> None:
    """What follows is later than what was due, whatever the clock says."""
    for cycle in ("R/PT1H", "R/P1D", "0 * * * *"):
        after, skipped = catch_up(cycle, utc("2027-01-01T05:00"), None, utc("2027-01-01T01:00"))
        assert after is not None
        assert after.due > utc("2027-01-01T05:00")
        assert skipped is None


def test_catching_up_a_year_of_seconds_is_one_step() -> None:
    after, skipped = catch_up("R/PT1S", utc("2026-01-01T00:00"), None, utc("2027-01-01T00:00"))
    assert after is not None
    assert after.due == utc("2027-01-01T00:00:01")
    assert skipped == Missed(365 * 86_400, utc("2026-01-01T00:00:01"), utc("2027-01-01T00:00"))


def test_too_many_to_count_are_told_so() -> None:
    for cycle in ("* * * * * *", "R/1 working minute"):
        after, skipped = catch_up(cycle, utc("2026-01-01T00:00"), None, utc("2027-01-04T00:00"), DAY)
        assert after is not None
        assert after.due > utc("2027-01-04T00:00")
        assert skipped is not None
        assert (skipped.count, skipped.counted) == (10_000, False)


def test_a_working_cycle_passes_over_what_was_missed() -> None:
    """Thursday's and Tuesday's came during the outage; Friday and Monday are holidays."""
    after, skipped = catch_up("R/1 working day", utc("2027-03-24T09:00"), None, utc("2027-03-30T12:00"), DAY)
    assert after is not None
    assert after.due == utc("2027-03-31T08:00")
    assert skipped is not None
    assert skipped.count == 2
