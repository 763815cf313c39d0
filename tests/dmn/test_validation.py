"""What a deployment refuses, and what it advises to look at again; always with the id of the element."""

from __future__ import annotations

import pytest

from orchestrator import dmn
from tests.dmn.draw import data, decision, entry, item, knowledge, literal, read, said, service, table


def refused(*parts: str) -> list[tuple[str, str]]:
    return said(dmn.problems(read(*parts)))


def advised(*parts: str) -> list[tuple[str, str]]:
    return said(dmn.advice(read(*parts)))


AGE, KIND = data("Age", "number"), data("Kind", "string")


def one(*rules: tuple[str, ...], **options: object) -> tuple[str, ...]:
    """A table over Age."""
    return AGE, decision("Result", table(["Age"], [""], *rules, **options), "in_Age")


def two(*rules: tuple[str, ...], **options: object) -> tuple[str, ...]:
    """A table over Age and Kind."""
    return AGE, KIND, decision("Result", table(["Age", "Kind"], [""], *rules, **options), "in_Age", "in_Kind")


def test_a_sound_model_has_no_problems_and_needs_no_advice() -> None:
    parts = one(("< 18", '"young"'), (">= 18", '"grown"'))
    assert refused(*parts) == []
    assert advised(*parts) == []


# --- the graph


def test_a_requirement_that_leads_nowhere_is_refused() -> None:
    assert refused(decision("Result", literal("1"), "in_Gone", "Gone", "f_gone")) == [
        ("Result", "Result requires in_Gone, but the file has no input data of that id"),
        ("Result", "Result requires Gone, but the file has no decision of that id"),
        (
            "Result",
            "Result requires f_gone, but the file has no business knowledge model or decision service of that id",
        ),
    ]


def test_a_requirement_of_the_wrong_kind_is_refused() -> None:
    wrong = decision("Result", literal("1"), "Other").replace("requiredDecision", "requiredInput")
    assert refused(wrong, decision("Other", literal("1"))) == [
        ("Result", "Result requires Other, but the file has no input data of that id")
    ]


def test_decisions_that_require_each_other_are_refused() -> None:
    circle = [decision("A", literal("B"), "B"), decision("B", literal("C"), "C"), decision("C", literal("A"), "A")]
    assert refused(*circle) == [("A", "Requirements go round in a circle: A requires B requires C requires A")]


def test_knowledge_that_requires_itself_is_refused() -> None:
    models = [knowledge("f", {}, literal("1"), "f_g"), knowledge("g", {}, literal("1"), "f_f")]
    ((_, message),) = refused(*models)
    assert message == "Requirements go round in a circle: f requires g requires f"


def test_a_service_that_its_own_decision_calls_is_refused() -> None:
    parts = [decision("A", literal("S()"), "f_S"), service("S", "A")]
    ((_, message),) = refused(*parts)
    assert "circle" in message


def test_ids_and_names_are_used_once() -> None:
    assert refused(decision("A", literal("1"), id="x"), decision("B", literal("1"), id="x"), data("B")) == [
        ("x", "The id x is used twice: give one of the two elements another id"),
        ("x", "in_B and x are all named B: names must differ"),
    ]


def test_an_import_that_is_not_here_is_refused() -> None:
    ((_, message),) = refused('<import id="i" name="x" namespace="urn:x"/>')
    assert message == "The file imports urn:x, which is not among the files here"


# --- expressions


def test_a_syntax_error_is_refused_with_line_column_and_cell() -> None:
    cells = table(["Age"], [""], ("> 5", "1"), ("<= 5", "if\n  then"))
    ((element, message),) = refused(AGE, decision("Result", cells, "in_Age"))
    assert element == "r2c2"
    assert "`if then` is no FEEL. Line 2, column 3" in message


@pytest.mark.parametrize(
    ("language", "refuses"),
    [
        ("https://www.omg.org/spec/DMN/20230324/FEEL/", False),
        ("http://www.omg.org/spec/FEEL/20140401", False),
        ("feel", False),
        ("javascript", True),
        ("juel", True),
        ("http://www.w3.org/1999/XPath", True),
    ],
)
def test_only_feel_is_evaluated(language: str, refuses: bool) -> None:
    logic = literal("1", id="x").replace("<literalExpression", f'<literalExpression expressionLanguage="{language}"')
    found = refused(decision("Result", logic))
    assert found == ([("x", f"The expression is written in {language}: only FEEL is evaluated")] if refuses else [])


def test_a_function_in_java_is_refused() -> None:
    logic = '<functionDefinition id="x" kind="Java"><context/></functionDefinition>'
    assert refused(decision("Result", logic)) == [("x", "The function is written in Java: only FEEL is evaluated")]


def test_an_unknown_type_is_refused_with_a_suggestion() -> None:
    assert refused(item("tGrade", "string"), data("Grade", "tGarde"))[0] == (
        "in_Grade",
        "No type is named tGarde; did you mean tGrade?",
    )


