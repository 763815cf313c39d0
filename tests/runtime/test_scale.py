"""Size does not slow a step: what it reads and writes is counted, beside few siblings and beside many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orchestrator.engine import State, commands, effects
from orchestrator.models import ElementInstance, LoopItem, ProcessInstance
from orchestrator.runtime import definitions, jobs, storage, wire
from orchestrator.runtime.execution import execute
from orchestrator.runtime.pending import Pending
from orchestrator.runtime.waiting import reasons
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, play

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
    assert body.loop == {"results": [], "size": 1_000}
    assert not LoopItem.objects.exists()


def undoable() -> bytes:
    """In each iteration a task that can be undone; behind all of them, all is undone."""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return i" inputElement="i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    undo = "<bpmn:compensateEventDefinition/>"
    inside = (
        d.element("startEvent", "in"),
        d.user("a"),
        d.element("boundaryEvent", "undo", inner=undo, attributes='attachedToRef="a"'),
        d.element("userTask", "back", d.USER, attributes='isForCompensation="true"'),
        '<bpmn:association id="l" sourceRef="undo" targetRef="back"/>',
        d.element("endEvent", "out"),
        d.flow("in", "a"),
        d.flow("a", "out"),
    )
    each = d.element("subProcess", "each", inner="".join(inside) + loop)
    return d.process(d.start(), each, d.user("b"), d.end("e", undo), flows="s-each each-b b-e")


def open_inside(case: Case) -> list[int]:
    found = ElementInstance.objects.filter(process_instance=case.pk, element="a", state="active")
    return list(found.order_by("number").values_list("number", flat=True))


def test_what_a_thousand_siblings_did_that_can_be_undone_is_not_written_again_by_each() -> None:
    few, many = play(undoable(), n=10), play(undoable(), n=1_000)
    costs = []
    for case, done in ((few, 6), (many, 200)):
        open_ones = open_inside(case)
        for number in open_ones[3 : 3 + done]:
            execute(case.pk, commands.Complete(number, {"answer": "yes"}))
        with CaptureQueriesContext(connection) as queries:
            execute(case.pk, commands.Complete(open_ones[0], {"answer": "yes"}))
        costs.append((len(queries), sum(len(query["sql"]) for query in queries)))
    (statements, written), (statements_of_many, written_of_many) = costs
    assert statements_of_many == statements
    assert written_of_many <= written * 1.1
    for number in open_inside(few)[::-1]:
        execute(few.pk, commands.Complete(number, {}))
    few.complete("b")
    undone = ElementInstance.objects.filter(process_instance=few.pk, element="back", state="active").order_by("number")
    assert [one.variables["i"] for one in undone] == [2, 3, 10, 1, 9, 8, 7, 6, 5, 4]


def test_a_job_more_looks_at_none_of_the_jobs_before_it() -> None:
    class Unread(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError("the jobs are read again")

    process = definitions.process_of(deployed(d.ONE_JOB).pk)
    pending = Pending(ProcessInstance(pk=1), process, {}, 0, timezone.now(), jobs=Unread())
    for number in (1, 2, 2):
        pending.add(effects.CreateJob(number, "work", "http", 3, {}, (), None, {}))
    keys = [json.loads(list.__getitem__(pending.jobs, at)["payload"])["key"] for at in range(3)]
    assert keys == ["1:work:0:1", "1:work:0:2", "1:work:0:2.0"]


def in_turn(extensions: str = "", condition: str = "") -> bytes:
    tag = b"<bpmn:multiInstanceLoopCharacteristics"
    return each(extensions, condition).replace(tag, tag + b' isSequential="true"')


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The characters of every answer of the database that a step fetched."""
    found: list[int] = []
    fetchall = wire.Cursor.fetchall

    def counted(cursor: wire.Cursor) -> list[Any]:
        rows = fetchall(cursor)
        found.append(sum(len(str(column)) for row in rows for column in row))
        return rows

    monkeypatch.setattr(wire.Cursor, "fetchall", counted)
    return found


def test_one_of_a_thousand_in_turn_reads_and_writes_what_one_of_ten_does(read: list[int]) -> None:
    few, many = play(in_turn(), n=10), play(in_turn(), n=1_000)
    costs = []
    for case in (few, many):
        for _ in range(3):
            execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
        del read[:]
        with CaptureQueriesContext(connection) as queries:
            execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
        costs.append((len(queries), sum(len(query["sql"]) for query in queries), sum(read)))
        body = ElementInstance.objects.get(process_instance=case.pk, element="a", iteration=None)
        assert (body.data["progress"], len(numbers(case))) == ([5, 4, 0], 1)
    (statements, written, fetched), (statements_of_many, written_of_many, fetched_of_many) = costs
    assert statements_of_many == statements
    assert written_of_many <= written * 1.1
    assert fetched_of_many <= fetched * 1.1
    for _ in range(6):
        execute(few.pk, commands.Complete(numbers(few)[0], {"answer": "yes"}))
    assert (few.state, [one["i"] for one in few.variables["results"]]) == ("completed", list(range(1, 11)))
    assert not LoopItem.objects.filter(process_instance=few.pk).exists()


