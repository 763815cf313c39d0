"""Numeric functions (DMN 1.5, table 77, and those of Camunda)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal import DaysTimeDuration, YearsMonthsDuration

MIN_SCALE, MAX_SCALE = -6111, 6176


def rounded(number: Decimal, scale: Decimal | None, rounding: str) -> Any:
    """The number with that many digits behind the point; a negative scale rounds before it."""
    places = int(scale or 0)
    if not MIN_SCALE <= places <= MAX_SCALE:
        return Null("out of range", f"the scale is not between {MIN_SCALE} and {MAX_SCALE}")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= places:
        return number
    if number and number.adjusted() < -places - 1:
        shifted = Decimal((number.as_tuple().sign, (1,), -places - 2))
    else:
        shifted = number
    wide = decimal.Context(prec=7000, rounding=rounding, Emin=-7000, Emax=7000)
    return MATH.plus(shifted.quantize(Decimal((0, (1,), -places)), context=wide))


ROUNDINGS = {
    "decimal(n: number, scale: number)": decimal.ROUND_HALF_EVEN,
    "floor(n: number, scale?: number)": decimal.ROUND_FLOOR,
    "ceiling(n: number, scale?: number)": decimal.ROUND_CEILING,
    "round up(n: number, scale: number)": decimal.ROUND_UP,
    "round down(n: number, scale: number)": decimal.ROUND_DOWN,
    "round half up(n: number, scale: number)": decimal.ROUND_HALF_UP,
    "round half down(n: number, scale: number)": decimal.ROUND_HALF_DOWN,
}


def _rounding(mode: str) -> Callable[..., Any]:
    return lambda run, number, scale: rounded(number, scale, mode)


for declaration, rounding_mode in ROUNDINGS.items():
    builtin(declaration)(_rounding(rounding_mode))


@builtin("abs(number: number or days and time duration or years and months duration)", dialect=Dialect.CAMUNDA)
@builtin("abs(n: number or days and time duration or years and months duration)")
def absolute(run: Run, n: Any) -> Any:
    """Of a number or a duration."""
    if isinstance(n, DaysTimeDuration):
        return DaysTimeDuration(abs(n.nanoseconds))
    if isinstance(n, YearsMonthsDuration):
        return YearsMonthsDuration(abs(n.months))
    return MATH.abs(n)


@builtin("modulo(dividend: number, divisor: number)")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Any:
    """dividend - divisor * floor(dividend / divisor): the sign is the divisor's."""
    if not divisor:
        return Null("out of range", "nothing can be divided by zero")
    try:
        rest = MATH.remainder(dividend, divisor)
    except ARITHMETIC_ERRORS:
        return Null("out of range", "the numbers are too far apart for a remainder")
    return MATH.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def _calculated(calculate: Callable[[Decimal], Decimal]) -> Callable[[Run, Decimal], Any]:
    def function(run: Run, number: Decimal) -> Any:
        try:
            result = calculate(number)
        except ARITHMETIC_ERRORS:
            result = Decimal("NaN")
        return result if result.is_finite() else Null("out of range", "there is no such number")

    return function


builtin("sqrt(number: number)")(_calculated(MATH.sqrt))
builtin("exp(number: number)")(_calculated(MATH.exp))
builtin("log(number: number)")(_calculated(MATH.ln))


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


@builtin("odd(number: number)")
def odd(run: Run, number: Decimal) -> bool:
    """Of whole numbers; others are neither odd nor even."""
    return _is_whole(number) and MATH.abs(_half(number)) == 1


@builtin("even(number: number)")
def even(run: Run, number: Decimal) -> bool:
    """Of whole numbers; others are neither odd nor even."""
    return _is_whole(number) and _half(number) == 0


def _half(number: Decimal) -> Decimal:
    wide = decimal.Context(prec=7000, Emax=7000, Emin=-7000)
    return wide.remainder(number, Decimal(2))


@builtin("random number()")
def random_number(run: Run) -> Any:
    """Needs randomness, which the environment may offer as a function of this name."""
    return Null("no environment", "a random number is not available here")
