"""Who is away, and who acts for them meanwhile."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _lazy


class Absence(models.Model):
    """A person is away from `starts_at` until before `ends_at`; without an end, until somebody ends it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)  # read by colleagues: “on holiday”
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="an_absence_ends_after_it_starts",
                violation_error_message=_lazy("The end has to be after the beginning."),
            )
        ]
        indexes = [models.Index(fields=["user", "starts_at"], name="absences_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user} is away from {self.starts_at:%Y-%m-%d %H:%M}"


class Substitution(models.Model):
    """A person who acts for somebody who is away: in all their tasks, or in those of one process or user task."""

    absence = models.ForeignKey(Absence, models.CASCADE, related_name="substitutions")
    substitute = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="substitutions")
    process_key = models.CharField(max_length=255, blank=True)  # empty: every process
    element = models.CharField(max_length=255, blank=True)  # empty: every user task of the process

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["absence", "substitute", "process_key", "element"], name="each_substitution_once"
            ),
            models.CheckConstraint(
                condition=Q(element="") | ~Q(process_key=""), name="a_user_task_is_named_with_its_process"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.substitute} for {self.absence.user}"
