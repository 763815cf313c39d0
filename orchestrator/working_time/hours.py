"""The working hours of one day: “09:00-12:30, 13:00-17:30”. A day that ends at midnight ends at 24:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from orchestrator.working_time.errors import WorkingTimeError

MIDNIGHT = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes of the local day: 0 <= start < end <= 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


Spans = tuple[Span, ...]


def parse_hours(text: str) -> Spans:
    """The spans in order; none for an empty text. Raises WorkingTimeError."""
    parts = [part.strip() for part in text.replace(";", ",").split(",")]
    spans = tuple(_span(part, text) for part in parts if part)
    for earlier, later in pairwise(spans):
        if later.start < earlier.end:
            raise WorkingTimeError(f"{later} begins before {earlier} has ended: write the hours in order, apart")
    return spans


def write_hours(spans: Spans) -> str:
    return ", ".join(map(str, spans))


def _span(part: str, text: str) -> Span:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise WorkingTimeError(f"“{part}” are no working hours: write 09:00-12:30, 13:00-17:30")
    start, end = (_minutes(int(hour), int(minute), part) for hour, minute in (match.group(1, 2), match.group(3, 4)))
    if end <= start:
        raise WorkingTimeError(f"“{part}” ends before it begins: hours after midnight belong to the next day")
    return Span(start, end)


def _minutes(hour: int, minute: int, part: str) -> int:
    found = hour * 60 + minute
    if minute > 59 or found > MIDNIGHT:
        raise WorkingTimeError(f"“{part}” is no time of day: write 00:00 to 24:00")
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
