"""The address at which a person's calendar reads their due dates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class CalendarFeed(models.Model):
    """One per person. Only a digest of the address is kept: whoever reads the table cannot read the feed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret part of the address
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"calendar feed of {self.user}"
