"""Size does not slow a step: what it reads and writes is counted, beside few siblings and beside many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.engine import State, commands
from orchestrator.models import ElementInstance
from orchestrator.runtime import storage
from orchestrator.runtime.execution import execute
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, play

pytestmark = pytest.mark.django_db


def each(extensions: str = "", condition: str = "") -> bytes:
    asked = f"<bpmn:completionCondition>= {condition}</bpmn:completionCondition>" if condition else ""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return i" inputElement="i"'
        ' outputCollection="results" outputElement="= {i: i, answer: answer}"/>'
        f"</bpmn:extensionElements>{asked}</bpmn:multiInstanceLoopCharacteristics>"
    )
    return d.process(d.start(), d.user("a", extensions, loop), d.end(), flows="s-a a-e")


def numbers(case: Case) -> list[int]:
    found = ElementInstance.objects.filter(process_instance=case.pk, element="a", iteration__isnull=False)
    return list(found.filter(state="active").order_by("iteration").values_list("number", flat=True))


def cost_of_one(case: Case) -> tuple[int, int]:
    """Statements, and characters that they carried."""
    with CaptureQueriesContext(connection) as queries:
        execute(case.pk, commands.Complete(numbers(case)[3], {"answer": "x" * 50}))
    return len(queries), sum(len(query["sql"]) for query in queries)


def test_one_of_a_thousand_siblings_costs_what_one_of_ten_costs() -> None:
    few, many = play(each(), n=10), play(each(), n=1_000)
    for case in (few, many):
        for number in numbers(case)[4:8]:
            execute(case.pk, commands.Complete(number, {"answer": "yes"}))
    (statements, written), (statements_of_many, written_of_many) = cost_of_one(few), cost_of_one(many)
    assert statements_of_many == statements
    assert written_of_many <= written * 1.1
    body = ElementInstance.objects.get(process_instance=many.pk, element="a", iteration=None)
    assert body.loop is not None
    assert (body.loop["items"], body.loop["results"], body.loop["size"]) == ([], [], 1_000)


def test_one_of_a_thousand_in_turn_writes_neither_the_items_nor_the_results_again() -> None:
    tag = b"<bpmn:multiInstanceLoopCharacteristics"
    in_turn = each().replace(tag, tag + b' isSequential="true"')
    few, many = play(in_turn, n=10), play(in_turn, n=1_000)
    written = []
    for case in (few, many):
        for _ in range(3):
            execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
        with CaptureQueriesContext(connection) as queries:
            execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
        written.append((len(queries), sum(len(query["sql"]) for query in queries)))
        body = ElementInstance.objects.get(process_instance=case.pk, element="a", iteration=None)
        assert (body.data["progress"], len(numbers(case))) == ([5, 4, 0], 1)
    assert written[0][0] == written[1][0]
    assert written[1][1] <= written[0][1] * 1.1
    for _ in range(6):
        execute(few.pk, commands.Complete(numbers(few)[0], {"answer": "yes"}))
    assert (few.state, [one["i"] for one in few.variables["results"]]) == ("completed", list(range(1, 11)))


def test_the_output_collection_is_in_the_order_of_the_items_whoever_came_first() -> None:
    case = play(each(), n=4)
    for place in (2, 0, 1, 0):
        number = numbers(case)[place]
        execute(case.pk, commands.Complete(number, {"answer": place}))
    assert case.state == "completed"
    assert case.variables["results"] == [
        {"i": 1, "answer": 0},
        {"i": 2, "answer": 0},
        {"i": 3, "answer": 2},
        {"i": 4, "answer": 1},
    ]


def test_a_completion_condition_sees_what_was_collected_by_earlier_steps() -> None:
    case = play(each(condition='count(results[item != null and item.answer = "yes"]) >= 2'), n=5)
    for answer in ("yes", "no", "yes"):
        execute(case.pk, commands.Complete(numbers(case)[0], {"answer": answer}))
    assert case.state == "completed"
    found: list[Any] = case.variables["results"]
    assert [one and one["answer"] for one in found] == ["yes", "no", "yes", None, None]


def test_a_step_after_a_long_history_costs_what_a_first_step_costs() -> None:
    loop = '<bpmn:standardLoopCharacteristics loopMaximum="400"/>'
    many = d.element("scriptTask", "x", '<zeebe:script expression="= 1" resultVariable="y"/>', loop)
    costs = []
    for before in (many, d.script("x", "1", "y")):
        case = play(d.process(d.start(), before, d.user("a"), d.user("b"), d.end(), flows="s-x x-a a-b b-e"))
        state = State()
        with connection.cursor() as cursor:
            storage.load_around(cursor, case.pk, [case.number("a")], state)
        assert sorted(i.element for i in state.instances.values()) == ["a", "p"]
        with CaptureQueriesContext(connection) as queries:
            case.complete("a")
        costs.append((len(queries), sum(len(query["sql"]) for query in queries) // 100))
        assert ElementInstance.objects.filter(process_instance=case.pk).count() > 3
    assert costs[0] == costs[1]


def watchful() -> bytes:
    """In every iteration a task that a condition interrupts; the condition reads a variable of the process."""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    asks = "<bpmn:conditionalEventDefinition><bpmn:condition>= alarm</bpmn:condition></bpmn:conditionalEventDefinition>"
    flows = "".join(d.flow(*ends.split("-")) for ends in ("i-a", "a-x", "b-c", "c-y"))
    inside = (d.start(id="i"), d.user("a"), d.boundary("b", "a", asks), d.user("c"), d.end("x"), d.end("y"))
    return d.process(
        d.start(), d.element("subProcess", "m", inner=loop + "".join(inside) + flows), d.end(), flows="s-m m-e"
    )


def test_what_hundreds_of_conditions_read_is_written_in_as_many_statements_as_for_three() -> None:
    few, many = play(watchful(), n=3, alarm=False), play(watchful(), n=300, alarm=False)
    counted = []
    for case in (few, many):
        root = ElementInstance.objects.get(process_instance=case.pk, scope=None).number
        for alarm in (False, True):
            with CaptureQueriesContext(connection) as queries:
                execute(case.pk, commands.SetVariables(root, {"alarm": alarm}))
            counted.append(len(queries))
        assert set(case.active) == {"c"}
    assert counted[:2] == counted[2:]
