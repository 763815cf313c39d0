"""Names with spaces, operators and keywords inside; the longest known name wins (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.feel import Dialect, FeelSyntaxError, evaluate, parse
from tests.feel.speak import camunda, dmn, plain

NAMED: list[tuple[str, dict[str, Any], Any]] = [
    ("Loan Amount > 1", {"Loan Amount": 2}, True),
    ("Loan   Amount\n+ 1", {"Loan Amount": 2}, 3),
    ("a-b", {"a-b": 1, "a": 5, "b": 2}, 1),
    ("a - b", {"a-b": 1, "a": 5, "b": 2}, 3),
    ("a+b*c", {"a+b": 2, "c": 3}, 6),
    ("Date-Time2.hour", {"Date-Time": None, "Date-Time2": {"hour": 7}}, 7),
    ("Applicant's age", {"Applicant's age": 30}, 30),
    ("in stock", {"in stock": 4}, 4),
    ("for sale and true", {"for sale": True}, True),
    ("if needed then 1 else 2", {"needed": True}, 1),
    ("x.in", {"x": {"in": 1}}, 1),
    ("x.net price * 2", {"x": {"net price": 3}, "net price": 0}, 6),
    ("ünïcödé", {"ünïcödé": 1}, 1),
    ("🐎", {"🐎": 1}, 1),
    ("count", {"count": 3}, 3),
    ("count(list)", {"count": 3, "list": [1, 2]}, 2),
    ("date and time", {"date": True, "time": False}, False),
    ("items[net price > 2].net price", {"items": [{"net price": 1}, {"net price": 3}]}, [3]),
    ("some loan item in [1, 2] satisfies loan item > 1", {}, True),
    ("for my item in 1..2 return my item * 2", {}, [2, 4]),
    ("{unit price: 2, total sum: unit price * 3}.total sum", {}, 6),
    ('(function(first name, last name) first name + last name)("a", "b")', {}, "ab"),
    ("(function(first name) first name)(first name: 1)", {}, 1),
    ("a.b", {"a.b": 1, "a": {"b": 2}}, 1),
]


@pytest.mark.parametrize(("text", "variables", "value"), NAMED)
def test_the_longest_known_name_wins(text: str, variables: dict[str, Any], value: Any) -> None:
    assert plain(evaluate(text, variables, dialect=Dialect.DMN).value) == value


def test_a_name_in_backticks_may_hold_anything() -> None:
    assert camunda("`first name` + `a+b`", **{"first name": 1, "a+b": 2}) == 3
    assert camunda("{foo   bar: 2}.`foo   bar`") == 2


def test_unknown_words_side_by_side_are_one_name_in_the_standard_only() -> None:
    assert dmn("customer.delivery address", customer={"delivery address": 1}) == 1
    with pytest.raises(FeelSyntaxError, match="no name `a b` is known, a name with spaces can be written in backticks"):
        parse("a b", dialect=Dialect.CAMUNDA)


READ = [
    ("a + b", {"a", "b"}),
    ("for x in a return x + b", {"a", "b"}),
    ("{x: 1, y: x + a}", {"a"}),
    ("(function(x) x + a)(1)", {"a"}),
    ("items[price > limit]", {"items", "price", "limit"}),
    ("sum(amounts)", {"amounts"}),
    ("date > today()", {"date"}),
    ("approve(amount)", {"approve", "amount"}),
    ("a.b.c", {"a"}),
    ("some x in xs satisfies x = y", {"xs", "y"}),
]


@pytest.mark.parametrize(("text", "names"), READ)
def test_an_expression_knows_the_variables_it_reads(text: str, names: set[str]) -> None:
    assert parse(text).names == names


def test_the_dialect_may_be_the_second_argument() -> None:
    assert parse("delivery address", Dialect.DMN).names == {"delivery address"}
    assert parse("a b", Dialect.CAMUNDA, names=["a b"]).names == {"a b"}
    with pytest.raises(FeelSyntaxError):
        parse("delivery address", Dialect.CAMUNDA)
