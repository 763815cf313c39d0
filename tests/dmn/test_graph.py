"""The decision requirement graph: what is evaluated, what each node sees, what functions are."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from orchestrator import dmn, feel
from tests.dmn.draw import data, decision, file, item, knowledge, literal, plain, read, service, table, value, warnings


def test_a_decision_uses_the_results_of_those_it_requires() -> None:
    model = read(
        data("Amount", "number"),
        decision("Net", literal("Amount * 0.5"), "in_Amount"),
        decision("Gross", literal("Net + Amount"), "in_Amount", "Net"),
    )
    assert value(model, "Gross", Amount=10) == 15


def test_a_decision_is_found_by_id_or_name() -> None:
    model = read(decision("The Result", literal("1"), id="decision_1"))
    assert value(model, "decision_1") == value(model, "The Result") == 1


def test_an_unknown_decision_fails_with_a_suggestion() -> None:
    with pytest.raises(dmn.DecisionFailed, match="no decision Resutl; did you mean Result"):
        value(read(decision("Result", literal("1"))), "Resutl")


def test_a_decision_required_twice_is_evaluated_once() -> None:
    model = read(
        decision("Base", literal("1")),
        decision("Left", literal("Base"), "Base"),
        decision("Right", literal("Base"), "Base"),
        decision("Top", literal("Left + Right"), "Left", "Right"),
    )
    found = dmn.evaluate(model, "Top", {})
    assert [d.name for d in found.decisions] == ["Base", "Right", "Left", "Top"]


def test_a_node_sees_only_what_it_requires() -> None:
    model = read(data("Hidden"), data("Seen"), decision("Result", literal("[Hidden, Seen]"), "in_Seen"))
    assert value(model, "Result", Hidden=1, Seen=2) == [None, 2]


def test_variables_of_a_process_that_the_model_does_not_declare_are_seen() -> None:
    """Camunda's modeler draws tables without input data."""
    model = read(decision("Result", table(["amount"], [""], ("> 5", '"high"'))))
    assert value(model, "Result", amount=6) == "high"


def test_a_variable_with_the_name_of_a_required_decision_does_not_replace_it() -> None:
    model = read(decision("Rating", literal('"new"')), decision("Result", literal("Rating"), "Rating"))
    assert value(model, "Result", Rating="old") == "new"


def test_a_decision_may_be_given_on_demand() -> None:
    model = read(decision("Rating", literal('"new"')), decision("Result", literal("Rating"), "Rating"))
    assert dmn.evaluate(model, "Result", {}, given={"Rating": "old"}).value == "old"


def test_a_missing_input_is_null_with_a_warning() -> None:
    model = read(data("Amount"), decision("Result", literal("Amount = null"), "in_Amount"))
    assert value(model, "Result") is True
    assert warnings(model, "Result") == ["The input Amount is null: it was not given"]


def test_a_decision_without_logic_is_null() -> None:
    assert value(read(decision("Result", "")), "Result") is None


def test_a_result_that_does_not_fit_the_type_of_the_decision_is_null() -> None:
    model = read(decision("Result", literal("1"), type="string"))
    assert value(model, "Result") is None
    assert warnings(model, "Result") == ["The decision Result is null: the number 1 is no string"]


def test_a_circle_that_nobody_refused_ends_with_null() -> None:
    model = read(decision("A", literal("B"), "B"), decision("B", literal("A"), "A"))
    assert value(model, "A") is None
    assert "requires itself" in warnings(model, "A")[0]


def test_a_chain_of_a_thousand_decisions_is_evaluated() -> None:
    chain = [decision(f"D{i}", literal(f"D{i - 1} + 1"), f"D{i - 1}") for i in range(1, 1001)]
    assert value(read(decision("D0", literal("0")), *chain), "D1000") == 1000


def test_numbers_stay_exact() -> None:
    model = read(data("a", "number"), decision("Result", literal("a * 3"), "in_a"))
    assert dmn.evaluate(model, "Result", {"a": Decimal("0.1")}).value == Decimal("0.3")


