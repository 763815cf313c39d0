"""What people send with an operation: is it acceptable? Each raises InvalidForm with a sentence beside the field."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from orchestrator.runtime.variables import InvalidVariables, checked
from tasks_inbox import lifecycle
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask, TaskRole
from tasks_inbox.permissions import held_by

LONGEST_COMMENT = 10_000  # characters


def check_comment(field: str, text: str) -> None:
    if len(text) > LONGEST_COMMENT:
        raise InvalidForm(
            {
                field: [
                    _("A comment has at most %(most)s characters; this one has %(number)s.")
                    % {"most": LONGEST_COMMENT, "number": len(text)}
                ]
            }
        )
    if "\x00" in text:
        raise InvalidForm({field: [_("A comment cannot hold a NUL character.")]})


def checked_data(data: dict[str, Any]) -> dict[str, Any]:
    """The data with exact numbers, or InvalidForm when no process could store it."""
    try:
        return checked(data)
    except InvalidVariables as problem:
        raise InvalidForm({"data": [str(problem)]}) from problem


def check_outcome(task: HumanTask, outcome: str | None, comment: str) -> None:
    offered = {one["value"]: one for one in task.outcomes}
    check_comment("comment", comment)
    if not offered and not outcome:
        return
    if outcome not in offered:
        labels = ", ".join(one["label"] for one in task.outcomes) or _("none")
        raise InvalidForm({"outcome": [_("Choose one of the outcomes of this task: %(labels)s.") % {"labels": labels}]})
    if offered[outcome]["comment_required"] and not comment.strip():
        raise InvalidForm(
            {"comment": [_("“%(outcome)s” needs a comment that says why.") % {"outcome": offered[outcome]["label"]}]}
        )


def check_can_own(task: HumanTask, person: User) -> None:
    """Raises InvalidForm when the task cannot be given to this person; why is not told, it may be nobody's business."""
    held = set(TaskRole.objects.filter(task=task).filter(held_by(person)).values_list("role", flat=True))
    rule = task.properties.get("delegation", "anybody")
    allowed = rule == "anybody" or (rule == "potentialOwners" and lifecycle.POTENTIAL_OWNER in held)
    if not person.is_active or lifecycle.EXCLUDED_OWNER in held or not allowed:
        raise InvalidForm({"to": [_("%(who)s cannot take this task.") % {"who": person.get_username()}]})
