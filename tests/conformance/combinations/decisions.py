"""Business rule tasks: what a decision is asked, what it leaves, and what happens when it cannot be made."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import each, end, io, on, start, timer, user
from tests.conformance.combinations.scenario import Scenario, one
from tests.dmn.draw import data, decision, file, literal, table

LEVEL = table(["amount"], ["level"], ["< 10", '"low"'], [">= 10", '"high"'])
LETTER = table(["text"], ["r"], ['contains(?, "a")', "1"], ['contains(?, "b")', "2"])
FILES = {
    "level.dmn": file(data("amount"), decision("level", LEVEL, "in_amount")),
    "twice.dmn": file(data("amount"), decision("twice", literal("amount * 2"), "in_amount")),
    "letter.dmn": file(data("text"), decision("letter", LETTER, "in_text")),
}


def rule(id: str, decision: str, inner: str = "", ext: str = "") -> str:
    called = f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{id}"/>'
    return element("businessRuleTask", id, called + ext, inner)


def decided(task: str, *more: str, flows: str = "") -> dict[str, bytes]:
    files = one(start(), task, *more, user("after"), end(), flows=f"s-r r-after after-e {flows}")
    return {**files, **FILES}


SCENARIOS = {
    "a decision is made of what its task sees, and leaves its result": Scenario(
        decided(rule("r", "level")),
        [("start", {"amount": 12}), ("active", {"after": 1}), ("variables", {"r": "high", "amount": 12})],
    ),
    "inputs are what a decision is asked, outputs what it leaves": Scenario(
        decided(rule("r", "twice", ext=io({"amount": "price+1"}, {"total": "r+1"}))),
        [("start", {"price": 4, "amount": 100}), ("variables", {"total": 11, "amount": 100}), ("without", "r")],
    ),
    "which decision is made may be computed": Scenario(
        decided(rule("r", "=which")),
        [("start", {"which": "twice", "amount": 4}), ("variables", {"r": 8})],
    ),
    "a decision is made for each item": Scenario(
        decided(rule("r", "level", each("[5,50]", "amount", collects="levels", result="r"))),
        [("start", {}), ("variables", {"levels": ["low", "high"]}), ("without", "r"), ("done", {"r": 2})],
    ),
    "a decision that nobody knows is an incident, and a boundary event does not wait for it": Scenario(
        decided(rule("r", "=which"), on("r", "b", timer("PT1H")), flows="b-after"),
        [("start", {"which": "gone"}), ("incident", "p", "r", "CALLED_DECISION_ERROR"), ("active", {})],
    ),
    "a decision without a name is an incident": Scenario(
        decided(rule("r", "=which")), [("start", {}), ("incident", "p", "r", "EXTRACT_VALUE_ERROR")]
    ),
    "rules that contradict each other are an incident": Scenario(
        decided(rule("r", "letter")), [("start", {"text": "ab"}), ("incident", "p", "r", "DECISION_EVALUATION_ERROR")]
    ),
}
