"""What a step leaves for others once its own rows are written: messages, signals, cancelled calls, the doorbell."""

from __future__ import annotations

from datetime import datetime

from orchestrator import doorbell
from orchestrator.engine.state import Variables
from orchestrator.feel.jsonnumbers import loads
from orchestrator.models import Job, ProcessInstance
from orchestrator.runtime import correlation, wire
from orchestrator.runtime.pending import TIMER_ATTEMPTS, Pending
from orchestrator.runtime.variables import text

SWEEP, RUN_JOB = "orchestrator.tasks.sweep", "orchestrator.tasks.run_job"

RENEW = """UPDATE orchestrator_job SET state = 'due', attempts = 0, locked_until = NULL, due_at = statement_timestamp(),
 finished_at = NULL, payload = payload || %s::jsonb WHERE process_instance_id = %s AND number = %s AND state = 'failed'
RETURNING id, kind, due_at, type"""


def renew_jobs(pending: Pending, number: int) -> None:
    """A retry takes up the failed job of the element instance, under its old idempotency key, with what the step made
    of its variables since.
    """
    again = next((job for job in pending.jobs if job["number"] == number and job["kind"] == "task"), None)
    fresh = "{}" if again is None else _inputs(again["payload"])
    with wire.cursor() as cursor:
        cursor.execute(RENEW, [fresh, pending.instance.pk, number])
        renewed = cursor.fetchall()
    if again is not None and any(type == again["type"] for *_, type in renewed):
        pending.jobs.remove(again)
    pending.renewed.extend((id, kind, due) for id, kind, due, _ in renewed)


def _inputs(payload: str) -> str:
    return text({name: value for name, value in loads(payload).items() if name != "key"})


def follows(pending: Pending) -> bool:
    """Will `messages_and_calls` ask the database anything?"""
    return bool(
        pending.cancelled_calls
        or pending.published
        or pending.signals
        or (pending.end is not None and pending.instance.correlation_key)
        or any(row["kind"] == "message" for row in pending.subscriptions)
    )


def messages_and_calls(pending: Pending) -> None:
    if pending.cancelled_calls:
        _cancel_called(pending)
    if pending.published or any(row["kind"] == "message" for row in pending.subscriptions):
        correlation.after_step(pending)
    for signal in pending.signals:
        told = correlation.deliver_signal(signal.name, signal.variables, pending.instance.pk, signal)
        pending.rings |= bool(told)
    if pending.report is not None:
        caller, number, command, payload = pending.report
        of_caller: Variables = {"process_instance_id": caller, "number": number, "type": command}
        Job.objects.create(kind=Job.Kind.DELIVERY, max_attempts=TIMER_ATTEMPTS, payload=payload, **of_caller)
        pending.rings = True
    if pending.end is not None and pending.instance.correlation_key:
        correlation.look_again(pending.instance.correlation_key)
        pending.rings = True


def _cancel_called(pending: Pending) -> None:
    """After the withdrawal of calls that had not begun, so that each call is found either there or here."""
    called = ProcessInstance.objects.filter(
        parent=pending.instance, parent_number__in=pending.cancelled_calls, state=ProcessInstance.State.ACTIVE
    )
    Job.objects.bulk_create(Job(process_instance=child, kind=Job.Kind.DELIVERY, type="cancel") for child in called)
    pending.rings = True


def ring(pending: Pending, new_jobs: list[tuple[int, str, datetime]]) -> None:
    """Wakes the workers after the commit, for what is due now."""
    due = [(id, kind) for id, kind, due_at in (*new_jobs, *pending.renewed) if due_at <= pending.now]
    for id, kind in due:
        if kind == Job.Kind.TASK:
            doorbell.ring(RUN_JOB, id)
    if pending.rings or any(kind != Job.Kind.TASK for _, kind in due):
        doorbell.ring(SWEEP)
