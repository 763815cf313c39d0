"""No silent stall: a running process instance waits for something that somebody can see.

That is an active human task, a job that is due or failed, a message or signal it subscribed to, a process instance it
called, an incident, a condition on its variables, or an ad-hoc sub-process in which somebody may start something.
`stalled` is always empty; when it is not, that is a fault of ours and not of the model.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from orchestrator.bpmn.model import AdHocSubProcess, ConditionalDefinition, Event, FlowNode
from orchestrator.models import ElementInstance, Incident, Job, ProcessInstance, Subscription
from orchestrator.runtime import definitions

A_WHILE = timedelta(minutes=1)


def stalled(older_than: timedelta = A_WHILE) -> list[ProcessInstance]:
    """Running instances, started longer ago than that, that wait for nothing."""
    return [instance for instance in _without_rows(older_than) if not _waits_in_the_model(instance)]


def _waits_in_the_model(instance: ProcessInstance) -> bool:
    nodes = definitions.process_of(instance.definition_id).nodes
    active = ElementInstance.objects.filter(process_instance=instance, state="active").values_list("element", flat=True)
    return any(_needs_no_row(nodes[element]) for element in active if element in nodes)


def _needs_no_row(node: FlowNode) -> bool:
    conditional = isinstance(node, Event) and isinstance(node.definition, ConditionalDefinition)
    return conditional or isinstance(node, AdHocSubProcess)


def _without_rows(older_than: timedelta) -> QuerySet[ProcessInstance]:
    running = ProcessInstance.objects.filter(state=ProcessInstance.State.ACTIVE, started_at__lt=Now() - older_than)
    mine = OuterRef("pk")
    return running.exclude(
        Exists(ElementInstance.objects.filter(process_instance=mine, state="active", element_type="userTask"))
        | Exists(Job.objects.filter(process_instance=mine, state__in=[Job.State.DUE, Job.State.FAILED]))
        | Exists(Subscription.objects.filter(process_instance=mine))
        | Exists(Incident.objects.filter(process_instance=mine, resolved_at=None))
        | Exists(ProcessInstance.objects.filter(parent=mine, state=ProcessInstance.State.ACTIVE))
        | Exists(Job.objects.filter(kind=Job.Kind.DELIVERY, state=Job.State.DUE, process_instance__parent=mine))
    )
