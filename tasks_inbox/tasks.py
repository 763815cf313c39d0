"""What Celery's clock calls. Each looks for rows that are due; a tick too many or too few changes nothing."""

from __future__ import annotations

from celery import shared_task

from orchestrator.runtime import documents
from tasks_inbox import beginnings, escalation, search_text, starting, undo, upkeep
from tasks_inbox.notices import chat, delivering, digest, news

MOST_ROUNDS = 20  # of reading what happened, in one call


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
    search_text.catch_up()
    starting.forget()
    documents.forget_uploads()
    delivering.forget()


@shared_task
def tell_people() -> None:
    for _round in range(MOST_ROUNDS):
        if not news.read_on():
            break
    news.read_requests()
    digest.write_due()
    delivering.deliver_due()
    chat.send_due()
