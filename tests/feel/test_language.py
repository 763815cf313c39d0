"""The language of DMN 1.5, 10.3.1 and 10.3.2: one expression and its value per line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator.feel import evaluate
from tests.feel.speak import D, dmn, run

VALUES: list[tuple[str, Any]] = [
    # literals
    ("1", 1),
    ("0.5", D("0.5")),
    (".5", D("0.5")),
    ("1.5e3", 1500),
    ("1E-2", D("0.01")),
    ("007", 7),
    ('"a"', "a"),
    ('"a\\tb\\"c\\\\"', 'a\tb"c\\'),
    ('"\\u00e9"', "é"),
    ('"\\uD83D\\uDC0E"', "🐎"),
    ('"\\U01F40E"', "🐎"),
    ('"\\d+"', "\\d+"),
    ('"line\nbreak"', "line\nbreak"),
    ("true", True),
    ("null", None),
    ('@"2024-02-29"', "2024-02-29"),
    # comments
    ("// one\n1", 1),
    ("/* one */ 1 // two", 1),
    ("1 /* two\nlines */ + 1", 2),
    # arithmetic
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 / 4", D("2.5")),
    ("2 ** 3 ** 2", 64),
    ("-2 ** 2", 4),
    ("--5", 5),
    ("1 - - 1", 2),
    ("2 ** -1", D("0.5")),
    ("1 / 0", None),
    ("0 ** 0", 1),
    ("(-8) ** (1 / 3)", None),
    ("10 ** 10 ** 10", D("1E100")),
    ("1 / 3", D("0.3333333333333333333333333333333333")),
    ("0.1 + 0.2", D("0.3")),
    ("10 ** 6144 * 10", None),
    ("1 + 10 ** -34 = 1", True),
    ('"a" + "b"', "ab"),
    ('"a" + 1', None),
    ("null + 1", None),
    ("[1] + [2]", None),
    # comparison
    ("1 < 2", True),
    ("1 = 1.000", True),
    ("1 != 2", True),
    ('"a" < "b"', True),
    ('1 = "1"', None),
    ("1 < null", None),
    ("null = null", True),
    ("1 = null", False),
    ("true < false", None),
    ("[1, 2] = [1, 2]", True),
    ('[1] = ["1"]', False),
    ("{a: 1, b: 2} = {b: 2, a: 1}", True),
    ("[1..2] = [1..2]", True),
    ("(1..2] = ]1..2]", True),
    ("(<= 10) = (null..10]", False),
    ("5 between 1 and 5", True),
    ("null between 1 and 2", None),
    ("1 + 1 between 1 + 1 and 3 and true", True),
    # three-valued logic
    ("true and null", None),
    ("false and null", False),
    ("null or true", True),
    ("null or false", None),
    ("1 and true", None),
    ("1 and false", False),
    ("true or 1", True),
    ("not(null)", None),
    ("not(1)", None),
    # conditions
    ("if 1 < 2 then 1 else 2", 1),
    ("if null then 1 else 2", 2),
    ('if "x" then 1 else 2', 2),
    ("1 + if true then 1 else 2", 2),
    ("if false then 1 else if true then 2 else 3", 2),
    # lists, filters, paths
    ("[1, 2, 3][1]", 1),
    ("[1, 2, 3][-1]", 3),
    ("[1, 2, 3][0]", None),
    ("[1, 2, 3][4]", None),
    ("[1, 2, 3][1.5]", None),
    ("[1, 2, 3][item > 1]", [2, 3]),
    ("[1, 2, 3][true]", [1, 2, 3]),
    ("[1, 2][null]", []),
    ('[1, 2]["a"]', None),
    ("[][1]", None),
    ("[][item > 1]", []),
    ("null[1]", None),
    ("5[1]", 5),
    ("5[item = 5]", [5]),
    ("[[1, 2], [3]][1][2]", 2),
    ("[{a: 1}, {a: 2}][a > 1]", [{"a": 2}]),
    ("[{a: 1}, {a: 2}].a", [1, 2]),
    ("[{item: 5}, {item: 6}][item > 5].item", [6]),
    ("[{a: 1}, {b: 2}].a", [1, None]),
    ("{a: {b: 1}}.a.b", 1),
    ("{a: 1}.b", None),
    ("null.a", None),
    ("[1, 2, 3][i]", []),
    ("{i: 2, r: [1, 2, 3][i]}.r", 2),
    ("[[{a: 1}], [{a: 2}]].a", [[1], [2]]),
    # contexts
    ("{a: 1, b: a + 1}.b", 2),
    ('{"a b": 1}.a b + 1', 2),
    ("{a: 1, a: 2}", None),
    ("{a+b: 3}.a+b", 3),
    ("{}", {}),
    ("{f: function(x) x * 2, r: f(4)}.r", 8),
    ("{a: 1, b: {c: a + 1}}.b.c", 2),
    # ranges
    ("1 in [1..5]", True),
    ("1 in (1..5]", False),
    ("5 in [1..5[", False),
    ("1 in ]1..5]", False),
    ("3 in (< 5)", True),
    ("[1..5].end", 5),
    ("(1..5].start included", False),
    ("(>= 5).start included", True),
    ("(< 5).end", 5),
    ('"b" in ["a".."c"]', True),
    ("5 in [1..null]", None),
    ("1 in [1..[1, 2, 3][2]]", True),
    ('[1.."a"]', None),
    ("[true..false]", None),
    # in
    ("1 in (1, 2)", True),
    ("3 in (1, 2)", False),
    ("3 in (1, > 2)", True),
    ("1 in [1, 2]", True),
    ("1 in [[1..2], [5..6]]", True),
    ("10 in <= 10", True),
    ("10 in != 10", False),
    ("[1, 2] in [[1, 2], [3]]", True),
    ("null in [null]", True),
    ("1 in null", False),
    ("1 in ([1, 2])[1]", True),
    ("5 in (4) + 1", True),
    ("3 in (? > 2)", True),
    ('"gold" in ("gold", "silver")', True),
    ("1 in [1..2] and true", True),
    # for
    ("for i in [1, 2] return i + 1", [2, 3]),
    ("for i in 1..3 return i", [1, 2, 3]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in [1..3) return i", [1, 2]),
    ("for i in (1..3] return i", [2, 3]),
    ("for i in 1 + 1..3 return i", [2, 3]),
    ("for i in [1, 2], j in [i, 10] return i * j", [1, 10, 4, 20]),
    ("for i in [] return i", []),
    ("for i in null return i", None),
    ("for i in 1..4 return if i < 3 then 1 else partial[-1] + partial[-2]", [1, 1, 2, 3]),
    ("for i in 1..2 return partial", [[], [[]]]),
    ('for d in @"2024-02-28"..@"2024-03-01" return d.day', [28, 29, 1]),
    ('for i in "a".."c" return i', None),
    ("for i in 1.5..3 return i", None),
    # some, every
    ("some x in [1, 2] satisfies x > 1", True),
    ("every x in [1, 2] satisfies x > 1", False),
    ("some x in [] satisfies true", False),
    ("every x in [] satisfies false", True),
    ("some x in [1, null] satisfies x > 1", None),
    ("every x in null satisfies x", None),
    ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
    ("every x in 1..3 satisfies x < 4", True),
    ("some x in [0] satisfies x", None),
    # functions
    ("(function(a, b) a - b)(5, 3)", 2),
    ("(function(a, b) a - b)(b: 5, a: 3)", -2),
    ("(function(a) a)()", None),
    ('(function(a: number) a)("x")', None),
    ("(function(a: list<number>) a)(1)", [1]),
    ("(function(a: number) a)([1])", 1),
    ("(function(a) function(b) a + b)(1)(2)", 3),
    ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(20)}.r", 2432902008176640000),
    ("unknown(1)", None),
    ("1(2)", None),
    ("(function(f, x) f(x))(abs, -3)", 3),
    ('substring(start position: 2, string: "abc")', "bc"),
    ('function(a) external {java: {class: "x"}}', None),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_its_value(text: str, value: Any) -> None:
    assert dmn(text) == value
    assert type(dmn(text)) is type(value)


INSTANCES = [
    ("1", "number", True),
    ("1", "string", False),
    ("1", "Any", True),
    ("null", "Any", False),
    ("null", "Null", True),
    ('"a"', "string", True),
    ("true", "boolean", True),
    ("true", "number", False),
    ("[1]", "list<number>", True),
    ('[1, "a"]', "list<number>", False),
    ("[]", "list<number>", True),
    ("[1]", "number", False),
    ("[[1]]", "list<list<number>>", True),
    ("{a: 1}", "context<a: number>", True),
    ("{a: 1, b: 2}", "context<a: number>", True),
    ("{}", "context<a: number>", False),
    ("{a: null}", "context<a: number>", True),
    ("{a: {b: 1}}", "context<a: context<b: number>>", True),
    ("{a: 1}", "context", True),
    ("[1..2]", "range<number>", True),
    ("[1..2]", "range<string>", False),
    ('@"2024-01-01"', "date", True),
    ('@"10:00:00"', "time", True),
    ('@"2024-01-01T10:00:00"', "date and time", True),
    ('@"2024-01-01T10:00:00"', "date", False),
    ('@"P1D"', "days and time duration", True),
    ('@"P1D"', "years and months duration", False),
    ('@"P1Y"', "years and months duration", True),
    ("abs", "function", True),
    ("(function(a: number) 1)", "function<number>->number", True),
    ('(function(a: number) "x")', "function<number>->number", False),
    ("(function(a: string) 1)", "function<number>->number", False),
    ("(function() 1)", "function<number>->number", False),
    ("(function() 1)", "function<> -> Any", True),
    ("1", "some unknown type", False),
]


@pytest.mark.parametrize(("value", "type_name", "expected"), INSTANCES)
def test_instance_of_knows_every_type(value: str, type_name: str, expected: bool) -> None:
    assert dmn(f"{value} instance of {type_name}") is expected


def test_numbers_are_rounded_half_even_at_34_digits() -> None:
    assert dmn("10 ** 33 + 0.5") == D("1000000000000000000000000000000000")
    assert dmn("10 ** 33 + 1.5") == D("1000000000000000000000000000000002")


def test_results_are_decimals_whatever_the_input() -> None:
    for given in (1, 1.5, D("2.50")):
        value = run("x", x=given).value
        assert type(value) is Decimal
        assert value == D(str(given))
    assert run("x", x={"a": [1, (2, 3.5)]}).value == {"a": [D("1"), [D("2"), D("3.5")]]}


def test_a_number_that_is_none_becomes_null() -> None:
    assert dmn("x", x=float("nan")) is None
    assert dmn("x", x=10**7000) is None
    assert dmn("x", x=object()) is None


def test_a_function_keeps_the_variables_it_was_made_with() -> None:
    made = evaluate("function(b) a * b + missing", {"a": 10}).value
    result = evaluate("f(2)", {"f": made, "a": 99, "missing": 1})
    assert result.value is None
    assert [warning.expression for warning in result.warnings][:1] == ["missing"]
    assert evaluate("f(2)", {"f": evaluate("function(b) a * b", {"a": 10}).value, "a": 99}).value == 20
