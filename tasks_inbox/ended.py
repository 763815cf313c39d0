"""What a person has just ended in the step that runs, so that its withdrawal is no news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.models import ProcessInstance

_ENDED_HERE = "_human_tasks_ended"  # on the process instance, for the rest of the step


def remember(instance: ProcessInstance, number: int) -> None:
    """A person has ended this task in this very step: its withdrawal costs no statement."""
    instance.__dict__.setdefault(_ENDED_HERE, set()).add(number)


def open_still(instance: ProcessInstance, numbers: Sequence[int]) -> list[int]:
    return [number for number in numbers if number not in instance.__dict__.get(_ENDED_HERE, ())]
