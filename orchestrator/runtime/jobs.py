"""Everything that has to happen at a time: who runs it, and what becomes of it when that does not work.

Timers and deliveries are a step each. Automated tasks are called outside any transaction; their effect is one step.
In every case the step itself finishes the job's row, by comparing the fencing token under the lock of the process
instance.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator import doorbell
from orchestrator.engine import CommandRejected, commands, timers
from orchestrator.models import HistoryEvent, Job, ProcessDefinition, ProcessInstance
from orchestrator.runtime import calendars, definitions, deliveries, performing, storage, suspension, wire
from orchestrator.runtime.aftermath import RUN_JOB
from orchestrator.runtime.claims import Claimed, Due, Fenced, Looks, claim, claim_again, claim_these
from orchestrator.runtime.execution import atomically, execute, start
from orchestrator.runtime.suspension import InstanceSuspended
from orchestrator.runtime.zone import local

logger = logging.getLogger(__name__)

# Serialization failure, deadlock, lock not available, statement cancelled.
PASSING = frozenset({"40001", "40P01", "55P03", "57014"})
BATCH = 20  # claimed at once: all of them are done well within a lease
STEPS = (Job.Kind.TIMER, Job.Kind.DELIVERY, Job.Kind.START)  # nothing outside is called
TASKS = (Job.Kind.TASK,)
FORGOTTEN = timedelta(seconds=2)  # after that a due task's doorbell is taken for lost
RUNG_AT_ONCE = 16


def sweep(limit: int = 1_000, *, calls: bool = True, looks: Looks | None = None) -> int:
    """Does what is due, and what that makes due, in small batches; how many jobs it ran.

    Needs nothing but the database. Without `calls` the automated tasks are left to other workers. `looks` is what the
    worker remembers of the sweeps before.
    """
    done, looks = 0, looks or Looks(Due(STEPS))
    while done < limit:
        batch = looks.due.claim(min(BATCH, limit - done))
        ran = _run_all(batch)
        if not done or len(batch) < BATCH:  # looking for what was begun reads past all that was not
            ran += _run_all(looks.again(lambda: claim_again(STEPS)))
        if not ran and calls:  # may take long: one at a time, after everything that is quick
            ran = _run_all(looks.tasks(lambda: claim(1, TASKS)) or looks.tasks_again(lambda: claim_again(TASKS)))
        if not ran:
            break
        done += ran
    return done


def _run_all(batch: list[Claimed]) -> int:
    for job in batch:
        run(job)
    return len(batch)


def run_now(job_ids: Sequence[int]) -> int:
    """Runs these jobs if they are due and nobody else has them; how many."""
    return _run_all(claim_these(job_ids))


def run_job(job_id: int) -> None:
    run_now([job_id])


def run_forgotten(limit: int = 4) -> int:
    """Automated tasks that are long due: whoever should have heard of them did not, or has too much to do."""
    due = Job.objects.filter(kind=Job.Kind.TASK, state=Job.State.DUE, due_at__lte=Now() - 2 * FORGOTTEN)
    waiting = due.filter(Q(locked_until=None) | Q(locked_until__lt=Now())).order_by("due_at")
    return sum(run_now([job_id]) for job_id in waiting.values_list("pk", flat=True)[:limit])


def ring_for_tasks() -> None:
    """Wakes the workers for automated tasks: for retries that are due, and for those whose doorbell was lost."""
    due = Job.objects.filter(Q(locked_until=None) | Q(locked_until__lt=Now()), kind=Job.Kind.TASK, state=Job.State.DUE)
    waiting = due.filter(Q(attempts__gt=0, due_at__lte=Now()) | Q(due_at__lte=Now() - FORGOTTEN))
    for job_id in waiting.order_by("due_at").values_list("pk", flat=True)[:RUNG_AT_ONCE]:
        doorbell.ring(RUN_JOB, job_id)


def run(job: Claimed) -> None:
    """Whatever happens, the next job can run; only a database that does not answer stops a worker."""
    try:
        if job.attempts > job.max_attempts:
            give_up(job, f"The worker stopped during each of {job.max_attempts} attempts")
        else:
            RUNNERS[job.kind](job)
    except InstanceSuspended:
        _hold_back(job)
    except Fenced:
        logger.warning("Job %s was finished by somebody else: this attempt does not count", job.id)
    except CommandRejected as late:
        storage.finish_job(job.id, job.fence, state=Job.State.WITHDRAWN, error=str(late))
    except (OperationalError, InterfaceError) as error:
        if not is_passing(error):
            raise
        job.release(performing.pause(job), str(error))
    except Exception as error:  # a fault of ours must not stop the other jobs
        logger.exception("Job %s failed", job.id)
        _failed(job, f"{type(error).__name__}: {error}")


def _hold_back(job: Claimed) -> None:
    def step() -> None:
        with wire.cursor() as cursor:
            suspension.hold_back(cursor, job.instance, job.id, job.fence)

    atomically(step)


def is_passing(error: Exception) -> bool:
    """Did another transaction stand in the way? Any other trouble with the connection concerns every job."""
    return getattr(error.__cause__, "sqlstate", None) in PASSING


def _failed(job: Claimed, message: str) -> None:
    if job.attempts < job.max_attempts:
        job.release(performing.pause(job), message)
        return
    try:
        give_up(job, message)
    except (Fenced, CommandRejected) as late:
        logger.warning("Job %s failed and nobody waits for it: %s", job.id, late)


def give_up(job: Claimed, message: str) -> None:
    """No attempts left: an error event may catch it, else somebody must help."""
    if job.kind == Job.Kind.TASK:
        performing.exhausted(job, message)
    elif job.process_instance_id is None:
        storage.finish_job(job.id, job.fence, state=Job.State.FAILED, error=message)
        logger.error("Job %s has no attempts left: %s", job.id, message)
    else:
        number = job.number if job.number is not None else storage.root_number(job.instance)
        command = commands.Fail(number, "UNKNOWN", f"A {job.kind} could not be carried out: {message}")
        execute(job.instance, command, before=lambda _: job.finish(Job.State.FAILED, message), job_id=job.id)


def _fire(job: Claimed) -> None:
    def before(instance: ProcessInstance) -> None:
        missed = _next_occurrence(job, instance.definition_id)
        _record(missed, job, instance.pk, job.number)

    command = commands.Trigger(job.element_instance, job.element)
    execute(job.instance, command, before=before)


def _next_occurrence(job: Claimed, definition_id: int) -> timers.Missed | None:
    """The row of a cycle moves on to its next occurrence in the step that fires this one; what was missed before it."""
    cycle, repeat = str(job.payload.get("cycle") or ""), job.payload.get("repeat")
    again = missed = None
    if cycle and not job.payload.get("interrupting", False):
        process = definitions.process_of(definition_id)
        named = str(job.payload.get("calendar") or "")
        calendar = calendars.calendar(named) if named else None
        due, now = local(job.due_at, process), local(job.now, process)
        again, missed = timers.catch_up(cycle, due, repeat, now, calendar)
    if again is None:
        job.finish()
    else:
        job.repeat(again.due, {**job.payload, "repeat": again.repeat})
    return missed


def _record(missed: timers.Missed | None, job: Claimed, instance: int, number: int | None) -> None:
    """What was not made up for stands in the history: how often, from when to when."""
    if missed is not None:
        data = {"times": missed.count, "from": missed.first.isoformat(), "until": missed.last.isoformat()}
        HistoryEvent.objects.create(
            process_instance_id=instance,
            number=number,
            element=job.element,
            kind="timer skipped",
            data=data if missed.counted else {**data, "more": True},
        )


def _start(job: Claimed) -> None:
    if job.type != "timer":
        return deliveries.start_by_event(job)

    def step() -> None:
        missed = _next_occurrence(job, job.starting)
        instance = start(ProcessDefinition.objects.get(pk=job.starting), {}, start_event=job.element)
        _record(missed, job, instance.pk, None)

    return atomically(step)


RUNNERS: dict[str, Callable[[Claimed], None]] = {
    Job.Kind.TASK: performing.perform,
    Job.Kind.TIMER: _fire,
    Job.Kind.DELIVERY: deliveries.deliver,
    Job.Kind.START: _start,
}
