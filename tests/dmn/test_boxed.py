"""Boxed expressions (DMN 1.5, 10.2.2)."""

from __future__ import annotations

import pytest

from orchestrator import dmn
from tests.dmn.draw import data, decision, entry, item, knowledge, literal, read, value, warnings


def boxed(logic: str, *others: str) -> dmn.Definitions:
    return read(*others, decision("Result", logic))


def iterator(kind: str, items: str, body: str) -> str:
    inner = "return" if kind == "for" else "satisfies"
    return f'<{kind} iteratorVariable="x"><in>{literal(items)}</in><{inner}>{literal(body)}</{inner}></{kind}>'


def filtered(items: str, match: str) -> str:
    return f"<filter><in>{literal(items)}</in><match>{literal(match)}</match></filter>"


def conditional(condition: str) -> str:
    parts = zip(("if", "then", "else"), (condition, '"yes"', '"no"'), strict=True)
    return f"<conditional>{''.join(f'<{tag}>{literal(text)}</{tag}>' for tag, text in parts)}</conditional>"


def test_a_context_is_its_entries_which_see_those_before() -> None:
    entries = entry("a", literal("1")) + entry("b", literal("a + 1"))
    assert value(boxed(f"<context>{entries}</context>"), "Result") == {"a": 1, "b": 2}


def test_an_entry_without_a_name_is_the_value_of_the_context() -> None:
    entries = entry("net price", literal("100")) + entry("", literal("net price * 2"))
    assert value(boxed(f"<context>{entries}</context>"), "Result") == 200


def test_an_entry_that_does_not_fit_its_type_is_null() -> None:
    model = boxed(f"<context>{entry('a', literal('1'), type='string')}</context>")
    assert value(model, "Result") == {"a": None}
    assert warnings(model, "Result") == ["The entry a is null: the number 1 is no string"]


def test_a_list_holds_the_values_of_its_expressions() -> None:
    assert value(boxed(f"<list>{literal('1')}{literal('1 + 1')}</list>"), "Result") == [1, 2]


def test_a_relation_is_a_list_of_contexts() -> None:
    columns = '<column name="name"/><column name="age"/>'
    cells = (('"Ada"', "36"), ('"Bob"', "50 - 1"))
    rows = "".join(f"<row>{literal(name)}{literal(age)}</row>" for name, age in cells)
    assert value(boxed(f"<relation>{columns}{rows}</relation>"), "Result") == [
        {"name": "Ada", "age": 36},
        {"name": "Bob", "age": 49},
    ]


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", "yes"), ("false", "no"), ("null", "no"), ('"text"', None)]
)
def test_a_conditional_chooses(condition: str, expected: object) -> None:
    assert value(boxed(conditional(condition)), "Result") == expected


def test_a_filter_keeps_the_items_that_match() -> None:
    assert value(boxed(filtered("[{price: 1}, {price: 5}]", "price > 2")), "Result") == [{"price": 5}]


def test_a_filter_may_speak_of_the_item_itself() -> None:
    assert value(boxed(filtered("[1, 5, 7]", "item != 5")), "Result") == [1, 7]


def test_a_filter_takes_a_position() -> None:
    assert value(boxed(filtered("[1, 5, 7]", "-1")), "Result") == 7


def test_a_filter_that_is_neither_true_nor_false_is_null() -> None:
    assert value(boxed(filtered("[1]", '"yes"')), "Result") is None


@pytest.mark.parametrize(
    ("items", "body", "expected"),
    [
        ("[1, 2, 3]", "x * 2", [2, 4, 6]),
        ("[1..3]", "x", [1, 2, 3]),
        ("[1, 2, 3]", "x + count(partial)", [1, 3, 5]),
        ("[]", "x", []),
        ("null", "x", None),
        ('"text"', "x", None),
    ],
)
def test_for_makes_a_list(items: str, body: str, expected: object) -> None:
    assert value(boxed(iterator("for", items, body)), "Result") == expected


