"""Time zones by name, made once."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings


@cache
def zone(name: str | None) -> ZoneInfo:
    """The zone of that name; without one, the server's."""
    return ZoneInfo(name or settings.TIME_ZONE)
