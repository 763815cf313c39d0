"""What runs and what ran: process instances and their element instances, which are both the state and the history.

Rules that every step would have to prove to the database stand in `orchestrator.soundness`; docs/decisions/0014.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from orchestrator.models.definitions import ProcessDefinition
from orchestrator.models.fields import VariablesField


class ProcessInstance(models.Model):
    """The one row that a step locks, first and alone."""

    class State(models.TextChoices):
        ACTIVE = "active", _lazy("Running")
        COMPLETED = "completed", _lazy("Completed")
        TERMINATED = "terminated", _lazy("Cancelled")

    definition = models.ForeignKey(ProcessDefinition, models.PROTECT, related_name="instances", db_index=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    business_key = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=500, blank=True, db_default="")  # what the case is about, for people
    last_number = models.BigIntegerField(default=0)  # of what happened in this instance: State.last_id
    open_incidents = models.IntegerField(default=0)
    started_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)  # since then it stands still: runtime.suspension
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    correlation_key = models.CharField(max_length=255, blank=True)  # of the message that started it
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)
    parent_number = models.BigIntegerField(null=True, blank=True)  # the call activity's element instance there
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # None: this one
    depth = models.SmallIntegerField(default=0)  # how many process instances called each other up to here

    class Meta:
        ordering = ["-id"]
        indexes = [
            # What runs of a definition, and all of it: one index, because each one is opened by every step.
            models.Index(fields=["definition", "state", "-id"], name="instances_by_definition"),
            models.Index(fields=["started_by", "-id"], name="instances_by_requester"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="called_instances"),
            models.Index(fields=["root"], condition=Q(root__isnull=False), name="instances_of_a_case"),
            models.Index(fields=["business_key"], condition=~Q(business_key=""), name="instances_by_business_key"),
            # "One running instance per message start and correlation key".
            models.Index(
                fields=["correlation_key"],
                condition=Q(state="active") & ~Q(correlation_key=""),
                name="started_by_message",
            ),
            models.Index(fields=["-id"], condition=Q(open_incidents__gt=0), name="instances_with_incidents"),
            # Whoever asked for something is told when it has ended.
            models.Index(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=False, started_by__isnull=False, parent=None),
                name="requests_that_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.business_key or f"{self.definition.name or self.definition.key} {self.pk}"


class ElementInstance(models.Model):
    """One activation of an element. Open rows are the state, closed rows the history; nothing is written twice."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        COMPLETED = "completed", _lazy("Completed")
        TERMINATED = "terminated", "Terminated"

    pk = models.CompositePrimaryKey("process_instance_id", "number")
    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, related_name="element_instances", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()  # engine.ElementInstance.id: also the order of entering
    left_number = models.BigIntegerField(null=True, blank=True)  # counts with `number`: the order of leaving
    element = models.CharField(max_length=255)
    element_type = models.CharField(max_length=40)  # the BPMN tag: userTask, exclusiveGateway, process, ...
    scope = models.BigIntegerField(null=True, blank=True)  # number of the one around it; None: this is the process
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    phase = models.CharField(max_length=12)
    variables = VariablesField(default=dict)
    children = models.IntegerField(default=0)
    tokens = models.IntegerField(default=0)
    entered_by = ArrayField(models.CharField(max_length=255), default=list)  # sequence flows
    iteration = models.IntegerField(null=True, blank=True)
    loop = VariablesField(null=True, blank=True)
    data = VariablesField(default=dict)
    incident = models.BooleanField(default=False)
    entered_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["process_instance", "number"]
        indexes = [
            # "Load the children of this scope".
            models.Index(fields=["process_instance", "scope"], condition=Q(state="active"), name="active_children"),
        ]

    def __str__(self) -> str:
        return f"{self.element} ({self.number})"


class LoopItem(models.Model):
    """An item of a multi-instance of which not every iteration could begin at once: those in sequence read one at a
    time. They go with the body.
    """

    pk = models.CompositePrimaryKey("process_instance_id", "body", "iteration")
    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, related_name="loop_items", db_index=False, db_constraint=False
    )
    body = models.BigIntegerField()  # number of the element instance around the iterations
    iteration = models.IntegerField()
    value = VariablesField()

    def __str__(self) -> str:
        return f"{self.iteration} of {self.body}"


class JoinToken(models.Model):
    """Tokens that wait at a joining gateway, per incoming sequence flow."""

    process_instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="join_tokens", db_index=False)
    scope = models.BigIntegerField()
    gateway = models.CharField(max_length=255)
    flow = models.CharField(max_length=255)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process_instance", "scope", "gateway", "flow"], name="one_row_of_tokens_per_flow"
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="join_token_count_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.gateway} from {self.flow}"
