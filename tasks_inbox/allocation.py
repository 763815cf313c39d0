"""Whose task it becomes when the model does not only offer it: the property `allocation` of a user task.

A task is allocated to one of those who may own it. It is a courtesy to the queue and no promise: two tasks made in
the same instant may go to the same person.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db.models import Count, Max, QuerySet

from tasks_inbox import absence, lifecycle, people
from tasks_inbox.models import HumanTask, TaskEvent

Candidates = list[int]  # user ids, ascending, at least one


def allocate(task: HumanTask) -> TaskEvent | None:
    """Reserve a ready task for a candidate; the event that tells it, or None when it stays on offer."""
    strategy = str(task.properties["allocation"]).strip().lower().replace("_", " ").replace("-", " ")
    if strategy == "offer":
        return None
    pick = STRATEGIES.get(strategy)
    if pick is None:
        known = ", ".join(["offer", *STRATEGIES])
        return _unresolved(
            task, f"There is no allocation “{strategy}”; known are: {known}. The task is offered instead."
        )
    candidates = _present(task, people.candidates(task))
    chosen = pick(task, candidates) if candidates else None
    if chosen is None:
        return None
    task.state, task.actual_owner_id = lifecycle.RESERVED, chosen
    HumanTask.objects.filter(pk=task.pk).update(state=task.state, actual_owner=chosen)
    return TaskEvent(task=task, kind=TaskEvent.Kind.ALLOCATE, data={"strategy": strategy, "to": _username(chosen)})


def _present(task: HumanTask, candidates: Candidates) -> Candidates:
    """Whoever is there, and has not yet as many tasks of this kind as the model's `wipLimit` allows."""
    gone = set(absence.away().filter(user__in=candidates).values_list("user", flat=True))
    present = [person for person in candidates if person not in gone]
    limit = str(task.properties.get("wipLimit") or "").strip()
    if not limit.isdigit():
        return present
    of_this_kind = HumanTask.objects.filter(process_key=task.process_key, element=task.element, completed_at=None)
    owned = of_this_kind.filter(actual_owner__in=present).values_list("actual_owner").annotate(n=Count("pk")).order_by()
    busy = dict(owned)
    return [person for person in present if busy.get(person, 0) < int(limit)]


def _case_handling(task: HumanTask, candidates: Candidates) -> int | None:
    """Whoever has, or had, any task of this case; nobody yet: it stays on offer, and takes the rest along."""
    of_the_case = HumanTask.objects.filter(process_instance=task.process_instance_id).exclude(pk=task.pk)
    handler = of_the_case.filter(actual_owner__in=candidates, parent=None)
    return handler.order_by("-pk").values_list("actual_owner", flat=True).first()


def _round_robin(task: HumanTask, candidates: Candidates) -> int:
    """The next after whoever got the last one."""
    last = (
        _siblings(task)
        .filter(actual_owner__isnull=False)
        .order_by("-pk")
        .values_list("actual_owner", flat=True)
        .first()
    )
    return next((person for person in candidates if last is not None and person > last), candidates[0])


def _least_recently(task: HumanTask, candidates: Candidates) -> int:
    """Whoever has waited longest for one; first of all those who never had one."""
    rows = _siblings(task).filter(actual_owner__in=candidates).values_list("actual_owner").annotate(latest=Max("pk"))
    latest = dict(rows)
    return min(candidates, key=lambda person: latest.get(person, 0))


def _shortest_queue(task: HumanTask, candidates: Candidates) -> int:
    """Whoever has the fewest open tasks."""
    open_tasks = HumanTask.objects.filter(actual_owner__in=candidates, completed_at=None)
    counts = dict(open_tasks.values_list("actual_owner").annotate(n=Count("pk")).order_by())
    return min(candidates, key=lambda person: counts.get(person, 0))


def _random(task: HumanTask, candidates: Candidates) -> int:
    """By chance, and the same for the same task."""
    return random.Random(task.pk).choice(candidates)


def _retain_familiar(task: HumanTask, candidates: Candidates) -> int | None:
    """Whoever last completed a task of this case; nobody yet: it stays on offer."""
    done = HumanTask.objects.filter(process_instance=task.process_instance_id, completed_by__in=candidates)
    return done.order_by("-completed_at", "-pk").values_list("completed_by", flat=True).first()


STRATEGIES: dict[str, Callable[[HumanTask, Candidates], int | None]] = {
    "round robin": _round_robin,
    "least recently": _least_recently,
    "shortest queue": _shortest_queue,
    "random": _random,
    "retain familiar": _retain_familiar,
    "case handling": _case_handling,
}


def _siblings(task: HumanTask) -> QuerySet[HumanTask]:
    """Earlier tasks of the same user task that were allocated, in whatever instance."""
    return HumanTask.objects.filter(
        process_key=task.process_key, element=task.element, properties__has_key="allocation"
    ).exclude(pk=task.pk)


def _username(pk: int) -> str:
    return User.objects.get(pk=pk).get_username()


def _unresolved(task: HumanTask, text: str) -> TaskEvent:
    return TaskEvent(task=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": text})
