"""What a step may know of the world: the time, decisions, and who called. Given by the shell, so that a step stays
pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.bpmn.model import Binding, FormReference
from orchestrator.engine.state import Variables
from orchestrator.working_time import Calendar, UnknownCalendar


@dataclass(frozen=True, slots=True)
class Decided:
    """`value` goes into the result variable, `report` to the auditor."""

    value: Any
    report: Any


class DecisionError(Exception):
    """The decision does not exist (`kind` CALLED_DECISION_ERROR) or failed (DECISION_EVALUATION_ERROR); str() is for
    an operator.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ResourceNotFound(Exception):
    """There is no such file to link; str() is for an operator."""


def _no_resource(id: str, binding: Binding) -> str:
    raise ResourceNotFound(f"There is no resource {id}")


Decide = Callable[[str, Binding, Variables], Decided]  # decision id, binding, variables; raises DecisionError


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An expression of the model as it was evaluated at an element instance; `what` names its place in a sentence."""

    instance: int
    element: str
    what: str
    expression: str
    value: Any  # FEEL
    warnings: tuple[str, ...] = ()


def _no_calendar(name: str) -> Calendar:
    raise UnknownCalendar(name)


@dataclass(frozen=True, slots=True)
class Environment:
    """`now` is timezone-aware, in the zone in which the process counts its days.

    `catches_above(code)`: does a calling process instance catch this error? `interrupts_above(code)`: is it interrupted
    by this escalation?
    `activations` bounds how many elements one step may pass without a wait, `happenings` how much (an element entered,
    an element left) may happen in a process instance before somebody is asked, `characters` what the variables of one
    element instance may hold (P10). `watch` is told of every expression, for who tries a process out. `calendar(name)`
    raises UnknownCalendar. `link(resource id, binding)` gives the key of the version that is meant, or raises
    ResourceNotFound. `has_form(reference)`: is there the form that a user task refers to?
    """

    now: datetime
    decide: Decide
    catches_above: Callable[[str], bool] = lambda code: False
    interrupts_above: Callable[[str], bool] = lambda code: False
    activations: int = 1_000
    happenings: int = 100_000  # two for each of 50,000 element instances in the history
    characters: int = 10 * 1024 * 1024
    watch: Callable[[Evaluated], None] | None = None
    calendar: Callable[[str], Calendar] = _no_calendar
    link: Callable[[str, Binding], str] = _no_resource
    has_form: Callable[[FormReference], bool] = lambda reference: True
