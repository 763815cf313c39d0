"""One user task, several approvers; and decisions that can still be taken back."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.models.fields import VariablesField
from tasks_inbox.models.tasks import HumanTask


class Approver(models.Model):
    """One of the approvers of a human task, a person or a group of which one member decides. `part` is the sub-task by
    which they do, as soon as it is their turn; its outcome is their vote.
    """

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="approvers")
    position = models.PositiveIntegerField()  # the order in which they are asked, when one is asked after the other
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+")
    veto = models.BooleanField(default=False)  # their refusal decides alone
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.OneToOneField(HumanTask, models.CASCADE, null=True, blank=True, related_name="vote_of")

    class Meta:
        ordering = ["task", "position"]
        constraints = [
            models.UniqueConstraint(fields=["task", "position"], name="one_approver_per_position"),
            models.CheckConstraint(
                condition=Q(user=None, group__isnull=False) | Q(user__isnull=False, group=None),
                name="an_approver_is_a_user_or_a_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group} for {self.task}"


class HeldDecision(models.Model):
    """A decision that was made and is not applied yet: until `until` whoever made it can take it back."""

    task = models.OneToOneField(HumanTask, models.CASCADE, related_name="held")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    data = VariablesField(default=dict)
    outcome = models.CharField(max_length=255, blank=True)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    until = models.DateTimeField()

    class Meta:
        ordering = ["until", "id"]
        indexes = [models.Index(fields=["until", "id"], name="decisions_to_apply")]

    def __str__(self) -> str:
        return f"{self.outcome or 'completed'} by {self.user}: {self.task}"
