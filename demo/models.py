"""The switch of the demo's credit service."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class CreditService(models.Model):
    """One row: how the small local server answers from now on."""

    class Mode(models.TextChoices):
        FAST = "fast", "Fast: answers at once"
        SLOW = "slow", "Slow: answers after ten seconds, too late for the process"
        DOWN = "down", "Down: answers with an error"

    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.FAST)

    class Meta:
        verbose_name = verbose_name_plural = "credit service"
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=["fast", "slow", "down"]), name="credit_service_mode_is_known"),
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_credit_service"),
        ]

    def __str__(self) -> str:
        return f"Credit service: {self.get_mode_display()}"
