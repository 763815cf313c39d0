"""What a cell of a decision table accepts, as far as its text alone tells: spans of numbers, strings, dates, durations.

A span is a pair of cuts. A cut lies just before a value, (1, value, 0), or just behind it, (1, value, 1), or at one of
the ends of everything; so (< 5) is (LOW, (1, 5, 0)) and [5..7] is ((1, 5, 0), (1, 7, 1)). Cuts have an order, which
makes intersections, gaps and lookups a matter of sorting. Values that come one by one (dates) have cuts only before a
value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.feel import nodes
from orchestrator.feel.temporal import Date, DaysTimeDuration, YearsMonthsDuration

Cut = tuple[Any, ...]
Spans = tuple[tuple[Cut, Cut], ...]
LOW: Cut = (0,)
HIGH: Cut = (2,)
ALL: Spans = ((LOW, HIGH),)

KINDS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("number", lambda value: value),
    str: ("string", lambda value: value),
    Date: ("date", lambda value: value.day_number),
    YearsMonthsDuration: ("years and months duration", lambda value: value.months),
    DaysTimeDuration: ("days and time duration", lambda value: value.nanoseconds),
}
"""Kinds whose values have an order, with the key they are ordered by. Times are missing: their order needs zones."""
ONE_BY_ONE = frozenset({"date", "years and months duration", "days and time duration"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell accepts. Where `known` is False only a test can tell; `spans` then say nothing.

    `words` says that a plain true or false stands in the cell, which decides for values of any kind.
    """

    everything: bool = False
    known: bool = True
    null: bool = False
    booleans: frozenset[bool] = frozenset()
    words: bool = False
    spans: Mapping[str, Spans] = field(default_factory=dict)


DASH = Cell(everything=True, null=True, booleans=frozenset((True, False)))
OPAQUE = Cell(known=False)


def cell_of(tests: feel.UnaryTests | None) -> Cell:
    """What the unary tests accept."""
    if tests is None:
        return OPAQUE
    if any(isinstance(test, nodes.AnyTest) for test in tests.tree):
        return DASH
    found = _several([_test(test, tests.text) for test in tests.tree])
    if found is None:
        return OPAQUE
    null, true, false = (tests.test(value, {}).value is True for value in (None, True, False))
    booleans = frozenset(value for value, accepted in ((True, true), (False, false)) if accepted)
    words = any(_has_boolean(test) for test in tests.tree)
    return Cell(null=null, booleans=booleans, words=words, spans=found)


def _has_boolean(node: nodes.Node) -> bool:
    return isinstance(getattr(node, "value", None), bool) or any(map(_has_boolean, nodes.children(node)))


# --- one test


def _test(test: nodes.Node, text: str) -> Mapping[str, Spans] | None:
    """The spans of one test by kind, None where the text alone does not tell."""
    if isinstance(test, nodes.OperatorTest):
        return _compared(test.operator, test.operand, text)
    if isinstance(test, nodes.ValueTest):
        return _value(test.expression, text)
    if isinstance(test, nodes.NotTest):
        return _negated(test, text)
    return None


def _compared(operator: str, operand: nodes.Node, text: str) -> Mapping[str, Spans] | None:
    known, value = constant(operand, text)
    if not known:
        return None
    if type(value) not in KINDS:
        return {} if isinstance(value, bool) or (value is None and operator != "!=") else None
    kind, key = KINDS[type(value)]
    before, behind = (1, key(value), 0), (1, key(value), 1)
    spans = {
        "<": ((LOW, before),),
        "<=": ((LOW, behind),),
        ">": ((behind, HIGH),),
        ">=": ((before, HIGH),),
        "=": ((before, behind),),
        "!=": ((LOW, before), (behind, HIGH)),
    }[operator]
    return {kind: tidy(kind, spans)}


