"""What happens when a task is late: policies that an administrator keeps, and the rows that wait for their time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from orchestrator import feel
from orchestrator.engine import timers
from orchestrator.models import BusinessCalendar
from orchestrator.working_time import WorkingTimeError, is_working_time, parse
from tasks_inbox.models.tasks import HumanTask

MOST_REPEATS = 100


def check_working_time(text: str) -> None:
    """Raise ValidationError unless the text is an amount of working time."""
    try:
        parse(text)
    except WorkingTimeError as error:
        raise ValidationError(str(error)) from error


def check_interval(text: str) -> None:
    """Raise ValidationError unless the text is an ISO 8601 duration or working time that leads forward."""
    try:
        forward = timers.leads_forward(text)
    except timers.InvalidTimer as error:
        raise ValidationError(f"{error}, or 1 working day") from error
    if not forward:
        raise ValidationError(f"{text!r} does not lead forward in time.")


def check_condition(text: str) -> None:
    """Raise ValidationError unless the text is a FEEL expression."""
    try:
        expression = feel.parse(text.strip().removeprefix("=").strip())
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        raise ValidationError(f"The condition cannot be read: {error}") from error
    if expression.problems:
        raise ValidationError([f"The condition can never have a value: {part.message}" for part in expression.problems])


class EscalationPolicy(models.Model):
    """Attached to a user task by its property `escalation`, which holds the name."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    calendar = models.ForeignKey(
        BusinessCalendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="In which working time is counted. Empty: in the calendar of the task, else of its process.",
    )
    clock_runs_while_suspended = models.BooleanField(
        default=True,
        help_text="No: while a task is put aside its deadlines wait, and move by that span when it goes on.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "escalation policies"

    def __str__(self) -> str:
        return self.name


class EscalationLevel(models.Model):
    """One thing to do, at one time, unless the deadline was met. A negative time is before the due date.

    The time is either `after` or `working_time`.
    """

    class Deadline(models.TextChoices):
        COMPLETION = "completion", "completed"
        START = "start", "started"
        CLAIM = "claim", "claimed"

    class RelativeTo(models.TextChoices):
        CREATED = "created", "the task was created"
        DUE = "due", "the due date"
        START_BY = "start_by", "the time by which it has to be begun"

    class Action(models.TextChoices):
        REMIND = "remind", "Remind whoever has the task"
        MAIL_MANAGER = "mail_manager", "Mail the manager"
        REASSIGN = "reassign", "Reassign"
        RAISE_PRIORITY = "raise_priority", "Raise the priority"
        NOTIFY = "notify", "Mail a person or group"

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField(default=1)
    deadline = models.CharField(
        "unless", max_length=10, choices=Deadline.choices, default=Deadline.COMPLETION, db_default=Deadline.COMPLETION
    )
    after = models.DurationField(
        null=True,
        blank=True,
        help_text="[days] hours:minutes:seconds, for example 24:00:00; -1 00:00:00 is a day before.",
    )
    working_time = models.CharField(
        max_length=60,
        blank=True,
        db_default="",
        validators=[check_working_time],
        help_text="Instead of “after”: 2 working days, -4 working hours.",
    )
    relative_to = models.CharField(max_length=8, choices=RelativeTo.choices, default=RelativeTo.CREATED)
    action = models.CharField(max_length=16, choices=Action.choices)
    target_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="For “reassign” and “mail a person or group”.",
    )
    target_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", help_text="Instead of a person."
    )
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="For “raise the priority”: 0 to 100.")
    condition = models.TextField(
        blank=True,
        db_default="",
        validators=[check_condition],
        help_text="FEEL over the case’s variables and “task”: amount > 1000 and task.priority < 80. Empty: always.",
    )
    repeat_every = models.CharField(
        max_length=60,
        blank=True,
        db_default="",
        validators=[check_interval],
        help_text="PT4H, P1D or 1 working day. Empty: once.",
    )
    repeat_times = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=f"How often in all, at most {MOST_REPEATS}, which is also what empty means."
    )

    class Meta:
        ordering = ["policy", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "position"],
                name="one_escalation_level_per_position",
                violation_error_message="Two levels of a policy cannot have the same position.",
            ),
            models.CheckConstraint(
                condition=Q(relative_to__in=["created", "due", "start_by"]), name="escalation_reference_is_known"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["remind", "mail_manager", "reassign", "raise_priority", "notify"]),
                name="escalation_action_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(action__in=["reassign", "notify"])
                | Q(target_user=None, target_group__isnull=False)
                | Q(target_user__isnull=False, target_group=None),
                name="escalation_names_a_user_or_a_group",
                violation_error_message="A level that reassigns, or mails somebody, needs either a user or a group.",
            ),
            models.CheckConstraint(
                condition=~Q(action="raise_priority") | Q(priority__isnull=False, priority__lte=100),
                name="raise_priority_names_a_priority",
                violation_error_message="“Raise the priority” needs a priority from 0 to 100.",
            ),
            models.CheckConstraint(
                condition=Q(relative_to__in=["due", "start_by"])
                | Q(after__isnull=False, after__gte=timedelta())
                | Q(after=None) & ~Q(working_time__startswith="-"),
                name="nothing_escalates_before_it_exists",
                violation_error_message="A time before is only possible relative to the due date or a start deadline.",
            ),
            models.CheckConstraint(
                condition=Q(after=None) & ~Q(working_time="") | Q(after__isnull=False, working_time=""),
                name="escalation_has_one_time",
                violation_error_message="A level needs one time: either “after” or “working time”.",
            ),
            models.CheckConstraint(
                condition=Q(deadline__in=["completion", "start", "claim"]), name="escalation_deadline_is_known"
            ),
            models.CheckConstraint(
                condition=Q(repeat_times=None) | Q(repeat_times__gte=1, repeat_times__lte=MOST_REPEATS),
                name="escalation_repeats_a_number_of_times",
                violation_error_message=f"“How often” is a number from 1 to {MOST_REPEATS}.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, level {self.position}: {self.get_action_display()}"

    @property
    def time(self) -> str:
        """“1 day, 0:00:00” or “2 working days”."""
        return self.working_time or str(self.after)

    @property
    def target(self) -> str:
        """Whom a level names that reassigns, or mails somebody."""
        user = self.target_user
        return (user.get_full_name() or user.get_username()) if user else str(self.target_group or "")

    @property
    def counts_working_time(self) -> bool:
        return bool(self.working_time) or is_working_time(self.repeat_every)


class Escalation(models.Model):
    """A level that waits for its time at one task: made with the task, done once, or so often as it repeats.

    `calendar` is the name of the one in which its working time is counted.
    """

    class State(models.TextChoices):
        DUE = "due", "Waiting"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"
        MET = "met", "The deadline was met"
        SKIPPED = "skipped", "The condition did not hold"

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="escalations")
    level = models.ForeignKey(EscalationLevel, models.CASCADE, related_name="waiting")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    done_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(default=0, db_default=0)  # how often its time has come
    calendar = models.CharField(max_length=100, blank=True, db_default="")

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "level"], name="each_level_escalates_a_task_once"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "done", "withdrawn", "met", "skipped"]), name="escalation_state_is_known"
            ),
        ]
        indexes = [
            # The claim: due rows, oldest first.
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="escalations_that_fall_due"),
        ]

    def __str__(self) -> str:
        return f"{self.level} ({self.get_state_display()})"
