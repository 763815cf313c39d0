"""FEEL's own values beside Python's: ranges and functions, and how values of the outside come in."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.temporal import TEMPORAL, Date, DateTime, DaysTimeDuration, Time

if TYPE_CHECKING:
    from orchestrator.feel.run import Run
    from orchestrator.feel.types import Type


@dataclass(frozen=True, slots=True)
class Range:
    """[low..high] and its like. An end that is None is open: (< 5) is Range(None, 5, False, False, "<").

    `operator` is kept because (<= 10) and (null..10] are different ranges; of (!= 5) only the operator speaks.
    """

    low: Any
    high: Any
    low_included: bool = True
    high_included: bool = True
    operator: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function: from a literal, a built-in, or the outside (a business knowledge model, a decision service).

    `call` receives the evaluation under way and one value for each parameter (None where none was given) and returns
    a FEEL value, a Null with its reason, or a Result whose warnings join those of the evaluation.
    """

    parameters: tuple[str, ...]
    call: Callable[[Run, list[Any]], Any]
    name: str = ""
    parameter_types: tuple[Type | None, ...] = ()
    result_type: Type | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure(FeelFunction):
    """A function literal with its scope."""


@dataclass(frozen=True, slots=True, eq=False)
class BuiltinFunction(FeelFunction):
    """A built-in: it binds and checks its arguments itself, positional or named."""

    apply: Callable[[Run, list[Any], tuple[str, ...] | None], Any] = field(kw_only=True)


NATIVE = frozenset((type(None), bool, str, FeelFunction, Closure, BuiltinFunction, *TEMPORAL))
"""Types whose values are FEEL values already. Not Decimal: one of the outside may be NaN or longer than 34 digits."""


class FeelValues(dict[str, Any]):
    """Variables whose values are FEEL values already: nothing is converted when they are read."""

    __slots__ = ()


def from_python(value: Any) -> Any:
    """A value of the outside as a FEEL value; the same object where nothing needs to change, None for other things.

    Numbers become Decimals of at most 34 digits, tuples lists, mappings dicts, Python's dates FEEL's.
    """
    if type(value) in NATIVE:
        return value
    convert = CONVERT.get(type(value))
    if convert is not None:
        return convert(value)
    for kind, convert in CONVERT.items():
        if isinstance(value, kind):
            return convert(value)
    return None


def _list(value: Any) -> Any:
    converted = [item if type(item) in NATIVE else from_python(item) for item in value]
    same = type(value) is list and all(a is b for a, b in zip(converted, value, strict=True))
    return value if same else converted


def _dict(value: Any) -> Any:
    converted = {
        key if type(key) is str else str(key): item if type(item) in NATIVE else from_python(item)
        for key, item in value.items()
    }
    same = type(value) is dict and all(a is b for a, b in zip(converted.values(), value.values(), strict=True))
    return value if same and all(type(key) is str for key in value) else converted


def _number(value: Any) -> Any:
    number = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    if not number.is_finite():
        return None
    try:
        rounded = MATH.plus(number)
    except ARITHMETIC_ERRORS:
        return None
    return number if rounded == number else rounded


def _range(value: Range) -> Range:
    return replace(value, low=from_python(value.low), high=from_python(value.high))


def _bool(value: Any) -> bool:
    return bool(value)


CONVERT: dict[type, Callable[[Any], Any]] = {
    bool: _bool,
    int: _number,
    float: _number,
    Decimal: _number,
    str: str.__str__,
    UUID: str,
    dict: _dict,
    Mapping: _dict,
    list: _list,
    tuple: _list,
    set: _list,
    frozenset: _list,
    Range: _range,
    python.datetime: DateTime.from_datetime,
    python.date: Date.from_date,
    python.time: Time.from_time,
    python.timedelta: DaysTimeDuration.from_timedelta,
}


KIND_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    int: "number",
    str: "string",
    list: "list",
    dict: "context",
    Range: "range",
    FeelFunction: "function",
    Closure: "function",
    BuiltinFunction: "function",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTimeDuration: "days and time duration",
    TEMPORAL[3]: "years and months duration",
}


def kind(value: Any) -> str:
    """The FEEL type of a value in words."""
    return KIND_NAMES.get(type(value), "unknown value")


def describe(value: Any) -> str:
    """A value for a message: 'the number 4', 'a list of 3 items'."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f'the string "{value if len(value) <= 40 else value[:37] + "..."}"'
    if isinstance(value, list):
        return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
    if isinstance(value, Range | FeelFunction | dict):
        return f"a {kind(value)}"
    return f"the {kind(value)} {str(value).lower() if isinstance(value, bool) else str(value)[:60]}"
