"""What is wrong with decisions: sentences for the person who modelled them, errors for whoever asked for a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` for the closest of the first thousand names, or ""."""
    close = get_close_matches(word[:100], list(islice(known, 1000)), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


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
