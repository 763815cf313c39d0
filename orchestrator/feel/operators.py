"""Equality, order and arithmetic of FEEL values (DMN 1.5, 10.3.2.13 to 10.3.2.15). Data never raises: Null says why."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.feel.diagnostics import Null
from orchestrator.feel.limits import LimitExceeded
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal import NANO, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.temporal_math import (
    add_days_to_date,
    add_days_to_date_time,
    add_months_to_date,
    add_months_to_date_time,
    add_to_time,
    between_date_times,
    between_dates,
    between_times,
)
from orchestrator.feel.values import FeelFunction, Range, describe, kind

NUMBERS = (int, Decimal)


# --- equality


def equal(run: Run, a: Any, b: Any) -> bool | None:
    """Whether two values are equal; None when they are of different kinds. Null equals null alone."""
    if a is None or b is None:
        return a is b
    compare = EQUAL.get(type(a))
    if compare is None or type(a) is not type(b):
        return a is b if isinstance(a, FeelFunction) and isinstance(b, FeelFunction) else None
    return compare(run, a, b)


def same(run: Run, a: Any, b: Any) -> bool:
    """Equality as a list or a test needs it: values of different kinds are different."""
    return equal(run, a, b) is True


def _plain(run: Run, a: Any, b: Any) -> bool:
    return bool(a == b)


def _time(run: Run, a: Any, b: Any) -> bool | None:
    x, y = moment(run, a), moment(run, b)
    if x[0] != y[0]:
        return None if run.dialect is Dialect.CAMUNDA else False
    return x[1] == y[1]


def _text(run: Run, a: str, b: str) -> bool:
    run.spend(len(a) // 1000)
    return a == b


def _list(run: Run, a: list[Any], b: list[Any]) -> bool:
    run.spend(1 + len(a) // 8)
    return len(a) == len(b) and all(same(run, x, y) for x, y in zip(a, b, strict=True))


def _context(run: Run, a: dict[str, Any], b: dict[str, Any]) -> bool:
    run.spend(1 + len(a) // 8)
    return a.keys() == b.keys() and all(same(run, value, b[key]) for key, value in a.items())


def _range(run: Run, a: Range, b: Range) -> bool:
    bounds = (a.low_included, a.high_included, a.operator) == (b.low_included, b.high_included, b.operator)
    return bounds and same(run, a.low, b.low) and same(run, a.high, b.high)


EQUAL: dict[type, Callable[[Run, Any, Any], bool | None]] = {
    **dict.fromkeys((bool, Decimal, Date, YearsMonthsDuration, DaysTimeDuration), _plain),
    **dict.fromkeys((Time, DateTime), _time),
    str: _text,
    list: _list,
    dict: _context,
    Range: _range,
}


# --- order


def moment(run: Run, value: Time | DateTime) -> tuple[bool, int]:
    """Whether the value has a zone, and its place in time. The standard counts whole seconds (10.3.2.3.4)."""
    offset = value.offset
    nanos = value.local_nano if isinstance(value, DateTime) else value.nano_of_day
    nanos -= (offset or 0) * NANO
    return offset is not None, nanos if run.dialect is Dialect.CAMUNDA else nanos // NANO


def _paid(run: Run, value: str) -> str:
    run.spend(len(value) // 1000)
    return value


def _key(run: Run, value: Any) -> Any:
    return KEYS[type(value)](run, value)


KEYS: dict[type, Callable[[Run, Any], Any]] = {
    Decimal: lambda run, value: value,
    str: lambda run, value: _paid(run, value),
    Date: lambda run, value: value.day_number,
    YearsMonthsDuration: lambda run, value: value.months,
    DaysTimeDuration: lambda run, value: value.nanoseconds,
    Time: moment,
    DateTime: moment,
}


def order(run: Run, a: Any, b: Any) -> int | None:
    """-1, 0 or 1; None when the two have no order."""
    if type(a) is not type(b) or type(a) not in KEYS:
        return None
    x, y = _key(run, a), _key(run, b)
    if type(x) is tuple:
        if x[0] != y[0]:
            return None
        x, y = x[1], y[1]
    return int(x > y) - int(x < y)


HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


def compare(run: Run, operator: str, a: Any, b: Any) -> Any:
    """The value of `a operator b`: True, False or a Null."""
    if operator in ("=", "!="):
        equals = equal(run, a, b)
        if equals is None:
            return Null("not comparable", f"{describe(a)} cannot be compared with {describe(b)}")
        return equals if operator == "=" else not equals
    sign = order(run, a, b)
    return no_order(a, b) if sign is None else HOLDS[operator](sign)


def no_order(a: Any, b: Any) -> Null:
    """Why two values have no order."""
    if type(a) is type(b) and isinstance(a, Time | DateTime):
        return Null("not comparable", f"{describe(a)} and {describe(b)} have no order: only one has a time zone")
    return Null("not comparable", f"{describe(a)} and {describe(b)} have no order")


def in_range(run: Run, value: Any, where: Range) -> Any:
    """Whether the value lies in the range: True, False or a Null. An end of null in brackets decides nothing."""
    if where.operator is not None:
        return compare(run, where.operator, value, where.high if where.low is None else where.low)
    low, high = order(run, value, where.low), order(run, value, where.high)
    if low is None or high is None:
        return no_order(value, where.low if low is None else where.high)
    return (low > 0 or (low == 0 and where.low_included)) and (high < 0 or (high == 0 and where.high_included))


# --- arithmetic


def arithmetic(run: Run, operator: str, a: Any, b: Any) -> Any:
    """The value of `a operator b`, or a Null."""
    operation = ARITHMETIC.get((operator, type(a), type(b)))
    if operation is None:
        hint = _hint(operator, a, b)
        return Null("wrong type", f"`{operator}` does not work on {describe(a)} and {describe(b)}{hint}")
    try:
        return operation(run, a, b)
    except ARITHMETIC_ERRORS:
        return Null("out of range", "the result is larger than a number can be, or no real number")
    except LimitExceeded:
        raise
    except ValueError as error:
        return Null("out of range", str(error))


def _hint(operator: str, a: Any, b: Any) -> str:
    text, other = (a, b) if isinstance(a, str) else (b, a)
    if operator == "+" and isinstance(text, str) and other is not None:
        return f"; string() makes a string of a {kind(other)}"
    return ""


def _join(run: Run, a: str, b: str) -> str:
    return run.check_text(a + b)


def _divide(run: Run, a: Decimal, b: Decimal) -> Any:
    return Null("out of range", "nothing can be divided by zero") if not b else MATH.divide(a, b)


def _power(run: Run, a: Decimal, b: Decimal) -> Any:
    return MATH.power(a, b) if a or b else Decimal(1)


def _whole(value: Decimal) -> int:
    """Towards zero; OverflowError never, since numbers end at 10^6145 and durations refuse far earlier."""
    return int(value)


def _scale_months(run: Run, a: YearsMonthsDuration, b: Decimal) -> YearsMonthsDuration:
    return YearsMonthsDuration(_whole(MATH.multiply(Decimal(a.months), b)))


def _scale_nanos(run: Run, a: DaysTimeDuration, b: Decimal) -> DaysTimeDuration:
    return DaysTimeDuration(_whole(MATH.multiply(Decimal(a.nanoseconds), b)))


def _part_months(run: Run, a: YearsMonthsDuration, b: Decimal) -> Any:
    return YearsMonthsDuration(_whole(MATH.divide(Decimal(a.months), b)))


def _part_nanos(run: Run, a: DaysTimeDuration, b: Decimal) -> Any:
    return DaysTimeDuration(_whole(MATH.divide(Decimal(a.nanoseconds), b)))


Operation = Callable[[Run, Any, Any], Any]


def _swap(operation: Operation) -> Operation:
    return lambda run, a, b: operation(run, b, a)


_N, _Y, _D = Decimal, YearsMonthsDuration, DaysTimeDuration
_ADDITIONS: dict[tuple[type, type], Callable[[Any, Any], Any]] = {
    (Date, _Y): lambda a, b: add_months_to_date(a, b.months),
    (Date, _D): lambda a, b: add_days_to_date(a, b.nanoseconds),
    (DateTime, _Y): lambda a, b: add_months_to_date_time(a, b.months),
    (DateTime, _D): lambda a, b: add_days_to_date_time(a, b.nanoseconds),
    (Time, _D): lambda a, b: add_to_time(a, b.nanoseconds),
}
_NEGATE: dict[type, Callable[[Any], Any]] = {_Y: lambda d: _Y(-d.months), _D: lambda d: _D(-d.nanoseconds)}


def _plain_sum(add: Callable[[Any, Any], Any]) -> Operation:
    return lambda run, a, b: add(a, b)


def _difference(add: Callable[[Any, Any], Any], minus: Callable[[Any], Any]) -> Operation:
    return lambda run, a, b: add(a, minus(b))


ARITHMETIC: dict[tuple[str, type, type], Callable[[Run, Any, Any], Any]] = {
    ("+", _N, _N): lambda run, a, b: MATH.add(a, b),
    ("-", _N, _N): lambda run, a, b: MATH.subtract(a, b),
    ("*", _N, _N): lambda run, a, b: MATH.multiply(a, b),
    ("/", _N, _N): _divide,
    ("**", _N, _N): _power,
    ("+", str, str): _join,
    ("+", _Y, _Y): lambda run, a, b: _Y(a.months + b.months),
    ("-", _Y, _Y): lambda run, a, b: _Y(a.months - b.months),
    ("+", _D, _D): lambda run, a, b: _D(a.nanoseconds + b.nanoseconds),
    ("-", _D, _D): lambda run, a, b: _D(a.nanoseconds - b.nanoseconds),
    ("*", _Y, _N): _scale_months,
    ("*", _N, _Y): _swap(_scale_months),
    ("*", _D, _N): _scale_nanos,
    ("*", _N, _D): _swap(_scale_nanos),
    ("/", _Y, _N): _part_months,
    ("/", _D, _N): _part_nanos,
    ("/", _Y, _Y): lambda run, a, b: _divide(run, Decimal(a.months), Decimal(b.months)),
    ("/", _D, _D): lambda run, a, b: _divide(run, Decimal(a.nanoseconds), Decimal(b.nanoseconds)),
    ("-", Date, Date): lambda run, a, b: between_dates(a, b),
    ("-", Time, Time): lambda run, a, b: between_times(a, b),
    ("-", DateTime, DateTime): lambda run, a, b: between_date_times(a, b),
    ("-", DateTime, Date): lambda run, a, b: between_date_times(a, b),
    ("-", Date, DateTime): lambda run, a, b: between_date_times(a, b),
    **{("+", a, b): _plain_sum(add) for (a, b), add in _ADDITIONS.items()},
    **{("+", b, a): _swap(_plain_sum(add)) for (a, b), add in _ADDITIONS.items()},
    **{("-", a, b): _difference(add, _NEGATE[b]) for (a, b), add in _ADDITIONS.items()},
}


def negate(value: Any) -> Any:
    """-value, or a Null."""
    if type(value) is Decimal:
        return MATH.minus(value)
    change = _NEGATE.get(type(value))
    return change(value) if change else Null("wrong type", f"{describe(value)} cannot be negated")
