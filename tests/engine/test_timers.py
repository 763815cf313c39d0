"""When a timer is due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.engine.timers import InvalidTimer, after, first, following

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "text", "due", "repeat"),
    [
        ("date", "2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC), 1),
        ("date", "2026-05-01T10:00:00", datetime(2026, 5, 1, 10, tzinfo=UTC), 1),
        ("date", "2026-05-01", datetime(2026, 5, 1, tzinfo=UTC), 1),
        ("date", "2026-05-01T10:00:00+02:00[Europe/Berlin]", datetime(2026, 5, 1, 8, tzinfo=UTC), 1),
        ("duration", "PT15M", datetime(2026, 1, 1, 12, 15, tzinfo=UTC), 1),
        ("duration", "P1M", datetime(2026, 2, 1, 12, tzinfo=UTC), 1),
        ("duration", "PT0S", NOW, 1),
        ("cycle", "R3/PT1H", datetime(2026, 1, 1, 13, tzinfo=UTC), 3),
        ("cycle", "R/P1D", datetime(2026, 1, 2, 12, tzinfo=UTC), None),
        ("cycle", "R2/2026-03-01T00:00:00Z/P1D", datetime(2026, 3, 1, tzinfo=UTC), 2),
        ("cycle", "R5/2025-12-30T00:00:00Z/P1D", datetime(2026, 1, 2, tzinfo=UTC), 2),
        ("cycle", "0 0 9 * * MON-FRI", datetime(2026, 1, 2, 9, tzinfo=UTC), None),
        ("cycle", "0 30 13 ? * *", datetime(2026, 1, 1, 13, 30, tzinfo=UTC), None),
        ("cycle", "@hourly", datetime(2026, 1, 1, 13, tzinfo=UTC), None),
    ],
)
def test_the_first_time(kind: str, text: str, due: Any, repeat: int | None) -> None:
    found = first(kind, text, NOW)
    assert (found.due, found.repeat) == (due, repeat)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("date", "soon"),
        ("date", "2026-13-01"),
        ("duration", "1 hour"),
        ("duration", "P99999999999Y"),
        ("cycle", "PT1H"),
        ("cycle", "R0/PT1H"),
        ("cycle", "R/PT0S"),
        ("cycle", "R/-PT1H"),
        ("cycle", "R3/2026-01-01/PT0S"),
        ("cycle", "every day"),
        ("cycle", "0 0 31 2 *"),
    ],
)
def test_a_text_that_says_no_time_is_refused_with_an_example(kind: str, text: str) -> None:
    with pytest.raises(InvalidTimer, match=r"write|forward"):
        first(kind, text, NOW)


def test_a_cycle_ends_after_its_last_time() -> None:
    second = following("R2/PT1H", NOW, 2, NOW)
    assert second is not None
    assert (second.due, second.repeat) == (datetime(2026, 1, 1, 13, tzinfo=UTC), 1)
    assert following("R2/PT1H", second.due, second.repeat, NOW) is None


def test_what_was_missed_is_passed_over() -> None:
    late = datetime(2026, 1, 1, 15, 30, tzinfo=UTC)
    found = following("R/PT1H", NOW, None, late)
    assert found is not None
    assert found.due == datetime(2026, 1, 1, 16, tzinfo=UTC)
    assert following("R3/PT1H", NOW, 3, late) is None
    cron = following("@daily", NOW, None, datetime(2026, 1, 5, 1, tzinfo=UTC))
    assert cron is not None
    assert cron.due == datetime(2026, 1, 6, tzinfo=UTC)


def test_days_keep_their_hour_when_the_clocks_change_and_hours_do_not() -> None:
    evening = datetime(2026, 3, 28, 20, tzinfo=BERLIN)
    assert after("P1D", evening) == datetime(2026, 3, 29, 20, tzinfo=BERLIN)
    assert after("PT24H", evening) == datetime(2026, 3, 29, 21, tzinfo=BERLIN)
    assert after("P1D", datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)).isoformat() == "2026-03-29T03:30:00+02:00"
