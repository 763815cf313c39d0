"""What one process instance sends another, carried over: one step of the receiver, in which the delivery is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from orchestrator import doorbell
from orchestrator.bpmn.model import Binding
from orchestrator.engine import CommandRejected, commands
from orchestrator.models import Job, Message, ProcessDefinition, ProcessInstance
from orchestrator.runtime import correlation, definitions, storage, suspension, wire
from orchestrator.runtime.aftermath import SWEEP
from orchestrator.runtime.claims import Claimed
from orchestrator.runtime.execution import atomically, execute, start
from orchestrator.runtime.pending import IN_TURN
from orchestrator.runtime.suspension import InstanceSuspended

MAX_DEPTH = 50  # process instances that call each other
WAIT = 1.0  # seconds until an end that came too early tries again


class Overtaking(Exception):
    """The end of a called process instance comes before what it sent earlier."""


def deliver(job: Claimed) -> None:
    """Raises CommandRejected when the receiver has moved on, Fenced."""
    SPECIAL.get(job.type, _command)(job)


def _command(job: Claimed) -> None:
    command = COMMANDS[job.type](job.number, job.payload)
    try:
        execute(job.instance, command, before=lambda _: _finish(job))
    except Overtaking as early:
        job.release(WAIT, str(early), uncounted=True)
    except InstanceSuspended:
        raise
    except CommandRejected as late:
        if "message_id" not in job.payload:
            raise
        _give_back(job, str(late))


def _finish(job: Claimed) -> None:
    """Raises Overtaking, Fenced."""
    if job.payload.get(IN_TURN):
        due = Job.objects.filter(process_instance=job.instance, kind=Job.Kind.DELIVERY, state=Job.State.DUE)
        thrown = Q(type="escalate", number=job.number) | Q(type="trigger", payload__thrown_by=job.payload[IN_TURN])
        if due.filter(thrown, id__lt=job.id).exists():
            raise Overtaking("What the called process instance threw before has not arrived yet")
    job.finish()


def _give_back(job: Claimed, reason: str) -> None:
    def step() -> None:
        job.finish(Job.State.WITHDRAWN, reason)
        correlation.give_back(job.payload["message_id"], job.instance)

    atomically(step)


def _variables(payload: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = payload.get("variables") or {}
    return found


def _generation(payload: dict[str, Any]) -> int:
    return int(payload.get("generation", 0))


COMMANDS: dict[str, Callable[[Any, dict[str, Any]], commands.Command]] = {
    "complete": lambda number, p: commands.Complete(number, _variables(p), _generation(p)),
    "trigger": lambda number, p: commands.Trigger(number, p["event"], _variables(p), _generation(p)),
    "throw error": lambda number, p: commands.ThrowError(
        number, p["code"], p["message"], _variables(p), _generation(p)
    ),
    "escalate": lambda number, p: commands.Escalate(
        number, p["code"], _variables(p), p.get("ended", False), _generation(p)
    ),
    "fail": lambda number, p: commands.Fail(number, p["kind"], p["message"]),
    "go on": lambda number, p: commands.GoOn(number, _generation(p)),
    "cancel": lambda number, p: commands.Cancel(),
}


def _call(job: Claimed) -> None:
    """Starts the called process instance. The job's row decides between this and a parent that withdraws the call."""
    parent = ProcessInstance.objects.select_related("definition").get(pk=job.instance)
    key, binding = job.payload["process"], Binding(job.payload["binding"], job.payload["version_tag"])
    caller = definitions.row(parent.definition_id)
    definition = definitions.called_process(caller, key, binding)
    if definition is None:
        return _refuse_call(job, f"There is no process {key}{definitions.meant(binding)} to call")
    if parent.depth + 1 > MAX_DEPTH:
        return _refuse_call(job, f"More than {MAX_DEPTH} process instances call each other: the last one calls {key}")

    def step() -> None:
        suspension.check_caller(parent.pk)
        job.finish()
        start(
            definition,
            _variables(job.payload),
            parent=parent,
            parent_number=job.number,
            generation=_generation(job.payload),
        )

    try:
        return atomically(step)
    except InstanceSuspended:
        raise
    except CommandRejected as error:
        return _refuse_call(job, f"The process {key} cannot be called: {error}")


def _refuse_call(job: Claimed, message: str) -> None:
    command = commands.Fail(job.element_instance, "CALLED_ELEMENT_ERROR", message)
    execute(job.instance, command, before=lambda _: job.finish(error=message))


def _correlate(job: Claimed) -> None:
    def step() -> None:
        job.finish()
        correlation.correlate_buffered(job.payload["key"])

    atomically(step)


def _follow(job: Claimed) -> None:
    def step() -> None:
        with wire.cursor() as cursor:
            instance = storage.lock(cursor, job.instance)
            job.finish()
            if suspension.follow(cursor, instance, job.payload):
                doorbell.ring(SWEEP)

    atomically(step)


SPECIAL: dict[str, Callable[[Claimed], None]] = {"call": _call, "correlate": _correlate, suspension.FOLLOW: _follow}


def start_by_event(job: Claimed) -> None:
    """A message or signal starts a process instance."""

    def step() -> None:
        job.finish()
        payload = job.payload
        definition = ProcessDefinition.objects.get(pk=job.starting)
        instance = start(
            definition,
            _variables(payload),
            start_event=job.element,
            correlation_key=payload.get("correlation_key", ""),
            generation=_generation(payload),
        )
        if "message_id" in payload:
            message = Message.objects.filter(pk=payload["message_id"]).first()
            if message is not None:
                message.correlated_by.add(instance)

    atomically(step)
