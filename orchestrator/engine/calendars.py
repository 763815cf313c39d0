"""The time zone of a process, and the business calendar in which the working time of an element is counted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import timers
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, Incident
from orchestrator.engine.expressions import moment_of, string, value_of
from orchestrator.engine.state import ElementInstance
from orchestrator.working_time import Calendar, WorkingTimeError, is_working_time

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

CALENDAR, TIME_ZONE = "calendar", "timeZone"  # properties


def zone_of(process: bpmn.Process) -> ZoneInfo | None:
    """The zone that the process names; None without one, and for a name that is none."""
    name = process.properties.get(TIME_ZONE)
    if not isinstance(name, str):
        return None
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def calendar_name(process: bpmn.Process, node: bpmn.FlowNode) -> bpmn.Text | None:
    """What names the calendar of a node: itself, for a boundary event its activity, else the process."""
    own = node.properties.get(CALENDAR)
    if own is None and isinstance(node, bpmn.BoundaryEvent):
        own = process.nodes[node.attached_to].properties.get(CALENDAR)
    return process.properties.get(CALENDAR) if own is None else own


def calendar_for(run: Run, node: bpmn.FlowNode, instance: ElementInstance, text: str) -> tuple[str, Calendar | None]:
    """The name and calendar in which this text is counted at the node. None is needed but for working time, and none
    may be named. Raises Incident.
    """
    named = calendar_name(run.process, node) if is_working_time(text) else None
    if named is None:
        return "", None
    name = string(run, named, instance, f"The calendar of {node.id}").strip()
    try:
        return name, run.environment.calendar(name)
    except WorkingTimeError as error:
        raise Incident(EXTRACT_VALUE_ERROR, f"The calendar of {node.id}: {error}") from error


def deadline(run: Run, text: bpmn.Text, node: bpmn.FlowNode, instance: ElementInstance, what: str) -> datetime | None:
    """A date-time, or a duration or amount of working time from now on; None for null and "". Raises Incident."""
    value = value_of(run, text, instance, what)
    if value is None or value == "":
        return None
    lasting = isinstance(value, feel.DaysTimeDuration | feel.YearsMonthsDuration)
    if not lasting and not (isinstance(value, str) and is_length(value)):
        return moment_of(run, value, text, what)
    length = str(value).strip()
    try:
        return timers.after(length, run.environment.now, calendar_for(run, node, instance, length)[1])
    except timers.InvalidTimer as error:
        raise Incident(EXTRACT_VALUE_ERROR, f"{what} cannot be read: {error}") from error


def is_length(text: str) -> bool:
    """Is it a time from now on, rather than a day?"""
    return is_working_time(text) or text.strip().lstrip("+-").startswith("P")
