"""What the inbox writes to people: rows in the outbox of `runtime.mails`, in the transaction that decides to write.

One message per person, so that each is asked for by itself, just before it goes out, whether the person is still meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import css_inline
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string

from orchestrator.models import Mail
from orchestrator.runtime import mails
from tasks_inbox import recipients
from tasks_inbox.deadlines import database_time
from tasks_inbox.models import HumanTask
from tasks_inbox.zones import zone

# The header that names the purpose; by it the mail is checked again when it is sent.
PURPOSE = "X-Baton-Purpose"
REMINDER, LATE, NOTICE = "reminder", "late", "notice"

_STILL_MEANT: dict[str, Callable[[HumanTask], list[User]]] = {
    REMINDER: recipients.of_reminder,
    LATE: recipients.of_manager_mail,
    NOTICE: recipients.of_notice,
}


def remind(task: HumanTask, users: Iterable[User]) -> None:
    """A reminder to whoever has the task, or could take it."""
    for user in users:
        _queue(REMINDER, f"Reminder: {task}", task, user)


def tell_managers(task: HumanTask, users: Iterable[User]) -> None:
    """What is late, who has it, and since when."""
    for user in users:
        _queue(LATE, f"Not done yet: {task}", task, user)


def notify(task: HumanTask, users: Iterable[User]) -> None:
    """The same to whoever an escalation policy names."""
    for user in users:
        _queue(NOTICE, f"Not done yet: {task}", task, user)


def entitled(mail: Mail) -> bool:
    """Asked just before a mail goes out. Mails without a human task are none of ours."""
    if mail.human_task_id is None:
        return True
    task = HumanTask.objects.select_related("process_instance__definition").filter(pk=mail.human_task_id).first()
    if task is None or not task.is_open:
        return False
    still = _STILL_MEANT.get(mail.headers.get(PURPOSE, ""))
    return still is None or {*mail.to, *mail.cc} <= {user.email for user in still(task)}


def _queue(purpose: str, subject: str, task: HumanTask, user: User) -> None:
    context = {
        "task": task,
        "reader": user,
        "owner": _name(task.actual_owner) if task.actual_owner else "",
        "offered_to": _offered_to(task),
        "since": _local(task.created_at, user),
        "due": _local(task.due_at, user) if task.due_at else "",
        "late": task.due_at is not None and task.due_at < database_time(),
        "url": settings.BASE_URL.rstrip("/") + task.get_absolute_url(),
    }
    mails.queue(
        to=[user.email],
        subject=_one_line(subject),
        text=render_to_string(f"mail/{purpose}.txt", context),
        html=css_inline.inline(render_to_string(f"mail/{purpose}.html", context)),
        headers={PURPOSE: purpose, "Auto-Submitted": "auto-generated"},
        process_instance=task.process_instance,
        number=task.number,
        human_task_id=task.pk,
    )


def _offered_to(task: HumanTask) -> str:
    """“Finance, Grace Hopper”: groups and people who could take it."""
    owners = task.roles.filter(role="potential_owner").select_related("user", "group")
    return ", ".join(sorted(str(role.group) if role.group else _name(role.user) for role in owners))


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


def _local(at: datetime, user: User) -> str:
    profile = getattr(user, "profile", None)
    local = at.astimezone(zone(profile.time_zone if profile else None))
    return f"{local.day} {local:%B %Y, %H:%M} ({local:%Z})"


def _one_line(subject: str) -> str:
    """A subject is one header: nothing in a title may begin another."""
    return " ".join(subject.split())[:200]
