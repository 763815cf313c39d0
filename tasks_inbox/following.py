"""What opens after a task is done, when the person wants something else than the next in the list: the next task of the
same kind (piled execution, pattern 38) or of the same case (chained execution, 39).
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import F

from tasks_inbox import lifecycle
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import permitted_operations, visible_tasks

LIKE, CASE = "like", "case"
_LOOKED_AT = 20


def next_like(user: User, done: HumanTask) -> int | None:
    """The most urgent open task of the same user task that this person could complete now."""
    return _first(user, done, process_key=done.process_key, element=done.element)


def next_in_case(user: User, done: HumanTask) -> int | None:
    """The same among the tasks of the same case."""
    return _first(user, done, process_instance=done.process_instance_id)


def next_of(user: User, done: HumanTask, wanted: str) -> int | None:
    choose = {LIKE: next_like, CASE: next_in_case}.get(wanted)
    return choose(user, done) if choose else None


def _first(user: User, done: HumanTask, **alike: object) -> int | None:
    waiting = (
        visible_tasks(user).filter(completed_at=None, state__in=lifecycle.SUSPENDABLE, **alike).exclude(pk=done.pk)
    )
    ordered = waiting.order_by("-priority", F("due_at").asc(nulls_last=True), "pk")
    return next((task.pk for task in ordered[:_LOOKED_AT] if "complete" in permitted_operations(task, user)), None)
