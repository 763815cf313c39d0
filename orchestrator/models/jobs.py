"""The outbox: everything that has to happen at a time, once, although workers, brokers and clocks fail.

A row is claimed with `FOR UPDATE SKIP LOCKED` under a lease. The attempt is counted when it is claimed; the fencing
token is new with each claim, so that a worker that overslept its lease cannot report.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from orchestrator.models.definitions import ProcessDefinition
from orchestrator.models.fields import VariablesField
from orchestrator.models.instances import ProcessInstance


class Job(models.Model):
    class Kind(models.TextChoices):
        TASK = "task", "Automated task"  # a connector or a registered function
        TIMER = "timer", "Timer"
        DELIVERY = "delivery", "Delivery"  # a command for another process instance, or a call of one
        START = "start", "Scheduled start"  # a timer start event of a definition

    class State(models.TextChoices):
        DUE = "due", "Waiting"  # runs when `due_at` comes
        DONE = "done", "Done"
        FAILED = "failed", "Failed"  # no attempts left: see the incident
        WITHDRAWN = "withdrawn", "Withdrawn"

    process_instance = models.ForeignKey(ProcessInstance, models.CASCADE, null=True, blank=True, related_name="jobs")
    definition = models.ForeignKey(
        ProcessDefinition, models.CASCADE, null=True, blank=True, related_name="start_jobs", db_index=False
    )  # scheduled starts: what starts
    number = models.BigIntegerField(null=True, blank=True)  # of the element instance
    element = models.CharField(max_length=255, blank=True)  # timers: the event that fires
    kind = models.CharField(max_length=10, choices=Kind.choices)
    type = models.CharField(max_length=255, blank=True)  # connector or function, what is delivered, what starts
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    attempts = models.PositiveIntegerField(default=0)  # begun
    max_attempts = models.PositiveIntegerField(default=3)
    locked_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    payload = VariablesField(default=dict)  # task: variables, headers; timer: cycle; delivery: command
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["task", "timer", "delivery", "start"]), name="job_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["due", "done", "failed", "withdrawn"]), name="job_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["process_instance", "number", "kind", "element"],
                condition=Q(state__in=["due", "failed"], kind__in=["task", "timer"]),
                name="one_open_job_per_element_instance_and_event",
            ),
            models.UniqueConstraint(
                fields=["definition", "element"],
                condition=Q(state="due", kind="start", type="timer"),
                name="one_scheduled_start_per_definition_and_event",
            ),
        ]
        indexes = [
            # The claim: due rows, oldest first.
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="jobs_that_fall_due"),
            # "Is an instance of this process about to start?"
            models.Index(fields=["definition"], condition=Q(state="due", kind="start"), name="starts_to_come"),
            models.Index(
                fields=["process_instance", "number"], condition=Q(state__in=["due", "failed"]), name="open_jobs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.element or self.type} ({self.pk})"
