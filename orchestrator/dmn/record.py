"""One evaluation under way: what it may still spend, what it has to tell, what it already knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from orchestrator import feel
from orchestrator.dmn.misfits import misfit
from orchestrator.dmn.result import EvaluatedDecision, EvaluatedTable, Warning
from orchestrator.feel.types import Type, coerce

BUDGET = 10
"""A decision may take this many times the steps of one FEEL expression."""
WARNINGS = 500
"""Warnings kept of one evaluation; the first are the causes."""
RECORDED = 500
"""Evaluated decisions, and tables of each, that are kept."""


@dataclass(slots=True)
class Notes:
    """What is known about the decision that is being evaluated."""

    warnings: list[Warning] = field(default_factory=list)
    tables: list[EvaluatedTable] = field(default_factory=list)


class Record:
    """The budget and the notes of one evaluation; never shared between threads."""

    def __init__(self, environment: feel.Environment | None) -> None:
        given = environment or feel.Environment()
        steps = given.fuel
        self.fuel = steps if isinstance(steps, feel.Fuel) else feel.Fuel(steps * BUDGET)
        self.now, self.functions = given.now, given.functions
        self.constraints = feel.Environment(now=given.now, fuel=feel.Fuel(self.fuel.left))
        self.decisions: list[EvaluatedDecision] = []
        self.warnings: list[Warning] = []
        self.open: list[Notes] = [Notes()]

    def spend(self, steps: int) -> None:
        """Pay for work that FEEL does not see. Raises FuelExhausted."""
        self.fuel.left -= steps
        if self.fuel.left < 0:
            raise feel.FuelExhausted("The decision takes more steps than allowed")

    def warn(self, element: str, kind: str, message: str) -> None:
        """Note why something became null."""
        if len(self.warnings) < WARNINGS:
            warning = Warning(element, kind, message)
            self.warnings.append(warning)
            self.open[-1].warnings.append(warning)

    def take(self, element: str, warnings: Iterable[feel.Warning]) -> None:
        """Note the warnings of a FEEL expression."""
        for warning in warnings:
            self.warn(element, warning.kind, warning.message)

    def table(self, table: EvaluatedTable) -> None:
        """Keep the record of a decision table."""
        if len(self.open[-1].tables) < RECORDED:
            self.open[-1].tables.append(table)

    def decision(self, decision: EvaluatedDecision) -> None:
        """Keep the record of a decision; of too many, the first and the last."""
        if len(self.decisions) > RECORDED:
            self.decisions.pop()
        self.decisions.append(decision)

    def fit(self, element: str, value: Any, type_: Type | None, what: str) -> Any:
        """The value as its type wants it (DMN 1.5, 10.3.2.9.4), or null with a warning."""
        if type_ is None or value is None:
            return value
        fitting, fits = coerce(value, type_)
        if not fits:
            self.warn(element, "wrong type", f"{what} is null: {misfit(value, type_)}")
        return fitting
