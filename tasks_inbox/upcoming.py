"""What will probably come next to somebody: early distribution (pattern 18).

For each open task, the user tasks that follow it in its diagram: those that name this person or one of their groups are
announced, with the reference of the case and where it is now. Who is named by an expression is not known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from orchestrator.bpmn import model as m
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions
from tasks_inbox import people
from tasks_inbox.models import HumanTask

SHOWN = 100
MOST_DEFINITIONS = 200


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A task that will probably follow; `now` is where its case is, `since` since when."""

    name: str
    process: str
    business_key: str
    now: str
    since: datetime


def upcoming(user: User) -> list[Upcoming]:
    """What waits longest before this person first; at most SHOWN."""
    groups = set(user.groups.values_list("name", flat=True))
    before: dict[tuple[str, str], list[str]] = {}
    for definition in ProcessDefinition.objects.filter(is_latest=True).order_by("key")[:MOST_DEFINITIONS]:
        process = definitions.process_of(definition.pk)
        for node in process.nodes.values():
            if isinstance(node, m.UserTask):
                names = [one.name or one.id for one in following(process, node) if _is_for(one, user, groups)]
                if names:
                    before[definition.key, node.id] = names
    if not before:
        return []
    here = Q(pk__in=[])
    for process_key, element in before:
        here |= Q(process_key=process_key, element=element)
    waiting = HumanTask.objects.filter(here, completed_at=None, parent=None).order_by("created_at", "pk")[:SHOWN]
    found = [
        Upcoming(name, task.process_name, task.business_key, task.name, task.created_at)
        for task in waiting
        for name in before[task.process_key, task.element]
    ]
    return found[:SHOWN]


def following(process: m.Process, task: m.UserTask) -> Iterator[m.UserTask]:
    """The user tasks that a token can reach from this one without passing through another."""
    seen, ahead = {task.id}, [flow.target for flow in task.outgoing]
    while ahead:
        node = process.nodes.get(ahead.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        if isinstance(node, m.UserTask):
            yield node
        else:
            ahead += [flow.target for flow in node.outgoing]


def _is_for(node: m.UserTask, user: User, groups: set[str]) -> bool:
    named = {*people.names(node.assignee), *people.names(node.candidate_users)}
    offered = {*people.names(node.candidate_groups)} or ({node.lane} if not named and node.lane else set())
    return user.get_username() in named or bool(groups & offered)
