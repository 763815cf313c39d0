"""The times that a model says plainly, before anything runs: which of them cannot be counted, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from orchestrator.bpmn.model import FlowNode, Process, TimerDefinition, UserTask
from orchestrator.engine import timers
from orchestrator.engine.behaviours.assignment import EXPIRES
from orchestrator.engine.calendars import TIME_ZONE, calendar_name, is_length, zone_of
from orchestrator.working_time import Calendar, parse_hours

Found = tuple[str, str]  # element id, sentence

ANY = Calendar("any", UTC, (parse_hours("00:00-24:00"),) * 7)  # stands for one that is not known here


def uncountable(
    process: Process, now: datetime, calendar: Callable[[str], Calendar] = lambda _: ANY
) -> Iterator[Found]:
    """`now` as the clocks of the process show it; `calendar` gives the one of a name."""
    zone = process.properties.get(TIME_ZONE)
    if zone is not None and zone_of(process) is None:
        shown = f"“{zone}”" if isinstance(zone, str) else "a FEEL expression"
        yield process.id, f"The time zone of the process is {shown}: write a name such as Europe/Berlin"
    for node in process.nodes.values():
        for what, kind, text in _plain(node):
            name = calendar_name(process, node)
            counted_in = calendar(name.strip()) if isinstance(name, str) else None if name is None else ANY
            try:
                timers.first(kind, text, now, counted_in)
            except timers.InvalidTimer as error:
                yield node.id, f"{what}: {error}" if what else str(error)


def _plain(node: FlowNode) -> Iterator[tuple[str, str, str]]:
    """What it is, its kind, its text; a FEEL expression shows what it gives only when it runs."""
    definition = getattr(node, "definition", None)
    if isinstance(definition, TimerDefinition) and isinstance(definition.text, str):
        yield "", definition.kind, definition.text.strip()
    if isinstance(node, UserTask):
        dates = (("The due date", node.due_date), ("The follow-up date", node.follow_up_date))
        for what, text in (*dates, ("The property expires", node.properties.get(EXPIRES))):
            if isinstance(text, str) and text.strip():
                yield what, "duration" if is_length(text) else "date", text.strip()