@pytest.mark.parametrize(
    ("kind", "items", "body", "expected"),
    [
        ("some", "[1, 2]", "x > 1", True),
        ("some", "[1, 2]", "x > 2", False),
        ("some", "[]", "true", False),
        ("some", "[1, null]", "x > 5", None),
        ("some", "[1, 2]", 'if x = 2 then true else "no boolean"', None),
        ("every", "[1, 2]", "x > 0", True),
        ("every", "[1, 2]", "x > 1", False),
        ("every", "[]", "false", True),
        ("every", "[1, null]", "x > 0", None),
        ("every", "7", "x > 0", None),
    ],
)
def test_some_and_every_ask_all_items(kind: str, items: str, body: str, expected: object) -> None:
    assert value(boxed(iterator(kind, items, body)), "Result") is expected


def test_a_function_definition_is_a_value_that_can_be_called() -> None:
    parameters = '<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>'
    function = f"<functionDefinition>{parameters}{literal('a - b')}</functionDefinition>"
    entries = entry("minus", function) + entry("", literal("minus(b: 2, a: 10)"))
    assert value(boxed(f"<context>{entries}</context>"), "Result") == 8


def test_a_function_definition_sees_where_it_stands_and_itself() -> None:
    body = literal("if n = 0 then base else n * factorial(n - 1)")
    function = f'<functionDefinition><formalParameter name="n"/>{body}</functionDefinition>'
    entries = entry("base", literal("1")) + entry("factorial", function) + entry("", literal("factorial(5)"))
    assert value(boxed(f"<context>{entries}</context>"), "Result") == 120


def test_a_function_in_another_language_is_null_and_said_so() -> None:
    logic = '<functionDefinition kind="Java"><context/></functionDefinition>'
    assert warnings(boxed(logic), "Result") == ["Functions in Java are not evaluated"]


INTEREST = knowledge("Interest", {"amount": "number", "the rate": "number"}, literal("amount * the rate"))


def invocation(*bindings: tuple[str, str], called: str = "Interest") -> str:
    bound = "".join(f'<binding><parameter name="{n}"/>{literal(text)}</binding>' for n, text in bindings)
    return f"<invocation>{literal(called)}{bound}</invocation>"


def test_an_invocation_binds_arguments_by_name() -> None:
    logic = invocation(("the rate", "0.5"), ("amount", "Amount"))
    model = read(INTEREST, data("Amount"), decision("Result", logic, "in_Amount", "f_Interest"))
    assert value(model, "Result", Amount=10) == 5


def test_an_invocation_without_an_argument_passes_null() -> None:
    model = read(INTEREST, decision("Result", invocation(("amount", "10")), "f_Interest"))
    assert value(model, "Result") is None


def test_an_invocation_of_something_else_is_null() -> None:
    model = read(data("Amount"), decision("Result", invocation(called="Amount"), "in_Amount"))
    assert value(model, "Result", Amount=10) is None
    assert warnings(model, "Result", Amount=10) == ["The invocation is null: the number 10 is no function"]


def test_an_invocation_with_an_unknown_parameter_is_null() -> None:
    model = read(INTEREST, decision("Result", invocation(("amuont", "10")), "f_Interest"))
    assert "amuont" in warnings(model, "Result")[0]


def test_an_invocation_with_an_argument_of_the_wrong_type_is_null() -> None:
    model = read(INTEREST, decision("Result", invocation(("amount", '"ten"'), ("the rate", "1")), "f_Interest"))
    assert value(model, "Result") is None


def test_the_type_of_an_expression_converts_a_list_of_one() -> None:
    assert value(boxed(literal("[10]", type="number")), "Result") == 10
    assert value(boxed(literal("10", type="numbers"), item("numbers", "number", many=True)), "Result") == [10]


def test_an_empty_expression_is_null() -> None:
    assert value(boxed(literal("")), "Result") is None


def test_a_text_that_is_no_feel_is_null_with_a_warning() -> None:
    assert warnings(boxed(literal("1 +")), "Result") == ["The expression cannot be read"]
