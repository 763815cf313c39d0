"""What an inbox page reads: one row per open task and principal. Why: docs/decisions/0006.

A principal is a person or a group in one number: `2 * user_id` and `2 * group_id + 1`. Groups are never expanded to
their members, so that joining or leaving a group shows at once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orchestrator.models import ProcessInstance
from tasks_inbox.models.tasks import HumanTask


def user_principal(user_id: int) -> int:
    return 2 * user_id


def group_principal(group_id: int) -> int:
    return 2 * group_id + 1


class InboxEntry(models.Model):
    """Written with the task and removed when it ends. `priority` and `due_at` repeat the task's, because the index
    orders by them.
    """

    pk = models.CompositePrimaryKey("task_id", "principal")
    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="entries", db_index=False, db_constraint=False)
    principal = models.BigIntegerField()
    priority = models.SmallIntegerField()
    due_at = models.DateTimeField(null=True)
    mine = models.BooleanField(default=False)  # this principal is the actual owner
    offered = models.BooleanField(default=False)  # nobody has claimed it, and this principal may
    guarded = models.BooleanField(default=False)  # the task has excluded owners: ask for them

    class Meta:
        indexes = [
            # A page of the inbox, in its order, without a visit to the table.
            models.Index(
                F("principal"),
                F("priority").desc(),
                F("due_at").asc(nulls_last=True),
                F("task_id"),
                include=["mine", "offered", "guarded"],
                name="inbox_in_order",
            ),
            # What somebody has through a group that they may have left (`upkeep`).
            models.Index(fields=["principal"], condition=Q(mine=True, guarded=True), name="held_through_a_group"),
            # What is due or overdue.
            models.Index(
                fields=["principal", "due_at", "task"], condition=Q(due_at__isnull=False), name="inbox_by_due_date"
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.task_id} for principal {self.principal}"


class CaseOfMany(models.Model):
    """A case with so many open tasks at once that their words follow its variables a little later
    (`search_text.catch_up`). `behind` since then: variables have changed.
    """

    process_instance = models.OneToOneField(ProcessInstance, models.CASCADE, primary_key=True, related_name="+")
    behind = models.BooleanField(default=True)
    since = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"many tasks of {self.process_instance}"


class InboxChange(models.Model):
    """Something that a principal sees has changed: append-only, read by `queries.version`, pruned after an hour."""

    principal = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["principal", "-id"], name="latest_changes_of_a_principal")]

    def __str__(self) -> str:
        return f"{self.pk} for principal {self.principal}"
