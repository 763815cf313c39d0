"""Policies of escalation, and what they did."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tasks_inbox import escalation
from tasks_inbox.models import EscalationLevel, EscalationPolicy, HumanTask


def policy(*levels: EscalationLevel, name: str = "Approval", **more: object) -> EscalationPolicy:
    made = EscalationPolicy.objects.create(name=name, **more)
    for position, level in enumerate(levels, start=1):
        level.policy, level.position = made, position
        level.full_clean()
        level.save()
    return made


def in_(hours: float) -> int:
    """Tick as if it were that many hours later."""
    return escalation.escalate_due(timezone.now() + timedelta(hours=hours))


def told(task: HumanTask) -> list[str]:
    return [event.data["text"] for event in task.events.filter(kind="escalated").order_by("pk")]
