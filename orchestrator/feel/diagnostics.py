"""What FEEL tells a modeller: the syntax error of a text, the warnings of an evaluation, why a value is null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class FeelSyntaxError(ValueError):
    """The text is not FEEL. `line` and `column` count from 1; `found` and `expected` are words for a modeller."""

    def __init__(self, message: str, line: int, column: int, found: str, expected: str) -> None:
        super().__init__(f"Line {line}, column {column}: {message}")
        self.message, self.line, self.column, self.found, self.expected = message, line, column, found, expected

    @classmethod
    def at(cls, text: str, offset: int, found: str, expected: str, message: str = "") -> FeelSyntaxError:
        """Locate the error at an offset of the text."""
        before = text[:offset]
        line = before.count("\n") + 1
        column = offset - (before.rfind("\n") + 1) + 1
        return cls(message or f"found {found}, but {expected} should stand here.", line, column, found, expected)


@dataclass(frozen=True, slots=True)
class Warning:
    """Why a part of an expression became null: `expression` is text[start:end], `message` a sentence about it.

    `kind` is one of the words in KINDS.
    """

    kind: str
    message: str
    start: int
    end: int
    expression: str


@dataclass(frozen=True, slots=True)
class Null:
    """Null, with its reason. Operators and built-ins return it; whoever called them knows the position and warns."""

    kind: str
    reason: str
    word: str = ""
    names: Iterable[str] = ()
    """When a word is unknown: the names it could have been, for a suggestion."""


KINDS = {
    "unknown variable": "no variable of that name exists",
    "unknown property": "a context or value has no entry of that name",
    "unknown function": "no function of that name exists",
    "wrong arguments": "a function was called with too few, too many or unknown arguments",
    "wrong type": "a value is of another type than the operation needs",
    "not comparable": "two values cannot be compared",
    "out of range": "a position, number or date lies outside what is possible",
    "bad value": "a text does not say what it should: a date, a number, a pattern",
    "no environment": "the place of evaluation offers no clock or no randomness",
    "assertion failed": "the modeller's own assertion does not hold",
}
