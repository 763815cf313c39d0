"""Working time: business calendars, and “2 working days” counted in them. Pure: the present comes in as an argument.

berlin = Calendar("Office", ZoneInfo("Europe/Berlin"), week, country="DE", subdivision="BE")
add(berlin, friday_noon, parse("1 working day 4 working hours"))
"""

from __future__ import annotations

from orchestrator.working_time.amounts import Amount, is_working_time, parse
from orchestrator.working_time.calendar import Calendar, Day, Special
from orchestrator.working_time.counting import add, between
from orchestrator.working_time.errors import UnknownCalendar, WorkingTimeError
from orchestrator.working_time.hours import Span, Spans, parse_hours, write_hours

__all__ = [
    "Amount",
    "Calendar",
    "Day",
    "Span",
    "Spans",
    "Special",
    "UnknownCalendar",
    "WorkingTimeError",
    "add",
    "between",
    "is_working_time",
    "parse",
    "parse_hours",
    "write_hours",
]
