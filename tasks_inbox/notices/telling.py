"""Write down that somebody is to be told something, in the transaction that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator import doorbell
from tasks_inbox.models import Absence, ChatChannel, HumanTask, Notice
from tasks_inbox.notices.kinds import LATE, REASSIGNED, SUBSTITUTION, TOLD

if TYPE_CHECKING:
    from django.contrib.auth.models import Group, User

DELIVER = "tasks_inbox.tasks.tell_people"
MOST_TEXT = 2_000  # characters of what somebody wrote


def tell(kind: str, user: User, task: HumanTask | None, *, by: User | None = None, text: str = "") -> None:
    """Tell this person about this task, if they want to hear of it and may see it when it is told.

    `kind` is one of `kinds.TOLD`, `by` whoever did it, `text` what they wrote. Nobody is told what they have done
    themselves. One INSERT; the mail, or the message in a chat, is made after the caller's transaction. Raises
    ValueError for another kind.
    """
    if kind not in TOLD:
        raise ValueError(f"Nobody is told {kind!r}; choose one of {', '.join(sorted(TOLD))}.")
    if by is not None and by.pk == user.pk:
        return
    Notice.objects.create(user=user, kind=kind, task=task, by=by, text=text.replace("\x00", "")[:MOST_TEXT])
    doorbell.ring(DELIVER)


def tell_former(owner: User | None, task: HumanTask, *, by: User | None = None) -> None:
    """Whoever had a task hears that they have it no longer. Nobody had it, or they gave it away: nothing."""
    if owner is not None:
        tell(REASSIGNED, owner, task, by=by)


def tell_channel(group: Group, task: HumanTask) -> str:
    """The chat of a group hears that a task is late; what the history says of it, '' when the group has no chat."""
    if not ChatChannel.objects.filter(group=group, active=True).exists():
        return ""
    Notice.objects.create(group=group, kind=LATE, task=task)
    doorbell.ring(DELIVER)
    return f"Told the chat of {group}."


def tell_substitutes(absence: Absence) -> None:
    """Those who act for somebody hear of it; not whoever planned the absence."""
    acting = {one.substitute_id for one in absence.substitutions.all()} - {absence.planned_by_id}
    Notice.objects.bulk_create(
        Notice(user_id=pk, kind=SUBSTITUTION, by=absence.user, source=absence.pk) for pk in sorted(acting)
    )
    doorbell.ring(DELIVER)