def test_a_type_that_only_refers_to_itself_is_refused() -> None:
    assert ("tA", "The type tA only refers to itself") in refused(item("tA", "tB"), item("tB", "tA"))


def test_a_pattern_that_can_never_work_is_refused() -> None:
    ((element, message),) = refused(decision("Result", literal('matches("a", "[")', id="x")))
    assert element == "x"
    assert "pattern" in message


def test_an_unknown_name_is_advised_with_a_suggestion() -> None:
    assert advised(AGE, decision("Result", literal("Agge + 1", id="x"), "in_Age")) == [
        ("x", "Nothing is named Agge here; did you mean Age?")
    ]


def test_a_name_that_was_not_required_is_advised() -> None:
    assert advised(AGE, KIND, decision("Result", literal("[Age, Kind]", id="x"), "in_Age")) == [
        ("x", "Nothing is named Kind here")
    ]


def test_names_that_are_bound_inside_an_expression_are_known() -> None:
    people = item("tPerson", inner=item("age", "number", tag="itemComponent"))
    text = "for a in 1..3, b in [a] return count([{age: a, c: b}][age > 1 and c > 1]) + function(d) d"
    entries = entry("f", literal(text)) + entry("g", literal("f"))
    assert advised(people, AGE, decision("Result", f"<context>{entries}</context>", "in_Age")) == []


def test_a_model_without_input_data_may_read_any_variable_of_the_process() -> None:
    assert advised(decision("Result", literal("amount + 1"))) == []


def test_an_unknown_function_is_advised_with_a_suggestion() -> None:
    assert advised(decision("Result", literal("conut([1])", id="x"))) == [
        ("x", "No function is named conut here; did you mean count?")
    ]


def test_a_decision_without_logic_is_advised() -> None:
    assert advised(decision("Result", "")) == [("Result", "The decision Result has no logic: its value is null")]


# --- tables


def test_an_unknown_hit_policy_is_refused() -> None:
    ((element, message),) = refused(*one(("-", "1"), policy="LAST"))
    assert element == "table"
    assert message.startswith("There is no hit policy 'LAST': choose one of UNIQUE, ANY")


def test_an_unknown_aggregation_is_refused() -> None:
    ((_, message),) = refused(*one(("-", "1"), policy="COLLECT", aggregation="AVG"))
    assert "no aggregation 'AVG'" in message


def test_a_sum_of_two_outputs_is_refused() -> None:
    cells = table(["Age"], ["a", "b"], ("-", "1", "2"), policy="COLLECT", aggregation="SUM")
    assert refused(AGE, decision("Result", cells, "in_Age")) == [
        ("table", "SUM collects one output, but the table has 2")
    ]


def test_a_rule_with_a_cell_too_few_is_refused() -> None:
    assert refused(*two(("> 1", "1"))) == [("rule1", "Rule 1 has 2 input entries, the table 2 inputs")] or refused(
        *two(("> 1", '"a"'))
    ) == [("rule1", "Rule 1 has 0 output entries, the table 1 outputs")]


def test_an_input_without_an_expression_is_refused() -> None:
    cells = '<decisionTable id="table"><input id="in1" label="?"/><output id="out1"/></decisionTable>'
    assert ("in1", "The input has no expression: say what the column tests") in refused(decision("Result", cells))


def test_overlapping_rules_under_unique_are_refused_with_an_example() -> None:
    ((element, message),) = refused(*two(("> 10", "-", "1"), ("<= 20", '"a", "b"', "2"), ("<= 10", '"c"', "3")))
    assert element == "rule2"
    assert message.startswith('The rules 1 (rule1) and 2 (rule2) both match for Age = 11, Kind = "a", but under')


@pytest.mark.parametrize(
    ("first", "second", "example"),
    [
        ("[1..5]", "[5..9]", "5"),
        ("[1..5)", "[5..9]", None),
        ("< 5", "> 4.5", "4.75"),
        ("not(5)", "6", "6"),
        ("not(5)", "5", None),
        ('@"2024-01-01"', '> @"2023-12-31"', '@"2024-01-01"'),
        ('< @"2024-01-02"', '> @"2024-01-01"', None),
        ('[@"P1D"..@"P2D"]', '@"PT36H"', '@"P1DT12H"'),
        ("true", "not(false)", "true"),
        ("true", "false", None),
        ('"a"', 'not("b", "c")', '"a"'),
        ('not("a")', 'not("b")', '"some text"'),
        ("null", "null, 5", "null"),
        ("null", "-", "null"),
        ("null", "< 5", None),
        ("[9..1]", "5", None),
        ("? > 5", "6", None),
    ],
)
def test_two_cells_overlap_or_do_not(first: str, second: str, example: str | None) -> None:
    found = refused(data("Age"), decision("Result", table(["Age"], [""], (first, "1"), (second, "2")), "in_Age"))
    assert [f"for Age = {example}, but" in message for _, message in found] == ([] if example is None else [True])


