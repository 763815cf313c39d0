"""Business calendars as values: read from their rows when somebody counts in one, and again after a change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import F

from orchestrator.bpmn.model import Process
from orchestrator.engine.calendars import CALENDAR
from orchestrator.models import BusinessCalendar, CalendarDay, Job, ProcessDefinition
from orchestrator.runtime import definitions
from orchestrator.working_time import Calendar, Special, UnknownCalendar, parse_hours


def calendar(name: str) -> Calendar:
    """The calendar of that name as it is now. Raises UnknownCalendar."""
    row = BusinessCalendar.objects.filter(name=name).values_list("pk", "version").first()
    if row is None:
        raise UnknownCalendar(name)
    return _calendar(*row)


def names() -> list[str]:
    return list(BusinessCalendar.objects.values_list("name", flat=True))


def changed(pk: int) -> None:
    """Whoever counts in it reads it anew."""
    BusinessCalendar.objects.filter(pk=pk).update(version=F("version") + 1)


def forget() -> None:
    """Only needed where ids are used again, as tests do."""
    _calendar.cache_clear()


def of_row(row: BusinessCalendar) -> Calendar:
    """What a row and its special days say."""
    days = CalendarDay.objects.filter(calendar=row.pk) if row.pk else ()
    return Calendar(
        name=row.name,
        zone=ZoneInfo(row.time_zone),
        week=row.week,
        country=row.country,
        subdivision=row.subdivision,
        specials=tuple(
            Special(day.first, day.last or day.first, parse_hours(day.hours), day.name, day.yearly) for day in days
        ),
    )


@lru_cache(maxsize=64)
def _calendar(pk: int, version: int) -> Calendar:
    return of_row(BusinessCalendar.objects.get(pk=pk))


def used_by(name: str) -> list[str]:
    """What counts in it: the processes in force that name it, timers that wait, and what other apps add."""
    found = [f"Process {row.name or row.key}" for row in _in_force() if name in _named(definitions.process_of(row.pk))]
    waiting = Job.objects.filter(state=Job.State.DUE, payload__calendar=name).count()
    if waiting:
        found.append(f"{waiting} timer{'s' if waiting > 1 else ''} waiting")
    return [*found, *(user for ask in users for user in ask(name))]


#: Who else counts in calendars: the inbox adds its escalation policies.
users: list[Callable[[str], Iterable[str]]] = []


def _in_force() -> Iterable[ProcessDefinition]:
    return ProcessDefinition.objects.filter(is_latest=True).order_by("key")


def _named(process: Process) -> set[str]:
    held = (process.properties, *(node.properties for node in process.nodes.values()))
    return {str(properties[CALENDAR]).strip() for properties in held if CALENDAR in properties}
