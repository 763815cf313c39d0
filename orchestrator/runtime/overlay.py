"""What of a diagram is lit: where an instance is, where it was, which way it went."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from orchestrator.bpmn.model import Activity, Process
from orchestrator.models import ElementInstance, Incident, ProcessInstance
from orchestrator.runtime import definitions


def overlay(instance: ProcessInstance) -> dict[str, Any]:
    """For one process instance: ids of active, completed and disturbed elements, of the sequence flows taken, and how
    often each element was entered: each item of a multi-instance counts, what is around them does not.
    """
    inside = ElementInstance.objects.filter(process_instance=instance, scope__isnull=False)
    counts = inside.values("element").annotate(
        entered=Count("number", filter=themselves(definitions.process_of(instance.definition_id))),
        active=Count("number", filter=Q(state="active")),
        completed=Count("number", filter=Q(state="completed")),
    )
    rows = list(counts.order_by("element"))
    flows = inside.exclude(entered_by=[]).values_list("entered_by", flat=True)
    incidents = Incident.objects.filter(process_instance=instance, resolved_at=None)
    return {
        "active": [row["element"] for row in rows if row["active"]],
        "completed": [row["element"] for row in rows if row["completed"] and not row["active"]],
        "incidents": sorted(set(incidents.values_list("element", flat=True))),
        "taken": sorted({flow for taken in flows for flow in taken}),
        "counts": {row["element"]: row["entered"] for row in rows if row["entered"]},
    }


def themselves(process: Process) -> Q:
    """Neither the body around iterations nor a round inside an ad-hoc sub-process."""
    repeated = [
        node.id
        for node in process.nodes.values()
        if isinstance(node, Activity) and (node.multi_instance or node.standard_loop)
    ]
    rounds = Q(element_type="adHocSubProcess", iteration__isnull=False, loop__isnull=True)
    return ~rounds & ~Q(element__in=repeated, iteration=None) if repeated else ~rounds
