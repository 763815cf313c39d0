"""Time zones: none, a fixed offset in seconds, or the name of an IANA zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

Zone = int | str | None

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)(?::(\d\d))?")
_MAX_OFFSET = 18 * 3600


@lru_cache(maxsize=1024)
def iana(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, or None. Only the shape of a zone name reaches the zone database."""
    if not re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", name) or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def parse_zone(text: str) -> Zone:
    """Read '', 'Z', '+02:00', '-05:30:15' or '@Europe/Paris'. Raises ValueError with a sentence."""
    if not text:
        return None
    if text in ("Z", "z"):
        return 0
    if text.startswith("@"):
        if iana(text[1:]) is None:
            raise ValueError(f"there is no time zone named {text[1:]!r}")
        return text[1:]
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time zone")
    sign, hours, minutes, seconds = match.groups()
    if int(minutes) > 59 or int(seconds or 0) > 59:
        raise ValueError(f"the offset {text} has more than 59 minutes or seconds")
    offset = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    if offset > _MAX_OFFSET:
        raise ValueError(f"the offset {text} is larger than 18 hours")
    return -offset if sign == "-" else offset


def zone_text(zone: Zone) -> str:
    """The lexical form of a zone, the empty string for none."""
    if zone is None:
        return ""
    if isinstance(zone, str):
        return "@" + zone
    if zone == 0:
        return "Z"
    hours, rest = divmod(abs(zone), 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{'-' if zone < 0 else '+'}{hours:02}:{minutes:02}"
    return f"{text}:{seconds:02}" if seconds else text


def offset_at(zone: int | str, year: int, month: int, day: int, second_of_day: int, *, of_utc: bool = False) -> int:
    """Seconds east of UTC that the zone has at a local time, or at a time in UTC.

    Beyond Python's calendar, its 400-year cycle repeats.
    """
    if isinstance(zone, int):
        return zone
    if not 2 <= year <= 9998:
        year = 9200 + year % 400 if year > 9998 else 2 + (year - 2) % 400
    moment = datetime(year, month, day) + timedelta(seconds=second_of_day)
    found = iana(zone)
    if found is not None and of_utc:
        moment = moment.replace(tzinfo=UTC).astimezone(found)
    offset = found.utcoffset(moment) if found else None
    return int(offset.total_seconds()) if offset is not None else 0


def python_zone(zone: Zone) -> tzinfo | None:
    """The zone as Python's own class."""
    if zone is None:
        return None
    if isinstance(zone, str):
        return iana(zone)
    return timezone(timedelta(seconds=zone))


def zone_of(value: datetime | time) -> Zone:
    """The zone of a Python datetime or time: its IANA name if it has one, otherwise its offset."""
    if value.tzinfo is None:
        return None
    key = getattr(value.tzinfo, "key", None)
    if isinstance(key, str) and iana(key) is not None:
        return 0 if key in ("UTC", "Etc/UTC") else key
    offset = value.utcoffset()
    return int(offset.total_seconds()) if offset is not None else None
