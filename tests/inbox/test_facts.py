"""The data of a case as people read it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tasks_inbox import facts, forms

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1849.00"), "1,849.00"),
        (Decimal("0.1"), "0.1"),
        (12, "12"),
        (True, "Yes"),
        (False, "No"),
        ("2026-12-04", "4 December 2026"),
        ("2026-12-04T08:30Z", "4 December 2026, 09:30"),
        ("2026-12-04T08:30", "4 December 2026, 08:30"),
        ("2026-13-04", "2026-13-04"),
        ("9999-12-31T23:59+00:00", "9999-12-31T23:59+00:00"),
        (["a", 1, True], "a, 1, Yes"),
        ("P1DT2H", "1 day and 2 hours"),
        ("PLAN", "PLAN"),
        ({"camunda.document.type": "camunda", "metadata": {"fileName": "a.pdf"}}, "a.pdf"),
        ([{"camunda.document.type": "camunda", "metadata": {"fileName": "a.pdf"}}], "a.pdf"),
        ([{"camunda.document.type": "camunda"}], "A document"),
        ("<b>", "<b>"),
        ("x" * 5_000, "x" * 2_000 + "…"),
        (Decimal("1E+6000"), "1" + "0" * 6_000),
    ],
)
def test_a_value_is_written_for_people(value: Any, text: str) -> None:
    (fact,) = facts.facts({"x": value}, BERLIN)
    assert fact.text == text


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_says_nothing_is_left_out(value: Any) -> None:
    assert facts.facts({"x": value}, BERLIN) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("costCentre", "Cost centre"),
        ("IBAN", "IBAN"),
        ("first_name", "First name"),
        ("größe", "Größe"),
        ("a1", "A 1"),
        ("—", "—"),
    ],
)
def test_names_of_variables_become_words(name: str, text: str) -> None:
    assert facts.humanised(name) == text


def test_lists_of_objects_are_tables_and_objects_are_facts() -> None:
    items, budget = facts.facts(
        {"items": [{"item": "Chair", "price": Decimal("5.00")}], "zbudget": {"code": "4711"}}, BERLIN
    )
    assert items.table is not None
    assert [cell.text for cell in items.table.columns] == ["Item", "Price"]
    assert [cell.number for cell in items.table.rows[0]] == [False, True]
    assert [(fact.label, fact.text) for fact in budget.facts] == [("Code", "4711")]


def test_data_in_data_ends_somewhere() -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = {"in": deep}
    (fact,) = facts.facts({"x": deep}, BERLIN)
    assert fact.facts[0].facts[0].facts[0].facts == ()


def test_the_words_of_a_form_come_first() -> None:
    form = forms.read(
        {
            "components": [
                {"type": "select", "key": "z", "label": "Cost centre", "values": [{"value": "4711", "label": "Sales"}]},
                {"type": "textfield", "key": "y", "label": "=dynamic"},
            ]
        }
    )
    found = facts.facts({"a": 1, "y": 2, "z": "4711", "initiator": "ada"}, BERLIN, facts.words(form))
    assert [(fact.label, fact.text) for fact in found] == [("Cost centre", "Sales"), ("A", "1"), ("Y", "2")]


def test_the_columns_of_a_list_have_the_words_of_the_form() -> None:
    prices = {"type": "select", "key": "unit", "label": "Unit", "values": [{"value": "pc", "label": "Piece"}]}
    form = forms.read(
        {
            "components": [
                {
                    "type": "dynamiclist",
                    "path": "items",
                    "label": "What we need",
                    "components": [{"type": "textfield", "key": "sku", "label": "Article"}, prices],
                },
                {"type": "group", "path": "who", "components": [{"type": "textfield", "key": "n", "label": "Name"}]},
            ]
        }
    )
    data = {"items": [{"sku": "S1", "unit": "pc"}], "who": {"n": "Ada"}}
    items, who = facts.facts(data, BERLIN, facts.words(form))
    assert items.table is not None
    assert (items.label, [cell.text for cell in items.table.columns]) == ("What we need", ["Article", "Unit"])
    assert [cell.text for cell in items.table.rows[0]] == ["S1", "Piece"]
    assert (who.facts[0].label, who.facts[0].text) == ("Name", "Ada")


def test_the_words_of_one_form_go_over_those_of_others() -> None:
    mine = facts.Words({"a": "Amount"}, {"a": {"1": "One"}})
    both = mine.over(facts.Words({"a": "Sum", "b": "Supplier"}, {}))
    assert (both.labels, both.options) == ({"a": "Amount", "b": "Supplier"}, {"a": {"1": "One"}})
