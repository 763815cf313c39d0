"""Work for a connector or a registered function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn.model import Job, LinkedResource
from orchestrator.engine.effects import CreateJob
from orchestrator.engine.environment import ResourceNotFound
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, RESOURCE_NOT_FOUND, Incident
from orchestrator.engine.expressions import integer, snapshot, string
from orchestrator.engine.state import ElementInstance
from orchestrator.feel.jsonnumbers import dumps

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


LINKED_RESOURCES = "linkedResources"  # the header with the keys of the versions that were linked: a JSON array

Described = tuple[int, str, str, int, dict[str, str], tuple[float, ...], float | None]


def create_job(run: Run, job: Job, instance: ElementInstance) -> None:
    run.wait(CreateJob(*described(run, job, instance), snapshot(run, instance)), instance)


def described(run: Run, job: Job, instance: ElementInstance) -> Described:
    """What a job says, evaluated: everything but its variables. Raises Incident."""
    type = string(run, job.type, instance, f"The job type of {instance.element}")
    retries = integer(run, job.retries, instance, f"The retries of {instance.element}")
    if retries < 1:
        raise Incident(EXTRACT_VALUE_ERROR, f"The retries of {instance.element} must be at least 1, but are {retries}")
    headers = dict(job.headers)
    if job.linked:
        headers[LINKED_RESOURCES] = dumps([_link(run, link, instance) for link in job.linked])
    return instance.id, instance.element, type, retries, headers, job.retry_backoff, job.timeout


def _link(run: Run, link: LinkedResource, instance: ElementInstance) -> dict[str, str]:
    what = f"The linked resource {link.link_name}" if link.link_name else "A linked resource"
    id = string(run, link.resource, instance, f"{what} of {instance.element}")
    try:
        found = run.environment.link(id, link.binding)
    except ResourceNotFound as error:
        raise Incident(RESOURCE_NOT_FOUND, f"{what} of {instance.element} is missing: {error}") from error
    return {"resourceKey": found, "resourceType": link.type, "linkName": link.link_name}
