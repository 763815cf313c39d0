"""Business calendars are kept here: hours, holidays, special days, with a picture of a year."""

from __future__ import annotations

from calendar import Calendar as Grid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db import connection, models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from orchestrator.models import BusinessCalendar, CalendarDay
from orchestrator.runtime import calendars
from orchestrator.working_time import Calendar, Day, WorkingTimeError, add, parse, write_hours
from orchestrator.working_time.calendar import HOLIDAY, SPECIAL

FIRST_YEAR, LAST_YEAR = 1990, 2100  # that the picture shows
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December")  # fmt: skip
EXAMPLES = ("8 working hours", "1 working day", "2 working days", "10 working days")


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the picture; without a number, a place where the month has none."""

    number: int | str = ""
    style: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    name: str
    weeks: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A year: its months, the days that are not as usual in words, and sums."""

    year: int
    months: tuple[Month, ...]
    unusual: tuple[Day, ...]
    open_days: int
    hours: int
    before: int | None
    after: int | None


def picture(calendar: Calendar, year: int) -> Picture:
    days = {day.date: day for day in calendar.days(year)}
    grid = Grid()
    worked = calendar.year(year)
    return Picture(
        year=year,
        months=tuple(
            Month(
                name,
                tuple(
                    tuple(_cell(days[day]) if day.month == number else Cell() for day in week)
                    for week in grid.monthdatescalendar(year, number)
                ),
            )
            for number, name in enumerate(MONTHS, start=1)
        ),
        unusual=tuple(day for day in days.values() if day.kind in (HOLIDAY, SPECIAL)),
        open_days=len(worked.days),
        hours=worked.seconds // 3600,
        before=year - 1 if year > FIRST_YEAR else None,
        after=year + 1 if year < LAST_YEAR else None,
    )


def _cell(day: Day) -> Cell:
    hours = write_hours(day.hours) or "closed"
    style = "holiday" if day.kind == HOLIDAY else f"{day.kind}-{'open' if day.hours else 'closed'}"
    return Cell(day.date.day, style, f"{day.date:%a} {day.date.day} {day.date:%B}: {hours}{_why(day)}")


def _why(day: Day) -> str:
    return f", {day.name}" if day.name else ""


class SpecialDays(admin.TabularInline[CalendarDay, BusinessCalendar]):
    model = CalendarDay
    extra = 1
    fields = ["first", "last", "hours", "name", "yearly"]
    formfield_overrides = {models.CharField: {"widget": AdminTextInputWidget(attrs={"class": "", "size": "18"})}}
    verbose_name_plural = "special days"


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(admin.ModelAdmin[BusinessCalendar]):
    """Timers, due dates and escalations count working time in it, by its name."""

    change_form_template = "admin/orchestrator/calendar.html"
    inlines = [SpecialDays]
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 2})}}
    list_display = ["name", "time_zone", "country", "subdivision", "description"]
    search_fields = ["name", "description"]
    fieldsets = [
        (None, {"fields": ["name", "description", "time_zone"]}),
        (
            "Working hours",
            {
                "fields": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
                "description": "Like 09:00-12:30, 13:00-17:30; empty: closed. Midnight at the end is 24:00.",
            },
        ),
        ("Public holidays", {"fields": ["country", "subdivision"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: BusinessCalendar | None = None) -> tuple[str, ...]:
        """The models that name a calendar would lose it."""
        return ("name",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: BusinessCalendar | None = None) -> bool:
        """Not while something counts in it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not calendars.used_by(obj.name))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One at a time: whether it is used is asked for each."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_related(
        self, request: HttpRequest, form: ModelForm[BusinessCalendar], formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        calendars.changed(form.instance.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        seen: dict[str, Any] = dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            calendar, now = calendars.of_row(row), _now()
            seen["picture"] = picture(calendar, _year(request, now.astimezone(calendar.zone).year))
            seen["examples"] = list(_examples(calendar, now))
            seen["used_by"] = calendars.used_by(row.name)
        return super().change_view(request, object_id, form_url, seen)


def _year(request: HttpRequest, this: int) -> int:
    """The year that somebody asks for; this one for what is none."""
    asked = request.GET.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and FIRST_YEAR <= int(asked[:5]) <= LAST_YEAR else this


def _examples(calendar: Calendar, now: datetime) -> Iterator[tuple[str, str]]:
    for text in EXAMPLES:
        try:
            end = add(calendar, now, parse(text)).astimezone(calendar.zone)
        except WorkingTimeError as error:
            yield text, str(error)
        else:
            yield text, f"{end:%a} {end.day} {end:%B %Y, %H:%M %Z}"


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    return now
