"""How much one expression may ask for: steps, nesting, text, lists. Data is never an error; using too much is."""

from __future__ import annotations

STEPS = 100_000
"""Evaluation steps of one evaluation, unless the environment says otherwise."""
NESTING = 100
"""Syntactic nesting, nesting of values, and depth of function calls."""
TEXT = 1_000_000
"""Characters of one string that an expression builds."""
ITEMS = 10_000
"""Items of one list, or entries of one context, that an expression builds."""
NODES = 1_000_000
"""Values inside one result, shared parts counted each time they appear."""
WARNINGS = 100
"""Warnings kept of one evaluation; the first are the causes."""
SOURCE = 100_000
"""Characters of the text of one expression."""
EXCERPT = 500
"""Characters of the part of an expression that a warning quotes."""


class LimitExceeded(ValueError):
    """An expression asked for more than it may. The message names the limit and the part of the expression.

    `start` and `end` are offsets into the text of the expression, `expression` is that part of it.
    """

    def __init__(self, message: str, start: int = 0, end: int = 0, expression: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.expression = message, start, end, expression

    def locate(self, message: str, start: int, end: int, text: str) -> None:
        """Say where in the text of the expression it happened."""
        self.args = (message,)
        self.message, self.start, self.end, self.expression = message, start, end, text[start:end][:EXCERPT]


class FuelExhausted(LimitExceeded):
    """The evaluation took more steps than its environment grants."""


class ValueTooLarge(LimitExceeded):
    """A string, list, context or result outgrew its limit."""


class NestingTooDeep(LimitExceeded):
    """Function calls or values are nested deeper than NESTING."""


class Fuel:
    """A budget of steps that several evaluations share, for instance all cells of one decision.

    `depth` counts function calls across evaluations that call each other. Not meant to be shared between threads.
    """

    __slots__ = ("depth", "left")

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps
        self.depth = 0
