"""The time zone in which calendars are counted: that of the settings."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def local(moment: datetime) -> datetime:
    return moment.astimezone(timezone.get_default_timezone())
