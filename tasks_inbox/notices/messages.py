"""What a notice says as a mail, one function per kind; and many new tasks in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import mail
from tasks_inbox.models import Absence, HumanTask, Notice
from tasks_inbox.notices import deciding, letters, links
from tasks_inbox.notices.kinds import ASSIGNED, DONE, MENTION, OFFERED, REASSIGNED, SUBSTITUTION

LISTED = 20  # tasks in one mail

Said = tuple[str, str, dict[str, Any]]  # template, subject, what the template prints


def write(user: User, notice: Notice) -> None:
    """Queue the mail of this notice, in the language of the person."""
    with letters.read_by(user):
        template, subject, context = _SAY[notice.kind](notice, user)
        about = {"by": letters.name(notice.by), "text": notice.text, **context}
        letters.write(
            template, subject, user, about, kind=notice.kind, task=notice.task, instance=notice.process_instance
        )


def bundle(user: User, notices: Sequence[Notice]) -> None:
    """Many new tasks at once."""
    tasks = [notice.task for notice in notices if notice.task is not None]
    with letters.read_by(user):
        subject = _("%(number)s new tasks for you") % {"number": len(tasks)}
        context = {
            "number": len(tasks),
            "lines": [line(task, user) for task in tasks[:LISTED]],
            "more": max(len(tasks) - LISTED, 0),
            "url": links.absolute(reverse("inbox")),
        }
        letters.write("bundle", subject, user, context, kind=notices[0].kind, tasks=[task.pk for task in tasks])


def line(task: HumanTask, user: User) -> dict[str, Any]:
    """A task in a list of a mail."""
    return {
        "title": task.title,
        "process": task.process_name,
        "key": task.business_key,
        "due": letters.local(task.due_at, user) if task.due_at else "",
        "url": links.absolute(task.get_absolute_url()),
    }


def _of_task(notice: Notice, user: User) -> dict[str, Any]:
    assert notice.task is not None
    return mail.about(notice.task, user)


def _assigned(notice: Notice, user: User) -> Said:
    task = notice.task
    assert task is not None
    context = _of_task(notice, user) | deciding.offer(task, user)
    return "assigned", _("For you: %(task)s") % {"task": task}, context


def _offered(notice: Notice, user: User) -> Said:
    return "offered", _("Who takes it? %(task)s") % {"task": notice.task}, _of_task(notice, user)


def _mention(notice: Notice, user: User) -> Said:
    subject = _("%(person)s mentions you: %(task)s") % {"person": letters.name(notice.by), "task": notice.task}
    return "mention", subject, _of_task(notice, user)


def _reassigned(notice: Notice, user: User) -> Said:
    return "reassigned", _("No longer yours: %(task)s") % {"task": notice.task}, _of_task(notice, user)


def _substitution(notice: Notice, user: User) -> Said:
    absence = Absence.objects.select_related("user").filter(pk=notice.source or 0).first()
    absent = letters.name(absence.user if absence else notice.by)
    context = {
        "absent": absent,
        "starts": letters.local(absence.starts_at, user) if absence else "",
        "ends": letters.local(absence.ends_at, user) if absence and absence.ends_at else "",
        "note": absence.note if absence else "",
        "url": links.absolute(reverse("inbox")),
    }
    return "substitution", _("You act for %(person)s") % {"person": absent}, context


def _done(notice: Notice, user: User) -> Said:
    instance = notice.process_instance
    assert instance is not None
    title = instance.subject or str(instance)
    context = {
        "title": title,
        "process": instance.definition.name or instance.definition.key,
        "key": instance.business_key,
        "ended": letters.local(instance.ended_at, user) if instance.ended_at else "",
        "url": links.absolute(reverse("case", args=[instance.pk])),
    }
    return "done", _("Ended: %(request)s") % {"request": title}, context


_SAY: dict[str, Callable[[Notice, User], Said]] = {
    ASSIGNED: _assigned,
    OFFERED: _offered,
    MENTION: _mention,
    REASSIGNED: _reassigned,
    SUBSTITUTION: _substitution,
    DONE: _done,
}
