"""What Camunda 8's dialect does differently, and what it adds."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.feel import Dialect, Environment, FeelFunction
from tests.feel.speak import camunda, dmn, run

DIFFERENT: list[tuple[str, Any, Any]] = [
    ('string(@"PT0S")', "P0D", "PT0S"),
    ('string(@"P0M")', "P0Y", "P0M"),
    ("string({a: 1, b: 2})", "{a:1, b:2}", "{a: 1, b: 2}"),
    ("sublist([1, 2, 3], 2, 5)", [2, 3], None),
    ('string join(["a", "b"], ",", "<", ">")', "<a,b>", None),
    ('split("ab", "")', ["a", "b", ""], None),
    ('replace("ab", "x*", "-")', "-a-b-", None),
    ('substring("abc", 5)', "", None),
    ("abs(number: -1)", 1, None),
    ('@"10:00:00" = @"10:00:00Z"', None, False),
]


@pytest.mark.parametrize(("text", "in_camunda", "in_dmn"), DIFFERENT)
def test_the_dialects_differ(text: str, in_camunda: Any, in_dmn: Any) -> None:
    assert camunda(text) == in_camunda
    assert dmn(text) == in_dmn


ADDED: list[tuple[str, Any]] = [
    ('cycle(duration("P1D"))', "R/P1D"),
    ('cycle(3, duration("PT10S"))', "R3/PT10S"),
    ('cycle(null, duration("P1M"))', "R/P1M"),
    ('cycle(repetitions: 2, interval: @"P1Y")', "R2/P1Y"),
    ('cycle(1.5, duration("PT10S"))', None),
    ("get or else(null, 1)", 1),
    ("get or else(missing.entry, 1)", 1),
    ("get or else(3, 1)", 3),
    ("is defined(missing)", False),
    ("is defined({a: 1}.a)", True),
    ("is defined(null)", False),
    ("assert(4, 4 > 3)", 4),
    ('assert(4, 4 > 5, "too small")', None),
    ('get value({x: {y: 1}}, ["x", "y"])', 1),
    ('put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ("put all({x: 1}, {y: 2})", {"x": 1, "y": 2}),
    ("context merge({x: 1}, {x: 2})", {"x": 2}),
    ('trim("  hello  world ")', "hello  world"),
    ('is blank(" \\t")', True),
    ('is blank("a")', False),
    ('to base64("FEEL")', "RkVFTA=="),
    ('from base64("RkVFTA==")', "FEEL"),
    ('from base64("?")', None),
    ('extract("a1b2", "[0-9]")', ["1", "2"]),
    ("and([])", True),
    ("or(false, true)", True),
    ("and(true, null)", None),
    ("duplicate values([1, 1])", [1]),
    ('last day of month(@"2024-02-03")', "2024-02-29"),
    ('to json({a: [1, 2.50, null], d: @"2024-01-01"})', '{"a":[1,2.50,null],"d":"2024-01-01"}'),
    ('from json("{\\"a\\": [1, 2.5]}").a[2]', Decimal("2.5")),
    ('from json("nope")', None),
    ('from json("NaN")', None),
    ("is empty([])", True),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("missing = null", True),
    ("null = missing.x", True),
    ("1 = missing", False),
    ("missing + 1", None),
    ("`missing name`", None),
]


@pytest.mark.parametrize(("text", "value"), ADDED)
def test_camunda_adds(text: str, value: Any) -> None:
    assert camunda(text) == value


@pytest.mark.parametrize(
    "text", ["missing = null", "null != missing.x", "is defined(missing)", "get or else(missing, 1)"]
)
def test_asking_whether_there_is_a_value_is_no_reason_to_warn(text: str) -> None:
    assert run(text, Dialect.CAMUNDA).warnings == ()


def test_randomness_comes_from_the_environment_or_not_at_all() -> None:
    assert "not available here" in run("uuid()", Dialect.CAMUNDA).warnings[0].message
    assert "not available here" in run("random number()", Dialect.CAMUNDA).warnings[0].message
    counter = itertools.count(1)
    dice = FeelFunction((), lambda run, values: Decimal(next(counter)), "random number")
    environment = Environment(functions={"random number": dice})
    assert run("random number() + random number()", Dialect.CAMUNDA, environment=environment).value == 3
