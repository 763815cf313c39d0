"""Work for a connector or a registered function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn.model import Job
from orchestrator.engine.effects import CreateJob
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, Incident
from orchestrator.engine.expressions import integer, snapshot, string
from orchestrator.engine.state import ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


Described = tuple[int, str, str, int, dict[str, str], tuple[float, ...], float | None]


def create_job(run: Run, job: Job, instance: ElementInstance) -> None:
    run.wait(CreateJob(*described(run, job, instance), snapshot(run, instance)), instance)


def described(run: Run, job: Job, instance: ElementInstance) -> Described:
    """What a job says, evaluated: everything but its variables. Raises Incident."""
    type = string(run, job.type, instance, f"The job type of {instance.element}")
    retries = integer(run, job.retries, instance, f"The retries of {instance.element}")
    if retries < 1:
        raise Incident(EXTRACT_VALUE_ERROR, f"The retries of {instance.element} must be at least 1, but are {retries}")
    return instance.id, instance.element, type, retries, dict(job.headers), job.retry_backoff, job.timeout
