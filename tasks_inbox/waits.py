"""For which people a process instance waits: its open tasks, and whose they are, for `runtime.waiting`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.models import ProcessInstance
from orchestrator.runtime.waiting import MOST, Reason
from tasks_inbox import lifecycle
from tasks_inbox.models import HumanTask, TaskRole

NAMED = 5  # people and groups in one sentence


def reasons(instance: ProcessInstance) -> Iterator[Reason]:
    tasks = HumanTask.objects.filter(process_instance=instance, completed_at=None).order_by("pk")
    shown = list(tasks.select_related("actual_owner")[:MOST])
    offered = _offered([task.pk for task in shown])
    for task in shown:
        text = f"“{task.name}” {_whose(task, offered.get(task.pk, []))}"
        yield Reason("task", task.element, text, task.created_at, task.pk)
    if len(shown) == MOST and (count := tasks.count()) > MOST:
        yield Reason("more", "", f"And for {count - MOST:,} more human tasks")


def _whose(task: HumanTask, names: list[str]) -> str:
    if task.transition:
        return f"waits for its listener on “{task.transition}”: nothing else can be done with it meanwhile"
    if task.state == lifecycle.SUSPENDED:
        until = f" until {task.suspended_until:%d %B %Y, %H:%M %Z}" if task.suspended_until else ""
        return f"was put aside{until}" + (f" by {_name(task.actual_owner)}" if task.actual_owner else "")
    if task.actual_owner is not None:
        verb = "is being worked on by" if task.state == lifecycle.IN_PROGRESS else "waits for"
        return f"{verb} {_name(task.actual_owner)}, whose task it is"
    if not names:
        return "waits for somebody to say whose it is: nobody can take it"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"waits for somebody to take it: {', '.join(names[:NAMED])}{more}"


def _offered(tasks: list[int]) -> dict[int, list[str]]:
    """Names of those who may take each task: its potential owners, without any its administrators."""
    wanted = (lifecycle.POTENTIAL_OWNER, lifecycle.BUSINESS_ADMINISTRATOR)
    rows = TaskRole.objects.filter(task__in=tasks, role__in=wanted).select_related("user", "group").order_by("pk")
    found: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row.task_id, {}).setdefault(row.role, []).append(_name(row.user or row.group))
    return {task: roles.get(wanted[0]) or roles[wanted[1]] for task, roles in found.items()}


def _name(holder: Any) -> str:
    if hasattr(holder, "get_full_name"):
        return str(holder.get_full_name() or holder.get_username())
    return str(holder)
