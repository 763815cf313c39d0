"""The cells and columns of decision tables."""

from __future__ import annotations

import datetime

import pytest

from tests.dmn.draw import data, decision, entry, item, literal, matched, read, table, value, warnings


def test_a_cell_may_ask_about_the_input_and_use_other_variables() -> None:
    rules = (("? > Limit and ? < 2 * Limit", '"near"'), (">= 2 * Limit", '"far"'))
    model = read(
        data("Amount", "number"),
        data("Limit", "number"),
        decision("Result", table(["Amount"], [""], *rules), "in_Amount", "in_Limit"),
    )
    assert value(model, "Result", Amount=15, Limit=10) == "near"
    assert value(model, "Result", Amount=20, Limit=10) == "far"


@pytest.mark.parametrize("cell", ["", "-", "  "])
def test_an_empty_cell_and_a_dash_accept_everything(cell: str) -> None:
    model = read(data("A"), decision("Result", table(["A"], [""], (cell, "1")), "in_A"))
    assert value(model, "Result", A=None) == 1


@pytest.mark.parametrize(
    ("cell", "passes", "fails"),
    [
        ("5", [5, 5.0], [6, "5", None, True]),
        ("< 5", [4.99], [5, None, "4"]),
        ("[1..5)", [1, 4.9], [5, 0]),
        ("(1..5]", [5], [1]),
        ("1, 3, > 7", [1, 3, 8], [2, 7]),
        ("not(1, 3)", [2, None], [1, 3]),
        ("not(< 5)", [5], [4, None]),
        ("-1", [-1], [1]),
        ('"a", "b"', ["a", "b"], ["c", 1]),
        ('not("a")', ["b", None], ["a", 3]),
        ('>= "m"', ["m", "z"], ["a"]),
        ("true", [True], [False, None]),
        ("false", [False], [True, None]),
        ("not(true)", [False, None], [True]),
        ("null", [None], [0, ""]),
        ("null, < 5", [None, 4], [5]),
        ("[1, 2]", [1, 2], [3]),
        ("!= 3", [4, None], [3]),
        ('"a", 5', ["a", 5], ["b", 6]),
        ("[10..5]", [], [7]),
        ('@"2024-02-29"', [datetime.date(2024, 2, 29)], [datetime.date(2024, 3, 1)]),
        ('> date("2024-02-29")', [datetime.date(2024, 3, 1)], [datetime.date(2024, 2, 29)]),
        ('[@"P1D"..@"P3D")', [datetime.timedelta(days=2)], [datetime.timedelta(days=3)]),
        ("? in [1..3]", [2], [4]),
        ("2 * 2", [4], [5]),
    ],
)
def test_a_cell_accepts_what_it_says(cell: str, passes: list[object], fails: list[object]) -> None:
    model = read(data("A"), decision("Result", table(["A"], [""], (cell, '"hit"'), policy="FIRST"), "in_A"))
    assert [value(model, "Result", A=a) for a in passes] == ["hit"] * len(passes)
    assert [value(model, "Result", A=a) for a in fails] == [None] * len(fails)


def test_a_value_of_a_kind_that_no_cell_speaks_of_is_told_once() -> None:
    model = read(data("A"), decision("Result", table(["A"], [""], ("1", "1"), ("2", "2"), ("3", "3")), "in_A"))
    assert (
        warnings(model, "Result", A="1")[0]
        == 'No rule matches: the string "1" is compared with values of the type number'
    )


def test_a_list_of_one_is_its_item_where_a_column_declares_a_single_value() -> None:
    model = read(data("A"), decision("Result", table(["A"], [""], ("1", '"one"'), types={"A": "number"}), "in_A"))
    assert value(model, "Result", A=[1]) == "one"


def test_the_type_of_a_column_is_a_reminder_only() -> None:
    """Editors write `string` before the modeller has thought of it."""
    model = read(data("A"), decision("Result", table(["A"], [""], ("1", '"one"'), types={"A": "string"}), "in_A"))
    assert value(model, "Result", A=1) == "one"
    assert warnings(model, "Result", A=1) == ["The input A should be of type string, but is the number 1"]


def test_a_text_is_read_as_the_date_its_column_declares() -> None:
    """A process knows no dates, and Camunda's modeler draws no input data that could declare them."""
    cells = table(["due"], [""], ('< @"2024-03-01"', '"soon"'), ("-", '"later"'), policy="FIRST", types={"due": "date"})
    model = read(decision("Result", cells))
    assert value(model, "Result", due="2024-02-29") == "soon"
    assert value(model, "Result", due="2024-03-02") == "later"


def test_an_input_outside_the_allowed_values_is_null() -> None:
    cells = table(["A"], [""], ('"a"', "1"), ("-", "0"), policy="FIRST", allowed={"A": '"a", "b"'})
    model = read(data("A"), decision("Result", cells, "in_A"))
    assert value(model, "Result", A="c") == 0
    assert warnings(model, "Result", A="c") == ['The input A is null: the string "c" is not among the allowed values']


def test_an_output_outside_the_allowed_values_is_null() -> None:
    cells = table(["A"], [""], ("-", "A"), allowed={"": "[1..9]"})
    model = read(data("A"), decision("Result", cells, "in_A"))
    assert value(model, "Result", A=5) == 5
    assert value(model, "Result", A=50) is None


def test_a_table_without_inputs_matches_always() -> None:
    assert value(read(decision("Result", table([], [""], ['"always"']))), "Result") == "always"


def test_a_table_inside_a_context_sees_the_entries_before_it() -> None:
    entries = entry("Rate", literal("Amount / 10")) + entry("", table(["Rate"], [""], ("> 5", '"high"')))
    model = read(data("Amount", "number"), decision("Result", f"<context>{entries}</context>", "in_Amount"))
    assert value(model, "Result", Amount=60) == "high"


def test_names_with_spaces_and_operators_are_read_as_names() -> None:
    person = item("tPerson", inner=item("years-of-service", "number", tag="itemComponent"))
    cells = table(["The Person.years-of-service - 1"], ["out"], ("> 9", "The Person.years-of-service"))
    model = read(person, data("The Person", "tPerson"), decision("Result", cells, "in_ThePerson"))
    assert value(model, "Result", **{"The Person": {"years-of-service": 11}}) == 11


def test_a_big_table_is_answered_like_a_small_one() -> None:
    rules = [(f"[{10 * i}..{10 * i + 10})", '"a", "b"', str(i)) for i in range(500)]
    model = read(data("A"), data("B"), decision("Result", table(["A", "B"], [""], *rules), "in_A", "in_B"))
    assert matched(model, "Result", A=4321, B="b") == [433]
    assert matched(model, "Result", A=4321, B="c") == []
