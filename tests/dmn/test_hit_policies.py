"""What a decision table yields, for each hit policy (DMN 1.5, 8.2.10 and 8.2.11)."""

from __future__ import annotations

import pytest

from orchestrator import dmn
from tests.dmn.draw import data, decision, matched, read, table, value, warnings

AGE = data("Age", "number")


def ages(policy: str, *rules: tuple[str, str], **options: object) -> dmn.Definitions:
    return read(AGE, decision("Result", table(["Age"], [""], *rules, policy=policy, **options), "in_Age"))


OVERLAPPING = (("> 10", "1"), ("> 20", "2"), ("> 30", "3"))


def test_unique_yields_the_rule_that_matches() -> None:
    model = ages("UNIQUE", ("< 18", '"young"'), (">= 18", '"grown"'))
    assert value(model, "Result", Age=18) == "grown"
    assert matched(model, "Result", Age=18) == [2]


def test_unique_fails_when_two_rules_match_and_names_both() -> None:
    with pytest.raises(dmn.DecisionFailed) as failed:
        value(ages("UNIQUE", *OVERLAPPING), "Result", Age=25)
    assert failed.value.rules == ("rule1", "rule2")
    assert failed.value.element == "table"
    assert "rules 1 (rule1), 2 (rule2) did" in str(failed.value)


def test_any_takes_rules_that_agree() -> None:
    model = ages("ANY", ("> 10", '"yes"'), ("> 20", '"yes"'))
    assert value(model, "Result", Age=25) == "yes"
    assert matched(model, "Result", Age=25) == [1, 2]


def test_any_fails_when_rules_disagree() -> None:
    with pytest.raises(dmn.DecisionFailed, match="different outputs"):
        value(ages("ANY", *OVERLAPPING), "Result", Age=25)


def test_first_takes_the_topmost_rule() -> None:
    model = ages("FIRST", *OVERLAPPING)
    assert value(model, "Result", Age=35) == 1
    assert matched(model, "Result", Age=35) == [1]


def test_priority_takes_the_output_that_is_listed_first() -> None:
    model = ages("PRIORITY", ("> 10", '"low"'), ("> 20", '"high"'), allowed={"": '"high", "low"'})
    assert value(model, "Result", Age=25) == "high"
    assert value(model, "Result", Age=15) == "low"
    assert matched(model, "Result", Age=25) == [2]


def test_priority_may_take_its_order_from_the_type_of_the_result() -> None:
    grade = '<itemDefinition name="Grade"><typeRef>string</typeRef>'
    grade += '<allowedValues><text>"high", "low"</text></allowedValues></itemDefinition>'
    rules = (("> 10", '"low"'), ("> 20", '"high"'))
    model = read(
        grade, AGE, decision("Result", table(["Age"], [""], *rules, policy="PRIORITY"), "in_Age", type="Grade")
    )
    assert value(model, "Result", Age=25) == "high"


def test_rule_order_lists_outputs_as_the_rules_stand() -> None:
    assert value(ages("RULE ORDER", *OVERLAPPING), "Result", Age=25) == [1, 2]


def test_output_order_lists_the_best_first() -> None:
    model = ages("OUTPUT ORDER", *OVERLAPPING, allowed={"": "3, 2, 1"})
    assert value(model, "Result", Age=35) == [3, 2, 1]


def test_outputs_are_sorted_by_the_first_then_by_the_second() -> None:
    cells = table(
        ["Age"],
        ["Answer", "Rate"],
        ("> 1", '"no"', '"best"'),
        ("> 2", '"yes"', '"standard"'),
        ("> 3", '"yes"', '"best"'),
        policy="OUTPUT ORDER",
        allowed={"Answer": '"yes", "no"', "Rate": '"best", "standard"'},
    )
    found = value(read(AGE, decision("Result", cells, "in_Age")), "Result", Age=9)
    assert [(row["Answer"], row["Rate"]) for row in found] == [("yes", "best"), ("yes", "standard"), ("no", "best")]


@pytest.mark.parametrize(("aggregation", "expected"), [("", [1, 2]), ("SUM", 3), ("MIN", 1), ("MAX", 2), ("COUNT", 2)])
def test_collect_aggregates(aggregation: str, expected: object) -> None:
    assert value(ages("COLLECT", *OVERLAPPING, aggregation=aggregation), "Result", Age=25) == expected


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", None),
        ("COLLECT", "", []),
        ("RULE ORDER", "", []),
        ("COLLECT", "SUM", None),
        ("COLLECT", "COUNT", 0),
    ],
)
def test_without_a_match_lists_are_empty_and_values_null(policy: str, aggregation: str, expected: object) -> None:
    assert value(ages(policy, ("> 10", "1"), aggregation=aggregation), "Result", Age=5) == expected


def test_no_match_under_a_single_hit_policy_is_told() -> None:
    assert warnings(ages("FIRST", ("> 10", "1")), "Result", Age=5) == [
        "No rule matches, and the table has no default output"
    ]


def test_default_outputs_stand_in_for_a_rule() -> None:
    defaults = {"Answer": '"no"', "Rate": "1 + 2"}
    cells = table(["Age"], ["Answer", "Rate"], ("> 10", '"yes"', "2"), policy="FIRST", defaults=defaults)
    assert value(read(AGE, decision("Result", cells, "in_Age")), "Result", Age=5) == {"Answer": "no", "Rate": 3}


def test_a_list_of_hits_has_the_default_as_its_only_item() -> None:
    assert value(ages("RULE ORDER", ("> 10", "1"), defaults={"": "0"}), "Result", Age=5) == [0]


def test_the_sum_of_texts_is_null_and_says_why() -> None:
    model = ages("COLLECT", ("> 1", '"a"'), ("> 2", '"b"'), aggregation="SUM")
    assert value(model, "Result", Age=5) is None
    assert warnings(model, "Result", Age=5) == ["The sum is null: an output is no number"]


def test_the_highest_of_texts_is_the_last_in_the_alphabet() -> None:
    assert value(ages("COLLECT", ("> 1", '"a"'), ("> 2", '"b"'), aggregation="MAX"), "Result", Age=5) == "b"


def test_several_outputs_make_a_context() -> None:
    cells = table(["Age"], ["Fee", "Group"], ("< 18", "0", '"child"'), (">= 18", "10", '"adult"'))
    assert value(read(AGE, decision("Result", cells, "in_Age")), "Result", Age=40) == {"Fee": 10, "Group": "adult"}
