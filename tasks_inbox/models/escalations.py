"""What happens when a task is late: policies that an administrator keeps, and the rows that wait for their time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from tasks_inbox.models.tasks import HumanTask


class EscalationPolicy(models.Model):
    """Attached to a user task by its property `escalation`, which holds the name."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "escalation policies"

    def __str__(self) -> str:
        return self.name


class EscalationLevel(models.Model):
    """One thing to do, at one time. A negative `after` is before the due date."""

    class RelativeTo(models.TextChoices):
        CREATED = "created", "the task was created"
        DUE = "due", "the due date"

    class Action(models.TextChoices):
        REMIND = "remind", "Remind whoever has the task"
        MAIL_MANAGER = "mail_manager", "Mail the manager"
        REASSIGN = "reassign", "Reassign"
        RAISE_PRIORITY = "raise_priority", "Raise the priority"

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField(default=1)
    after = models.DurationField(
        help_text="[days] hours:minutes:seconds, for example 24:00:00; -1 00:00:00 is a day before."
    )
    relative_to = models.CharField(max_length=8, choices=RelativeTo.choices, default=RelativeTo.CREATED)
    action = models.CharField(max_length=16, choices=Action.choices)
    target_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="For “reassign”."
    )
    target_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", help_text="For “reassign”."
    )
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="For “raise the priority”: 0 to 100.")

    class Meta:
        ordering = ["policy", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "position"],
                name="one_escalation_level_per_position",
                violation_error_message="Two levels of a policy cannot have the same position.",
            ),
            models.CheckConstraint(
                condition=Q(relative_to__in=["created", "due"]), name="escalation_reference_is_known"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["remind", "mail_manager", "reassign", "raise_priority"]),
                name="escalation_action_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(action="reassign")
                | Q(target_user=None, target_group__isnull=False)
                | Q(target_user__isnull=False, target_group=None),
                name="reassign_names_a_user_or_a_group",
                violation_error_message="“Reassign” needs either a user or a group to reassign to.",
            ),
            models.CheckConstraint(
                condition=~Q(action="raise_priority") | Q(priority__isnull=False, priority__lte=100),
                name="raise_priority_names_a_priority",
                violation_error_message="“Raise the priority” needs a priority from 0 to 100.",
            ),
            models.CheckConstraint(
                condition=Q(relative_to="due") | Q(after__gte=timedelta()),
                name="nothing_escalates_before_it_exists",
                violation_error_message="A time before is only possible relative to the due date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, level {self.position}: {self.get_action_display()}"


class Escalation(models.Model):
    """A level that waits for its time at one task: made with the task, done once."""

    class State(models.TextChoices):
        DUE = "due", "Waiting"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="escalations")
    level = models.ForeignKey(EscalationLevel, models.CASCADE, related_name="waiting")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "level"], name="each_level_escalates_a_task_once"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "done", "withdrawn"]), name="escalation_state_is_known"
            ),
        ]
        indexes = [
            # The claim: due rows, oldest first.
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="escalations_that_fall_due"),
        ]

    def __str__(self) -> str:
        return f"{self.level} ({self.get_state_display()})"
