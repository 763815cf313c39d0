"""Who waits for a message or signal, and the messages that wait for somebody."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from orchestrator.models.definitions import ProcessDefinition
from orchestrator.models.fields import VariablesField
from orchestrator.models.instances import ProcessInstance


class Subscription(models.Model):
    """An open wait of an element instance, or the start event of the latest version of a process definition."""

    class Kind(models.TextChoices):
        MESSAGE = "message", "Message"
        SIGNAL = "signal", "Signal"
        CONDITION = "condition", "Condition"  # of a start event: asked when somebody evaluates the conditions

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=255)  # "" for a condition
    correlation_key = models.CharField(max_length=255, blank=True)
    event = models.CharField(max_length=255)  # the catching element
    interrupting = models.BooleanField(default=True)
    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, null=True, blank=True, related_name="subscriptions", db_index=False
    )
    number = models.BigIntegerField(null=True, blank=True)
    definition = models.ForeignKey(
        ProcessDefinition, models.CASCADE, null=True, blank=True, related_name="start_subscriptions"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["message", "signal", "condition"]), name="subscription_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(process_instance=None, definition__isnull=False)
                | Q(process_instance__isnull=False, number__isnull=False, definition=None),
                name="a_subscription_is_of_an_instance_or_of_a_definition",
            ),
            models.UniqueConstraint(
                fields=["process_instance", "number", "event"], name="one_subscription_per_element_instance_and_event"
            ),
        ]
        indexes = [models.Index(fields=["kind", "name", "correlation_key"], name="who_waits_for_this")]

    def __str__(self) -> str:
        return f"{self.name} {self.correlation_key}".strip()


class Message(models.Model):
    """A published message. Until it expires it waits for a process instance to catch it; each process correlates it
    once.
    """

    name = models.CharField(max_length=255)
    correlation_key = models.CharField(max_length=255, blank=True)
    message_id = models.CharField(max_length=255, blank=True)
    variables = VariablesField(default=dict)
    generation = models.PositiveIntegerField(default=0, db_default=0)  # how many led to each other, without a rest
    published_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    expires_at = models.DateTimeField()
    correlated_by = models.ManyToManyField(ProcessInstance, related_name="messages", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "correlation_key", "message_id"],
                condition=~Q(message_id=""),
                name="a_message_id_is_published_once",
            )
        ]
        indexes = [
            models.Index(fields=["name", "correlation_key"], name="buffered_messages"),
            models.Index(fields=["expires_at"], name="messages_by_expiry"),  # what can be forgotten
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.correlation_key}".strip()
