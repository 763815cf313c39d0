"""A suspended process instance stands still: nothing of it is claimed, fires, arrives or is completed until it resumes.

Its due jobs are held: their lock is moved into the far future, and back when it resumes, so that a lease that a worker
holds at that moment still counts. What others send meanwhile waits as a held delivery. What a connector had begun
before is finished, for its effect outside cannot be taken back; what that leads to is held. An operator may still
cancel, correct variables, move tokens, migrate and retry.
"""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from orchestrator.engine import CommandRejected, commands
from orchestrator.models import HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import storage
from orchestrator.runtime.storage import Cursor

OPERATORS = (
    commands.Cancel,
    commands.Modify,
    commands.Migrate,
    commands.SetVariables,
    commands.Retry,
    commands.Fail,
)
FOLLOW = "follow"  # the delivery that tells a called instance to look at its caller
UNHELD = ("cancel", FOLLOW)  # deliveries that reach a suspended instance

# 17 times the 400 years after which the calendar repeats; nobody holds a lease that long.
_SHIFT = "interval '6800 years'"
_FOR_NOBODY = f"'epoch'::timestamptz + {_SHIFT}"
HELD_BEYOND = 5000  # the year
HELD = f"locked_until > '{HELD_BEYOND}-01-01'"

HOLD = f"""UPDATE orchestrator_job SET locked_until = coalesce(locked_until, 'epoch') + {_SHIFT}
WHERE process_instance_id = %s AND state = 'due' AND NOT coalesce({HELD}, false)
AND NOT (kind = 'delivery' AND type = ANY(%s::text[]))"""

LET_GO = f"""UPDATE orchestrator_job SET locked_until = nullif(locked_until - {_SHIFT}, 'epoch')
WHERE process_instance_id = %s AND state = 'due' AND {HELD}"""

_GIVE_BACK = f"""UPDATE orchestrator_job SET locked_until = CASE WHEN %s THEN {_FOR_NOBODY} END,
 attempts = greatest(attempts - 1, 0) WHERE id = %s AND fence = %s AND state = 'due'"""

#: For the statement that gives a failed job back: held it stays held.
UNLOCKED = f"CASE WHEN {HELD} THEN {_FOR_NOBODY} END"


class InstanceSuspended(CommandRejected):
    """The process instance stands still; what was asked for can be done when it resumes."""

    def __init__(self, instance: ProcessInstance) -> None:
        super().__init__(f"The process instance {instance} is paused. It goes on when its administrators resume it")


def check(instance: ProcessInstance, command: commands.Command, *, in_flight: bool) -> None:
    """Raises InstanceSuspended when the instance stands still and this is not for operators to do."""
    if instance.suspended_at is not None and not in_flight and not isinstance(command, OPERATORS):
        raise InstanceSuspended(instance)


def check_caller(process_instance_id: int) -> None:
    """A suspended process instance calls no others. Locks it until the transaction ends. Raises InstanceSuspended."""
    caller = ProcessInstance.objects.select_for_update(no_key=True).get(pk=process_instance_id)
    if caller.suspended_at is not None:
        raise InstanceSuspended(caller)


def hold(cursor: Cursor, process_instance_id: int) -> None:
    """Nobody claims the due jobs of this instance from now on."""
    cursor.execute(HOLD, [process_instance_id, list(UNHELD)])


def hold_back(cursor: Cursor, process_instance_id: int, job_id: int, fence: int) -> None:
    """A claimed job met a suspended instance: it is held, or free at once if the instance resumed meanwhile."""
    instance = storage.lock(cursor, process_instance_id)
    cursor.execute(_GIVE_BACK, [instance.suspended_at is not None, job_id, fence])


def suspend(cursor: Cursor, instance: ProcessInstance, actor_id: int | None, reason: str) -> list[int]:
    """The locked instance stands still from now on; the deliveries that tell the instances it called."""
    if instance.suspended_at is not None:
        raise CommandRejected(f"The process instance {instance} is paused already")
    ProcessInstance.objects.filter(pk=instance.pk).update(suspended_at=Now())
    hold(cursor, instance.pk)
    return _told(instance, "suspended", actor_id, reason)


def resume(cursor: Cursor, instance: ProcessInstance, actor_id: int | None, reason: str) -> list[int]:
    """The locked instance goes on; the deliveries that tell the instances it called."""
    if instance.suspended_at is None:
        raise CommandRejected(f"The process instance {instance} is not paused")
    ProcessInstance.objects.filter(pk=instance.pk).update(suspended_at=None)
    cursor.execute(LET_GO, [instance.pk])
    return _told(instance, "resumed", actor_id, reason)


def _told(instance: ProcessInstance, kind: str, actor_id: int | None, reason: str) -> list[int]:
    HistoryEvent.objects.create(process_instance=instance, kind=kind, actor_id=actor_id, data={"reason": reason})
    called = ProcessInstance.objects.filter(parent=instance, state=ProcessInstance.State.ACTIVE)
    payload: dict[str, Any] = {"actor": actor_id, "reason": reason}
    jobs = Job.objects.bulk_create(
        Job(process_instance=child, kind=Job.Kind.DELIVERY, type=FOLLOW, payload=payload) for child in called
    )
    return [job.pk for job in jobs]


def follow(cursor: Cursor, instance: ProcessInstance, payload: dict[str, Any]) -> list[int]:
    """The locked instance stands still or goes on as its caller does. Whoever tells it last is right, for the caller is
    read after the lock is taken.
    """
    caller = ProcessInstance.objects.filter(children=instance.pk, suspended_at__isnull=False).exists()
    if instance.state != ProcessInstance.State.ACTIVE or caller == (instance.suspended_at is not None):
        return []
    change = suspend if caller else resume
    return change(cursor, instance, payload.get("actor"), str(payload.get("reason", "")))


def suspended(instances: Any) -> Any:
    """Of these instances, those that stand still."""
    return instances.filter(state=ProcessInstance.State.ACTIVE, suspended_at__isnull=False)
