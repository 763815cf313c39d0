"""Hours at which somebody wants to be left alone, in the time of where they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MIDNIGHT, _DAY = time(), timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_MOST_STRETCHES = 6  # a night, a weekend and a night follow each other without a gap


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `begins` until `ends` of every day, over midnight when it ends earlier than it begins; `weekends` whole."""

    begins: time | None = None
    ends: time | None = None
    weekends: bool = False


def over(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet is over in which `at` lies, in UTC; None: it is not quiet."""
    end: datetime | None = None
    for _ in range(_MOST_STRETCHES):
        found = _stretch(quiet, end or at, zone)
        if found is None:
            break
        end = found
    return end


def _stretch(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    local = at.astimezone(zone)
    if quiet.weekends and local.weekday() in (_SATURDAY, _SUNDAY):
        return _moment(local, _MIDNIGHT, 7 - local.weekday(), zone)
    if quiet.begins is None or quiet.ends is None or quiet.begins == quiet.ends:
        return None
    clock = local.time()
    if quiet.begins < quiet.ends:
        return _moment(local, quiet.ends, 0, zone) if quiet.begins <= clock < quiet.ends else None
    if clock < quiet.ends:
        return _moment(local, quiet.ends, 0, zone)
    return _moment(local, quiet.ends, 1, zone) if clock >= quiet.begins else None


def _moment(local: datetime, clock: time, days: int, zone: ZoneInfo) -> datetime:
    """That time of a later day. One that a change of the clocks leaves out is the same moment after the change."""
    return datetime.combine(local.date() + days * _DAY, clock, zone).astimezone(UTC)
