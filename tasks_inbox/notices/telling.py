"""Write down that somebody is to be told something, in the transaction that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator import doorbell
from tasks_inbox.models import HumanTask, Notice
from tasks_inbox.notices.kinds import KINDS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DELIVER = "tasks_inbox.tasks.tell_people"
MOST_TEXT = 2_000  # characters of what somebody wrote


def tell(kind: str, user: User, task: HumanTask | None, *, by: User | None = None, text: str = "") -> None:
    """Tell this person about this task, if they want to hear of it and may see it when it is told.

    `kind` is one of `notices.kinds`, `by` whoever did it, `text` what they wrote. Nobody is told what they have done
    themselves. One INSERT; the mail, or the message in a chat, is made after the caller's transaction. Raises KeyError
    for a kind that there is not.
    """
    if by is not None and by.pk == user.pk:
        return
    Notice.objects.create(user=user, kind=KINDS[kind].name, task=task, by=by, text=text.replace("\x00", "")[:MOST_TEXT])
    doorbell.ring(DELIVER)
