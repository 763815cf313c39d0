"""Messages into a channel of Slack or Teams: rows, sent outside of any transaction and tried again, like mails.

A channel is read by others than the person or group it stands for. So a message holds the title and the way to the
task, and more only where an administrator allows it; of a task that is for signed-in eyes it does not even hold the
title. What it names must still be theirs when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.connectors.base import ConnectorError, JobRequest, NotTried
from orchestrator.connectors.chat import SLACK, TEAMS
from orchestrator.connectors.chat.connector import ChatConnector
from tasks_inbox import languages, lifecycle
from tasks_inbox.deadlines import database_time
from tasks_inbox.models import ChatChannel, ChatMessage, HumanTask, Notice, TaskRole
from tasks_inbox.notices import deciding, letters, links, standing
from tasks_inbox.notices.kinds import ASSIGNED, DONE, LATE, MENTION, OFFERED, REASSIGNED, SUBSTITUTION

LEASE = timedelta(minutes=2)
TIMEOUT = 20.0  # seconds, for one call
BACKOFF = (30, 120, 600, 3600)  # seconds; the last one repeats
MAX_ATTEMPTS = 8
MAX_ERROR = 1_000
AT_ONCE = 100
LISTED = 10  # tasks in one message

State = ChatMessage.State
_SERVICES: dict[str, ChatConnector] = {"slack": SLACK, "teams": TEAMS}


def post(channel: ChatChannel, notices: Sequence[Notice], *, few: int) -> None:
    """Write the messages down: one per notice, or one for many new tasks."""
    new = [notice for notice in notices if notice.kind in (ASSIGNED, OFFERED)]
    bundled = new if len(new) > few else []
    with translation.override(_language(channel)):
        made = [_message(channel, notice) for notice in notices if notice not in bundled]
        if bundled:
            made.append(_bundle(channel, bundled))
    ChatMessage.objects.bulk_create(made)


def send_due(limit: int = AT_ONCE) -> int:
    """Send what is due, oldest first; how many were sent."""
    sent = 0
    for _turn in range(limit):
        message = _claim()
        if message is None:
            break
        sent += _send(message)
    return sent


def _claim() -> ChatMessage | None:
    """Under a lease, with the attempt counted before anything is tried."""
    due = ChatMessage.objects.filter(Q(locked_until=None) | Q(locked_until__lte=Now()), state=State.DUE)
    with transaction.atomic():
        locked = due.filter(due_at__lte=Now()).select_for_update(skip_locked=True, of=("self",))
        message = locked.select_related("channel__user", "channel__group").order_by("due_at", "id").first()
        if message is None:
            return None
        message.attempts += 1
        message.fence += 1
        ChatMessage.objects.filter(pk=message.pk).update(
            attempts=message.attempts, fence=message.fence, locked_until=Now() + LEASE
        )
    return message


def _send(message: ChatMessage) -> bool:
    if message.attempts > MAX_ATTEMPTS:
        return _close(message, State.FAILED, "The worker stopped whenever it sent this message")
    if not _is_still_theirs(message):
        return _close(message, State.WITHDRAWN, "It is no longer for this channel")
    try:
        _SERVICES[message.channel.service].call(_request(message))
    except NotTried as busy:
        return _later(message, busy.retry_after or BACKOFF[0], str(busy), attempts=message.attempts - 1)
    except ConnectorError as error:
        if error.permanent or message.attempts >= MAX_ATTEMPTS:
            return _close(message, State.FAILED, str(error))
        pause = error.retry_after or BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
        return _later(message, pause, str(error), attempts=message.attempts)
    _close(message, State.SENT, "", sent_at=Now())
    return True


def _request(message: ChatMessage) -> JobRequest:
    inputs = {"webhook": message.channel.webhook, "title": message.title, "text": message.text}
    return JobRequest(
        key=f"notice-{message.pk}",
        type=message.channel.service,
        variables={},
        inputs=inputs,
        headers={},
        attempt=message.attempts,
        timeout=TIMEOUT,
        process_instance_id=0,
        element="",
        now=database_time(),
    )


def _is_still_theirs(message: ChatMessage) -> bool:
    channel = message.channel
    if not channel.active:
        return False
    if channel.user is not None:
        return channel.user.is_active and standing.sees_all(channel.user, message.tasks)
    wanted = set(message.tasks)
    seen = TaskRole.objects.filter(task__in=wanted, group=channel.group).exclude(role=lifecycle.EXCLUDED_OWNER)
    return set(seen.values_list("task", flat=True)) == wanted


def _later(message: ChatMessage, pause: float, error: str, *, attempts: int) -> bool:
    _mine(message).update(
        due_at=Now() + timedelta(seconds=pause), attempts=attempts, locked_until=None, last_error=error[:MAX_ERROR]
    )
    return False


def _close(message: ChatMessage, state: str, error: str, **columns: Any) -> bool:
    _mine(message).update(state=state, last_error=error[:MAX_ERROR], locked_until=None, **columns)
    return False


def _mine(message: ChatMessage) -> Any:
    """By the fencing token."""
    return ChatMessage.objects.filter(pk=message.pk, fence=message.fence, state=State.DUE)


# What it says


def _message(channel: ChatChannel, notice: Notice) -> ChatMessage:
    names = {"who": letters.name(notice.by) or _("Somebody"), "group": channel.group or ""}
    title = (_TITLES_OF_GROUP if channel.group else _TITLES)[notice.kind]() % names
    if notice.task is not None:
        return ChatMessage(channel=channel, title=title, text=_line(channel, notice.task), tasks=[notice.task.pk])
    if notice.process_instance is not None:
        subject = str(notice.process_instance.subject or notice.process_instance)
        url = links.absolute(reverse("case", args=[notice.process_instance.pk]))
        return ChatMessage(channel=channel, title=title, text=f"{subject}\n{url}")
    return ChatMessage(channel=channel, title=title, text=links.absolute(reverse("inbox")))


def _bundle(channel: ChatChannel, notices: Sequence[Notice]) -> ChatMessage:
    tasks = [notice.task for notice in notices if notice.task is not None]
    title = ngettext("%(number)s new task", "%(number)s new tasks", len(tasks)) % {"number": len(tasks)}
    lines = [f"• {_title(task)}" for task in tasks[:LISTED]]
    if len(tasks) > LISTED:
        lines.append(_("… and %(number)s more") % {"number": len(tasks) - LISTED})
    text = "\n".join([*lines, links.absolute(reverse("inbox"))])
    return ChatMessage(channel=channel, title=title, text=text, tasks=[task.pk for task in tasks])


def _line(channel: ChatChannel, task: HumanTask) -> str:
    facts = [_title(task)]
    if channel.details and not deciding.is_guarded(task):
        facts.append(" · ".join(part for part in (task.process_name, task.business_key) if part))
        if task.due_at:
            facts.append(_("Due: %(when)s") % {"when": _when(channel, task)})
    return "\n".join([*facts, links.absolute(task.get_absolute_url())])


def _when(channel: ChatChannel, task: HumanTask) -> str:
    assert task.due_at is not None
    return letters.local(task.due_at, channel.user or User())


def _title(task: HumanTask) -> str:
    return task.process_name if deciding.is_guarded(task) else task.title


def _language(channel: ChatChannel) -> str:
    person = channel.user_id or 0
    return languages.of([person])[person]


_TITLES = {
    ASSIGNED: lambda: _("A task for you"),
    OFFERED: lambda: _("Who takes it?"),
    MENTION: lambda: _("%(who)s mentions you"),
    REASSIGNED: lambda: _("No longer yours"),
    SUBSTITUTION: lambda: _("You act for somebody who is away"),
    DONE: lambda: _("Your request has ended"),
}
_TITLES_OF_GROUP = {
    OFFERED: lambda: _("New for %(group)s: who takes it?"),
    LATE: lambda: _("Not done yet"),
}