def test_a_thousand_in_turn_that_nobody_waits_for_are_read_in_a_few_statements() -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return if odd(i) then i else null"'
        ' inputElement="i" outputCollection="results" outputElement="= i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    body = d.element(
        "subProcess",
        "m",
        inner=f"{loop}{d.start(id='i')}{d.user('a')}{d.end('x')}" + d.flow("i", "a") + d.flow("a", "x"),
    )
    quick = d.element("scriptTask", "q", '<zeebe:script expression="= 1" resultVariable="y"/>', loop)
    case = play(d.process(d.start(), body, quick, d.end(), flows="s-m m-q q-e"), n=600)
    item = ElementInstance.objects.filter(process_instance=case.pk, element="m", iteration=1).get()
    assert (item.variables["i"], LoopItem.objects.count()) == (1, 599)
    execute(case.pk, commands.Modify(terminate=(item.scope or 0,), activate=(("q", {}, None),)))
    jobs.sweep()
    assert (case.state, case.variables["results"][:3], LoopItem.objects.count()) == ("completed", [1, None, 3], 0)


def test_items_go_when_the_case_is_cancelled() -> None:
    case = play(in_turn(), n=10)
    execute(case.pk, commands.Cancel())
    assert (case.state, LoopItem.objects.count()) == ("terminated", 0)


def test_many_that_nobody_waits_for_are_done_in_several_steps() -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return {i: i}" inputElement="it"'
        ' outputCollection="results" outputElement="= it.i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    quick = d.element("scriptTask", "q", '<zeebe:script expression="= 1" resultVariable="y"/>', loop)
    case = play(d.process(d.start(), quick, d.end(), flows="s-q q-e"), n=1_200)
    (job,) = case.jobs
    assert (job.kind, job.type, LoopItem.objects.count()) == ("delivery", "go on", 701)
    assert [reason.text for reason in reasons(case.instance)] == ["“q” is about to go on with its next items"]
    with CaptureQueriesContext(connection) as queries:
        jobs.sweep()
    assert len(queries) < 60
    while case.state == "active":
        assert jobs.sweep() == 1
    assert (case.incidents, case.variables["results"]) == ([], list(range(1, 1_201)))
    assert not LoopItem.objects.exists()


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
        costs.append((len(queries), sum(len(query["sql"]) for query in queries)))
        assert ElementInstance.objects.filter(process_instance=case.pk).count() > 3
    (statements_after_many, written_after_many), (statements, written) = costs
    assert statements_after_many == statements
    assert written_after_many <= written * 1.02


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


def test_completing_one_of_hundreds_with_a_condition_each_costs_what_one_of_three_costs(read: list[int]) -> None:
    costs = []
    for case in (play(watchful(), n=3, alarm=False), play(watchful(), n=300, alarm=False)):
        del read[:]
        with CaptureQueriesContext(connection) as queries:
            case.complete("a", answer="yes")
        costs.append((len(queries), sum(len(query["sql"]) for query in queries), sum(read)))
        root = ElementInstance.objects.get(process_instance=case.pk, scope=None)
        assert root.data == {}
    (statements, written, fetched), (statements_of_many, written_of_many, fetched_of_many) = costs
    assert statements_of_many == statements
    assert written_of_many <= written * 1.1
    assert fetched_of_many <= fetched * 1.1


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


def test_what_ran_before_the_items_had_rows_goes_on() -> None:
    """The rows as they were: items in the body, those that wait for conditions in a list."""
    case = play(in_turn(), n=4)
    execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
    LoopItem.objects.all().delete()
    body = ElementInstance.objects.get(process_instance=case.pk, element="a", iteration=None)
    body.loop = {**body.loop, "items": [1, 2, 3, 4]}
    body.save()
    root = ElementInstance.objects.get(process_instance=case.pk, scope=None)
    root.data = {"conditions": []}
    root.save()
    upgrade = import_module("orchestrator.migrations.0020_items_in_rows")
    with connection.cursor() as cursor:
        for statement in (upgrade.ITEMS, upgrade.ENOUGH, upgrade.TIDY):
            cursor.execute(statement)
    assert list(LoopItem.objects.order_by("iteration").values_list("iteration", "value")) == [(3, 3), (4, 4)]
    for _ in range(3):
        execute(case.pk, commands.Complete(numbers(case)[0], {"answer": "yes"}))
    assert (case.state, [one["i"] for one in case.variables["results"]]) == ("completed", [1, 2, 3, 4])
