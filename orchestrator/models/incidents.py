"""Where somebody must help, and what an auditor asks: who did what, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from orchestrator.models.fields import VariablesField
from orchestrator.models.instances import ProcessInstance
from orchestrator.models.jobs import Job


class Incident(models.Model):
    """Open until an operator retries, or its element instance is left."""

    process_instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="incidents")
    number = models.BigIntegerField()
    element = models.CharField(max_length=255)
    kind = models.CharField(max_length=40)
    message = models.TextField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="incidents")
    raised_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["process_instance", "number"],
                condition=Q(resolved_at=None),
                name="one_open_incident_per_element_instance",
            )
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(resolved_at=None), name="open_incidents")]

    def __str__(self) -> str:
        return f"{self.element}: {self.message}"


class HistoryEvent(models.Model):
    """What somebody or the clock did to a process instance: append-only. `data` says the rest in words a page can show.

    Kinds: started, task completed, job failed, timer fired, message received, decision made, error thrown, incident
    raised, incident resolved, retried, cancelled, variables set, expression warned, mail sent, ...
    """

    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, related_name="history", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField(null=True, blank=True)
    element = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    data = VariablesField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["process_instance", "id"], name="history_of_an_instance")]

    def __str__(self) -> str:
        return f"{self.kind} {self.element}".strip()
