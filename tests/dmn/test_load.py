"""DMN as a library: load files, ask by id or name, see what is asked for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator import dmn, feel
from tests.dmn import draw

DISCOUNT = draw.file(
    draw.data("Kind", "string"),
    draw.data("Amount", "number"),
    draw.decision(
        "Discount",
        draw.table(["Kind"], ["rate"], ['"gold"', "10"], ["-", "0"], policy="FIRST"),
        "in_Kind",
        id="discount_1",
    ),
    draw.decision("Price", draw.literal("Amount * (100 - Discount) / 100"), "in_Amount", "discount_1"),
    draw.knowledge("Half", {"n": "number"}, draw.literal("n / 2")),
    draw.service("Quote", "Price", inputs="in_Amount in_Kind"),
)


def test_decisions_services_and_functions_are_asked_in_one_way(tmp_path: Path) -> None:
    file = tmp_path / "discount.dmn"
    file.write_bytes(DISCOUNT)
    model = dmn.load(file)
    inputs = {"Kind": "gold", "Amount": 200}
    assert model.names == ("Discount", "Price", "Quote", "Half")
    assert model.evaluate("Price", inputs).value == Decimal(180)
    assert model.evaluate("discount_1", inputs).value == Decimal(10)
    assert model.evaluate("Quote", inputs).value == Decimal(180)
    assert model.evaluate("Half", {"n": 5}).value == Decimal("2.5")
    result = model.evaluate("Price", inputs)
    assert [decision.name for decision in result.decisions] == ["Discount", "Price"]
    assert [rule.id for rule in result.decisions[0].rules] == ["rule1"]
    assert result.warnings == ()


def test_files_that_import_each_other_are_loaded_in_any_order() -> None:
    library = draw.file(draw.knowledge("Twice", {"n": ""}, draw.literal("n * 2")), namespace="https://a.example/lib")
    main = draw.file(
        '<import name="lib" namespace="https://a.example/lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
        draw.data("n", "number"),
        draw.decision("Four times", draw.literal("lib.Twice(lib.Twice(n))"), "in_n", "https://a.example/lib#f_Twice"),
    )
    for files in ([library, main], [main, library]):
        model = dmn.load(files)
        assert model.evaluate("Four times", {"n": 3}).value == Decimal(12)
        assert [item.name for item in model.inputs("Four times")] == ["n"]


def test_what_cannot_be_deployed_cannot_be_loaded() -> None:
    file = draw.file(
        draw.decision("Fee", draw.table(["x", "y"], ["fee"], ["> 1", "-", "1"], ["> 2", "-", "2"])),
        draw.decision("Sum", draw.literal("1 +", id="sum_text")),
    )
    with pytest.raises(dmn.DmnError) as refused:
        dmn.load(file)
    assert {problem.element for problem in refused.value.problems} == {"rule2", "sum_text"}
    with pytest.raises(dmn.DmnError):
        dmn.load(b"no XML at all")


def test_an_unknown_name_is_told_with_what_was_meant() -> None:
    model = dmn.load(DISCOUNT)
    with pytest.raises(dmn.DecisionFailed, match=r"no decision Prise; did you mean Price\?"):
        model.evaluate("Prise", {})
    with pytest.raises(dmn.DecisionFailed, match="no decision xyz; it has Discount, Price, Quote, Half"):
        model.inputs("xyz")


def test_missing_data_is_null_with_a_warning_and_no_exception() -> None:
    result = dmn.load(DISCOUNT).evaluate("Price", {"Amount": 10})
    assert result.value == Decimal(10)
    assert [warning.kind for warning in result.warnings] == ["no input"]


def test_advice_is_shown_for_all_files() -> None:
    table = draw.table(["x"], ["y"], ["> 1", "1"], ["> 5", "2"], policy="FIRST")
    model = dmn.load(draw.file(draw.decision("Gap", table)))
    assert any("never matches" in found.message for found in model.advice)


# --- what is asked for


def test_inputs_are_asked_once_in_the_order_of_requirement() -> None:
    model = dmn.load(DISCOUNT)
    assert [(item.name, item.type_name) for item in model.inputs("Price")] == [("Amount", "number"), ("Kind", "string")]
    assert [item.name for item in model.inputs("Quote")] == ["Amount", "Kind"]
    assert [(item.name, item.type_name) for item in model.inputs("Half")] == [("n", "number")]


def test_a_table_without_input_data_asks_for_the_variables_of_its_columns() -> None:
    table = draw.table(
        ["amount", "customer.level"],
        ["fee"],
        ["> limit", '"a", "b"', "amount * count(for i in extras return i)"],
        policy="FIRST",
        types={"amount": "number"},
        allowed={"amount": "[0..100]"},
    )
    found = dmn.load(draw.file(draw.decision("Fee", table))).inputs("Fee")
    assert [item.name for item in found] == ["amount", "customer", "limit", "extras"]
    assert (found[0].type_name, found[0].allowed) == ("number", "[0..100]")


def test_names_that_a_context_defines_are_not_asked_for() -> None:
    entries = draw.entry("base", draw.literal("amount * 2")) + draw.entry("", draw.literal("base + 1"))
    logic = f"<context>{entries}</context>"
    assert [item.name for item in dmn.load(draw.file(draw.decision("D", logic))).inputs("D")] == ["amount"]


def test_a_number_is_text_where_text_is_asked_for() -> None:
    decision = draw.decision("D", draw.literal("code"), "in_code", "in_n")
    model = dmn.load(draw.file(draw.data("code", "string"), draw.data("n", "number"), decision))
    code, n = model.inputs("D")
    assert (code.read("4711"), code.read('"4711"'), code.read("null")) == ("4711", "4711", None)
    assert (n.read("4711"), n.read('"4711"')) == (Decimal(4711), "4711")
    with pytest.raises(ValueError, match="is no value"):
        n.read("[1")


def test_the_clock_comes_with_the_environment() -> None:
    model = dmn.load(draw.file(draw.decision("Today", draw.literal("today()"))))
    assert model.evaluate("Today", {}).value is None
    environment = feel.Environment(now=feel.evaluate('@"2024-02-29T12:00:00Z"', {}).value.to_datetime())
    assert str(model.evaluate("Today", {}, environment=environment).value) == "2024-02-29"
