"""Conditional events: asked when they begin to wait, and when a variable they read is written."""

from __future__ import annotations

from tests.engine.build import (
    boundary,
    catch,
    condition,
    each,
    event_based,
    event_sub,
    process,
    script,
    start,
    sub,
    timer,
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
    assert play.active("process").data["conditions"] == []


def test_a_non_interrupting_condition_happens_on_every_write_that_makes_it_true() -> None:
    p = process(boundary("b", "a", TOO_MUCH, interrupting=False), flows="start > a > end\nb > check > end2")
    play = Play(p, amount=1).set(amount=101).set(amount=5).set(amount=102)
    assert play.tasks == ["a", "check", "check"]


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


def test_a_condition_that_feeds_itself_is_stopped() -> None:
    listens = start("e", condition("n > 0"), interrupting=False)
    again = event_sub("h", listens, script("n", "= n + 1"), flows="e > n > end")
    play = Play(process(again, flows="start > a > end"), n=1)
    assert {kind for _, kind in play.incidents} == {"RUNAWAY"}
    assert play.tasks == ["a"]
