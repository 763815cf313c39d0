"""What follows at once when somebody gets a task: it may start by itself, and bring the rest of its case along.

Properties of the user task: `start` (`on creation`, `on allocation`: patterns 36 and 37) and the allocation
`case handling` (pattern 6). Tasks without them cost nothing here.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from tasks_inbox import entries, lifecycle, people
from tasks_inbox.models import HumanTask, TaskEvent

CASE_HANDLING = "case handling"


def word(task: HumanTask, name: str) -> str:
    """A property of the model that is one of a few words, whatever way it is written."""
    return str(task.properties.get(name) or "").strip().lower().replace("_", " ").replace("-", " ")


def taken(task: HumanTask, user: User) -> None:
    """Somebody has claimed this task."""
    if word(task, "visibility") == "owner":
        entries.write([task.pk])  # the others no longer see it
    if word(task, "allocation") == CASE_HANDLING:
        _rest_of_the_case(task, user)
    allocated(task, user)


def allocated(task: HumanTask, owner: User) -> None:
    """A task that starts as soon as it is somebody's."""
    if word(task, "start") in ("on allocation", "on creation") and task.state == lifecycle.RESERVED:
        _start([task.pk], owner)
        task.state, task.version = lifecycle.IN_PROGRESS, task.version + 1


def created(tasks: list[int]) -> None:
    """New tasks that start as soon as they exist, for whom they were made."""
    owned = HumanTask.objects.filter(pk__in=tasks, state=lifecycle.RESERVED).select_related("actual_owner")
    for task in owned:
        if task.actual_owner is not None:
            _start([task.pk], task.actual_owner)


def _start(tasks: list[int], owner: User) -> None:
    HumanTask.objects.filter(pk__in=tasks).update(
        state=lifecycle.IN_PROGRESS, started_at=Coalesce(F("started_at"), Now()), version=F("version") + 1
    )
    TaskEvent.objects.bulk_create([TaskEvent(task_id=pk, kind=TaskEvent.Kind.START, actor=owner) for pk in tasks])
    entries.write(tasks)


def _rest_of_the_case(task: HumanTask, user: User) -> None:
    """The other offered tasks of the case that one person handles, where they may own them."""
    others = HumanTask.objects.select_for_update(of=("self",), no_key=True).filter(
        process_instance=task.process_instance_id, state=lifecycle.READY, completed_at=None
    )
    for other in others.exclude(pk=task.pk).order_by("pk"):
        if word(other, "allocation") == CASE_HANDLING and user.pk in people.candidates(other):
            HumanTask.objects.filter(pk=other.pk).update(
                state=lifecycle.RESERVED, actual_owner=user, version=F("version") + 1
            )
            TaskEvent.objects.create(
                task=other,
                kind=TaskEvent.Kind.ALLOCATE,
                data={"strategy": CASE_HANDLING, "to": user.get_username()},
            )
            entries.write([other.pk])
