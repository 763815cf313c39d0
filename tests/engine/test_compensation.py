"""Compensation: what was completed is undone by its handlers."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import commands
from orchestrator.process_tests.world import World
from tests.engine.build import (
    ad_hoc,
    boundary,
    compensation,
    each,
    end,
    error,
    event_sub,
    loop,
    parallel,
    process,
    service,
    signal,
    start,
    sub,
    throw,
    user,
    xor,
)
from tests.engine.play import Play

UNDO = {"a": "undo_a", "b": "undo_b"}
HANDLERS = (service("undo_a", for_compensation=True), service("undo_b", for_compensation=True))


def test_all_that_was_completed_is_undone_the_last_first() -> None:
    p = process(throw("back", compensation()), *HANDLERS, flows="start > a > b > back > c > end", undo=UNDO)
    play = Play(p).complete("a").complete("b")
    assert [wait.event for wait in play.world.waits] == ["undo_b", "undo_a"]
    assert play.complete("undo_a").tasks == ["undo_b"]
    assert play.complete("undo_b").tasks == ["c"]
    assert play.count()["back"] == 1


def test_the_history_tells_the_boundary_event_that_leads_to_a_handler() -> None:
    p = process(throw("back", compensation()), *HANDLERS, flows="start > a > back > end", undo=UNDO)
    play = Play(p).complete("a")
    told = [(element, what) for _, element, what in play.instance.history]
    assert told[-4:] == [
        ("back", "activated"),
        ("a_undone", "activated"),
        ("a_undone", "completed"),
        ("undo_a", "activated"),
    ]


def test_only_what_was_completed_is_undone() -> None:
    p = process(
        parallel("f"), end("back", compensation()), *HANDLERS, flows="start > f > a > back\nf > b > end", undo=UNDO
    )
    assert Play(p).complete("a").tasks == ["b", "undo_a"]


def test_a_single_activity_can_be_undone() -> None:
    p = process(throw("back", compensation("a")), *HANDLERS, flows="start > a > b > back > c > end", undo=UNDO)
    assert Play(p).complete("a").complete("b").tasks == ["undo_a"]


def test_nothing_to_undo_lets_the_event_pass() -> None:
    p = process(throw("back", compensation()), *HANDLERS, flows="start > back > c > end", undo=UNDO)
    assert Play(p).tasks == ["c"]


def test_what_is_undone_is_undone_once() -> None:
    p = process(
        throw("back", compensation()),
        throw("again", compensation()),
        *HANDLERS,
        flows="start > a > back > again > c > end",
        undo=UNDO,
    )
    play = Play(p).complete("a").complete("undo_a")
    assert play.tasks == ["c"]


def test_every_completion_of_a_loop_is_undone() -> None:
    p = process(
        xor("more", default="back"),
        end("back", compensation()),
        *HANDLERS,
        flows="start > a > more > back\nmore > a if again",
        undo=UNDO,
    )
    play = Play(p).complete("a", again=True).complete("a", again=False)
    assert play.tasks == ["undo_a", "undo_a"]


def test_a_multi_instance_is_undone_once() -> None:
    p = process(
        user("a", multi_instance=each("[1, 2, 3]")),
        end("back", compensation()),
        *HANDLERS,
        flows="start > a > back",
        undo=UNDO,
    )
    play = Play(p).complete("a").complete("a").complete("a")
    assert play.tasks == ["undo_a"]


def test_what_was_completed_inside_a_completed_sub_process_is_undone_with_its_variables() -> None:
    inside = sub("s", *HANDLERS, flows="start > a > end", inputs={"seat": "= 7"})
    p = process(inside, end("back", compensation()), flows="start > s > back", undo=UNDO)
    play = Play(p).complete("a")
    assert play.waiting("undo_a").effect.variables["seat"] == 7
    assert play.complete("undo_a").state == "completed"


def test_a_sub_process_with_a_handler_of_its_own_is_undone_by_it() -> None:
    inside = sub("s", *HANDLERS, flows="start > a > end")
    p = process(
        inside,
        service("undo_s", for_compensation=True),
        end("back", compensation()),
        flows="start > s > back",
        undo={**UNDO, "s": "undo_s"},
    )
    assert Play(p).complete("a").tasks == ["undo_s"]


def test_an_active_sub_process_is_not_undone_from_outside() -> None:
    inside = sub("s", *HANDLERS, flows="start > a > b > end")
    p = process(
        inside, parallel("f"), end("back", compensation()), flows="start > f > s > end\nf > c > back", undo=UNDO
    )
    play = Play(p).complete("a").complete("c")
    assert play.tasks == ["b"]


def test_iterations_of_a_sub_process_are_undone_each() -> None:
    inside = sub("s", *HANDLERS, flows="start > a > end", multi_instance=each("[1, 2]", "n"))
    p = process(inside, end("back", compensation()), flows="start > s > back", undo=UNDO)
    play = Play(p).complete("a").complete("a")
    assert [wait.effect.variables["n"] for wait in play.world.waits] == [2, 1]


def test_an_iteration_does_not_write_again_what_the_others_completed() -> None:
    inside = sub("s", *HANDLERS, flows="start > a > end", multi_instance=each("numbers", "n"))
    p = process(inside, end("back", compensation()), flows="start > s > back", undo=UNDO)
    play = Play(p, numbers=list(range(300)))

    def size() -> int:
        (body,) = (i for i in play.complete("a").instance.steps[-1].changed if i.element == "s")
        return len(str(body.data))

    first = size()
    assert {size() for _ in range(298)} == {first}
    play.complete("a")
    assert [wait.effect.variables["n"] for wait in play.world.waits] == list(range(299, -1, -1))


def test_iterations_in_turn_and_inside_one_another_are_undone_backwards() -> None:
    inner = sub("s", *HANDLERS, flows="start > a > end", multi_instance=each("[1, 2]", "n", sequential=True))
    outer = sub("o", inner, flows="start > s > end", multi_instance=each("[10, 20]", "m", sequential=True))
    p = process(outer, end("back", compensation()), flows="start > o > back", undo=UNDO)
    play = Play(p)
    for _ in range(4):
        play.complete("a")
    seen = [(wait.effect.variables["m"], wait.effect.variables["n"]) for wait in play.world.waits]
    assert seen == [(20, 2), (20, 1), (10, 2), (10, 1)]


def test_what_the_rounds_of_an_ad_hoc_sub_process_completed_is_undone_once() -> None:
    back = event_sub("h", start("e", signal("undo"), interrupting=False), end("back", compensation()), flows="e > back")
    p = process(ad_hoc("help", user("a"), user("b"), back, *HANDLERS), flows="start > help > end", undo=UNDO)
    play = Play(p)
    help = play.active("help").id

    def choose(*elements: str) -> None:
        play.do(commands.ActivateAdHoc(help, elements))

    choose("b", "a")
    for number in (1, 2):
        play.complete("a").broadcast("undo")
        assert play.count("activated")["undo_a"] == number
        play.broadcast("undo").complete("undo_a")
        assert play.count("activated")["undo_a"] == number
        choose("a")
    assert play.tasks == ["a", "b"]


@pytest.mark.parametrize(
    ("kind", "marker"),
    [
        (m.SubProcess, {"multi_instance": each("list")}),
        (m.SubProcess, {"multi_instance": each("list", sequential=True)}),
        (m.SubProcess, {"standard_loop": loop("loopCounter < 2")}),
        (m.AdHocSubProcess, {"active_elements": '= ["a", "a"]'}),
    ],
)
def test_who_keeps_the_whole_state_has_nothing_to_load_for_it(kind: type[m.SubProcess], marker: dict[str, Any]) -> None:
    """A process test goes on with the state that a step left."""
    flows = "a" if kind is m.AdHocSubProcess else "start > a > end"
    rounds = sub("rounds", *HANDLERS, user("a"), flows=flows, kind=kind, inputs={"list": "= [1, 2]"}, **marker)
    p = process(rounds, end("back", compensation()), flows="start > first > rounds > back", undo=UNDO)
    play = Play(p, world=World(), list=[1, 2]).complete("first").complete("a").complete("a")
    assert play.tasks == ["undo_a", "undo_a"]


def test_a_repetition_that_stood_at_its_beginning_is_undone_too() -> None:
    rounds = sub("rounds", *HANDLERS, user("a"), flows="start > a > end", multi_instance=each("list"))
    p = process(rounds, end("back", compensation()), flows="start > rounds > back", undo=UNDO)
    play = Play(p, world=World()).set(list=[1, 2]).retry("rounds").complete("a").complete("a")
    assert play.tasks == ["undo_a", "undo_a"]


def test_an_event_sub_process_undoes_what_its_scope_completed() -> None:
    handler = event_sub("h", start("e", error("X")), end("back", compensation()), flows="e > back")
    p = process(handler, service("j"), *HANDLERS, flows="start > a > j > end", undo=UNDO)
    play = Play(p).complete("a").throw("j", "X")
    assert play.tasks == ["undo_a"]
    assert play.complete("undo_a").state == "completed"


def test_a_handler_may_be_a_whole_sub_process_and_its_error_is_caught_around_the_event() -> None:
    undo = sub("undo", service("x"), flows="start > x > end", for_compensation=True)
    inside = sub("s", undo, end("back", compensation()), flows="start > a > back")
    p = process(inside, boundary("b", "s", error()), flows="start > s > end\nb > fix > end2", undo={"a": "undo"})
    play = Play(p).complete("a")
    assert play.tasks == ["x"]
    assert play.throw("x", "E").tasks == ["fix"]
