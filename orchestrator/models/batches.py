"""One operation on many process instances: the batch, and what became of it for each of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from orchestrator.models.definitions import ProcessDefinition
from orchestrator.models.fields import VariablesField
from orchestrator.models.incidents import Incident
from orchestrator.models.instances import ProcessInstance


class Batch(models.Model):
    """What is done to whom, chosen once: `filter` says how, the items which instances that were. `definition` is a
    version of the process that all of them belong to.
    """

    class Kind(models.TextChoices):
        CANCEL = "cancel", "Cancel"
        SUSPEND = "suspend", "Suspend"
        RESUME = "resume", "Resume"
        RETRY = "retry", "Retry incidents"
        TIMER = "timer", "Change timers"
        MODIFY = "modify", "Move tokens"
        MIGRATE = "migrate", "Migrate to another version"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    definition = models.ForeignKey(ProcessDefinition, models.PROTECT, related_name="batches", db_index=False)
    filter = VariablesField(default=dict)
    parameters = VariablesField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["cancel", "suspend", "resume", "retry", "timer", "modify", "migrate"]),
                name="batch_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None)
                | Q(state__in=["done", "stopped"], finished_at__isnull=False),
                name="a_batch_is_finished_when_it_no_longer_runs",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="running"), name="running_batches")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, batch {self.pk}"


class BatchItem(models.Model):
    """One process instance of a batch, or one incident of it. Done in one transaction: a crash leaves it waiting."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Not done"
        SKIPPED = "skipped", "Stopped before"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items", db_index=False)
    process_instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    message = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "failed", "skipped"]), name="batch_item_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["batch", "process_instance", "incident"],
                nulls_distinct=False,
                name="one_item_per_batch_and_instance",
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="items_of_a_batch"),
            models.Index(fields=["process_instance"], name="batches_of_an_instance"),
            models.Index(fields=["incident"], condition=Q(incident__isnull=False), name="batches_of_an_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.process_instance}: {self.get_state_display()}"
