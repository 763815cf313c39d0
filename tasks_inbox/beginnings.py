"""What the model says of a new task beyond who may do it: approvers, skills, managers, when it is handed out, when it
starts. A task whose model says none of it is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from tasks_inbox import allocation, approvals, commencement, entries, lifecycle, moves, people
from tasks_inbox.commencement import word
from tasks_inbox.models import HumanTask, Profile, TaskEvent, TaskRole

WORDS = ("approvers", "requiredSkills", "managerOf", "distribution", "allocation", "start")
FOLLOW_UP = "follow up"


def concern(properties: Mapping[str, Any]) -> bool:
    return any(properties.get(name) for name in WORDS)


def begin(tasks: Sequence[int]) -> None:
    """New tasks of which `concern` is true, in the transaction that made them."""
    rows = HumanTask.objects.filter(pk__in=tasks).select_related("process_instance__definition").order_by("pk")
    for task in rows:
        _offer_to_managers(task)
        _narrow(task)
        if approvals.wanted(task.properties):
            approvals.begin(task)
        elif not held_back(task):
            hand_out(task)


def hand_out(task: HumanTask) -> None:
    """Allocate it, and start it, as the model wants it."""
    event = None
    if task.properties.get("allocation") and task.actual_owner_id is None:
        event = allocation.allocate(task)
    if event is not None:
        event.save()
    entries.write([task.pk])
    if word(task, "start") in ("on creation", "on allocation"):
        commencement.created([task.pk])


def held_back(task: HumanTask) -> bool:
    """Late distribution: nobody is offered the task before its follow-up date."""
    if word(task, "distribution") != FOLLOW_UP or task.follow_up_at is None:
        return False
    waits = HumanTask.objects.filter(pk=task.pk, follow_up_at__gt=Now()).exists()
    if waits:
        moves.write(task, state=lifecycle.CREATED, actual_owner=None, activated_at=None)
        entries.write([task.pk])
    return waits


def distribute_due() -> int:
    """Hand out the tasks whose follow-up date has come; how many there were."""
    due = HumanTask.objects.filter(state=lifecycle.CREATED, follow_up_at__lte=Now(), properties__has_key="distribution")
    handed = 0
    for pk in due.order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            locked = HumanTask.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            task = locked.filter(pk=pk, state=lifecycle.CREATED).first()
            if task is None:
                continue
            moves.write(task, state=lifecycle.by_itself("activate", task.state), activated_at=Now())
            moves.record(task, None, TaskEvent.Kind.ACTIVATE)
            hand_out(task)
            handed += 1
    return handed


# Who, beyond names: by relation and by skill


def _offer_to_managers(task: HumanTask) -> None:
    """`managerOf` names people: their managers may own the task (pattern 10)."""
    named = people.names(task.properties.get("managerOf"))
    if not named:
        return
    profiles = Profile.objects.filter(user__username__in=named).select_related("department")
    asked = [one.manager_id or (one.department.manager_id if one.department else None) for one in profiles]
    managers = [manager for manager in asked if manager is not None]
    able = User.objects.filter(pk__in=managers, is_active=True)
    TaskRole.objects.bulk_create(
        [TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, user=manager) for manager in able], ignore_conflicts=True
    )
    if not able:
        _rescue(task, f"No manager is known of {', '.join(named)}.")
    else:
        # whoever helps out because nobody was named is no longer needed
        TaskEvent.objects.filter(task=task, kind=TaskEvent.Kind.UNRESOLVED).delete()
    entries.write([task.pk])


def _narrow(task: HumanTask) -> None:
    """`requiredSkills`: of those who may own the task only those with every one of these skills remain (pattern 8)."""
    skills = people.names(task.properties.get("requiredSkills"))
    if not skills:
        return
    wanted = {skill.casefold() for skill in skills}
    profiles = Profile.objects.filter(user__in=people.candidates(task)).values_list("user", "skills")
    able = [user for user, has in profiles if wanted <= {str(skill).casefold() for skill in has}]
    TaskRole.objects.filter(Q(role=lifecycle.POTENTIAL_OWNER), task=task).delete()
    TaskRole.objects.bulk_create([TaskRole(task=task, role=lifecycle.POTENTIAL_OWNER, user_id=pk) for pk in able])
    if task.actual_owner_id not in (None, *able):
        moves.write(task, state=lifecycle.READY, actual_owner=None)
    if not able:
        _rescue(task, f"Nobody who may do this has the skills: {', '.join(skills)}.")
    entries.write([task.pk])


def _rescue(task: HumanTask, why: str) -> None:
    sentence = f"{why} {people.rescue(task)}".strip()
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": sentence})
