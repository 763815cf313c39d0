"""What the inbox writes to people: rows in the outbox of `runtime.mails`, in the transaction that decides to write.

One message per person, so that each is asked for by itself, just before it goes out, whether the person is still meant
and still wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from orchestrator.models import Mail
from orchestrator.runtime import mails
from tasks_inbox import recipients
from tasks_inbox.deadlines import database_time
from tasks_inbox.models import HumanTask
from tasks_inbox.notices import deciding, kinds, letters, links, preferences, standing
from tasks_inbox.notices.links import PURPOSE

REMINDER, LATE, NOTICE = "reminder", "late", "notice"

#: Purpose -> the kind that a person switches.
_KIND = {REMINDER: kinds.REMINDER, LATE: kinds.LATE, NOTICE: kinds.LATE}

_STILL_MEANT: dict[str, Callable[[HumanTask], list[User]]] = {
    REMINDER: recipients.of_reminder,
    LATE: recipients.of_manager_mail,
    NOTICE: recipients.of_notice,
}


def remind(task: HumanTask, users: Iterable[User]) -> list[User]:
    """A reminder to whoever has the task, or could take it; who does not want any."""
    return _write(REMINDER, task, users)


def tell_managers(task: HumanTask, users: Iterable[User]) -> list[User]:
    """What is late, who has it, and since when; who does not want to hear it."""
    return _write(LATE, task, users)


def notify(task: HumanTask, users: Iterable[User]) -> list[User]:
    """The same to whoever an escalation policy names."""
    return _write(NOTICE, task, users)


def entitled(mail: Mail) -> bool:
    """Asked just before a mail goes out. Mails of processes are none of ours."""
    if not standing.of_mail(mail):
        return False
    still = _STILL_MEANT.get(mail.headers.get(PURPOSE, ""))
    if still is None or mail.human_task_id is None:
        return True
    task = HumanTask.objects.select_related("process_instance__definition").filter(pk=mail.human_task_id).first()
    if task is None or not task.is_open:
        return False
    return {*mail.to, *mail.cc} <= {user.email for user in still(task)}


def _write(purpose: str, task: HumanTask, users: Iterable[User]) -> list[User]:
    wanting, others = preferences.wanting(_KIND[purpose], users)
    for user in wanting:
        with letters.read_by(user):
            _queue(purpose, task, user)
    return others


def _queue(purpose: str, task: HumanTask, user: User) -> None:
    title = {"task": task.title}
    subject = _("Reminder: %(task)s") % title if purpose == REMINDER else _("Not done yet: %(task)s") % title
    context = about(task, user) | (deciding.offer(task, user) if purpose == REMINDER else {})
    mail = letters.write(purpose, subject, user, context, kind=_KIND[purpose], purpose=purpose, task=task)
    chosen, now = preferences.of(user), database_time()
    if wait := preferences.held_until(chosen, _KIND[purpose], now, preferences.zone_of(user)):
        mails.postpone(mail, wait)


def about(task: HumanTask, user: User) -> dict[str, object]:
    """What the templates of a mail about one task print."""
    return {
        "task": task,
        "owner": letters.name(task.actual_owner),
        "offered_to": _offered_to(task),
        "since": letters.local(task.created_at, user),
        "due": letters.local(task.due_at, user) if task.due_at else "",
        "late": task.due_at is not None and task.due_at < database_time(),
        "url": links.absolute(task.get_absolute_url()),
    }


def _offered_to(task: HumanTask) -> str:
    """“Finance, Grace Hopper”: groups and people who could take it."""
    owners = task.roles.filter(role="potential_owner").select_related("user", "group")
    return ", ".join(sorted(str(role.group) if role.group else letters.name(role.user) for role in owners))
