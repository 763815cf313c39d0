"""Item definitions: which values have a type, and what becomes of those that have not."""

from __future__ import annotations

import datetime

import pytest

from orchestrator import dmn
from tests.dmn.draw import data, decision, item, literal, read, value, warnings

GRADE = item("tGrade", "string", allowed='"A", "B"')
ADDRESS = item("tAddress", inner=item("zip code", "number", tag="itemComponent"))
PERSON = item(
    "tPerson",
    inner=item("name", "string", tag="itemComponent")
    + item("home", "tAddress", tag="itemComponent")
    + item("grades", "tGrade", many=True, tag="itemComponent"),
)
ADA = {"name": "Ada", "home": {"zip code": 1234}, "grades": ["A"]}


def given(type: str, *items: str) -> dmn.Definitions:
    return read(*items, data("X", type), decision("Result", literal("X"), "in_X"))


@pytest.mark.parametrize(
    ("type", "fits", "misfits"),
    [
        ("number", [1, 1.5], ["1", True]),
        ("string", ["a"], [1]),
        ("boolean", [True], ["true", 0]),
        ("Any", [1, "a", [1], {}], []),
        ("context", [{"a": 1}], ["a"]),
        ("integer", [1], ["a"]),
        ("feel:number", [1], ["a"]),
    ],
)
def test_a_value_from_outside_fits_the_type_of_its_input_or_is_null(
    type: str, fits: list[object], misfits: list[object]
) -> None:
    model = given(type)
    assert [value(model, "Result", X=x) for x in fits] == fits
    assert [value(model, "Result", X=x) for x in misfits] == [None] * len(misfits)


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("date", "2024-02-29"),
        ("time", "12:30:00"),
        ("date and time", "2024-02-29T12:30:00Z"),
        ("dateTime", "2024-02-29T12:30:00Z"),
        ("days and time duration", "P1DT2H"),
        ("yearMonthDuration", "P1Y2M"),
    ],
)
def test_a_text_from_outside_becomes_the_date_or_duration_its_type_asks_for(type: str, text: str) -> None:
    found = value(given(type), "Result", X=text)
    assert not isinstance(found, str)
    assert str(found) == text


def test_dates_inside_a_structure_are_read_too() -> None:
    born = item("tPerson", inner=item("born", "date", tag="itemComponent"))
    people = item("tPeople", "tPerson", many=True)
    model = read(born, people, data("X", "tPeople"), decision("Result", literal("X[1].born.year"), "in_X"))
    assert value(model, "Result", X=[{"born": "1815-12-10"}]) == 1815


def test_a_text_that_is_no_date_does_not_fit() -> None:
    assert value(given("date"), "Result", X="soon") is None


def test_python_dates_are_dates() -> None:
    assert str(value(given("date"), "Result", X=datetime.date(2024, 2, 29))) == "2024-02-29"


def test_a_value_that_is_not_allowed_is_null_and_the_allowed_ones_are_named() -> None:
    model = given("tGrade", GRADE)
    assert value(model, "Result", X="A") == "A"
    assert value(model, "Result", X="C") is None
    assert warnings(model, "Result", X="C") == [
        'The input X is null: the string "C" is not among the allowed values "A", "B"'
    ]


def test_structures_are_checked_to_their_leaves() -> None:
    model = given("tPerson", GRADE, ADDRESS, PERSON)
    assert value(model, "Result", X=ADA) == ADA


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"home": {"zip code": "abc"}}, 'in its entry home, in its entry zip code, the string "abc" is no number'),
        ({"home": {}}, "in its entry home, its entry zip code is missing"),
        ({"grades": ["A", "F"]}, 'in its entry grades, in its item 2, the string "F" is not among the allowed values'),
        ({"name": 5}, "in its entry name, the number 5 is no string"),
    ],
)
def test_the_warning_says_which_part_does_not_fit(change: dict[str, object], reason: str) -> None:
    model = given("tPerson", GRADE, ADDRESS, PERSON)
    assert value(model, "Result", X=ADA | change) is None
    assert warnings(model, "Result", X=ADA | change)[0].startswith(f"The input X is null: {reason}")


def test_definitions_may_stand_in_any_order_and_speak_of_themselves() -> None:
    tree = item(
        "tTree",
        inner=item("label", "string", tag="itemComponent") + item("children", "tTree", many=True, tag="itemComponent"),
    )
    model = given("tTree", tree)
    leaf = {"label": "leaf", "children": []}
    assert value(model, "Result", X={"label": "root", "children": [leaf]}) is not None
    assert value(model, "Result", X={"label": "root", "children": [{"label": 1, "children": []}]}) is None


def test_a_list_of_one_and_a_single_value_convert_into_each_other() -> None:
    many = item("tNames", "string", many=True)
    assert value(given("tNames", many), "Result", X="a") == ["a"]
    assert value(given("string"), "Result", X=["a"]) == "a"
    assert value(given("string"), "Result", X=["a", "b"]) is None


def test_a_constraint_on_a_collection_speaks_of_the_whole_list() -> None:
    """DMN 1.5: typeConstraint, beside allowedValues for the items."""
    pair = (
        '<itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef>'
        "<allowedValues><text>&gt; 0</text></allowedValues>"
        "<typeConstraint><text>count(?) = 2</text></typeConstraint></itemDefinition>"
    )
    model = given("tPair", pair)
    assert value(model, "Result", X=[1, 2]) == [1, 2]
    assert value(model, "Result", X=[1, 2, 3]) is None
    assert value(model, "Result", X=[1, -2]) is None


def test_instance_of_asks_for_the_kind_and_not_for_allowed_values() -> None:
    model = read(GRADE, decision("Result", literal('["C" instance of tGrade, 1 instance of tGrade]')))
    assert value(model, "Result") == [True, False]


def test_a_function_type_checks_parameters_and_result() -> None:
    function = item(
        "tF", inner='<functionItem outputTypeRef="number"><parameters name="n" typeRef="number"/></functionItem>'
    )
    one = decision("Result", literal("function(n: number) n + 1"), type="tF")
    two = decision("Other", literal("function(n: number, m: number) n + m"), type="tF")
    model = read(function, one, two)
    assert value(model, "Result") is not None
    assert value(model, "Other") is None