def test_the_clock_is_that_of_the_environment() -> None:
    now = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
    found = dmn.evaluate(
        read(decision("Result", literal("today()"))), "Result", {}, environment=feel.Environment(now=now)
    )
    assert str(found.value) == "2024-02-29"


# --- business knowledge models


def test_a_knowledge_model_sees_its_parameters_and_its_own_requirements_alone() -> None:
    model = read(
        data("Amount"),
        knowledge("Half", {"x": "number"}, literal("x / 2")),
        knowledge("Rest", {"x": "number"}, literal("[x - Half(x), Amount]"), "f_Half"),
        decision("Result", literal("Rest(Amount)"), "in_Amount", "f_Rest"),
    )
    assert value(model, "Result", Amount=10) == [5, None]


def test_a_knowledge_model_may_call_itself() -> None:
    body = literal("if n < 2 then n else fib(n - 1) + fib(n - 2)")
    model = read(knowledge("fib", {"n": "number"}, body), decision("Result", literal("fib(10)"), "f_fib"))
    assert value(model, "Result") == 55


def test_a_knowledge_model_that_never_ends_is_stopped() -> None:
    model = read(knowledge("f", {"n": "number"}, literal("f(n + 1)")), decision("Result", literal("f(1)"), "f_f"))
    with pytest.raises(feel.LimitExceeded):
        value(model, "Result")


def test_a_knowledge_model_is_not_called_with_an_argument_of_the_wrong_type() -> None:
    model = read(knowledge("Half", {"x": "number"}, literal("1")), decision("Result", literal('Half("a")'), "f_Half"))
    assert value(model, "Result") is None


def test_a_knowledge_model_may_hold_a_table() -> None:
    logic = table(["age"], [""], ("< 18", '"young"'), (">= 18", '"grown"'))
    model = read(
        data("Age"),
        knowledge("Group", {"age": "number"}, logic),
        decision("Result", literal("Group(Age)"), "in_Age", "f_Group"),
    )
    found = dmn.evaluate(model, "Result", {"Age": 20})
    assert found.value == "grown"
    assert [rule.id for rule in found.decisions[-1].tables[0].rules] == ["rule2"]


def test_a_knowledge_model_can_be_invoked_directly() -> None:
    model = read(knowledge("Half", {"x": "number"}, literal("x / 2")))
    assert dmn.evaluate_bkm(model, "Half", {"x": 10}).value == 5


def test_a_function_as_the_result_of_a_decision_remembers_its_variables() -> None:
    model = read(
        data("Rate"),
        decision("Pricing", literal("function(amount: number) amount * Rate"), "in_Rate"),
        decision("Result", literal("Pricing(10)"), "Pricing"),
    )
    assert value(model, "Result", Rate=2) == 20


# --- decision services


SERVICE = (
    data("a", "string"),
    decision("Given", literal('"never"'), type="string"),
    decision("Inner", literal('Given + "!"'), "Given"),
    decision("Out", literal("a + Inner"), "in_a", "Inner"),
    service("Serve", "Out", inputs="in_a", decisions="Given"),
)


def test_a_service_takes_its_input_data_first_and_then_its_input_decisions() -> None:
    model = read(*SERVICE, decision("Result", literal('Serve("x", "y")'), "f_Serve"))
    assert value(model, "Result") == "xy!"


def test_a_service_takes_arguments_by_name() -> None:
    model = read(*SERVICE, decision("Result", literal('Serve(Given: "y", a: "x")'), "f_Serve"))
    assert value(model, "Result") == "xy!"


def test_a_service_with_the_wrong_number_of_arguments_is_null() -> None:
    assert value(read(*SERVICE, decision("Result", literal('Serve("x")'), "f_Serve")), "Result") is None


def test_a_service_does_not_change_what_its_caller_sees() -> None:
    caller = decision("Result", literal('[a, Given, Serve("x", "y")]'), "in_a", "Given", "f_Serve")
    assert value(read(*SERVICE, caller), "Result", a="outer") == ["outer", "never", "xy!"]


