"""A decision that can be taken back: it is held for a few seconds and then applied.

How long says the property `undo` of the user task (seconds, or a duration such as PT8S), else the setting
`UNDO_SECONDS`; nothing, or 0: at once. A held decision is a row, so that a crash loses nothing: the sweep applies it,
or the next decision of the same person, which says that they have gone on. Whatever ends the task before wins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from orchestrator.engine import CommandRejected
from orchestrator.runtime import wire
from tasks_inbox import approvals, entries, moves, operations
from tasks_inbox.acceptable import check_outcome, checked_data
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.models import HeldDecision, HumanTask, TaskEvent
from tasks_inbox.permissions import require

Kind = TaskEvent.Kind
LONGEST = 60.0  # seconds
AT_ONCE = 200  # decisions, per sweep


def seconds(task: HumanTask) -> float:
    """For how long a decision about this task can be taken back."""
    written = task.properties.get("undo")
    if written in (None, ""):
        return float(min(settings.UNDO_SECONDS, LONGEST))
    return min(max(_seconds(str(written)), 0.0), LONGEST)


def decide(
    *, task: HumanTask, user: User, data: dict[str, Any], outcome: str | None = None, comment: str = ""
) -> HeldDecision | None:
    """Complete the task as `operations.complete` would, but so that it can be taken back; None: it is applied.

    Raises what `operations.complete` raises, at once.
    """
    if getattr(task, "holds_earlier", True):
        apply_earlier(user)
    return hold(task=task, user=user, data=data, outcome=outcome, comment=comment)


def hold(
    *, task: HumanTask, user: User, data: dict[str, Any], outcome: str | None = None, comment: str = ""
) -> HeldDecision | None:
    """The same for one of several decisions that are taken back together: the others stay held meanwhile."""
    span = seconds(task)
    if not span:
        operations.complete(task=task, user=user, data=data, outcome=outcome, comment=comment)
        return None
    check_outcome(task, outcome, comment)
    data = checked_data(data)
    with transaction.atomic():
        permit = require(user, "complete", task)
        approvals.check_fresh(task, user)
        until = _now() + timedelta(seconds=span)
        held = HeldDecision.objects.create(
            task=task, user=user, data=data, outcome=outcome or "", comment=comment, until=until
        )
        moves.write(task, held_until=until)
        moves.record(task, user, Kind.DECIDED, permit=permit, outcome=outcome or "")
    return held


@transaction.atomic
def undo(*, task: HumanTask, user: User) -> HumanTask:
    """Take one's decision back. Raises TooLate when it was applied, NotPermitted when it is somebody else's."""
    require(user, "undo", task)
    held = HeldDecision.objects.filter(task=task, user=user).first()
    if held is None:
        raise NotPermitted("undo")
    held.delete()
    moves.write(task, held_until=None)
    return moves.record(task, user, Kind.UNDONE, outcome=held.outcome)


_EARLIER = "SELECT id FROM tasks_inbox_helddecision WHERE user_id = %s ORDER BY until, id"


def apply_earlier(user: User) -> None:
    """This person goes on: what they decided before is applied now."""
    with wire.cursor() as cursor:
        cursor.execute(_EARLIER, [user.pk])
        earlier = cursor.fetchall()
    for (pk,) in earlier:
        _apply(pk)


def apply_due() -> int:
    """Apply the decisions whose time is over; how many there were."""
    due = HeldDecision.objects.filter(until__lte=Now()).order_by("until", "pk")
    return sum(_apply(pk) for pk in due.values_list("pk", flat=True)[:AT_ONCE])


def _apply(pk: int) -> bool:
    """One decision. What can no longer be applied (its owner left, say) is undone, and the history says why."""
    held = HeldDecision.objects.select_related("task", "user").filter(pk=pk).first()
    if held is None:
        return False
    try:
        with transaction.atomic():
            _release(held)
            operations.complete(
                task=held.task, user=held.user, data=held.data, outcome=held.outcome or None, comment=held.comment
            )
    except (NotPermitted, TooLate, InvalidForm, CommandRejected) as refusal:
        _give_back(held, str(refusal))
    return True


def _release(held: HeldDecision) -> None:
    """Take the row; the order of locks is that of every step: the process instance first."""
    from orchestrator.runtime import storage, wire

    with wire.cursor() as cursor:
        storage.lock(cursor, held.task.process_instance_id)
    if not HeldDecision.objects.filter(pk=held.pk).delete()[0]:
        raise _Gone
    HumanTask.objects.filter(pk=held.task_id).update(held_until=None)
    held.task.held_until = None


def _give_back(held: HeldDecision, why: str) -> None:
    with transaction.atomic():
        taken = HeldDecision.objects.filter(pk=held.pk).delete()[0]
        task = HumanTask.objects.select_for_update(of=("self",), no_key=True).get(pk=held.task_id)
        if not taken or not task.is_open:
            return
        HumanTask.objects.filter(pk=task.pk).update(held_until=None)
        TaskEvent.objects.create(task=task, kind=Kind.UNDONE, actor=held.user, data={"text": why})
        entries.write([task.pk])


class _Gone(NotPermitted):
    """Somebody else has applied or undone it meanwhile."""


def _now() -> datetime:
    now: datetime = User.objects.values_list(Now(), flat=True)[:1].get()
    return now


def _seconds(text: str) -> float:
    digits = text.strip().upper().removeprefix("PT").removesuffix("S")
    return float(digits) if digits.isdigit() else 0.0
