"""The process offers work, and takes it back: both inside the transaction of the step that says so.

A task is never lost to a name that nobody has: it is made all the same, its history says what was not found, and when
nobody else can take it, it is offered to those who administer the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from orchestrator.bpmn.model import Process, UserTask
from orchestrator.engine.effects import CreateUserTask
from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions
from orchestrator.runtime.variables import text
from orchestrator.runtime.writes import Json, Writes
from tasks_inbox import (
    approvals,
    beginnings,
    deadlines,
    ended,
    lifecycle,
    listening,
    outcomes,
    people,
    search_text,
    storage,
    words,
)
from tasks_inbox.models import TaskEvent
from tasks_inbox.models.entries import group_principal, user_principal
from tasks_inbox.people import Resolved
from tasks_inbox.storage import NewEntry, NewEvent, NewRole, NewTask

LONGEST_VARIABLE = 240  # characters of a name, with room for By, Comment and Votes
_WITHDRAWN = {"completed": lifecycle.OBSOLETE}  # every other reason: EXITED


def create(
    sender: type[ProcessInstance],
    instance: ProcessInstance,
    process: Process,
    tasks: Sequence[CreateUserTask],
    writes: Writes,
    **_: Any,
) -> None:
    """Signal `user_tasks_created`. A few statements for any number of tasks; most of it goes into `writes`."""
    resolved, writes.read = people.resolve(tasks)
    stranded = [
        who for effect, who in zip(tasks, resolved, strict=True) if not who.can_be_done and not _has_approvers(effect)
    ]
    administrators = people.administrators(instance.definition) if stranded else []
    for who in stranded:
        who.offer_to(administrators)
    name = (instance.definition.name or process.id)[:255]
    case = storage.Case(instance.id, process.id, name, instance.business_key, instance.started_by_id)
    both = list(zip(tasks, resolved, strict=True))
    many, known = len(both) > search_text.AT_ONCE, words.Known() if len(both) > 1 else None
    storage.offer(
        writes,
        case,
        [_task(case, instance, process, effect, who, many=many, known=known) for effect, who in both],
        [NewRole(effect.instance, *role) for effect, who in both for role in sorted(who.roles, key=str)],
        [entry for effect, who in both for entry in _entries(effect.instance, who)],
        [event for effect, who in both for event in _events(effect, who)],
    )
    if any(_has_more(process, effect) for effect in tasks):
        writes.then = partial(_offered, process, both)


def _offered(
    process: Process, both: Sequence[tuple[CreateUserTask, Resolved]], rows: Sequence[tuple[int, int]]
) -> None:
    """The tasks are there, these are their numbers and ids."""
    ids = dict(rows)
    made = [(ids[effect.instance], effect, who) for effect, who in both if effect.instance in ids]
    listening.remember(process, {pk: effect.element for pk, effect, _ in made})
    if special := [pk for pk, effect, _ in made if beginnings.concern(effect.properties)]:
        beginnings.begin(special)
    late = [pk for pk, effect, _ in made if effect.properties.get("escalation") and not _has_approvers(effect)]
    if late:  # of several approvers each has deadlines of their own
        deadlines.plan(late)


def _has_more(process: Process, effect: CreateUserTask) -> bool:
    """Does the model say anything that is done with the task once it is there?"""
    properties = effect.properties
    return bool(
        getattr(process.nodes[effect.element], "task_listeners", ())
        or properties.get("escalation")
        or beginnings.concern(properties)
    )


def _has_approvers(effect: CreateUserTask) -> bool:
    return approvals.wanted(effect.properties)


def withdraw(
    sender: type[ProcessInstance], instance: ProcessInstance, numbers: Sequence[int], reason: str, **_: Any
) -> None:
    """Signal `user_tasks_withdrawn`. A task that a person has just ended stays as they ended it."""
    if open_still := ended.open_still(instance, numbers):
        storage.withdraw(instance.pk, open_still, _WITHDRAWN.get(reason, lifecycle.EXITED), reason)


def _task(
    case: storage.Case,
    instance: ProcessInstance,
    process: Process,
    effect: CreateUserTask,
    who: Resolved,
    *,
    many: bool,
    known: words.Known | None,
) -> NewTask:
    node = process.nodes[effect.element]
    properties = effect.properties
    name = (node.name or effect.element)[:255]
    subject = _text(properties.get("subject"))[:500]
    form = definitions.form_for(instance.definition, node.form) if isinstance(node, UserTask) and node.form else None
    return NewTask(
        number=effect.instance,
        element=effect.element,
        name=name,
        subject=subject,
        description=_text(properties.get("description")) or node.documentation,
        state=lifecycle.RESERVED if who.assignee else lifecycle.READY,
        actual_owner_id=who.assignee,
        priority=min(max(effect.priority, 0), 100),
        due_at=effect.due_date,
        follow_up_at=effect.follow_up_date,
        expires_at=properties.get("expires"),
        form_id=form.pk if form else None,
        outcomes=_outcomes(_text(properties.get("outcomes"))),
        outcome_variable=_text(properties.get("outcomeVariable"))[:LONGEST_VARIABLE] or "outcome",
        skippable=_text(properties.get("skippable")).strip().lower() == "true",
        properties=Json(text(properties)),
        words=words.of_task(
            *(subject, name, case.business_key, case.process_name),
            variables=effect.variables,
            restricted=instance.definition.restricted,
            many=many,
            known=known,
        ),
    )


@lru_cache(maxsize=1000)
def _outcomes(told: str) -> Json:
    """What a model says, again and again."""
    return Json(text(outcomes.parse(told)))


def _entries(number: int, who: Resolved) -> list[NewEntry]:
    """As `entries.write` would make them, from what is known here without asking."""
    excluded = {user for role, user, _ in who.roles if role == lifecycle.EXCLUDED_OWNER}
    listed: dict[int, NewEntry] = {}
    for role, user, group in who.roles:
        if role == lifecycle.EXCLUDED_OWNER:
            continue
        principal = user_principal(user) if user is not None else group_principal(group or 0)
        before = listed.get(principal)
        listed[principal] = NewEntry(
            number,
            principal,
            mine=user is not None and user == who.assignee,
            offered=who.assignee is None and (role in _MAY_CLAIM or bool(before and before.offered)),
            guarded=user in excluded if user is not None else bool(excluded),
        )
    return list(listed.values())


_MAY_CLAIM = (lifecycle.POTENTIAL_OWNER, lifecycle.BUSINESS_ADMINISTRATOR)


def _events(effect: CreateUserTask, who: Resolved) -> list[NewEvent]:
    unresolved = [
        NewEvent(effect.instance, TaskEvent.Kind.UNRESOLVED, Json(text({"text": sentence})), n)
        for n, sentence in enumerate(who.sentences, start=1)
    ]
    return [NewEvent(effect.instance, TaskEvent.Kind.CREATE), *unresolved]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