def _value(node: nodes.Node, text: str) -> Mapping[str, Spans] | None:
    if isinstance(node, nodes.RangeLiteral):
        return _range(node, text)
    if isinstance(node, nodes.ListLiteral):
        return _several([_value(item, text) for item in node.items])
    return _compared("=", node, text)


def _several(parts: Iterable[Mapping[str, Spans] | None]) -> Mapping[str, Spans] | None:
    """The spans of all parts together, None where one of them is unknown."""
    found: dict[str, list[tuple[Cut, Cut]]] = {}
    for part in parts:
        if part is None:
            return None
        for kind, spans in part.items():
            found.setdefault(kind, []).extend(spans)
    return {kind: union(spans) for kind, spans in found.items()}


def _range(node: nodes.RangeLiteral, text: str) -> Mapping[str, Spans] | None:
    if node.low is None or node.high is None or node.operator is not None:
        return None
    (low_known, low), (high_known, high) = constant(node.low, text), constant(node.high, text)
    if not low_known or not high_known or type(low) not in KINDS or type(low) is not type(high):
        return None
    kind, key = KINDS[type(low)]
    start, end = (1, key(low), int(not node.low_included)), (1, key(high), int(node.high_included))
    return {kind: tidy(kind, ((start, end),))}


def _negated(test: nodes.NotTest, text: str) -> Mapping[str, Spans] | None:
    """Values of the one kind that all inner tests compare with, those aside that one accepts.

    A comparison across kinds is null, and so is its negation; that would need more than spans to say.
    """
    if all(_is_word(part, bool) for part in test.tests):
        return {}
    compared = [part for part in test.tests if not _is_word(part, type(None))]
    if any(isinstance(part, nodes.ValueTest) and isinstance(part.expression, nodes.ListLiteral) for part in compared):
        return None
    inner = [_test(part, text) for part in compared]
    kinds = {kind for accepted in inner for kind in accepted or ()}
    if len(kinds) != 1 or any(not accepted or len(accepted) != 1 for accepted in inner):
        return None
    (kind,) = kinds
    return {kind: tidy(kind, complement(tuple(span for accepted in inner if accepted for span in accepted[kind])))}


def _is_word(test: nodes.Node, type_: type) -> bool:
    """Whether a test is just true or false, or null."""
    return (
        isinstance(test, nodes.ValueTest)
        and isinstance(test.expression, nodes.Literal)
        and isinstance(test.expression.value, type_)
    )


def constant(node: nodes.Node, text: str) -> tuple[bool, Any]:
    """Whether a part of a text is a constant, and its value."""
    if isinstance(node, nodes.Literal):
        return True, node.value
    if not _is_constant(node):
        return False, None
    result = feel.parse(text[node.start : node.end], dialect=feel.Dialect.DMN).evaluate({})
    return not result.warnings, result.value


def _is_constant(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Negation):
        return isinstance(node.operand, nodes.Literal)
    if isinstance(node, nodes.Invocation):
        called = node.function.name if isinstance(node.function, nodes.Name) else ""
        return called in ("date", "duration") and all(isinstance(part, nodes.Literal) for part in node.arguments)
    return isinstance(node, nodes.AtLiteral)


# --- spans


def tidy(kind: str, spans: Spans) -> Spans:
    """Without empty spans; with cuts only before a value where values come one by one."""
    if kind in ONE_BY_ONE:
        spans = tuple((_whole(start), _whole(end)) for start, end in spans)
    return tuple((start, end) for start, end in spans if start < end)


def _whole(cut: Cut) -> Cut:
    return (1, cut[1] + 1, 0) if len(cut) == 3 and cut[2] else cut


def union(spans: Iterable[tuple[Cut, Cut]]) -> Spans:
    """The same set as spans that do not touch, in order."""
    merged: list[tuple[Cut, Cut]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def complement(spans: Spans) -> Spans:
    """Everything else."""
    edges = [LOW, *(cut for span in union(spans) for cut in span), HIGH]
    return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)
