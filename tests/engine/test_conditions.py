"""Conditional events: asked when they begin to wait, and when a variable they read is written."""

from __future__ import annotations

from random import Random

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import ElementInstance, commands
from orchestrator.process_tests.world import World
from tests.engine.build import (
    boundary,
    catch,
    compensation,
    condition,
    each,
    event_based,
    event_sub,
    process,
    script,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.engine.play import Play

TOO_MUCH = condition("amount > 100")


def test_a_catch_event_waits_until_its_condition_is_true() -> None:
    play = Play(process(catch("big", TOO_MUCH), flows="start > big > a > end"), amount=1)
    assert (play.tasks, play.state) == ([], "active")
    assert play.set(amount=50).tasks == []
    assert play.set(amount=101).tasks == ["a"]


def test_a_condition_that_is_true_already_does_not_wait() -> None:
    assert Play(process(catch("big", TOO_MUCH), flows="start > big > a > end"), amount=500).tasks == ["a"]


def test_a_variable_that_is_missing_is_waited_for() -> None:
    play = Play(process(catch("big", TOO_MUCH), flows="start > big > a > end"))
    assert play.incidents == []
    assert play.set(amount=101).tasks == ["a"]


def test_a_boundary_condition_interrupts_its_activity() -> None:
    p = process(boundary("b", "a", TOO_MUCH), flows="start > a > end\nb > check > end2")
    play = Play(p, amount=1)
    assert play.set(other=1).tasks == ["a"]
    assert play.set(amount=101).tasks == ["check"]
    assert play.set(amount=102).tasks == ["check"]


def test_a_non_interrupting_condition_happens_on_every_write_that_makes_it_true() -> None:
    p = process(boundary("b", "a", TOO_MUCH, interrupting=False), flows="start > a > end\nb > check > end2")
    play = Play(p, amount=1).set(amount=101).set(amount=5).set(amount=102)
    assert play.tasks == ["a", "check", "check"]


def test_a_value_that_is_written_again_is_no_change() -> None:
    hot = boundary("hot", "a", condition("x > 10"), interrupting=False)
    play = Play(process(hot, flows="start > a > end\nhot > b > end2"), x=1)
    assert play.set(x=11).set(x=11).tasks == ["a", "b"]
    assert play.set(x=12).tasks == ["a", "b", "b"]


def test_the_filter_tells_creating_from_updating() -> None:
    p = process(
        boundary("c", "a", condition("x > 0", "create"), interrupting=False),
        boundary("u", "a", condition("x > 0", "update"), interrupting=False),
        flows="start > a > end\nc > created > end2\nu > updated > end3",
    )
    play = Play(p)
    assert play.set(x=1).tasks == ["a", "created"]
    assert play.set(x=2).tasks == ["a", "created", "updated"]


def test_a_result_of_another_branch_is_a_write() -> None:
    handler = event_sub("h", start("e", TOO_MUCH), flows="e > check > end")
    play = Play(process(handler, flows="start > a > b > end")).complete("a", amount=101)
    assert play.tasks == ["check"]


def test_a_local_variable_of_another_scope_does_not_count() -> None:
    inside = sub("s", boundary("b", "a", TOO_MUCH), flows="start > a > end\nb > check > end2", inputs={"amount": "= 1"})
    play = Play(process(inside, flows="start > s > end"), amount=1)
    assert play.set(amount=500).tasks == ["a"]
    assert play.set("s", amount=500).tasks == ["check"]


def test_a_condition_behind_an_event_based_gateway() -> None:
    p = process(
        event_based("g"),
        catch("big", TOO_MUCH),
        catch("late", timer("duration", "P1D")),
        flows="start > g > big > a > end\ng > late > b > end",
    )
    play = Play(p, amount=1)
    assert play.set(amount=101).awaited == ["a"]


def test_siblings_far_away_are_found() -> None:
    flows = "start > a > end\nb > check > end2"
    inside = sub("s", boundary("b", "a", TOO_MUCH), flows=flows, multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > end"), amount=1)
    assert play.set(amount=101).tasks == ["check", "check"]
    assert play.complete("check").complete("check").state == "completed"


def waiting(play: Play, element: str) -> list[ElementInstance]:
    return [i for i in play.instance.stored.instances.values() if i.element == element and i.scope is not None]


def test_completing_one_of_many_siblings_looks_for_none_of_them() -> None:
    flows = "start > a > c > end\nb > check > end2"
    inside = sub("s", boundary("b", "a", TOO_MUCH), flows=flows, multi_instance=each("for i in 1..20 return i"))
    play = Play(process(inside, flows="start > s > end"), amount=1)
    loads = play.world.loads
    play.complete("a", other=1)
    assert (play.world.loads, len(play.tasks)) == (loads, 20)
    step = play.instance.steps[-1]
    assert [i.element for i in step.changed] == ["process", "s"]
    assert "amount" not in step.changed[0].data


def test_a_condition_on_the_border_of_many_reads_none_of_them() -> None:
    many = user("ask", multi_instance=each("for i in 1..20 return i"))
    play = Play(process(many, boundary("b", "ask", TOO_MUCH), flows="start > ask > end\nb > check > end2"), amount=1)
    loads = play.world.loads
    play.set(amount=2)
    assert (play.world.loads, len(play.instance.steps[-1].state.instances)) == (loads + 1, 2)
    assert play.set(amount=101).tasks == ["check"]


def test_a_condition_inside_a_compensation_handler_is_found() -> None:
    undo = sub(
        "undo", boundary("b", "wait", TOO_MUCH), flows="start > wait > end\nb > check > end2", for_compensation=True
    )
    undone = process(undo, throw("back", compensation()), flows="start > a > back > end", undo={"a": "undo"})
    play = Play(undone, amount=1).complete("a")
    assert play.tasks == ["wait"]
    assert play.set(amount=101).tasks == ["check"]


def test_an_event_sub_process_inside_every_iteration_is_found() -> None:
    listens = event_sub("h", start("e", TOO_MUCH), flows="e > check > end")
    inside = sub("s", listens, flows="start > a > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > end"), amount=1)
    assert play.set(amount=101).tasks == ["check", "check"]


def scattered() -> m.Process:
    """Conditions on borders, inside and behind gateways, at every depth, on variables of every depth."""
    deepest = sub(
        "inner",
        boundary("on_task", "a", condition("x > 1"), interrupting=False),
        event_sub("watch", start("watching", condition("x + y > 3"), interrupting=False), flows="watching > b > end"),
        flows="start > a > end\non_task > c > end2",
        multi_instance=each("[1, 2]"),
        inputs={"y": "= x"},
    )
    outer = sub(
        "outer",
        deepest,
        boundary("on_body", "inner", condition("y > 2")),
        event_based("either"),
        catch("x_is_3", condition("x = 3")),
        catch("y_is_0", condition("y = 0")),
        flows="start > inner > either > x_is_3 > d > end\neither > y_is_0 > e > end2\non_body > f > end3",
        multi_instance=each("[1, 2]"),
    )
    return process(outer, boundary("all", "outer", condition("x > 5")), flows="start > outer > end\nall > g > end2")


@pytest.mark.parametrize("seed", range(25))
def test_who_loads_little_triggers_what_triggers_when_all_is_known(seed: int) -> None:
    little, everything = Play(scattered(), x=0), World()
    everything.deploy(scattered())
    known = everything.start("process", {"x": 0})
    chance = Random(seed)
    for _ in range(14):
        numbers = sorted(little.instance.stored.instances)
        if not numbers:
            break
        written = {chance.choice("xyz"): chance.randint(0, 4 if chance.random() < 0.9 else 6)}
        command = commands.SetVariables(chance.choice(numbers), written, chance.random() < 0.5)
        little.do(command)
        everything.execute(known, command)
        assert sorted(known.stored.instances) == sorted(little.instance.stored.instances)
        assert known.standing == little.instance.standing


def test_a_condition_that_feeds_itself_is_stopped() -> None:
    listens = start("e", condition("n > 0"), interrupting=False)
    again = event_sub("h", listens, script("n", "= n + 1"), flows="e > n > end")
    play = Play(process(again, flows="start > a > end"), n=1)
    assert {kind for _, kind in play.incidents} == {"RUNAWAY"}
    assert play.tasks == ["a"]
