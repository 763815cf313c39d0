"""Doors for other systems: addresses at which a signed call becomes a BPMN message."""

from __future__ import annotations

from django.db import models

from orchestrator.models.definitions import ProcessDefinition


class Webhook(models.Model):
    """An address of the latest version of a process. Made and withdrawn by deployments alone.

    `correlation_key`, `message_id` and `variables` are FEEL over the call, without the leading `=`, or empty.
    """

    path = models.CharField(max_length=100, unique=True)
    definition = models.ForeignKey(ProcessDefinition, models.CASCADE, related_name="webhooks")
    element = models.CharField(max_length=255)
    message = models.CharField(max_length=255)
    secret = models.CharField(max_length=100)  # its name
    correlation_key = models.TextField(blank=True)
    message_id = models.TextField(blank=True)
    variables = models.TextField(blank=True)
    time_to_live = models.DurationField()

    def __str__(self) -> str:
        return self.path


class WebhookCall(models.Model):
    """A call that was taken: the same one again is refused."""

    path = models.CharField(max_length=100)
    call_id = models.CharField(max_length=255)
    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "call_id"], name="a_webhook_call_is_taken_once")]
        indexes = [models.Index(fields=["at"], name="webhook_calls_by_age")]

    def __str__(self) -> str:
        return f"{self.path} {self.call_id}"
