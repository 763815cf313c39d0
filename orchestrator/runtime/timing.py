"""What a process says of time, held against what there is: its time zone, its calendars, its timers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator.bpmn.model import FlowNode, Process, TimerDefinition, UserTask
from orchestrator.engine import timers
from orchestrator.engine.behaviours.assignment import EXPIRES
from orchestrator.engine.calendars import CALENDAR, calendar_name, is_length
from orchestrator.runtime import calendars
from orchestrator.runtime.zone import TIME_ZONE, local, zone_of
from orchestrator.working_time import Calendar, UnknownCalendar, parse_hours

Found = tuple[str, str]  # element id, sentence

_ANY = Calendar("any", ZoneInfo("UTC"), (parse_hours("00:00-24:00"),) * 7)  # where the model computes the name


def problems(process: Process, now: datetime) -> Iterator[Found]:
    """Why its times cannot be counted: element ids and sentences."""
    zone = process.properties.get(TIME_ZONE)
    if zone is not None and zone_of(process) is None:
        shown = f"“{zone}”" if isinstance(zone, str) else "a FEEL expression"
        yield process.id, f"The time zone of the process is {shown}: write a name such as Europe/Berlin"
    yield from _unknown_calendars(process)
    for node in process.nodes.values():
        for what, kind, text in _static_times(node):
            try:
                timers.first(kind, text, local(now, process), _calendar(process, node))
            except timers.InvalidTimer as error:
                yield node.id, f"{what}: {error}" if what else str(error)


def _unknown_calendars(process: Process) -> Iterator[Found]:
    named = [(process.id, process.properties), *((node.id, node.properties) for node in process.nodes.values())]
    for id, properties in named:
        name = properties.get(CALENDAR)
        if isinstance(name, str):
            try:
                calendars.calendar(name.strip())
            except UnknownCalendar as error:
                yield id, str(error)


def _static_times(node: FlowNode) -> Iterator[tuple[str, str, str]]:
    """What it is, its kind, its text; a FEEL expression shows what it gives only when it runs."""
    definition = getattr(node, "definition", None)
    if isinstance(definition, TimerDefinition) and isinstance(definition.text, str):
        yield "", definition.kind, definition.text.strip()
    if isinstance(node, UserTask):
        dates = (("The due date", node.due_date), ("The follow-up date", node.follow_up_date))
        for what, text in (*dates, ("The property expires", node.properties.get(EXPIRES))):
            if isinstance(text, str) and text.strip():
                yield what, "duration" if is_length(text) else "date", text.strip()


def _calendar(process: Process, node: FlowNode) -> Calendar | None:
    """The calendar of the node as far as it is known here; one that does not exist is told elsewhere."""
    name = calendar_name(process, node)
    if name is None:
        return None
    if isinstance(name, str):
        try:
            return calendars.calendar(name.strip())
        except UnknownCalendar:
            return _ANY
    return _ANY
