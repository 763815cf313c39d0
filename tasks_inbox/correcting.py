"""What a task listener corrects in a task: its assignee, candidates, times, priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import F

from tasks_inbox import deadlines, entries, lifecycle
from tasks_inbox.models import HumanTask, TaskEvent, TaskRole

# By the names of CreateUserTask.
_COLUMNS = {"due_date": "due_at", "follow_up_date": "follow_up_at", "priority": "priority"}
_CLAIMED = (lifecycle.RESERVED, lifecycle.IN_PROGRESS)


def apply(task: HumanTask, corrections: Mapping[str, Any]) -> None:
    """The caller holds the task locked. A name that nobody has is told in the history, and changes nothing."""
    if not corrections:
        return
    changes = {column: corrections[name] for name, column in _COLUMNS.items() if name in corrections}
    unknown: list[str] = []
    if "assignee" in corrections:
        changes |= _assignee(task, corrections["assignee"], unknown)
    if "candidate_users" in corrections:
        _candidates(task, "user", User, "username", corrections["candidate_users"], unknown)
    if "candidate_groups" in corrections:
        _candidates(task, "group", Group, "name", corrections["candidate_groups"], unknown)
    HumanTask.objects.filter(pk=task.pk).update(version=F("version") + 1, **changes)
    before = task.due_at
    for column, value in changes.items():
        setattr(task, column, value)
    deadlines.due_date_changed(task, before)
    task.version += 1
    told = {name: str(value) if name.endswith("_date") else value for name, value in corrections.items()}
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.CORRECTED, data={"corrections": told})
    TaskEvent.objects.bulk_create(
        TaskEvent(task=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": sentence}) for sentence in unknown
    )
    entries.write([task.pk])


def _assignee(task: HumanTask, name: str | None, unknown: list[str]) -> dict[str, Any]:
    if name is None:
        return {"actual_owner_id": None, "state": lifecycle.READY} if task.state in _CLAIMED else {}
    person = User.objects.filter(username=name, is_active=True).first()
    if person is None:
        unknown.append(f"There is no user “{name}”.")
        return {}
    TaskRole.objects.get_or_create(task=task, role=lifecycle.POTENTIAL_OWNER, user=person)
    state = task.state if task.state in _CLAIMED else lifecycle.RESERVED
    return {"actual_owner_id": person.pk, "state": state}


def _candidates(
    task: HumanTask, what: str, model: type[User] | type[Group], field: str, names: Iterable[str], unknown: list[str]
) -> None:
    """These people, or these groups, instead of those before."""
    found = {getattr(row, field): row for row in model._default_manager.filter(**{f"{field}__in": list(names)})}
    unknown += [f"There is no {what} “{name}”." for name in names if name not in found]
    roles = TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER, **{f"{what}__isnull": False})
    if found:
        roles.delete()
    TaskRole.objects.bulk_create(
        TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, **{what: row}) for row in found.values()
    )
