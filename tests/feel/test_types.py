"""Types of item definitions: what conforms, what is converted; and functions of the outside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator.feel import Date, Environment, FeelFunction, Null, Range, Result, Warning, evaluate
from orchestrator.feel.types import (
    ANY,
    BOOLEAN,
    NUMBER,
    STRING,
    Constrained,
    ContextOf,
    FunctionOf,
    ListOf,
    Named,
    RangeOf,
    Type,
    coerce,
    conforms,
    named,
    type_text,
    wider,
)

ONE = Decimal(1)
PERSON = ContextOf((("name", STRING), ("age", NUMBER)))
SMALL = Constrained(NUMBER, lambda value: value < 10)


@pytest.mark.parametrize(
    ("value", "type_", "fits"),
    [
        (ONE, NUMBER, True),
        (1, NUMBER, True),
        (True, NUMBER, False),
        (None, NUMBER, True),
        ("a", ANY, True),
        ([ONE, None], ListOf(NUMBER), True),
        ([ONE, "a"], ListOf(NUMBER), False),
        (ONE, ListOf(NUMBER), False),
        ({"name": "Ada", "age": ONE, "more": 1}, PERSON, True),
        ({"name": "Ada"}, PERSON, False),
        ({"name": "Ada", "age": None}, PERSON, True),
        (Range(ONE, None), RangeOf(NUMBER), True),
        (Range("a", "b"), RangeOf(NUMBER), False),
        (ONE, SMALL, True),
        (Decimal(10), SMALL, False),
        ([ONE, Decimal(10)], ListOf(SMALL), False),
        (ONE, Named("tSmall"), True),
        (Decimal(10), Named("tSmall"), False),
        (ONE, Named("tUnknown"), False),
        (Date(2024, 1, 1), named("date"), True),
        (Date(2024, 1, 1), named("dateTime"), False),
    ],
)
def test_a_value_conforms_or_not(value: Any, type_: Type, fits: bool) -> None:
    assert conforms(value, type_, {"tSmall": SMALL}) is fits


def test_values_are_converted_where_the_standard_allows_it() -> None:
    assert coerce(["a"], STRING) == ("a", True)
    assert coerce("a", ListOf(STRING)) == (["a"], True)
    assert coerce(["a", "b"], STRING) == (None, False)
    assert coerce(ONE, STRING) == (None, False)
    midnight, fits = coerce(Date(2024, 1, 1), named("date and time"))
    assert (str(midnight), fits) == ("2024-01-01T00:00:00Z", True)


def test_a_type_is_wider_than_another() -> None:
    assert wider(ANY, NUMBER)
    assert not wider(NUMBER, ANY)
    assert wider(ListOf(ANY), ListOf(NUMBER))
    assert wider(ContextOf((("name", STRING),)), PERSON)
    assert not wider(PERSON, ContextOf((("name", STRING),)))


def test_a_type_is_written_as_it_is_read() -> None:
    written = type_text(FunctionOf((ListOf(NUMBER), PERSON), RangeOf(BOOLEAN)))
    assert written == "function<list<number>, context<name: string, age: number>> -> range<boolean>"
    assert evaluate(f"null instance of {written}", {}).value is False


def test_named_types_come_with_the_environment() -> None:
    environment = Environment(types={"tSmall": SMALL, "small list": ListOf(Named("tSmall"))})
    assert evaluate("5 instance of tSmall", {}, environment=environment).value is True
    assert evaluate("[5, 50] instance of small list", {}, environment=environment).value is False


def test_a_function_of_the_outside_answers_with_a_value_a_reason_or_a_result() -> None:
    def half(run: Any, values: list[Any]) -> Any:
        return Null("bad value", "an odd number has no half") if values[0] % 2 else values[0] / 2

    def told(run: Any, values: list[Any]) -> Any:
        return Result(ONE, (Warning("bad value", "something inside", 0, 1, "x"),))

    functions = {
        "half of": FeelFunction(("whole number",), half, "half of", (NUMBER,), NUMBER),
        "told": FeelFunction((), told, "told"),
        "wrong": FeelFunction((), lambda run, values: "text", "wrong", (), NUMBER),
    }
    environment = Environment(functions=functions)

    def ask(text: str) -> Result:
        return evaluate(text, {}, environment=environment, names=functions)

    assert ask("half of(4)").value == 2
    assert ask("half of(whole number: 4)").value == 2
    assert ask("half of([4])").value == 2
    assert "an odd number has no half" in ask("half of(3)").warnings[0].message
    assert "the argument `whole number` is no number" in ask('half of("4")').warnings[0].message
    assert "the function takes 1 argument, 2 were given" in ask("half of(1, 2)").warnings[0].message
    unknown = ask("half of(whole numbr: 2)").warnings[0].message
    assert "no parameter `whole numbr`; did you mean `whole number`?" in unknown
    assert ask("told() + 1").value == 2
    assert [warning.message for warning in ask("told()").warnings] == ["something inside"]
    assert "the result of the function is no number" in ask("wrong()").warnings[0].message
