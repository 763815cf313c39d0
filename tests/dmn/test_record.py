"""The record of an evaluation, for the auditor."""

from __future__ import annotations

import json
from decimal import Decimal

from orchestrator import dmn
from orchestrator.feel.jsonnumbers import dumps
from tests.dmn.draw import DMN13, data, decision, file, literal, read, table


def claim() -> dmn.Definitions:
    rules = (("< 100", '"glass"', '"pay"', "10"), (">= 100", "-", '"check"', "20"))
    route = table(["Amount", "Kind"], ["Route", "Priority"], *rules)
    route = route.replace('<input id="in1">', '<input id="in1" label="Amount in EUR">')
    route = route.replace('<rule id="rule2">', '<rule id="rule2"><description>Large ones</description>')
    return read(
        data("Amount", "number"),
        data("Kind", "string"),
        decision("Route", route, "in_Amount", "in_Kind"),
        decision("Result", literal('Route.Route + "!"'), "Route"),
    )


def test_each_decision_tells_its_inputs_and_the_rules_that_matched() -> None:
    route, result = dmn.evaluate(claim(), "Result", {"Amount": 250, "Kind": "car"}).decisions
    assert (route.id, route.name, route.hit_policy) == ("Route", "Route", "U")
    assert [(i.id, i.label, i.value) for i in route.inputs] == [
        ("in1", "Amount in EUR", Decimal(250)),
        ("in2", "Kind", "car"),
    ]
    (rule,) = route.rules
    assert (rule.id, rule.index, rule.description) == ("rule2", 2, "Large ones")
    assert rule.outputs == (("Route", "check"), ("Priority", Decimal(20)))
    assert result.value == "check!"
    assert [(i.label, i.value) for i in result.inputs] == [("Route", {"Route": "check", "Priority": Decimal(20)})]


def test_a_warning_stands_at_the_decision_it_belongs_to() -> None:
    route, result = dmn.evaluate(claim(), "Result", {"Amount": "many", "Kind": "car"}).decisions
    assert [warning.element for warning in route.warnings] == ["in_Amount", "table"]
    assert result.warnings[0].message.startswith("`Route.Route` is null")


def test_the_record_is_json() -> None:
    record = dmn.evaluate(claim(), "Result", {"Amount": Decimal("250.10"), "Kind": "car"}).to_json()
    stored = json.loads(dumps(record), parse_float=Decimal)
    assert stored["value"] == "check!"
    assert stored["decisions"][0]["inputs"][0] == {"id": "in1", "label": "Amount in EUR", "value": Decimal("250.10")}
    assert stored["decisions"][0]["rules"][0]["outputs"][1] == {"label": "Priority", "value": 20}
    assert set(stored["decisions"][0]) == {
        "id", "name", "hitPolicy", "inputs", "rules", "value", "warnings", "tables",
    }  # fmt: skip


def test_dates_and_functions_are_written_as_texts() -> None:
    model = read(decision("D", literal('date("2024-02-29")')), decision("F", literal("function(a) a")))
    assert dmn.evaluate(model, "D", {}).to_json()["value"] == "2024-02-29"
    assert dmn.evaluate(model, "F", {}).to_json()["value"] == "function(a)"


def test_a_huge_value_is_described_in_the_record_and_not_copied() -> None:
    model = read(data("Rows"), decision("Result", literal("count(Rows)"), "in_Rows"))
    record = dmn.evaluate(model, "Result", {"Rows": list(range(5000))}).to_json()
    assert record["value"] == 5000
    assert record["decisions"][0]["inputs"][0]["value"] == "(a list of 5000 items, too large for the record)"


def test_annotations_of_the_rule_are_kept() -> None:
    cells = table(["Amount"], [""], ("-", "1"))
    cells = cells.replace("</output>", '</output><annotation name="Source"/>')
    cells = cells.replace("</rule>", "<annotationEntry><text>Policy 7</text></annotationEntry></rule>")
    found = dmn.evaluate(dmn.parse(file(decision("Result", cells), version=DMN13)), "Result", {"Amount": 1})
    assert found.decisions[0].rules[0].annotations == (("Source", "Policy 7"),)


def test_a_loop_over_a_service_does_not_fill_the_record() -> None:
    serve = '<decisionService id="f_S" name="S"><variable name="S"/><outputDecision href="#One"/></decisionService>'
    loop = decision("Result", literal("sum(for i in 1..900 return S())"), "f_S")
    model = read(decision("One", literal("1")), serve, loop)
    found = dmn.evaluate(model, "Result", {})
    assert found.value == 900
    assert len(found.decisions) <= 501
    assert found.decisions[-1].name == "Result"
