"""Files that people hand to processes. Variables hold references to them, never their content."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.models.instances import ProcessInstance


class Document(models.Model):
    """A file with what was found in it: `content_type` is read from its bytes, whatever the browser said.

    Until `kept_at` it is an upload that only its uploader sees; from then on it belongs to its process instance, and to
    whoever may see that. `variable` is the process variable that it was sent for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # left out of lists
    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, null=True, blank=True, related_name="documents", db_index=False
    )
    variable = models.CharField(max_length=255, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_at=None) | Q(process_instance__isnull=False),
                name="a_kept_document_belongs_to_a_process_instance",
            )
        ]
        indexes = [
            models.Index(
                fields=["process_instance"],
                condition=Q(process_instance__isnull=False),
                name="documents_of_an_instance",
            ),
            # What a person has uploaded and not sent yet, and what of it is too old.
            models.Index(fields=["uploaded_by", "uploaded_at"], condition=Q(kept_at=None), name="uploads_not_kept"),
        ]

    def __str__(self) -> str:
        return self.name
