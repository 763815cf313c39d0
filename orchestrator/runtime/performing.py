"""An automated task: the connector or function is called with no transaction open, its effect applied in one step."""

from __future__ import annotations

import logging
from typing import Any

from orchestrator.connectors import BusinessError, ConnectorError, JobRequest, NotTried, Outcome
from orchestrator.connectors import perform as call
from orchestrator.engine import CommandRejected, State, commands
from orchestrator.models import HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import callers, mails, messages, storage, wire
from orchestrator.runtime.claims import Claimed
from orchestrator.runtime.execution import execute
from orchestrator.runtime.variables import InvalidVariables, checked

logger = logging.getLogger(__name__)

BACKOFF = (5.0, 30.0, 120.0)  # seconds before each further attempt, where the model does not say
MAX_MESSAGE = 2_000


def perform(job: Claimed) -> None:
    """One attempt. Raises Fenced and CommandRejected when it came too late to count."""
    request = _request(job)
    try:
        outcome = call(request)
        variables = checked(outcome.variables)
    except BusinessError as error:
        return _throw(job, error.code, error.message, error.variables)
    except ConnectorError as error:
        return failed(job, error)
    except InvalidVariables as error:
        return failed(job, ConnectorError(str(error), permanent=True))
    except Exception as error:  # a function of the project may raise anything
        logger.exception("The function for %s failed", job.type)
        return failed(job, ConnectorError(f"{type(error).__name__}: {error}"))
    return _complete(job, outcome, variables)


def variables_of(process_instance_id: int, number: int) -> dict[str, Any]:
    """What the task sees now, inputs applied. Raises CommandRejected when it is no longer active."""
    state = State()
    with wire.cursor() as cursor:
        storage.load_around(cursor, process_instance_id, [number], state)
    if number not in state.instances:
        raise CommandRejected("The element that the job is for is no longer active")
    return state.visible(state.instances[number])


def _request(job: Claimed) -> JobRequest:
    payload = job.payload
    variables = variables_of(job.instance, job.element_instance)
    return JobRequest(
        key=payload["key"],
        type=job.type,
        variables=variables,
        inputs={name: variables.get(name) for name in payload["inputs"]},
        headers=payload["headers"],
        attempt=job.attempts,
        timeout=float(payload["timeout"]),
        process_instance_id=job.instance,
        element=job.element,
        now=job.now,
    )


def _complete(job: Claimed, outcome: Outcome, variables: dict[str, object]) -> None:
    def before(instance: ProcessInstance) -> None:
        job.finish()
        for mail in outcome.mails:
            mails.queue(
                mail.to, mail.subject, mail.text, mail.html, cc=mail.cc, process_instance=instance, number=job.number
            )
        for message in outcome.messages:
            messages.publish(
                message.name,
                message.correlation_key,
                message.variables,
                time_to_live=message.time_to_live,
                message_id=message.message_id,
            )

    execute(job.instance, commands.Complete(job.element_instance, variables), before=before, in_flight=True)


def _throw(job: Claimed, code: str, message: str, variables: dict[str, object]) -> None:
    try:
        exact = checked(variables)
    except InvalidVariables as error:
        return failed(job, ConnectorError(str(error), permanent=True))
    command = commands.ThrowError(job.element_instance, code, message, exact)
    told = f"{code}: {message}"[:MAX_MESSAGE]
    execute(job.instance, command, before=lambda _: job.finish(error=told), in_flight=True)


def failed(job: Claimed, error: ConnectorError) -> None:
    """Later again, or no more attempts. The engine hears only of the latter."""
    message = str(error)[:MAX_MESSAGE]
    if isinstance(error, NotTried):
        job.release(error.retry_after or BACKOFF[0], message, uncounted=True)
    elif error.permanent or job.attempts >= job.max_attempts:
        exhausted(job, message, error.code)
    else:
        due = job.release(max(pause(job), error.retry_after or 0.0), message)
        if due is not None:
            _record(job, message, next_at=due.isoformat())


def pause(job: Claimed) -> float:
    """Seconds before the next attempt."""
    backoff = [float(seconds) for seconds in job.payload.get("backoff") or BACKOFF]
    return backoff[min(job.attempts, len(backoff)) - 1]


def exhausted(job: Claimed, message: str, code: str = "") -> None:
    """An error event that catches the code takes over; else an incident waits for an operator."""
    code = code or job.payload.get("headers", {}).get("errorCodeOnFailure", "")
    instance = ProcessInstance.objects.select_related("parent").filter(pk=job.instance).first()
    if instance is None:
        raise CommandRejected(f"There is no process instance {job.instance}")
    caught = bool(code) and (callers.caught(instance, job.element_instance, code) or callers.catch(instance, code))

    def before(_: ProcessInstance) -> None:
        job.finish(Job.State.DONE if caught else Job.State.FAILED, message)
        _record(job, message)

    number = job.element_instance
    if caught:
        execute(job.instance, commands.ThrowError(number, code, message), before=before, in_flight=True)
    else:
        execute(job.instance, commands.Fail(number, "JOB_NO_RETRIES", message), before=before, job_id=job.id)


def _record(job: Claimed, message: str, **more: str) -> None:
    data = {"attempt": job.attempts, "of": job.max_attempts, "type": job.type, "message": message, **more}
    HistoryEvent.objects.create(
        process_instance_id=job.instance, number=job.number, element=job.element, kind="job failed", data=data
    )
