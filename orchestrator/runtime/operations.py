"""What an operator does to a process instance. Who did it, and why, stands in the history of the instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from orchestrator.engine import commands
from orchestrator.models import HistoryEvent, ProcessInstance
from orchestrator.runtime import storage
from orchestrator.runtime.execution import execute
from orchestrator.runtime.variables import checked


def cancel(instance: ProcessInstance, *, by: AbstractBaseUser | None, reason: str = "") -> ProcessInstance:
    """Terminates the process instance and those that it called. Raises CommandRejected when it has ended."""
    return _act(instance, commands.Cancel(), by, "cancelled", {"reason": reason})


def set_variables(
    instance: ProcessInstance, variables: Mapping[str, Any], *, by: AbstractBaseUser | None, number: int | None = None
) -> ProcessInstance:
    """Writes variables of the process, or of the element instance `number`.

    Raises CommandRejected, InvalidVariables.
    """
    exact = checked(variables)
    scope = number if number is not None else storage.root_number(instance.pk)
    return _act(instance, commands.SetVariables(scope, exact), by, "variables set", {"variables": exact})


def modify(
    instance: ProcessInstance,
    *,
    by: AbstractBaseUser | None,
    terminate: Sequence[int] = (),
    activate: Sequence[tuple[str, dict[str, Any], int | None]] = (),
) -> ProcessInstance:
    """Terminates element instances and activates elements, in one step. Raises CommandRejected."""
    command = commands.Modify(tuple(terminate), tuple(activate))
    data = {"terminated": list(terminate), "activated": [element for element, _, _ in activate]}
    return _act(instance, command, by, "modified", data)


def activate_ad_hoc(
    instance: ProcessInstance, number: int, elements: Sequence[str], *, by: AbstractBaseUser | None
) -> ProcessInstance:
    """Starts activities of the ad-hoc sub-process `number`. Raises CommandRejected."""
    command = commands.ActivateAdHoc(number, tuple(elements))
    return _act(instance, command, by, "ad-hoc activities started", {"activated": list(elements)})


def _act(
    instance: ProcessInstance,
    command: commands.Command,
    by: AbstractBaseUser | None,
    kind: str,
    data: dict[str, Any],
) -> ProcessInstance:
    def record(locked: ProcessInstance) -> None:
        HistoryEvent.objects.create(
            process_instance=locked, kind=kind, actor_id=None if by is None else by.pk, data=data
        )

    return execute(instance.pk, command, actor=by, before=record)
