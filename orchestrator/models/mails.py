"""Mail that has to go out: written in the transaction that decides it, sent afterwards, one message at a time."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestrator.models.fields import VariablesField
from orchestrator.models.instances import ProcessInstance


class Mail(models.Model):
    """`message_id` is made once, so that a mail server or a reader recognises a message that was sent twice."""

    class State(models.TextChoices):
        DUE = "due", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"  # the mail server refused it, or no attempts are left
        WITHDRAWN = "withdrawn", "Withdrawn"  # nobody is entitled to it any more

    to = ArrayField(models.CharField(max_length=320))
    cc = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    subject = models.CharField(max_length=500)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = VariablesField(default=dict, blank=True)
    message_id = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    process_instance = models.ForeignKey(ProcessInstance, models.SET_NULL, null=True, blank=True, related_name="mails")
    number = models.BigIntegerField(null=True, blank=True)  # of the element instance that sent it
    human_task_id = models.BigIntegerField(null=True, blank=True)  # in the inbox, which this room does not know

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["due", "sent", "failed", "withdrawn"]), name="mail_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
                name="a_mail_that_was_sent_says_when",
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="mails_that_fall_due")]

    def __str__(self) -> str:
        return self.subject
