"""A process instance goes on in another version of its process: its open tasks take the names they have there.

Whose a task is, its form, its deadlines and its outcomes stay as they were when it was created.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from orchestrator.bpmn.model import Process
from orchestrator.models import ProcessInstance
from tasks_inbox.models import HumanTask


def migrated(
    sender: type[ProcessInstance], instance: ProcessInstance, process: Process, elements: dict[int, str], **_: Any
) -> None:
    """Signal `user_tasks_migrated`."""
    open_tasks = HumanTask.objects.filter(process_instance=instance, number__in=list(elements), completed_at=None)
    for task in open_tasks.only("number", "element", "name"):
        element = elements[task.number]
        name = (process.nodes[element].name or element)[:255]
        if (task.element, task.name) != (element, name):
            HumanTask.objects.filter(pk=task.pk).update(element=element, name=name, version=F("version") + 1)
