"""Conversion functions (DMN 1.5, table 73, and those of Camunda): string, number, range, JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.feel import jsonnumbers
from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.lexer import unescape
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.operators import order
from orchestrator.feel.run import Run
from orchestrator.feel.temporal_text import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_temporal,
    parse_time,
    shown,
)
from orchestrator.feel.text import to_text
from orchestrator.feel.values import Range, describe, from_python

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)


@builtin("string(from: any)")
def string(run: Run, value: Any) -> Any:
    """The value as text; null stays null."""
    return None if value is None else to_text(run, value)


@builtin("number(from: string, grouping separator?: string or null, decimal separator?: string or null)")
def number(run: Run, text: str, grouping: str | None, point: str | None) -> Any:
    """The number a text writes."""
    if grouping not in (None, " ", ",", "."):
        return Null("bad value", f"the grouping separator is a space, comma or dot, not {shown(grouping or '')}")
    if point not in (None, ",", "."):
        return Null("bad value", f"the decimal separator is a comma or dot, not {shown(point or '')}")
    if grouping is not None and grouping == point:
        return Null("bad value", "the grouping and the decimal separator are the same")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, "\0").replace(".", "!").replace("\0", ".") if point and point != "." else plain
    if len(plain) > 10_000 or not _NUMBER.fullmatch(plain):
        return Null("bad value", f"{shown(text)} is not a number")
    try:
        return MATH.create_decimal(Decimal(plain))
    except ARITHMETIC_ERRORS:
        return Null("out of range", f"{shown(text)} is larger than a number can be")


@builtin("number(from: number)")
def number_itself(run: Run, value: Decimal) -> Decimal:
    """A number is one already."""
    return value


@builtin("range(from: string)")
def range_of(run: Run, text: str) -> Any:
    """The range a text writes, such as "[1..3]"; its ends are literals."""
    bad = Null("bad value", f'{shown(text)} is not a range such as "[1..3]"')
    match = re.fullmatch(r"\s*([\[(\]])(.*?)\.\.(.*)([\])\[])\s*", text, re.DOTALL)
    if match is None:
        return bad
    ends = [_end(match[2]), _end(match[3])]
    if ends[0] is BAD or ends[1] is BAD or ends == [None, None]:
        return bad
    low, high = ends
    sign = order(run, low, high) if low is not None and high is not None else 0
    if sign is None or sign > 0:
        return Null("bad value", f"{shown(text)} goes from {describe(low)} to {describe(high)}")
    return Range(low, high, match[1] == "[", match[4] == "]")


BAD = object()
_LITERALS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"null"), lambda text: None),
    (re.compile(r"(-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,5})?)", re.ASCII), lambda text: MATH.create_decimal(text)),
    (re.compile(r'("(?:[^"\\]|\\.)*")'), unescape),
    (re.compile(r'@("(?:[^"\\]|\\.)*")'), lambda text: parse_temporal(unescape(text))),
    (re.compile(r'date\(\s*("[^"\\]*")\s*\)'), lambda text: parse_date(unescape(text))),
    (re.compile(r'time\(\s*("[^"\\]*")\s*\)'), lambda text: parse_time(unescape(text))),
    (re.compile(r'date and time\(\s*("[^"\\]*")\s*\)'), lambda text: parse_date_time(unescape(text))),
    (re.compile(r'duration\(\s*("[^"\\]*")\s*\)'), lambda text: parse_duration(unescape(text))),
)
"""How the ends of a written range look: literals, and constructors of literals (DMN 1.5, 10.3.4.1)."""


def _end(text: str) -> Any:
    """The value of an end of a range; BAD for anything but a literal."""
    for pattern, read in _LITERALS:
        match = pattern.fullmatch(text.strip())
        if match is not None:
            try:
                return read(match[match.lastindex or 0])
            except (ValueError, *ARITHMETIC_ERRORS):
                return BAD
    return BAD


@builtin("to json(value: any)")
def to_json(run: Run, value: Any) -> Any:
    """The value as JSON; dates, times and durations as strings."""
    run.spend(len(to_text(run, value)) // 10)
    try:
        text = jsonnumbers.dumps(value)
    except ValueError as error:
        return Null("bad value", str(error).rstrip("."))
    return run.check_text(text)


@builtin("from json(value: string)")
def from_json(run: Run, text: str) -> Any:
    """The value of a JSON text."""
    run.spend(1 + len(text) // 20)
    try:
        return from_python(jsonnumbers.loads(text))
    except ValueError as error:
        return Null("bad value", str(error).rstrip("."))
