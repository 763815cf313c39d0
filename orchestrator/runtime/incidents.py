"""Incidents: what an operator can do about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from orchestrator.engine import CommandRejected, commands
from orchestrator.models import HistoryEvent, Incident, Job, ProcessInstance
from orchestrator.runtime.execution import atomically, execute
from orchestrator.runtime.variables import checked

MOST_ATTEMPTS = 100
LONGEST_REASON = 500


def retry(
    incident: Incident,
    *,
    by: AbstractBaseUser | None,
    variables: Mapping[str, Any] | None = None,
    attempts: int | None = None,
    reason: str = "",
) -> ProcessInstance:
    """Do again what failed, with variables put right if given. A failed job gets new attempts: those of its model, or
    `attempts`. Raises CommandRejected when the incident was resolved meanwhile, InvalidVariables.
    """
    exact = checked(variables or {})
    told = {"attempts": attempts, "reason": reason[:LONGEST_REASON]}

    def still_open(instance: ProcessInstance) -> None:
        if not Incident.objects.filter(pk=incident.pk, resolved_at=None).exists():
            raise CommandRejected("The incident was resolved by somebody else")
        if attempts is not None and incident.job_id is not None:
            Job.objects.filter(pk=incident.job_id, state=Job.State.FAILED).update(
                max_attempts=min(max(1, attempts), MOST_ATTEMPTS)
            )

    def step() -> ProcessInstance:
        HistoryEvent.objects.create(
            process_instance_id=incident.process_instance_id,
            number=incident.number,
            element=incident.element,
            kind="retried",
            actor_id=None if by is None else by.pk,
            data={"message": incident.message, "variables": sorted(exact), **told},
        )
        if exact:
            execute(incident.process_instance_id, commands.SetVariables(incident.number, exact), actor=by)
        return execute(incident.process_instance_id, commands.Retry(incident.number), actor=by, before=still_open)

    return atomically(step)
