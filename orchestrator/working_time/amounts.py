"""“2 working days”, “8 working hours”, “1 working day 4 working hours 30 working minutes”: the one notation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.working_time.errors import WorkingTimeError

EXAMPLE = "write 2 working days, 8 working hours, or 1 working day 4 working hours"
_SECONDS = {"hour": 3600, "minute": 60}
_WORKING = re.compile(r"\bworking\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:(?P<days>\d{1,6})\s+working\s+days?)?"
    r"(?:(?:\s*,\s*|\s+and\s+|\s+|^)(?P<hours>\d{1,6})\s+working\s+hours?)?"
    r"(?:(?:\s*,\s*|\s+and\s+|\s+|^)(?P<minutes>\d{1,6})\s+working\s+minutes?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """So many working days, then so many seconds of working time; `backwards` counts into the past."""

    days: int = 0
    seconds: int = 0
    backwards: bool = False

    def __str__(self) -> str:
        hours, seconds = divmod(self.seconds, _SECONDS["hour"])
        minutes = seconds // _SECONDS["minute"]
        counted = [(self.days, "day"), (hours, "hour"), (minutes, "minute")]
        parts = [f"{n} working {unit}{'' if n == 1 else 's'}" for n, unit in counted if n]
        return ("-" if self.backwards else "") + (" ".join(parts) or "0 working days")


def is_working_time(text: str) -> bool:
    """Does this text mean working time, rightly written or not? An ISO 8601 duration never does."""
    return _WORKING.search(text) is not None


def parse(text: str) -> Amount:
    """Raises WorkingTimeError."""
    written = text.strip()
    backwards = written.startswith("-")
    match = _AMOUNT.fullmatch(written.removeprefix("-" if backwards else "+").lstrip())
    found = match.groupdict() if match else {}
    if match is None or not (found["days"] or found["hours"] or found["minutes"]):
        raise WorkingTimeError(f"{text!r} is no working time: {EXAMPLE}")
    seconds = sum(int(found[f"{unit}s"] or 0) * each for unit, each in _SECONDS.items())
    return Amount(int(found["days"] or 0), seconds, backwards)
