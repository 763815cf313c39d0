"""What somebody can be told, as one table: each kind is switched by the person, and has an answer for those who never
looked at the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ASSIGNED, OFFERED, REMINDER, LATE = "assigned", "offered", "reminder", "late"
MENTION, REASSIGNED, SUBSTITUTION, DONE = "mention", "reassigned", "substitution", "done"


@dataclass(frozen=True, slots=True)
class Kind:
    """`usual`: are those told who have not chosen? `urgent`: quiet hours hold it only for those who want that."""

    name: str
    label: str | Promise
    help: str | Promise
    usual: bool = True
    urgent: bool = False


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(ASSIGNED, _("A task is given to me"), _("By name: the process, or a colleague, has chosen you.")),
        Kind(
            OFFERED,
            _("A task is offered to a group of mine"),
            _("Whoever of the group is first takes it."),
            usual=False,
        ),
        Kind(MENTION, _("Somebody mentions me"), _("In a comment on a task that you may see.")),
        Kind(REASSIGNED, _("A task of mine goes to somebody else"), _("Your manager or an administrator moved it.")),
        Kind(
            SUBSTITUTION,
            _("I act for somebody who is away"),
            _("When the absence is planned, and what it means for you."),
        ),
        Kind(REMINDER, _("Reminders"), _("A task of yours is still open."), urgent=True),
        Kind(LATE, _("Escalations"), _("Work that you answer for is late."), urgent=True),
        Kind(DONE, _("A request of mine has ended"), _("What you have started has come to its end.")),
    )
}

#: Those that `tell` is asked for; reminders and escalations are mailed by the policy that decides them (`mail`).
TOLD = frozenset(KINDS) - {REMINDER, LATE}

#: Purposes of mails that are not called like what a person switches.
_SWITCHED_BY = {"notice": LATE}


def of_purpose(purpose: str) -> str:
    """The kind that switches mails of this purpose; '' when nothing does."""
    kind = _SWITCHED_BY.get(purpose, purpose)
    return kind if kind in KINDS else ""


def wants(chosen: Mapping[str, bool], kind: str) -> bool:
    """Whether somebody who has chosen this is told."""
    return bool(chosen.get(kind, KINDS[kind].usual))
