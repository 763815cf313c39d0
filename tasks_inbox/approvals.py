"""Several approvers of one user task: who is asked when, and what their votes come to.

The task is composite: each approver finds a part of it in their inbox and decides that. The rules are those of
`orchestrator.bpmn.approval_rules`; the rows of `Approver` say who is asked, in which order, and who can veto. Whatever
is written happens under the lock of the process instance, so that the last two votes count one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils.translation import gettext as _

from orchestrator.bpmn import approval_rules
from orchestrator.bpmn.approval_rules import Vote
from orchestrator.engine.commands import Complete
from orchestrator.models import ProcessInstance
from orchestrator.runtime import execution, wire
from orchestrator.runtime import storage as process_storage
from tasks_inbox import deadlines, ended, entries, lifecycle, listening, moves, parts, people, storage
from tasks_inbox.acceptable import check_can_own
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import Approver, HumanTask, TaskEvent, TaskRole
from tasks_inbox.permissions import require

Kind = TaskEvent.Kind
TOGETHER = "complete together"  # what listeners are asked when several have decided


def wanted(properties: dict[str, Any]) -> bool:
    """Does the model name approvers?"""
    return bool(people.names(properties.get("approvers")))


def is_refusal(task: HumanTask, outcome: str) -> bool:
    """A button that asks for a comment refuses, and so does one named in the property `refusals`."""
    if named := people.names(task.properties.get("refusals")):
        return outcome in named
    return any(one["value"] == outcome and one["style"] == "danger" for one in task.outcomes)


# The beginning


def begin(task: HumanTask) -> None:
    """Ask the approvers of a new task: all of them, or the first. Names that nobody has are told in its history; with
    nobody to ask, the task is offered to those who administer its process.
    """
    found, missing = _named(people.names(task.properties.get("approvers")))
    vetoes, unknown = _named(people.names(task.properties.get("veto")))
    excluded = set(_excluded(task))
    holders = [one for one in dict.fromkeys(found) if one[0] not in excluded]
    rows = [
        Approver(task=task, position=place, user_id=user, group_id=group, veto=(user, group) in vetoes)
        for place, (user, group) in enumerate(holders, start=1)
    ]
    Approver.objects.bulk_create(rows)
    TaskEvent.objects.bulk_create(
        [
            TaskEvent(task=task, kind=Kind.UNRESOLVED, data={"text": f"There is no user or group “{name}”."})
            for name in (*missing, *unknown)
        ]
    )
    TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    if not rows:
        sentence = people.rescue(task)
        TaskEvent.objects.create(task=task, kind=Kind.UNRESOLVED, data={"text": sentence})
        moves.write(task, state=lifecycle.READY, actual_owner=None)
        entries.write([task.pk])
        return
    moves.write(task, composite=True, state=lifecycle.IN_PROGRESS, actual_owner=None)
    entries.write([task.pk])
    _ask_next(task)


# Voting


def check_fresh(task: HumanTask, user: User) -> None:
    """One person, one vote: nobody decides for another what they have decided for themselves. Raises NotPermitted."""
    if task.part != HumanTask.Part.APPROVAL:
        return
    voted_already = HumanTask.objects.filter(
        parent=task.parent_id, part=task.part, completed_by=user, state=lifecycle.COMPLETED
    )
    if voted_already.exclude(pk=task.pk).exists():
        raise NotPermitted(_("You have decided this already."))


def voted(parent: HumanTask, part: HumanTask, user: User) -> None:
    """Somebody has decided their part: it may settle the whole, or it is the next one's turn."""
    moves.record(parent, user, Kind.VOTED, outcome=part.outcome_label, part=part.pk)
    outcome = _verdict(parent)
    if outcome is None:
        _ask_next(parent)
    else:
        _settle(parent, outcome, user, part)


def votes(task: HumanTask) -> list[HumanTask]:
    """The parts that were decided, in the order of the decisions."""
    cast = task.parts.filter(part=HumanTask.Part.APPROVAL, state=lifecycle.COMPLETED)
    return list(cast.select_related("completed_by", "vote_of").order_by("completed_at", "pk"))


def _verdict(task: HumanTask) -> str | None:
    cast = [
        Vote(part.outcome, is_refusal(task, part.outcome), part.vote_of.veto if hasattr(part, "vote_of") else False)
        for part in votes(task)
    ]
    return approval_rules.verdict(
        cast, task.approvers.count(), _text(task, "quorum"), first_refusal_ends=_yes(task, "firstRefusalEnds")
    )


def _settle(task: HumanTask, outcome: str, last: User, part: HumanTask) -> None:
    """Complete the whole with what they have decided together, and go on with its process instance; `part` is the vote
    that settled it. Task listeners on completing have their say first.
    """
    cast = votes(task)
    comment = "\n".join(f"{moves.name(one.completed_by)}: {one.comment}" for one in cast if one.comment.strip())
    data: dict[str, Any] = {}
    for one in cast:
        data |= one.output

    told: dict[str, Any] = {
        "data": data,
        "outcome": outcome,
        "comment": comment,
        "votes": len(cast),
        "part": part.pk,
    }
    variables = data | _variables(task, outcome, comment, cast)
    if listening.has_say(listening.COMPLETING, task):
        _set_parts(task, listening.COMPLETING)
        listening.ask(listening.COMPLETING, TOGETHER, task, last, told, variables, permitted=True)
        return

    def end(instance: ProcessInstance) -> None:
        _end(instance, task=task, user=last, **told)

    execution.execute(task.process_instance_id, Complete(task.number, variables), actor=last, before=end)


