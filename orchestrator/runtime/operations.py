"""What an operator does to a process instance. Who did it, when and why stands in the history of the instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now

from orchestrator import doorbell
from orchestrator.engine import CommandRejected, commands
from orchestrator.models import ElementInstance, HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import jobs, storage, suspension, wire
from orchestrator.runtime.aftermath import RUN_JOB, SWEEP
from orchestrator.runtime.execution import atomically, execute
from orchestrator.runtime.storage import Cursor
from orchestrator.runtime.variables import checked

Move = tuple[int, str, dict[str, Any]]  # element instance, element, variables
Activation = tuple[str, dict[str, Any], int | None]  # element, variables, the element instance around it
CHANGEABLE = (Job.Kind.TIMER, Job.Kind.TASK)
LONGEST_REASON = 500
LATEST = 9000  # the year


def cancel(instance: ProcessInstance, *, by: AbstractBaseUser | None, reason: str = "") -> ProcessInstance:
    """Terminates the process instance and those that it called. Raises CommandRejected when it has ended."""
    return _act(instance, commands.Cancel(), by, "cancelled", {"reason": reason[:LONGEST_REASON]})


def suspend(instance: ProcessInstance, *, by: AbstractBaseUser | None, reason: str = "") -> ProcessInstance:
    """Nothing of it moves until it is resumed, nor of the instances that it called. Raises CommandRejected."""
    return _stop_or_go(suspension.suspend, instance, by, reason)


def resume(instance: ProcessInstance, *, by: AbstractBaseUser | None, reason: str = "") -> ProcessInstance:
    """It goes on, with everything that fell due or arrived meanwhile, and so do those it called.

    Raises CommandRejected.
    """
    return _stop_or_go(suspension.resume, instance, by, reason)


def set_variables(
    instance: ProcessInstance,
    variables: Mapping[str, Any],
    *,
    by: AbstractBaseUser | None,
    number: int | None = None,
    reason: str = "",
) -> ProcessInstance:
    """Writes variables of the process, or of the element instance `number`.

    Raises CommandRejected, InvalidVariables.
    """
    exact = checked(variables)
    scope = number if number is not None else storage.root_number(instance.pk)
    data = {"variables": exact, "reason": reason[:LONGEST_REASON]}
    return _act(instance, commands.SetVariables(scope, exact), by, "variables set", data)


def modify(
    instance: ProcessInstance,
    *,
    by: AbstractBaseUser | None,
    terminate: Sequence[int] = (),
    activate: Sequence[Activation] = (),
    move: Sequence[Move] = (),
    reason: str = "",
) -> ProcessInstance:
    """Terminates element instances, activates elements and moves tokens: all of it in one step, or nothing.

    Raises CommandRejected, InvalidVariables.
    """
    command = commands.Modify(
        tuple(terminate),
        tuple((element, checked(variables), scope) for element, variables, scope in activate),
        tuple((number, element, checked(variables)) for number, element, variables in move),
    )
    if not (command.terminate or command.activate or command.move):
        raise CommandRejected("Nothing was chosen: name an element to activate, to leave, or to move from")
    left = [*terminate, *(number for number, *_ in move)]
    standing = ElementInstance.objects.filter(process_instance=instance, number__in=left).order_by("number")
    data = {
        "terminated": left,
        "left": list(standing.values_list("element", flat=True)),
        "activated": [element for element, *_ in (*activate, *(rest for _, *rest in move))],
        "reason": reason[:LONGEST_REASON],
    }
    return _act(instance, command, by, "modified", data)


def activate_ad_hoc(
    instance: ProcessInstance, number: int, elements: Sequence[str], *, by: AbstractBaseUser | None, reason: str = ""
) -> ProcessInstance:
    """Starts activities of the ad-hoc sub-process `number`. Raises CommandRejected."""
    command = commands.ActivateAdHoc(number, tuple(elements))
    data = {"activated": list(elements), "reason": reason[:LONGEST_REASON]}
    return _act(instance, command, by, "ad-hoc activities started", data)


def change_due_date(job: Job, due_at: datetime, *, by: AbstractBaseUser | None, reason: str = "") -> Job:
    """A timer fires, or a job is tried next, at this time; one in the past means now. A worker that has begun with it
    is overruled for a timer, and refused for a job, whose call may be under way.

    Raises CommandRejected when it has fired or was withdrawn meanwhile, ValueError for a time without a zone.
    """
    if due_at.tzinfo is None or due_at.year >= LATEST:
        raise ValueError(f"A due date needs a time zone, and a year before {LATEST}")
    if job.kind not in CHANGEABLE or job.process_instance_id is None:
        raise CommandRejected(f"{job} has no time that can be changed")

    def step() -> Job:
        with wire.cursor() as cursor:
            instance = storage.lock(cursor, job.process_instance_id or 0)
        before = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        _check_waiting(before)
        held = instance.suspended_at is not None
        Job.objects.filter(pk=job.pk).update(
            due_at=Greatest(Value(due_at), Now()),
            fence=F("fence") + 1,
            locked_until=before.locked_until if held else None,
            **({"attempts": 0} if job.kind == Job.Kind.TIMER else {}),
        )
        after = Job.objects.get(pk=job.pk)
        data = {"from": before.due_at.isoformat(), "to": after.due_at.isoformat(), "reason": reason[:LONGEST_REASON]}
        _record(instance, by, "due date changed", data, number=job.number, element=job.element)
        doorbell.ring(*((SWEEP,) if job.kind == Job.Kind.TIMER else (RUN_JOB, job.pk)))
        return after

    return atomically(step)


def _check_waiting(job: Job) -> None:
    if job.state != Job.State.DUE:
        raise CommandRejected(f"{job} no longer waits: it is {job.get_state_display().lower()}")
    if job.kind == Job.Kind.TASK and Job.objects.filter(pk=job.pk, locked_until__gt=Now()).exists():
        raise CommandRejected(f"{job} is being carried out at this moment, or its process instance is paused")


def _stop_or_go(
    change: Callable[[Cursor, ProcessInstance, int | None, str], list[int]],
    instance: ProcessInstance,
    by: AbstractBaseUser | None,
    reason: str,
) -> ProcessInstance:
    def step() -> list[int]:
        with wire.cursor() as cursor:
            locked = storage.lock(cursor, instance.pk)
            if locked.state != ProcessInstance.State.ACTIVE:
                raise CommandRejected(f"The process instance {locked} has ended")
            told = change(cursor, locked, None if by is None else by.pk, reason[:LONGEST_REASON])
        doorbell.ring(SWEEP)
        return told

    told = atomically(step)
    if told and not connection.in_atomic_block:
        jobs.run_now(told)  # the called instances at once; should this worker die here, the sweep tells them
    return ProcessInstance.objects.get(pk=instance.pk)


def _act(
    instance: ProcessInstance,
    command: commands.Command,
    by: AbstractBaseUser | None,
    kind: str,
    data: dict[str, Any],
) -> ProcessInstance:
    """What was ordered stands in the history before what it led to; a refusal takes both back."""

    def step() -> ProcessInstance:
        _record(instance, by, kind, data)
        return execute(instance.pk, command, actor=by)

    return atomically(step)


def _record(
    instance: ProcessInstance, by: AbstractBaseUser | None, kind: str, data: dict[str, Any], **where: Any
) -> None:
    actor = None if by is None else by.pk
    HistoryEvent.objects.create(process_instance=instance, kind=kind, actor_id=actor, data=data, **where)
