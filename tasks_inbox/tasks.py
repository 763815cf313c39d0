"""What Celery's clock calls. Each looks for rows that are due; a tick too many or too few changes nothing."""

from __future__ import annotations

from celery import shared_task

from tasks_inbox import beginnings, escalation, undo, upkeep


@shared_task
def escalate() -> None:
    escalation.resume_due()
    escalation.escalate_due()


@shared_task
def apply_decisions() -> None:
    undo.apply_due()
    beginnings.distribute_due()


@shared_task
def keep_up() -> None:
    upkeep.expire_due()
    upkeep.rescue_orphans()
    upkeep.prune_changes()
