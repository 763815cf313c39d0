"""Business calendars: when people work, as an administrator keeps it. `runtime.calendars` makes values of the rows."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from orchestrator.working_time import Spans, WorkingTimeError, parse_hours, public_holidays

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=365)  # that special days may last


def check_hours(text: str) -> None:
    """Raise ValidationError unless `text` are working hours."""
    try:
        parse_hours(text)
    except WorkingTimeError as error:
        raise ValidationError(str(error)) from error


def check_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a time zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Write it like Europe/Berlin.")


def _hours(default: str = "") -> models.CharField[str, str]:
    """The working hours of a weekday; empty: closed."""
    return models.CharField(max_length=100, blank=True, default=default, validators=[check_hours])


_USUAL = "09:00-17:00"


class BusinessCalendar(models.Model):
    """Named by the property `calendar` of a process or element, and by escalation policies.

    `version` counts the changes, so that a worker need not read an unchanged calendar again.
    """

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[check_zone], help_text="The hours are counted in it: Europe/Berlin"
    )
    monday = _hours(_USUAL)
    tuesday = _hours(_USUAL)
    wednesday = _hours(_USUAL)
    thursday = _hours(_USUAL)
    friday = _hours(_USUAL)
    saturday = _hours()
    sunday = _hours()
    country = models.CharField(
        max_length=3,
        blank=True,
        help_text="Whose public holidays are closed, by its ISO code: DE, US. Empty: none are.",
    )
    subdivision = models.CharField(
        max_length=12, blank=True, help_text="Part of the country with holidays of its own: BY, CA."
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.country, self.subdivision = self.country.strip().upper(), self.subdivision.strip()
        try:
            public_holidays.check(self.country, self.subdivision)
        except WorkingTimeError as error:
            wrong = "subdivision" if self.country in public_holidays.countries() else "country"
            raise ValidationError({wrong: str(error)}) from error
        if not any(getattr(self, day) for day in WEEKDAYS):
            raise ValidationError("A calendar without working hours never opens: give at least one weekday hours.")

    @property
    def week(self) -> tuple[Spans, ...]:
        return tuple(parse_hours(getattr(self, day)) for day in WEEKDAYS)


class CalendarDay(models.Model):
    """Days on which a calendar is not as usual: closed, or open from then to then."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="special_days")
    first = models.DateField("from")
    last = models.DateField("until", null=True, blank=True, help_text="Empty: that one day.")
    hours = models.CharField(
        max_length=100, blank=True, validators=[check_hours], help_text="09:00-12:00; empty: closed."
    )
    name = models.CharField(max_length=100, blank=True)
    yearly = models.BooleanField("every year", default=False)

    class Meta:
        ordering = ["first", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last=None) | Q(last__gte=F("first")),
                name="special_days_end_after_they_begin",
                violation_error_message="The days end before they begin.",
            ),
        ]

    def __str__(self) -> str:
        days = f"{self.first}" if self.last is None else f"{self.first} to {self.last}"
        return f"{days}: {self.hours or 'closed'}"

    def clean(self) -> None:
        length = self.last - self.first if self.last and self.first else timedelta()
        if length > LONGEST:
            raise ValidationError({"last": "At most a year: longer than that is another calendar."})
