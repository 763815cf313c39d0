"""Celery's entry points. The queue is a wake-up call; what there is to do stands in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from orchestrator.runtime import batches, claims, jobs, mails, messages, webhooks

LOOKS = claims.Looks(claims.Due(jobs.STEPS))  # of this worker


@shared_task
def sweep() -> None:
    jobs.sweep(calls=False, looks=LOOKS)
    jobs.ring_for_tasks()
    jobs.run_forgotten()
    messages.forget_expired()
    webhooks.forget()


@shared_task
def run_job(job_id: int) -> None:
    jobs.run_job(job_id)


@shared_task
def run_forgotten() -> int:
    return jobs.run_forgotten(limit=1)


@shared_task
def send_mails() -> None:
    mails.send_due()


@shared_task
def run_batches() -> None:
    batches.run()
