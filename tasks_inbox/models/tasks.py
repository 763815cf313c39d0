"""A human task: work that a process instance offers to people, and who may do what with it.

Rules that every step would have to prove to the database stand in `soundness`; docs/decisions/0014.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from orchestrator.models import FormDefinition, ProcessInstance
from orchestrator.models.fields import VariablesField
from tasks_inbox import lifecycle
from tasks_inbox.outcomes import Outcome


class HumanTask(models.Model):
    """The states, and what leads from one to the next, are those of `lifecycle`; only `operations` and `receivers`
    write.
    """

    class State(models.TextChoices):
        CREATED = lifecycle.CREATED, _lazy("Created")
        READY = lifecycle.READY, _lazy("Ready")
        RESERVED = lifecycle.RESERVED, _lazy("Reserved")
        IN_PROGRESS = lifecycle.IN_PROGRESS, _lazy("In progress")
        SUSPENDED = lifecycle.SUSPENDED, _lazy("Suspended")
        COMPLETED = lifecycle.COMPLETED, _lazy("Completed")
        FAILED = lifecycle.FAILED, _lazy("Failed")
        ERROR = lifecycle.ERROR, _lazy("Error")
        EXITED = lifecycle.EXITED, _lazy("Withdrawn")
        OBSOLETE = lifecycle.OBSOLETE, _lazy("Skipped")

    class Part(models.TextChoices):
        APPROVAL = "approval", _lazy("Approval")
        QUESTION = "question", _lazy("Question")
        WORK = "work", _lazy("Sub-task")

    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, related_name="human_tasks", db_constraint=False
    )
    number = models.BigIntegerField()  # of the element instance
    element = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    subject = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.READY)
    suspended_from = models.CharField(max_length=12, blank=True)
    suspended_until = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=50)  # 0..100, 100 the most urgent
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)  # when it ended, in whichever final state
    due_at = models.DateTimeField(null=True, blank=True)
    follow_up_at = models.DateTimeField(null=True, blank=True)
    actual_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    process_key = models.CharField(max_length=255)
    process_name = models.CharField(max_length=255)
    business_key = models.CharField(max_length=255, blank=True)
    # Whoever started the process instance, which keeps them from being deleted.
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    form = models.ForeignKey(FormDefinition, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    outcomes: models.JSONField[list[Outcome], list[Outcome]] = models.JSONField(default=list, blank=True)
    outcome_variable = models.CharField(max_length=255, default="outcome", blank=True)
    outcome = models.CharField(max_length=255, blank=True)
    output = VariablesField(default=dict, blank=True)
    comment = models.TextField(blank=True)
    skippable = models.BooleanField(default=False)
    properties = VariablesField(default=dict, blank=True)
    escalated = models.BooleanField(default=False)
    version = models.IntegerField(default=1)  # counts every change
    # The result so far and the fault that were set apart from completing or failing (WS-HumanTask 6.1).
    fault_name = models.CharField(max_length=255, blank=True, db_default="")
    fault_data = VariablesField(null=True, blank=True)
    start_by = models.DateTimeField(null=True, blank=True)  # the start deadline; `due_at` is the completion deadline
    expires_at = models.DateTimeField(null=True, blank=True)  # skipped by then, whoever has it
    # A part is a task inside a task: the vote of an approver, a question to somebody, a piece of the work.
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts", db_index=False)
    part = models.CharField(max_length=12, choices=Part.choices, blank=True, db_default="")
    part_count = models.IntegerField(db_default=0, editable=False)  # how many it ever had
    composite = models.BooleanField(db_default=False, editable=False)  # its parts decide it, and nobody alone
    held_until = models.DateTimeField(null=True, blank=True, editable=False)  # decided, and can be taken back
    # Task listeners of the model: the transitions that they have a say in, and the one that waits for them right now.
    listens = models.CharField(max_length=60, blank=True, db_default="", editable=False)
    transition = models.CharField(max_length=12, blank=True, db_default="", editable=False)
    # What a search finds: the words of title, business key and process name (`words.lexemes`).
    search = SearchVectorField(null=True, editable=False)
    laden = True  # does anything hang on it that ends with it? Known to whoever holds the row locked (`storage.LADEN`)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["process_instance", "number"],
                condition=Q(completed_at=None, parent=None),
                name="one_open_human_task_per_element_instance",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], condition=Q(completed_at=None), name="words_of_open_tasks"),
            # The tab "done".
            models.Index(
                F("completed_by"), F("completed_at").desc(), condition=Q(completed_by__isnull=False), name="done_by"
            ),
            # What protects a form from being deleted. Nothing of the kind for people: who leaves is deactivated, and
            # whoever deletes them all the same waits while the tasks are read.
            models.Index(fields=["form"], condition=Q(form__isnull=False), name="tasks_with_form"),
            # "Shortest queue", and what a deactivated person leaves behind.
            models.Index(fields=["actual_owner"], condition=Q(completed_at=None), name="open_by_actual_owner"),
            # "Round robin": who got the last one. Only tasks that are allocated pay for it.
            models.Index(
                fields=["process_key", "element", "-id"],
                condition=Q(properties__has_key="allocation"),
                name="allocated_by_element",
            ),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="parts_of_a_task"),
            # The sweep that ends what has expired.
            models.Index(
                fields=["expires_at"], condition=Q(expires_at__isnull=False, completed_at=None), name="expiring_tasks"
            ),
            # The sweep that resumes tasks suspended until now.
            models.Index(
                fields=["suspended_until"], condition=Q(suspended_until__isnull=False), name="suspended_until_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    @property
    def title(self) -> str:
        return self.subject or self.name

    @property
    def is_open(self) -> bool:
        return self.state not in lifecycle.FINAL

    @property
    def traits(self) -> lifecycle.Traits:
        return lifecycle.Traits(self.skippable, self.composite, bool(self.part), self.held_until is not None)

    def is_hidden_from(self, user_id: int) -> bool:
        """Pattern 41: the model may want that what somebody has is not shown to the others who could have had it."""
        hidden = str(self.properties.get("visibility", "")).strip().lower() == "owner"
        return hidden and self.actual_owner_id not in (None, user_id)

    @property
    def outcome_label(self) -> str:
        return next((o["label"] for o in self.outcomes if o["value"] == self.outcome), self.outcome)


class TaskRole(models.Model):
    """A person or a group in a generic human role of WS-HumanTask (4.2). The actual owner stands in the task itself."""

    class Role(models.TextChoices):
        POTENTIAL_OWNER = lifecycle.POTENTIAL_OWNER, _lazy("Potential owner")
        EXCLUDED_OWNER = lifecycle.EXCLUDED_OWNER, _lazy("Excluded owner")
        STAKEHOLDER = lifecycle.STAKEHOLDER, _lazy("Stakeholder")
        BUSINESS_ADMINISTRATOR = lifecycle.BUSINESS_ADMINISTRATOR, _lazy("Business administrator")
        RECIPIENT = lifecycle.RECIPIENT, _lazy("Notification recipient")
        TASK_INITIATOR = lifecycle.TASK_INITIATOR, _lazy("Task initiator")

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="roles", db_index=False, db_constraint=False)
    role = models.CharField(max_length=24, choices=Role.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            # Also the way from a task to its roles.
            models.UniqueConstraint(
                fields=["task", "role", "user", "group"], nulls_distinct=False, name="one_role_of_a_kind_per_holder"
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="roles_of_a_person"),
            models.Index(fields=["group"], condition=Q(group__isnull=False), name="roles_of_a_group"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.get_role_display()}"
