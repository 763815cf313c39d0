"""What people do with the parts of a task: give a piece of the work to somebody, ask, answer, vote.

Completing a part moves no token, unless it settles an approval.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils.translation import gettext as _

from orchestrator.models import ProcessInstance
from orchestrator.runtime import execution, wire
from orchestrator.runtime import storage as process_storage
from tasks_inbox import approvals, moves, parts
from tasks_inbox.acceptable import check_can_own, check_comment
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import HumanTask, TaskComment, TaskEvent, TaskRead
from tasks_inbox.permissions import require

Kind = TaskEvent.Kind
LONGEST_TITLE = 255  # characters


@transaction.atomic
def instantiate_subtask(
    *, task: HumanTask, user: User, to: User | Group, name: str, description: str = "", due_at: datetime | None = None
) -> HumanTask:
    """Give a piece of the work to somebody, and keep the task. Raises NotPermitted, TooLate, InvalidForm."""
    title = _title(name)
    check_comment("description", description)
    permit = require(user, "instantiate_subtask", task)
    piece = _for(task, to, subject=title, description=description, due_at=due_at)
    (pk,) = parts.create(task, HumanTask.Part.WORK, [piece], by=user)
    moves.record(task, user, Kind.SUBTASK, permit=permit, to=moves.name(to), name=title, part=pk)
    return HumanTask.objects.get(pk=pk)


@transaction.atomic
def request_information(*, task: HumanTask, user: User, to: User, question: str) -> HumanTask:
    """Ask somebody. They find the question in their inbox; the task stays where it is, and hears the answer."""
    asked = _question(question)
    permit = require(user, "request_information", task)
    if to.pk == user.pk:
        raise InvalidForm({"to": [_("Choose somebody else to ask.")]})
    check_asked(task, to)
    who = user.get_full_name() or user.get_username()
    title = (_("%(who)s asks: %(question)s") % {"who": who, "question": asked})[:500]
    (pk,) = parts.create(
        task,
        HumanTask.Part.QUESTION,
        [parts.NewPart(users=[to.pk], owner=to.pk, subject=title, description=asked)],
        by=user,
    )
    moves.record(
        task, user, Kind.INFORMATION_REQUESTED, permit=permit, to=moves.name(to), text=asked, part=pk, asked_by=user.pk
    )
    return HumanTask.objects.get(pk=pk)


def complete(
    *, task: HumanTask, user: User, data: dict[str, Any], outcome: str | None = None, comment: str = ""
) -> HumanTask:
    """Answer a question, hand in a piece of work, or vote: what `operations.complete` does with a part."""
    if task.part == HumanTask.Part.QUESTION and not comment.strip():
        raise InvalidForm({"comment": [_("Write the answer.")]})

    def step() -> HumanTask:
        with wire.cursor() as cursor:
            instance = process_storage.lock(cursor, task.process_instance_id)
        if instance.state != ProcessInstance.State.ACTIVE:
            raise NotPermitted(_("The process instance has ended."))
        parent = HumanTask.objects.select_for_update(of=("self",), no_key=True).get(parts=task)
        approvals.check_fresh(task, user)
        told = {"outcome": outcome} if outcome else {}
        moves.end(task, user, "complete", instance, outcome=outcome or "", output=data, comment=comment, data=told)
        _DONE[HumanTask.Part(task.part)](parent, task, user)
        return task

    return execution.atomically(step)


# Who may be asked


def check_asked(task: HumanTask, person: User) -> None:
    """Anybody who is active may be asked; the question shows them the case."""
    if not person.is_active:
        raise InvalidForm({"to": [_("%(who)s is no longer active.") % {"who": person.get_username()}]})


def _for(task: HumanTask, to: User | Group, **more: Any) -> parts.NewPart:
    if isinstance(to, User):
        check_can_own(task, to)
        return parts.NewPart(users=[to.pk], owner=to.pk, **more)
    return parts.NewPart(groups=[to.pk], **more)


def _title(name: str) -> str:
    title = name.strip()
    if not title or len(title) > LONGEST_TITLE or "\x00" in title:
        raise InvalidForm(
            {"name": [_("A sub-task needs a name of at most %(most)s characters.") % {"most": LONGEST_TITLE}]}
        )
    return title


def _question(text: str) -> str:
    asked = text.strip()
    if not asked:
        raise InvalidForm({"question": [_("Write what you would like to know.")]})
    check_comment("question", asked)
    return asked


# What the whole hears of a part that was completed


def _answered(parent: HumanTask, part: HumanTask, user: User) -> None:
    """The answer stands in the talk of the task, which is new again to whoever asked."""
    TaskComment.objects.create(task=parent, author=user, text=part.comment)
    asked = parent.events.filter(kind=Kind.INFORMATION_REQUESTED, data__part=part.pk).last()
    if asked is not None:
        TaskRead.objects.filter(task=parent, user=asked.actor).delete()
    moves.record(parent, user, Kind.INFORMATION_ANSWERED, part=part.pk, text=part.comment)


def _handed_in(parent: HumanTask, part: HumanTask, user: User) -> None:
    """What a sub-task found out is in the result of the whole, until somebody changes it."""
    moves.write(parent, output={**parent.output, **part.output})
    moves.record(parent, user, Kind.SET_OUTPUT, part=part.pk, names=sorted(part.output))


_DONE = {
    HumanTask.Part.QUESTION: _answered,
    HumanTask.Part.WORK: _handed_in,
    HumanTask.Part.APPROVAL: approvals.voted,
}
