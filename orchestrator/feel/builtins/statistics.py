"""Functions over lists of numbers, order and sorting (DMN 1.5, tables 76 and 80)."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.invocation import invoke
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.operators import no_order, order
from orchestrator.feel.run import Run
from orchestrator.feel.values import FeelFunction, describe


def _numbers(run: Run, items: list[Any]) -> Null | None:
    """Why a list is no list of numbers, if so."""
    run.spend(1 + len(items) // 8)
    strange = next((item for item in items if type(item) is not Decimal), MISSING)
    return None if strange is MISSING else Null("wrong type", f"{describe(strange)} is no number")


MISSING = object()
EMPTY = Null("out of range", "the list is empty")


@builtin("min(*list: list)")
def minimum(run: Run, items: list[Any]) -> Any:
    """The least item."""
    return _extreme(run, items, -1)


@builtin("max(*list: list)")
def maximum(run: Run, items: list[Any]) -> Any:
    """The greatest item."""
    return _extreme(run, items, 1)


def _extreme(run: Run, items: list[Any], wanted: int) -> Any:
    if not items:
        return EMPTY
    run.spend(1 + len(items) // 4)
    best = items[0]
    for item in items:
        sign = order(run, item, best)
        if sign is None:
            return no_order(item, best)
        best = item if sign == wanted else best
    return best


def _sum(items: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for item in items:
        total = MATH.add(total, item)
    return total


@builtin("sum(*list: list)")
def total(run: Run, items: list[Any]) -> Any:
    """Null for the empty list."""
    return _numeric(run, items, _sum)


def _numeric(run: Run, items: list[Any], calculate: Any, least: int = 1) -> Any:
    why = _numbers(run, items)
    if why is not None:
        return why
    if len(items) < least:
        return EMPTY if not items else Null("out of range", f"at least {least} numbers are needed")
    try:
        return calculate(items)
    except ARITHMETIC_ERRORS:
        return Null("out of range", "the result is no number")


@builtin("product(*list: list)")
def product(run: Run, items: list[Any]) -> Any:
    """Null for the empty list."""

    def calculate(numbers: list[Decimal]) -> Decimal:
        result = Decimal(1)
        for number in numbers:
            result = MATH.multiply(result, number)
        return result

    return _numeric(run, items, calculate)


@builtin("mean(*list: list)")
def mean(run: Run, items: list[Any]) -> Any:
    """The arithmetic mean."""
    return _numeric(run, items, lambda numbers: MATH.divide(_sum(numbers), Decimal(len(numbers))))


@builtin("median(*list: list)")
def median(run: Run, items: list[Any]) -> Any:
    """The middle number, or the mean of the two in the middle."""

    def calculate(numbers: list[Decimal]) -> Decimal:
        ordered, half = sorted(numbers), len(numbers) // 2
        if len(numbers) % 2:
            return ordered[half]
        return MATH.divide(MATH.add(ordered[half - 1], ordered[half]), Decimal(2))

    return _numeric(run, items, calculate)


@builtin("stddev(*list: list)")
def stddev(run: Run, items: list[Any]) -> Any:
    """Of a sample: at least two numbers."""

    def calculate(numbers: list[Decimal]) -> Decimal:
        middle = MATH.divide(_sum(numbers), Decimal(len(numbers)))
        squares = [MATH.power(MATH.subtract(number, middle), Decimal(2)) for number in numbers]
        return MATH.sqrt(MATH.divide(_sum(squares), Decimal(len(numbers) - 1)))

    return _numeric(run, items, calculate, least=2)


@builtin("mode(*list: list)")
def mode(run: Run, items: list[Any]) -> Any:
    """The most frequent numbers, in ascending order; of the empty list, none."""
    why = _numbers(run, items)
    if why is not None:
        return why
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


class _NoOrder(Exception):
    """Two items cannot be sorted."""


@builtin("sort(list: list, precedes?: function)")
def sort(run: Run, items: list[Any], precedes: FeelFunction | None) -> Any:
    """By precedes(x, y), or in ascending order. Items that precede neither way keep their places."""
    run.check_items(len(items))

    def by_function(a: Any, b: Any) -> int:
        run.spend(1)
        for x, y, sign in ((a, b, -1), (b, a, 1)):
            result = invoke(run, precedes, [x, y]) if precedes else None
            if isinstance(result, Null):
                raise _NoOrder(result.reason)
            if result is True:
                return sign
        return 0

    def by_order(a: Any, b: Any) -> int:
        run.spend(1)
        sign = order(run, a, b)
        if sign is None:
            raise _NoOrder(no_order(a, b).reason)
        return sign

    try:
        return sorted(items, key=cmp_to_key(by_function if precedes else by_order))
    except _NoOrder as error:
        return Null("not comparable", str(error))
