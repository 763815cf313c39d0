"""Laws that hold for all values, and random texts that must never surprise (promise XB09)."""

from __future__ import annotations

import string as letters
import time
from contextlib import suppress
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.feel import (
    Dialect,
    Environment,
    FeelSyntaxError,
    Fuel,
    FuelExhausted,
    LimitExceeded,
    evaluate,
    parse,
)
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.feel.limits import STEPS
from orchestrator.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from tests.feel.speak import run

numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
words = st.text(alphabet=letters.ascii_letters + "äß🐎 ", max_size=8)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

dates = st.builds(Date.from_day_number, st.integers(-365_000_000, 365_000_000))
zones = st.sampled_from([None, 0, 3600, -19800, "Europe/Berlin", "Asia/Dhaka"])
times = st.builds(Time.from_nano, st.integers(0, 86_400 * 10**9 - 1), zones)


@quick
@given(numbers, numbers, numbers)
def test_arithmetic_agrees_with_decimals(a: Decimal, b: Decimal, c: Decimal) -> None:
    assert run("(a + b) * c = a * c + b * c", a=a, b=b, c=c).value is True
    assert run("a - b", a=a, b=b).value == a - b
    assert run("if b = 0 then 0 else modulo(a, b)", a=a, b=b).value == (0 if b == 0 else a - b * (a / b).__floor__())


wide = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)
exact = Context(prec=34, rounding=ROUND_HALF_EVEN)


@quick
@given(wide, wide, st.integers(-9, 9))
def test_arithmetic_has_34_digits_rounded_half_even(a: Decimal, b: Decimal, n: int) -> None:
    a, b = exact.plus(a), exact.plus(b)
    assert run("a + b", a=a, b=b).value == exact.add(a, b)
    assert run("a - b", a=a, b=b).value == exact.subtract(a, b)
    assert run("a * b", a=a, b=b).value == exact.multiply(a, b)
    assert run("a / b", a=a, b=b).value == (None if b == 0 else exact.divide(a, b))
    if a or n > 0:
        assert run("a ** n", a=a, n=n).value == exact.power(a, n)


@quick
@given(st.lists(numbers, max_size=12), numbers)
def test_list_functions_agree_with_each_other(items: list[Decimal], x: Decimal) -> None:
    assert run("count(items[item > x]) + count(items[item <= x]) = count(items)", items=items, x=x).value is True
    assert run("sort(items)", items=items).value == sorted(items)
    assert run("reverse(reverse(items)) = items", items=items).value is True
    assert run("list contains(items, x) = not(is empty(index of(items, x)))", items=items, x=x).value is True
    assert run("every i in items satisfies list contains(distinct values(items), i)", items=items).value is True


@quick
@given(words, words)
def test_string_functions_agree_with_each_other(a: str, b: str) -> None:
    assert run("string length(a + b) = string length(a) + string length(b)", a=a, b=b).value is True
    assert run("contains(a + b, b) and starts with(a + b, a) and ends with(a + b, b)", a=a, b=b).value is True
    assert (
        run("if contains(a, b) then substring before(a, b) + b + substring after(a, b) = a else true", a=a, b=b).value
        is True
    )


@quick
@given(dates, times, st.integers(-(10**17), 10**17), st.integers(-50_000, 50_000))
def test_time_is_written_as_it_is_read(date: Date, clock: Time, nanoseconds: int, months: int) -> None:
    moment, length, years = DateTime(date, clock), DaysTimeDuration(nanoseconds), YearsMonthsDuration(months)
    assert parse_date(str(date)) == date
    assert parse_time(str(clock)) == clock
    assert parse_date_time(str(moment)) == moment
    assert parse_duration(str(length)) == length
    assert parse_duration(str(years)) == years


