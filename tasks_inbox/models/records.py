"""What happened to a human task, and what people wrote."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from orchestrator.models.fields import VariablesField
from tasks_inbox.models.tasks import HumanTask


class EventKind(models.TextChoices):
    """The event types of WS-HumanTask (tTaskEventType), then ours."""

    CREATE = "create", "Created"
    CLAIM = "claim", "Claimed"
    START = "start", "Started"
    STOP = "stop", "Stopped"
    RELEASE = "release", "Released"
    SUSPEND = "suspend", "Suspended"
    SUSPEND_UNTIL = "suspendUntil", "Suspended until"
    RESUME = "resume", "Resumed"
    COMPLETE = "complete", "Completed"
    REMOVE = "remove", "Removed"
    FAIL = "fail", "Failed"
    SET_PRIORITY = "setPriority", "Priority set"
    ADD_ATTACHMENT = "addAttachment", "Attachment added"
    DELETE_ATTACHMENT = "deleteAttachment", "Attachment deleted"
    ADD_COMMENT = "addComment", "Commented"
    SKIP = "skip", "Skipped"
    FORWARD = "forward", "Forwarded"
    DELEGATE = "delegate", "Delegated"
    SET_OUTPUT = "setOutput", "Output set"
    DELETE_OUTPUT = "deleteOutput", "Output deleted"
    SET_FAULT = "setFault", "Fault set"
    DELETE_FAULT = "deleteFault", "Fault deleted"
    ACTIVATE = "activate", "Activated"
    NOMINATE = "nominate", "Nominated"
    SET_GENERIC_HUMAN_ROLE = "setGenericHumanRole", "Role set"
    EXPIRE = "expire", "Expired"
    ESCALATED = "escalated", "Escalated"
    EXIT = "exit", "Withdrawn"
    ERROR = "error", "Ended in an error"
    ALLOCATE = "allocate", "Allocated"
    UNRESOLVED = "unresolved", "Nobody found"
    UPDATE_COMMENT = "updateComment", "Comment changed"
    DELETE_COMMENT = "deleteComment", "Comment deleted"
    SET_DEADLINE = "setDeadline", "Deadline set"
    SUBTASK = "instantiateSubtask", "Sub-task created"
    INFORMATION_REQUESTED = "informationRequested", "Information requested"
    INFORMATION_ANSWERED = "informationAnswered", "Information given"
    SUBSTITUTED = "substituted", "Taken over for somebody who is away"
    DECIDED = "decided", "Decided, can be undone"
    UNDONE = "undone", "Undone"
    VOTED = "voted", "Approver decided"
    APPROVER_ADDED = "approverAdded", "Approver added"
    SENT_BACK = "sentBack", "Sent back"
    REDONE = "redone", "To be done again"
    ASKED = "asked", "Waits for a listener"  # a task listener of the model has a say first
    DENIED = "denied", "Refused by a listener"
    CORRECTED = "corrected", "Corrected by a listener"


class TaskEvent(models.Model):
    """Append-only. `data` holds what the kind needs: `to`, `from`, `priority`, `names`, `outcome`, ..."""

    Kind = EventKind

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="events", db_constraint=False)
    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(max_length=24, choices=EventKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    data = VariablesField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            # What was done in somebody's place: few events are.
            models.Index(
                fields=["on_behalf_of"], condition=models.Q(on_behalf_of__isnull=False), name="events_on_behalf_of"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.actor or 'Baton'}"


class TaskComment(models.Model):
    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(max_length=10_000)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    modified_at = models.DateTimeField(null=True, blank=True, editable=False)
    modified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]


class TaskAttachment(models.Model):
    """What somebody put beside a task: a file, or an address (`attachmentInfo` of WS-HumanTask)."""

    class AccessType(models.TextChoices):
        INLINE = "inline", "File"
        URL = "url", "Address"

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    access_type = models.CharField(max_length=8, choices=AccessType.choices)
    content_type = models.CharField(max_length=255, blank=True)
    content_category = models.CharField(max_length=255, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    content = models.BinaryField(null=True, blank=True)  # of a file; left out of lists
    size = models.PositiveIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    attached_at = models.DateTimeField(db_default=Now(), editable=False)
    attached_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(access_type="inline", content__isnull=False, url="")
                | models.Q(access_type="url", content=None) & ~models.Q(url=""),
                name="an_attachment_is_a_file_or_an_address",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TaskDraft(models.Model):
    """What a person typed and has not sent: theirs alone."""

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    data = VariablesField(default=dict)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="one_draft_per_task_and_person")]

    def __str__(self) -> str:
        return f"draft of {self.user} for {self.task}"


class TaskRead(models.Model):
    """This person has opened this task: it is no longer shown as unread to them."""

    task = models.ForeignKey(HumanTask, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="a_task_is_read_once_per_person")]

    def __str__(self) -> str:
        return f"{self.user} read {self.task}"
