"""A process instance, as a test looks at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F

from orchestrator.engine import commands
from orchestrator.models import ElementInstance, Incident, Job, Mail, Message, ProcessDefinition, ProcessInstance
from orchestrator.runtime import jobs
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import execute, start


@dataclass
class Case:
    pk: int

    @property
    def instance(self) -> ProcessInstance:
        return ProcessInstance.objects.get(pk=self.pk)

    @property
    def state(self) -> str:
        return self.instance.state

    @property
    def active(self) -> list[str]:
        """Elements where it waits: active element instances with nothing inside."""
        rows = ElementInstance.objects.filter(process_instance=self.pk, state="active", children=0, scope__isnull=False)
        return sorted(rows.values_list("element", flat=True))

    def count(self, state: str = "completed") -> Counter[str]:
        rows = ElementInstance.objects.filter(process_instance=self.pk, state=state)
        return Counter(rows.values_list("element", flat=True))

    @property
    def variables(self) -> dict[str, Any]:
        return ElementInstance.objects.get(process_instance=self.pk, scope=None).variables

    def number(self, element: str) -> int:
        return ElementInstance.objects.filter(process_instance=self.pk, element=element).latest("number").number

    def complete(self, element: str, **variables: Any) -> ProcessInstance:
        return execute(self.pk, commands.Complete(self.number(element), variables))

    @property
    def incidents(self) -> list[Incident]:
        return list(Incident.objects.filter(process_instance=self.pk, resolved_at=None).order_by("id"))

    @property
    def jobs(self) -> list[Job]:
        return list(Job.objects.filter(process_instance=self.pk).order_by("id"))

    @property
    def children(self) -> list[Case]:
        return [
            Case(pk)
            for pk in ProcessInstance.objects.filter(parent=self.pk).order_by("id").values_list("pk", flat=True)
        ]


def deployed(content: bytes, **more: bytes) -> ProcessDefinition:
    """Deploys `p.bpmn` (and more files, `name=content`), and gives the definition of the first."""
    files = {"p.bpmn": content, **{f"{name}.bpmn": other for name, other in more.items()}}
    result = deploy(files, by=None)
    for row in (*result.new, *result.unchanged):
        if isinstance(row, ProcessDefinition) and row.resource.name == "p.bpmn":
            return row
    raise AssertionError("no process in the first file")


def play(content: bytes, **variables: Any) -> Case:
    """Deploys the diagram and starts an instance."""
    return Case(start(deployed(content), variables).pk)


def later(**duration: float) -> int:
    """So much time passes, and what has fallen due by then is done; how many jobs that were."""
    moved = timedelta(**duration)
    due = Job.objects.filter(state="due")
    due.update(due_at=F("due_at") - moved)
    due.filter(locked_until__year__lt=5000).update(locked_until=None)  # not those of a suspended instance
    Message.objects.update(expires_at=F("expires_at") - moved)
    Mail.objects.filter(state="due").update(due_at=F("due_at") - moved)
    return jobs.sweep()