@quick
@given(dates, st.integers(-(10**15), 10**15), zones)
def test_a_duration_added_and_taken_away_leads_back(date: Date, nanoseconds: int, zone: int | str | None) -> None:
    moment = DateTime(date, Time(12, 0, 0, 0, zone if not isinstance(zone, str) else 3600))
    assert run("m + d - d = m and (m + d) - m = d", m=moment, d=DaysTimeDuration(nanoseconds)).value is True


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@quick
@given(json_values)
def test_json_goes_out_and_comes_back(value: object) -> None:
    assert loads(dumps(value)) == value


atoms = st.sampled_from(
    [
        "1",
        "0",
        "-2.5",
        '"a"',
        "true",
        "null",
        "x",
        "y",
        "missing",
        "item",
        "?",
        '@"2024-02-29"',
        '@"P1D"',
        '@"10:00:00Z"',
        "[]",
        "{}",
        "[1, 2, 3]",
        "{a: 1}",
        "[1..3]",
        "(< 5)",
    ]
)
SHAPES = [
    "({0} + {1})",
    "({0} - {1})",
    "({0} * {1})",
    "({0} / {1})",
    "({0} ** {1})",
    "({0} = {1})",
    "({0} < {1})",
    "({0} and {1})",
    "({0} or {1})",
    "({0} in {1})",
    "({0} between {1} and {2})",
    "(if {0} then {1} else {2})",
    "[{0}, {1}]",
    "{{a: {0}, b: {1}}}",
    "({0})[{1}]",
    "({0}).a",
    "(for i in {0} return {1})",
    "(some i in {0} satisfies {1})",
    "(every i in {0} satisfies i = {1})",
    "({0} instance of number)",
    "(function(p) {0})({1})",
    "[{0}..{1}]",
    "({0} in (< {1}, {2}))",
    "-({0})",
    "string({0})",
    "count({0})",
    "sum({0}, {1})",
    "sort({0})",
    "substring({0}, {1}, {2})",
    "date({0})",
    "duration({0})",
    "number({0})",
    "not({0})",
    "append({0}, {1})",
    "context put({0}, {1}, {2})",
    "replace({0}, {1}, {2})",
    "before({0}, {1})",
    "is defined({0})",
    "get or else({0}, {1})",
    "flatten({0})",
    "min({0}, {1})",
    "abs({0})",
    "decimal({0}, {1})",
    "union({0}, {1})",
    "to json({0})",
]
expressions = st.recursive(
    atoms,
    lambda inner: st.builds(lambda shape, a, b, c: shape.format(a, b, c), st.sampled_from(SHAPES), inner, inner, inner),
    max_leaves=25,
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions, st.sampled_from(Dialect))
def test_no_expression_raises_on_data_or_takes_a_second(text: str, dialect: Dialect) -> None:
    started = time.process_time()
    with suppress(LimitExceeded):
        evaluate(text, {"x": 5, "y": ["a", {"a": 2}]}, dialect=dialect)
    assert time.process_time() - started < 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions, st.sampled_from(Dialect))
def test_an_expression_takes_the_fuel_it_takes_and_no_less(text: str, dialect: Dialect) -> None:
    variables = {"x": 5, "y": ["a", {"a": 2}]}
    expression = parse(text, dialect, names=variables)
    tank = Fuel()
    try:
        value = expression.evaluate(variables, environment=Environment(fuel=tank)).value
    except LimitExceeded:
        return
    used = STEPS - tank.left
    again = expression.evaluate(variables, environment=Environment(fuel=used))
    assert dumps(again.value) == dumps(value)
    if used:
        with pytest.raises(FuelExhausted):
            expression.evaluate(variables, environment=Environment(fuel=used - 1))


@settings(max_examples=250, deadline=None)
@given(st.text(alphabet="abi1.\"'`@?+-*/()[]{}<>=:, \n\\éforinthen", max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse(text)
    except FeelSyntaxError as error:
        line = error.line
    else:
        line = 1
    assert 1 <= line <= text.count("\n") + 1
