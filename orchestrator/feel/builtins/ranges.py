"""How points and ranges lie to each other (DMN 1.5, table 83). A point counts as the range from itself to itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.operators import no_order, order
from orchestrator.feel.run import Run
from orchestrator.feel.values import Range, describe


class _NoOrder(Exception):
    """Two ends cannot be compared."""

    def __init__(self, why: Null) -> None:
        self.why = why


class Ends:
    """Compares the ends of two ranges. An open end lies beyond everything."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def sign(self, a: Any, b: Any, *, a_open: int, b_open: int) -> int:
        """-1, 0 or 1; an end of None is at -1 or 1 times infinity, as `*_open` says."""
        if a is None or b is None:
            x, y = (a_open if a is None else 0), (b_open if b is None else 0)
            return (x > y) - (x < y)
        sign = order(self.run, a, b)
        if sign is None:
            raise _NoOrder(no_order(a, b))
        return sign

    def lows(self, a: Range, b: Range) -> int:
        """Where a begins in relation to b: an end that is not included lies a trace further."""
        sign = self.sign(a.low, b.low, a_open=-1, b_open=-1)
        return sign or (b.low_included - a.low_included)

    def highs(self, a: Range, b: Range) -> int:
        """Where a ends in relation to b."""
        sign = self.sign(a.high, b.high, a_open=1, b_open=1)
        return sign or (a.high_included - b.high_included)

    def gap(self, a: Range, b: Range) -> int:
        """-1 if a ends before b begins, 0 if they share just that point, 1 if they share more."""
        sign = self.sign(a.high, b.low, a_open=1, b_open=-1)
        return sign or (0 if a.high_included and b.low_included else -1)

    def touch(self, a: Range, b: Range) -> bool:
        """Whether a ends at the very point where b begins, and both include it."""
        met = self.sign(a.high, b.low, a_open=1, b_open=-1) == 0
        return met and a.high is not None and a.high_included and b.low_included


def _before(ends: Ends, a: Range, b: Range) -> bool:
    return ends.gap(a, b) < 0


def _overlaps(ends: Ends, a: Range, b: Range) -> bool:
    return ends.gap(a, b) >= 0 and ends.gap(b, a) >= 0


def _overlaps_before(ends: Ends, a: Range, b: Range) -> bool:
    return ends.lows(a, b) < 0 and ends.gap(a, b) >= 0 and ends.highs(a, b) <= 0


def _includes(ends: Ends, a: Range, b: Range) -> bool:
    return ends.lows(a, b) <= 0 and ends.highs(a, b) >= 0


def _finishes(ends: Ends, a: Range, b: Range) -> bool:
    return ends.highs(a, b) == 0 and ends.lows(a, b) >= 0


def _starts(ends: Ends, a: Range, b: Range) -> bool:
    return ends.lows(a, b) == 0 and ends.highs(a, b) <= 0


def _coincides(ends: Ends, a: Range, b: Range) -> bool:
    return ends.lows(a, b) == 0 and ends.highs(a, b) == 0


Relation = Callable[[Ends, Range, Range], bool]


def _reversed(relation: Relation) -> Relation:
    return lambda ends, a, b: relation(ends, b, a)


RELATIONS: dict[str, tuple[Relation, str]] = {
    "before": (_before, "any"),
    "after": (_reversed(_before), "any"),
    "meets": (lambda ends, a, b: ends.touch(a, b), "ranges"),
    "met by": (lambda ends, a, b: ends.touch(b, a), "ranges"),
    "overlaps": (_overlaps, "ranges"),
    "overlaps before": (_overlaps_before, "ranges"),
    "overlaps after": (_reversed(_overlaps_before), "ranges"),
    "finishes": (_finishes, "second"),
    "finished by": (_reversed(_finishes), "first"),
    "includes": (_includes, "first"),
    "during": (_reversed(_includes), "second"),
    "starts": (_starts, "second"),
    "started by": (_reversed(_starts), "first"),
    "coincides": (_coincides, "alike"),
}
"""The relation, and which arguments must be ranges."""
NAMES = {
    "any": [("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2")],
    "ranges": [("range1", "range2")],
    "first": [("range", "point"), ("range1", "range2")],
    "second": [("point", "range"), ("range1", "range2")],
    "alike": [("point1", "point2"), ("range1", "range2")],
}
POINT = "number or string or date or time or date and time or days and time duration or years and months duration"


def _as_range(value: Any) -> Range:
    return value if isinstance(value, Range) else Range(value, value)


def _function(relation: Relation) -> Callable[[Run, Any, Any], Any]:
    def function(run: Run, a: Any, b: Any) -> Any:
        for value in (a, b):
            if isinstance(value, Range) and value.operator in ("=", "!="):
                return Null("wrong type", f"{describe(value)} given by `{value.operator}` has no place among others")
        try:
            return relation(Ends(run), _as_range(a), _as_range(b))
        except _NoOrder as error:
            return error.why

    return function


for name, (relation, arity) in RELATIONS.items():
    for names in NAMES[arity]:
        first, second = (f"{word}: {'range' if word.startswith('range') else POINT}" for word in names)
        builtin(f"{name}({first}, {second})")(_function(relation))
