"""What FEEL tells a modeller: why a part is null, where a text is wrong, what is hopeless before it runs."""

from __future__ import annotations

import pytest

from orchestrator.feel import Dialect, FeelSyntaxError, evaluate, parse
from orchestrator.feel.diagnostics import KINDS
from tests.feel.speak import run, warning

REASONS = [
    ("amount", {"Amount": 1}, "`amount` is null: no variable of that name; did you mean `Amount`?"),
    ("x.amuont", {"x": {"amount": 1}}, "`x.amuont` is null: the context has no entry `amuont`; did you mean `amount`?"),
    ("amount > 5", {"amount": None}, "`amount > 5` is null: `amount` is null."),
    ("amount * 2", {"amount": "12"}, '`amount * 2` is null: `*` does not work on the string "12" and the number 2.'),
    ('"order-" + 5', {}, '`"order-" + 5` is null: `+` does not work on the string "order-" and the number 5;'),
    ("coutn([1])", {}, "`coutn` is null: no function is named `coutn`; did you mean `count`?"),
    (
        "upper case(5)",
        {},
        "`upper case(5)` is null: the argument `string` of `upper case` is the number 5, not a string.",
    ),
    ("abs(1, 2)", {}, "`abs(1, 2)` is null: the function takes 1 argument, 2 were given."),
    ("abs(m: 1)", {}, "`abs(m: 1)` is null: `abs` has no parameter `m`; its parameters: `n`."),
    ('date("2023-02-29")', {}, '`date("2023-02-29")` is null: 2023-02 has no day 29.'),
    ('@"25:00:00"', {}, '`@"25:00:00"` is null: the hour 25 is not between 0 and 23.'),
    ("[1, 2][5]", {}, "`[1, 2][5]` is null: the list has 2 items, none at position 5."),
    ('"a" < 1', {}, '`"a" < 1` is null: the string "a" and the number 1 have no order.'),
    ("1 / 0", {}, "`1 / 0` is null: nothing can be divided by zero."),
    ('matches("a", "(a)\\1")', {}, "references back to a group are not possible in linear time."),
    ("for x in 5 return x", {}, "`5` is null: an iteration needs a list or a range, not the number 5."),
    ('if "yes" then 1 else 2', {}, '`"yes"` is null: a condition is true or false, not the string "yes".'),
    ("null.x", {}, "`null.x` is null: what stands before `.x` is null."),
    ('assert(1, 1 > 2, "too small")', {}, "too small; the value is the number 1."),
    ("5(1)", {}, "`5(1)` is null: the number 5 is no function."),
    ("true + 1", {}, "`true + 1` is null: `+` does not work on the boolean true and the number 1."),
]


@pytest.mark.parametrize(("text", "variables", "message"), REASONS)
def test_null_comes_with_its_reason(text: str, variables: dict[str, object], message: str) -> None:
    result = evaluate(text, variables, dialect=Dialect.DMN)
    assert message in result.warnings[0].message
    assert all(warning.kind in KINDS for warning in result.warnings)


def test_a_warning_points_at_the_part_that_is_null() -> None:
    text = "1 + 2 * (price.net - discount)"
    found = evaluate(text, {"price": {"net": 5}}, dialect=Dialect.DMN).warnings
    assert [(warning.expression, text[warning.start : warning.end]) for warning in found[:2]] == [
        ("discount", "discount"),
        ("price.net - discount", "price.net - discount"),
    ]


def test_a_warning_is_given_once_and_a_hundred_are_enough() -> None:
    assert len(run("for i in 1..500 return missing").warnings) == 1
    assert len(run("for i in 1..500 return {a: i}.a + string(i)").warnings) == 100


def test_a_value_without_warnings_has_none() -> None:
    assert run("[1, 2][item > 1]").warnings == ()


SYNTAX = [
    ("1 +", 1, 4, "the end of the expression", "an expression"),
    ("1 + * 2", 1, 5, "`*`", "an expression"),
    ("if a then b", 1, 12, "the end of the expression", "`else`"),
    ("[1, 2", 1, 6, "the end of the expression", "`]`"),
    ("(1", 1, 3, "the end of the expression", "`)`"),
    ("a\n  b", 2, 3, "`b`", "an operator"),
    ('"abc', 1, 1, "a string that is never closed", "an expression"),
    ("`abc", 1, 1, "a backtick that is never closed", "an expression"),
    ("{a 1}", 1, 2, "`a`", "the name of an entry"),
    ("for x return 1", 1, 5, "`x`", "a name followed by `in`"),
    ("some x in [1] return x", 1, 15, "`return`", "`satisfies`"),
    ("f(a: 1, 2)", 1, 9, "`2`", "all named"),
    ("x.", 1, 3, "the end of the expression", "the name of an entry"),
    ("1 between 2", 1, 12, "the end of the expression", "`and`"),
    ("1 instance number", 1, 12, "`number`", "`of`"),
    ("@5", 1, 2, "`5`", "a date, time or duration in quotes"),
    ("", 1, 1, "the end of the expression", "an expression"),
    ("1 % 2", 1, 3, "`%`", "an operator"),
    ("a == b", 1, 4, "`=`", "an expression"),
    ("1e7000", 1, 1, "`1e7000`", "a number below"),
    ("[1..2", 1, 6, "the end of the expression", "`]`"),
]


@pytest.mark.parametrize(("text", "line", "column", "found", "expected"), SYNTAX)
def test_a_syntax_error_says_where_and_what(text: str, line: int, column: int, found: str, expected: str) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column, error.found) == (line, column, found)
    assert expected in error.expected
    assert str(error).startswith(f"Line {line}, column {column}: ")


def test_a_part_that_can_only_be_null_is_known_before_it_runs() -> None:
    problems = parse('if matches(x, "(a)\\1") then @"2024-02-30" else replace(x, "[a", "b")').problems
    assert [problem.expression for problem in problems] == [
        'matches(x, "(a)\\1")',
        '@"2024-02-30"',
        'replace(x, "[a", "b")',
    ]
    assert "linear time" in problems[0].message
    assert parse('matches(x, "a+", "i")').problems == ()


def test_one_warning_is_a_sentence() -> None:
    assert warning("a.b") == "`a` is null: no variable of that name."