@listening.settles(TOGETHER)
def _end(
    instance: ProcessInstance,
    *,
    task: HumanTask,
    user: User,
    data: dict[str, Any],
    outcome: str,
    comment: str,
    votes: int,
    part: int,
) -> None:
    ending = storage.Ending(lifecycle.COMPLETED, user.pk, None, outcome, data, comment)
    storage.end(task.pk, ending, ["complete"], {"outcome": outcome, "votes": votes})
    moves.end_parts(task)
    ended.remember(instance, task.number)


@listening.gives_back(TOGETHER)
def _ask_again(*, task: HumanTask, user: User, part: int, **told: Any) -> None:
    """A listener denied what they decided: the vote that settled it no longer counts, and is asked for again."""
    _set_parts(task, "")
    HumanTask.objects.filter(pk=part).update(state=lifecycle.OBSOLETE)
    Approver.objects.filter(part=part).update(part=None)
    _ask_next(task)


def _set_parts(task: HumanTask, transition: str) -> None:
    """While listeners have their say about the whole, nobody decides a part of it."""
    open_parts = list(task.parts.filter(completed_at=None).order_by("pk").values_list("pk", flat=True))
    if open_parts:
        HumanTask.objects.filter(pk__in=open_parts).update(transition=transition)
        entries.write(open_parts)


def _variables(task: HumanTask, outcome: str, comment: str, cast: Sequence[HumanTask]) -> dict[str, Any]:
    """As for a single decision; `…By` is a list, and `…Votes` tells who decided what."""
    name = task.outcome_variable
    if not outcome or not name:
        return {}
    told = [{"by": moves.name(one.completed_by), "outcome": one.outcome, "comment": one.comment} for one in cast]
    return {
        name: outcome,
        f"{name}By": [one["by"] for one in told],
        f"{name}Comment": comment,
        f"{name}Votes": told,
    }


# Whose turn it is


def _ask_next(task: HumanTask) -> None:
    """Make the parts of those whose turn it is: everybody, or one after the other."""
    waiting = list(task.approvers.filter(part=None).order_by("position"))
    if _in_sequence(task):
        if task.parts.filter(part=HumanTask.Part.APPROVAL, completed_at=None).exists():
            return
        waiting = waiting[:1]
    if not waiting:
        return
    made = parts.create(
        task,
        HumanTask.Part.APPROVAL,
        [
            parts.NewPart(
                users=[one.user_id] if one.user_id else (),
                groups=[one.group_id] if one.group_id else (),
                owner=one.user_id,
                decides=True,
            )
            for one in waiting
        ],
    )
    for one, pk in zip(waiting, made, strict=True):
        Approver.objects.filter(pk=one.pk).update(part=pk)
    if task.properties.get("escalation"):
        deadlines.plan(made)


def add_approver(*, task: HumanTask, user: User, to: User | Group, veto: bool = False) -> Approver:
    """One more approver, from one of them or from an administrator: asked now, or next where one follows the other.

    Raises NotPermitted, TooLate, InvalidForm.
    """

    def step() -> Approver:
        with wire.cursor() as cursor:
            process_storage.lock(cursor, task.process_instance_id)
        permit = require(user, "add_approver", task)
        whole = task if task.parent_id is None else HumanTask.objects.get(pk=task.parent_id)
        if not whole.composite:
            raise NotPermitted("add_approver")
        whole = HumanTask.objects.select_for_update(of=("self",), no_key=True).get(pk=whole.pk)
        if isinstance(to, User):
            check_can_own(whole, to)
        holder = {"user": to} if isinstance(to, User) else {"group": to}
        if whole.approvers.filter(**holder).exists():
            raise InvalidForm({"to": [_("%(who)s is an approver already.") % {"who": moves.name(to)}]})
        added = _insert(whole, holder, user, veto)
        moves.record(whole, user, Kind.APPROVER_ADDED, permit=permit, to=moves.name(to))
        _ask_next(whole)
        return added

    return execution.atomically(step)


def _insert(task: HumanTask, holder: dict[str, Any], by: User, veto: bool) -> Approver:
    """Behind those who were asked, before those who were not."""
    behind = list(task.approvers.order_by("-position"))
    last = max((one.position for one in behind if one.part_id is not None), default=0)
    for one in behind:
        if one.position > last:
            Approver.objects.filter(pk=one.pk).update(position=one.position + 1)
    return Approver.objects.create(task=task, position=last + 1, added_by=by, veto=veto, **holder)


# What the model says


def _in_sequence(task: HumanTask) -> bool:
    return _text(task, "approvalOrder").lower().startswith("seq")


def _text(task: HumanTask, name: str) -> str:
    value = task.properties.get(name)
    return "" if value is None else str(value).strip()


def _yes(task: HumanTask, name: str) -> bool:
    return _text(task, name).lower() in ("true", "yes")


def _excluded(task: HumanTask) -> list[int | None]:
    return list(
        TaskRole.objects.filter(task=task, role=lifecycle.EXCLUDED_OWNER, user__isnull=False).values_list(
            "user", flat=True
        )
    )


def _named(names: Sequence[str]) -> tuple[list[people.Holder], list[str]]:
    """The active people and the groups of these names, in order, and the names that are nobody's."""
    users = dict(User.objects.filter(username__in=names, is_active=True).values_list("username", "pk"))
    groups = dict(Group.objects.filter(name__in=names).values_list("name", "pk"))
    found: list[people.Holder] = []
    for name in names:
        if name in users:
            found.append((users[name], None))
        elif name in groups:
            found.append((None, groups[name]))
    return found, [name for name in names if name not in users and name not in groups]
