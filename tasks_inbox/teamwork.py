"""What others have to do with a task, as its page shows it: approvers, questions, pieces of work, for whom one acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.bpmn import approval_rules
from tasks_inbox import absence, lifecycle, rows
from tasks_inbox.models import Approver, HumanTask
from tasks_inbox.permissions import may_see


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's part: who, with what result, and its address for those who may look at it."""

    who: str
    avatar: rows.Avatar | None
    said: str
    comment: str
    when: datetime | None
    pk: int | None = None
    good: bool | None = None  # None: nothing was decided


@dataclass(frozen=True, slots=True)
class Teamwork:
    approvers: list[Line]
    decided: str  # “1 of 2 approvals”
    parts: list[Line]
    acts_for: str
    whole: HumanTask | None

    def __bool__(self) -> bool:
        return bool(self.approvers or self.decided or self.parts or self.acts_for or self.whole)


def beside(task: HumanTask, user: User) -> Teamwork:
    """A task without parts that is nobody else's costs no statement."""
    return Teamwork(
        approvers=_approvers(task) if task.composite else [],
        decided=_decided(task),
        parts=_parts(task, user) if task.part_count else [],
        acts_for=_acts_for(task, user),
        whole=task.parent if task.parent is not None and may_see(user, task.parent) else None,
    )


def _approvers(task: HumanTask) -> list[Line]:
    """In the order in which they are asked."""
    asked = task.approvers.select_related("user", "group", "part__completed_by").order_by("position")
    return [_approver(one) for one in asked]


def _approver(one: Approver) -> Line:
    part = one.part
    by = part.completed_by if part is not None else None
    holder = by or one.user
    who = name(holder) if holder else str(one.group)
    if by is not None and one.group is not None:
        who = _("%(person)s for %(group)s") % {"person": who, "group": one.group}
    if part is None:
        said, good = _("not asked yet"), None
    elif part.state == lifecycle.COMPLETED:
        said, good = (
            part.outcome_label,
            next((o["style"] != "danger" for o in part.outcomes if o["value"] == part.outcome), True),
        )
    else:
        said, good = (_("asked"), None) if part.is_open else (_("no longer needed"), None)
    veto = _("can veto") if one.veto else ""
    return Line(
        ", ".join(filter(None, [who, veto])),
        _avatar(holder),
        said,
        part.comment if part else "",
        part.completed_at if part else None,
        None,
        good,
    )


def _decided(task: HumanTask) -> str:
    """How far the approvals are: for the whole, and for each of its parts."""
    whole = task if task.composite else task.parent
    if whole is None or not whole.composite:
        return ""
    votes = whole.parts.filter(part=HumanTask.Part.APPROVAL, state=lifecycle.COMPLETED).count()
    approvers = whole.approvers.count()
    try:
        wanted = approval_rules.needed(str(whole.properties.get("quorum") or ""), approvers)
    except ValueError:
        wanted = approvers
    needed = ngettext("%(wanted)s approval is needed", "%(wanted)s approvals are needed", wanted) % {"wanted": wanted}
    cast = ngettext("%(votes)s has decided", "%(votes)s have decided", votes) % {"votes": votes}
    return _("%(needed)s of %(approvers)s; %(cast)s.") % {"needed": needed, "approvers": approvers, "cast": cast}


def _parts(task: HumanTask, user: User) -> list[Line]:
    """Questions and pieces of work."""
    others = task.parts.exclude(part=HumanTask.Part.APPROVAL).select_related("actual_owner", "completed_by")
    found = []
    for part in others.order_by("pk"):
        holder = part.completed_by or part.actual_owner
        said = _("done") if part.state == lifecycle.COMPLETED else part.get_state_display().lower()
        title = part.description if part.part == HumanTask.Part.QUESTION else part.title
        found.append(
            Line(
                name(holder) if holder else _("offered"),
                _avatar(holder),
                f"{title} ({said})",
                part.comment,
                part.completed_at,
                part.pk if may_see(user, part) else None,
            )
        )
    return found


def _acts_for(task: HumanTask, user: User) -> str:
    owner = task.actual_owner
    if owner is None or owner.pk == user.pk or not task.is_open:
        return ""
    return name(owner) if absence.acts_for(user.pk, owner.pk, task) else ""


def name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _avatar(user: User | None) -> rows.Avatar | None:
    return rows.avatar(user.pk, user.first_name, user.last_name, user.username) if user else None
