"""What a process says of time, held against what there is: its time zone, its calendars, its timers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from orchestrator.bpmn.model import Process
from orchestrator.engine.calendars import CALENDAR
from orchestrator.engine.plain_times import ANY, Found, uncountable
from orchestrator.runtime import calendars
from orchestrator.runtime.zone import local
from orchestrator.working_time import Calendar, UnknownCalendar


def problems(process: Process, now: datetime) -> Iterator[Found]:
    """Why its times cannot be counted: element ids and sentences."""
    yield from _unknown_calendars(process)
    yield from uncountable(process, local(now, process), _calendar)


def _unknown_calendars(process: Process) -> Iterator[Found]:
    named = [(process.id, process.properties), *((node.id, node.properties) for node in process.nodes.values())]
    for id, properties in named:
        name = properties.get(CALENDAR)
        if isinstance(name, str):
            try:
                calendars.calendar(name.strip())
            except UnknownCalendar as error:
                yield id, str(error)


def _calendar(name: str) -> Calendar:
    """One that does not exist was told already."""
    try:
        return calendars.calendar(name)
    except UnknownCalendar:
        return ANY