def test_rules_that_differ_only_outside_the_allowed_values_do_not_overlap() -> None:
    grade = item("tGrade", "string", allowed='"a", "b"')
    rules = (('not("a")', "1"), ('not("b")', "2"))
    parts = data("Kind", "tGrade"), decision("Result", table(["Kind"], [""], *rules), "in_Kind")
    assert refused(grade, *parts) == []
    assert advised(grade, *parts) == []


def test_many_overlaps_are_summed_up() -> None:
    found = refused(*one(*[("-", "1")] * 100))
    assert len(found) == 21
    assert found[-1] == ("table", "There are more than 20 findings like the last one in this table")


def test_overlaps_under_other_hit_policies_are_fine() -> None:
    assert refused(*one(("> 1", "1"), ("> 2", "2"), policy="FIRST")) == []


def test_a_gap_is_advised_with_an_example() -> None:
    rules = (("<= 10", "-", "1"), ("> 10", '"a"', "2"))
    ((element, message),) = advised(*two(*rules))
    assert (element, message) == (
        "table",
        'No rule matches Age = 11, Kind = "another text": the result is null there',
    )


def test_there_is_no_gap_where_a_default_or_a_list_is_the_result() -> None:
    assert advised(*one(("> 10", "1"), defaults={"": "0"})) == []
    assert advised(*one(("> 10", "1"), policy="COLLECT")) == []


def test_allowed_values_that_are_all_handled_leave_no_gap() -> None:
    rules = (('"a"', "1"), ('"b"', "2"))
    parts = KIND, decision("Result", table(["Kind"], [""], *rules, allowed={"Kind": '"a", "b"'}), "in_Kind")
    assert advised(*parts) == []


def test_a_condition_that_only_data_can_decide_is_given_the_benefit_of_the_doubt() -> None:
    assert advised(*one(("<= 10", "1"), ("? > 10", "2"))) == []


def test_booleans_are_complete_with_two_rules() -> None:
    parts = data("Ok", "boolean"), decision("Result", table(["Ok"], [""], ("true", "1"), ("false", "2")), "in_Ok")
    assert advised(*parts) == []
    parts = data("Ok", "boolean"), decision("Result", table(["Ok"], [""], ("true", "1")), "in_Ok")
    assert advised(*parts) == [("table", "No rule matches Ok = false: the result is null there")]


def test_a_cell_that_no_value_passes_is_advised() -> None:
    assert ("r2c1", "Rule 2 never matches: no value of Age passes `[20..10]`") in advised(
        *one(("-", "1"), ("[20..10]", "2"), policy="FIRST")
    )


def test_a_cell_outside_the_allowed_values_never_matches() -> None:
    rules = (('"a"', "1"), ('"b"', "2"), ('"c"', "3"))
    parts = KIND, decision("Result", table(["Kind"], [""], *rules, allowed={"Kind": '"a", "b"'}), "in_Kind")
    assert advised(*parts) == [("r3c1", 'Rule 3 never matches: no value of Kind passes `"c"`')]


def test_a_rule_below_those_that_cover_it_never_matches() -> None:
    parts = one(("< 10", "1"), (">= 10", "2"), ("[5..15]", "3"), ("-", "4"), policy="FIRST")
    assert advised(*parts) == [("rule3", "Rule 3 never matches: the rules above it match first")]


def test_a_catch_all_rule_is_reached_by_null() -> None:
    assert advised(*one(("< 10", "1"), (">= 10", "2"), ("-", "3"), policy="FIRST")) == []
    assert advised(*one(("-", "1"), ("-", "2"), policy="FIRST")) == [
        ("rule2", "Rule 2 never matches: the rules above it match first")
    ]


def test_a_cell_of_another_type_than_its_column_is_advised() -> None:
    found = advised(*one(('"young"', "1"), ("-", "2"), policy="FIRST"))
    assert found == [("r1c1", 'Rule 1: `"young"` tests for a string, but Age is a number')]


def test_an_output_of_another_type_than_its_column_is_advised() -> None:
    cells = table(["Age"], ["Fee"], ("-", '"free"'), types={"Fee": "number"})
    assert advised(AGE, decision("Result", cells, "in_Age")) == [
        ("r1c2", 'Rule 1: the string "free" is no number, as the output Fee declares')
    ]


def test_an_output_outside_the_allowed_values_is_advised() -> None:
    cells = table(["Age"], ["Fee"], ("-", '"no"'), allowed={"Fee": '"yes", "maybe"'})
    assert advised(AGE, decision("Result", cells, "in_Age")) == [
        ("r1c2", 'Rule 1: the string "no" is not among the allowed values of Fee')
    ]


def test_rules_that_disagree_under_any_are_advised() -> None:
    ((element, message),) = advised(*one(("<= 10", "1"), (">= 10", "2"), policy="ANY"))
    assert element == "rule2"
    assert "both match for Age = 10 with different outputs" in message


def test_an_order_that_nobody_wrote_down_is_advised() -> None:
    assert "sorts by the allowed values" in advised(*one(("-", "1"), policy="PRIORITY"))[0][1]
