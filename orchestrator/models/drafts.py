"""What is being drawn and not deployed yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from orchestrator.models.definitions import Resource

DRAWN = [choice for choice in Resource.Kind.choices if choice[0] != Resource.Kind.FILE]


class Draft(models.Model):
    """A diagram, decision or form on somebody's desk. It is saved while it is drawn, finished or not.

    `version` counts the times it was saved: whoever saves says which version they saw, and is told when it is not the
    latest. `base` is the deployed file that the draft began with.
    """

    kind = models.CharField(max_length=8, choices=DRAWN)
    name = models.CharField(max_length=255)
    content = models.TextField()
    base = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["-updated_at"]
        default_permissions = ()  # who may deploy may draw
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["bpmn", "dmn", "form"]), name="draft_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name
