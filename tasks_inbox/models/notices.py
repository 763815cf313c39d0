"""What people want to be told, what waits to be told, and the channels into which it is written."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orchestrator.models import ProcessInstance
from tasks_inbox.models.tasks import HumanTask

_OF_ONE = Q(user=None, group__isnull=False) | Q(user__isnull=False, group=None)


class NoticePreference(models.Model):
    """Whoever has none is told what everybody is told (`notices.kinds`)."""

    class Digest(models.TextChoices):
        OFF = "off", _("Never")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preference")
    kinds = models.JSONField(default=dict, db_default={}, blank=True)  # kind -> mailed or not; else as usual
    digest = models.CharField(max_length=8, choices=Digest.choices, default=Digest.OFF)
    digest_hour = models.PositiveSmallIntegerField(default=8)  # 0 to 23, in the person's time zone
    digest_weekday = models.PositiveSmallIntegerField(default=0)  # 0 is Monday
    digest_at = models.DateTimeField(null=True, blank=True)  # the next one
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField(default=False)
    quiet_escalations = models.BooleanField(default=False)  # what is late may wait too
    decide_by_mail = models.BooleanField(default=True)
    chat = models.BooleanField(default=True)  # into the person's channel, if they have one

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digest__in=["off", "daily", "weekly"]), name="digest_is_known"),
            models.CheckConstraint(condition=Q(digest_hour__lte=23), name="digest_hour_is_an_hour"),
            models.CheckConstraint(condition=Q(digest_weekday__lte=6), name="digest_weekday_is_a_weekday"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
        ]
        indexes = [
            models.Index(fields=["digest_at"], condition=Q(digest_at__isnull=False), name="digests_that_fall_due")
        ]

    def __str__(self) -> str:
        return f"notices of {self.user}"


class Notice(models.Model):
    """Something to tell a person, or the channel of a group. Whether they still may hear it, and how, is decided when
    its time has come.
    """

    class State(models.TextChoices):
        DUE = "due", "Waiting"
        TOLD = "told", "Told"
        WITHDRAWN = "withdrawn", "Withdrawn"  # not wanted, or not theirs any more

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    task = models.ForeignKey(HumanTask, models.CASCADE, null=True, blank=True, related_name="+")
    process_instance = models.ForeignKey(
        ProcessInstance, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    text = models.TextField(blank=True)  # what somebody wrote
    source = models.BigIntegerField(null=True, blank=True)  # what it was learned from, so that it is told once
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE, db_default=State.DUE)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_OF_ONE, name="a_notice_is_for_a_person_or_a_group"),
            models.CheckConstraint(condition=Q(state__in=["due", "told", "withdrawn"]), name="notice_state_is_known"),
            models.UniqueConstraint(
                fields=["kind", "source", "user", "group"],
                condition=Q(source__isnull=False),
                nulls_distinct=False,
                name="nobody_is_told_twice",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="notices_that_fall_due"),
            models.Index(fields=["created_at"], condition=~Q(state="due"), name="notices_to_forget"),
            models.Index(
                fields=["process_instance"], condition=Q(process_instance__isnull=False), name="notices_of_an_instance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user or self.group}"


class NoticeMark(models.Model):
    """One row: how far the history of tasks, and of requests, has been read for what is to be told (`notices.news`)."""

    read = models.BigIntegerField()  # every event up to this one has been read
    seen = models.BigIntegerField()  # the newest event when the mark was set
    horizon = models.BigIntegerField()  # the transactions before this one may still add events up to `seen`
    ended = models.DateTimeField(db_default=Now())  # the requests that ended until then have been read

    def __str__(self) -> str:
        return f"read up to event {self.read}"


class ChatChannel(models.Model):
    """Where messages for a person or a group go: an incoming webhook of Slack or Teams, whose address is a secret of
    the operator, named here.
    """

    class Service(models.TextChoices):
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="chat_channel",
        verbose_name=_("person"),
    )
    group = models.OneToOneField(
        Group, models.CASCADE, null=True, blank=True, related_name="chat_channel", verbose_name=_("group")
    )
    service = models.CharField(_("service"), max_length=8, choices=Service.choices)
    webhook = models.CharField(
        _("webhook"), max_length=100, help_text=_("The secret that holds its address: BATON_SECRET_ and this name.")
    )
    details = models.BooleanField(
        _("with details"), default=False, help_text=_("Process, key and due date too. Otherwise only the title.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_OF_ONE,
                name="a_chat_channel_is_of_a_person_or_a_group",
                violation_error_message=_("Name either a person or a group."),
            ),
            models.CheckConstraint(condition=Q(service__in=["slack", "teams"]), name="chat_service_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()}: {self.user or self.group}"


class ChatMessage(models.Model):
    """One message into one channel, sent outside of any transaction and tried again, like a mail."""

    class State(models.TextChoices):
        DUE = "due", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    channel = models.ForeignKey(ChatChannel, models.CASCADE, related_name="messages")
    tasks = models.JSONField(default=list, blank=True)  # the human tasks that it names
    title = models.CharField(max_length=500)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["due", "sent", "failed", "withdrawn"]), name="chat_message_state_is_known"
            )
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="messages_that_fall_due")]

    def __str__(self) -> str:
        return self.title
