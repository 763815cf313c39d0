"""What is wrong with decisions: sentences for the person who modelled them, errors for whoever asked for a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`element` is the id of a decision, a rule or a cell, or "" for the whole file."""

    element: str
    message: str

    def __str__(self) -> str:
        return f"{self.element}: {self.message}" if self.element else self.message


class DmnError(ValueError):
    """The file cannot be read at all; `problems` holds every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class DecisionFailed(ValueError):
    """No value exists by the standard: a hit policy is violated, or there is no such decision.

    `element` is the id of the decision table or "", `rules` are the ids of the rules that contradict each other.
    """

    def __init__(self, message: str, element: str = "", rules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.element, self.rules = message, element, rules