def test_a_service_can_be_called_from_outside() -> None:
    assert dmn.evaluate_service(read(*SERVICE), "Serve", {"a": "x", "Given": "y"}).value == "xy!"


def test_a_service_with_several_outputs_yields_a_context() -> None:
    model = read(decision("A", literal("1")), decision("B", literal("2")), service("Both", "A B"))
    assert plain(dmn.evaluate_service(model, "Both", {}).value) == {"A": 1, "B": 2}


def test_the_result_of_a_service_fits_the_type_of_its_function() -> None:
    function = item("tServe", inner='<functionItem outputTypeRef="string"/>')
    model = read(function, decision("A", literal("1")), service("Serve", "A", type="tServe"))
    assert dmn.evaluate_service(model, "Serve", {}).value is None


# --- imports


BASE = file(
    item("tPerson", inner=item("name", "string", tag="itemComponent")),
    data("Person", "tPerson"),
    knowledge("Say Hello", {"who": "tPerson"}, literal('"Hello " + who.name')),
    decision("Greeting", literal("Say Hello(Person)"), "in_Person", "f_SayHello"),
    namespace="https://baton.example/base",
)
USES = '<import name="base" namespace="https://baton.example/base" importType="{}"/>'.format(
    "https://www.omg.org/spec/DMN/20230324/MODEL/"
)


def using(*parts: str) -> dmn.Definitions:
    return dmn.parse_all([file(USES, *parts), BASE])[0]


def test_functions_and_types_of_an_imported_file_are_known_by_its_name() -> None:
    model = using(
        data("Me", "base.tPerson"),
        decision("Result", literal("base.Say Hello(Me)"), "in_Me", "https://baton.example/base#f_SayHello"),
    )
    assert value(model, "Result", Me={"name": "Ada"}) == "Hello Ada"
    assert value(model, "Result", Me={"nam": "Ada"}) is None


def test_an_imported_decision_finds_its_data_under_the_name_of_the_import() -> None:
    model = using(decision("Result", literal("base.Greeting"), "https://baton.example/base#Greeting"))
    assert value(model, "Result", base={"Person": {"name": "Ada"}}) == "Hello Ada"


def test_an_imported_decision_also_finds_its_data_at_the_top() -> None:
    model = using(decision("Result", literal("base.Greeting"), "https://baton.example/base#Greeting"))
    assert value(model, "Result", Person={"name": "Ada"}) == "Hello Ada"


def test_a_file_imported_on_two_ways_has_two_sets_of_data() -> None:
    middle = [
        file(
            USES,
            decision("Middle", literal('base.Greeting + "!"'), "https://baton.example/base#Greeting"),
            namespace=f"https://baton.example/{name}",
        )
        for name in ("left", "right")
    ]
    imports = "".join(f'<import name="{n}" namespace="https://baton.example/{n}"/>' for n in ("left", "right"))
    needs = [f"https://baton.example/{name}#Middle" for name in ("left", "right")]
    top = file(imports, decision("Result", literal("[left.Middle, right.Middle]"), *needs))
    model = dmn.parse_all([top, BASE, *middle])[0]
    people = {"left": {"base": {"Person": {"name": "L"}}}, "right": {"base": {"Person": {"name": "R"}}}}
    assert value(model, "Result", **people) == ["Hello L!", "Hello R!"]


def test_an_import_without_a_name_brings_its_names_along() -> None:
    unnamed = file(
        '<import name="" namespace="https://baton.example/base"/>',
        decision("Result", literal("Greeting"), "https://baton.example/base#Greeting"),
    )
    assert value(dmn.parse_all([unnamed, BASE])[0], "Result", Person={"name": "Ada"}) == "Hello Ada"


def test_a_reference_may_name_its_own_file() -> None:
    model = read(decision("A", literal("1")), decision("Result", literal("A"), "https://baton.example/test#A"))
    assert value(model, "Result") == 1
