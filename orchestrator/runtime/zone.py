"""The time zone in which days are counted: that of the process, else that of the settings."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from orchestrator.bpmn.model import Process
from orchestrator.engine.calendars import TIME_ZONE, zone_of

__all__ = ["TIME_ZONE", "local", "zone_of"]


def local(moment: datetime, process: Process | None = None) -> datetime:
    """The same moment, as the clocks of the process show it."""
    zone = None if process is None else zone_of(process)
    return moment.astimezone(zone or timezone.get_default_timezone())
