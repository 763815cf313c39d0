"""Gateways: which way on, and where tokens meet."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import commands, effects
from tests.engine.build import (
    boundary,
    catch,
    complex,
    each,
    error,
    event_based,
    inclusive,
    link,
    message,
    node,
    parallel,
    process,
    script,
    signal,
    sub,
    throw,
    timer,
    user,
    xor,
)
from tests.engine.play import Play


@pytest.mark.parametrize(("x", "taken"), [(1, "low"), (50, "high"), (7, "middle")])
def test_an_exclusive_gateway_takes_the_first_true_flow_or_the_default(x: Any, taken: str) -> None:
    p = process(
        xor("g", default="middle"),
        flows="start > g\ng > low if x < 5\ng > middle\ng > high if x > 10\nlow > end\nmiddle > end\nhigh > end",
    )
    assert Play(p, x=x).tasks == [taken]


def test_no_true_condition_without_default_is_an_incident_that_a_retry_resolves() -> None:
    p = process(xor("g"), flows="start > g\ng > a if x > 1\na > end")
    play = Play(p, x=0)
    assert play.incidents == [("g", "CONDITION_ERROR")]
    assert "No condition on the way out of g is true" in play.complaint
    play.set(x=2).retry("g")
    assert (play.tasks, play.incidents) == (["a"], [])


def test_a_condition_that_is_not_boolean_is_an_incident() -> None:
    p = process(xor("g"), flows="start > g\ng > a if x > 1\na > end")
    play = Play(p)
    assert play.incidents == [("g", "EXTRACT_VALUE_ERROR")]
    assert play.complaint == "The condition of the sequence flow g-a (= x > 1) must be true or false, but is null"
    assert "no variable of that name" in play.instance.warnings[0].message


FORK = process(parallel("f"), parallel("j"), flows="start > f > a > j > c > end\nf > b > j")


def test_a_parallel_join_waits_for_every_flow() -> None:
    play = Play(FORK)
    assert play.tasks == ["a", "b"]
    assert play.complete("a").tasks == ["b"]
    assert play.active("process").tokens == 1
    assert play.complete("b").tasks == ["c"]
    assert play.complete("c").state == "completed"


@pytest.mark.parametrize("join", [parallel, inclusive, complex])
def test_a_gateway_without_a_way_out_is_an_end(join: Any) -> None:
    play = Play(process(parallel("f"), join("j"), flows="start > f > a > j\nf > b > j"))
    assert play.complete("a").state == "active"
    assert play.complete("b").state == "completed"


def test_a_join_keeps_what_came_twice_for_the_next_round() -> None:
    p = process(parallel("j"), flows="start > j1\nstart > j1b\nj1 > x > j\nj1b > x\nstart > y > j\nj > end")
    play = Play(p)
    play.complete("j1").complete("j1b")
    play.complete("x").complete("x")
    assert play.active("process").tokens == 2
    play.complete("y")
    assert play.incidents == [("process", "UNKNOWN")]  # one token is left over and nothing can come any more


def test_tokens_that_wait_for_ever_are_an_incident_and_not_a_silence() -> None:
    p = process(xor("x", default="a"), parallel("j"), flows="start > x > a > j > end\nx > b > j if false")
    play = Play(p)
    play.complete("a")
    assert (play.state, play.incidents) == ("incident", [("process", "UNKNOWN")])
    assert play.complaint.startswith("The tokens at j wait for others that can no longer come: activate the gateway")
    play.retry("process")
    assert play.incidents == [("process", "UNKNOWN")]
    play.do(commands.Modify(activate=(("b", {}, None),)))
    assert play.incidents == []  # it can come again
    play.complete("b")
    assert play.state == "completed"


def ors(default: str = "") -> m.Process:
    return process(
        inclusive("f", default=default),
        inclusive("j"),
        flows="start > f\nf > a > j if x\nf > b > j if y\nf > z > j if w\nj > c > end",
    )


@pytest.mark.parametrize(
    ("x", "y", "order"), [(True, False, ["a"]), (True, True, ["a", "b"]), (True, True, ["b", "a"])]
)
def test_an_inclusive_join_waits_only_for_tokens_that_can_come(x: Any, y: bool, order: list[str]) -> None:
    play = Play(ors(), x=x, y=y, w=False)
    for task in order:
        assert "c" not in play.tasks
        play.complete(task)
    assert play.tasks == ["c"]


def test_an_inclusive_fork_without_a_true_condition_takes_the_default() -> None:
    p = process(inclusive("f", default="z"), flows="start > f\nf > a > end if x\nf > z > end")
    assert Play(p, x=False).tasks == ["z"]
    assert Play(p, x=True).tasks == ["a"]


def test_an_inclusive_join_ignores_ways_that_lead_through_itself() -> None:
    p = process(
        xor("more", default="end"),
        inclusive("j"),
        flows="start > j > k > more > end\nmore > j if again",
    )
    play = Play(p, again=True)
    assert play.tasks == ["k"]
    play.complete("k")
    assert play.complete("k", again=False).state == "completed"
    assert play.count()["j"] == 2


def test_an_inclusive_join_waits_for_a_token_that_may_come_over_a_boundary_event() -> None:
    p = process(
        parallel("f"),
        inclusive("j"),
        boundary("late", "a", timer("duration", "PT1H")),
        flows="start > f > a > end1\nf > b > j\nlate > j > c > end2",
    )
    play = Play(p)
    assert play.complete("b").tasks == ["a"]
    assert play.after("PT1H").tasks == ["c"]
    assert play.active("c").entered_by == ("j-c",)


def test_an_inclusive_join_is_released_when_the_other_branch_goes_elsewhere() -> None:
    p = process(
        parallel("f"),
        xor("x", default="end2"),
        inclusive("j"),
        flows="start > f > a > x > end2\nx > j if back\nf > b > j > c > end1",
    )
    play = Play(p, back=False)
    assert play.complete("b").tasks == ["a"]
    assert play.complete("a").tasks == ["c"]


def test_two_inclusive_joins_that_wait_for_each_other_do_not_stand_still() -> None:
    p = process(
        parallel("f"),
        inclusive("j"),
        inclusive("k"),
        xor("x", default="end1"),
        xor("y", default="end2"),
        flows="start > f > j > x > end1\nf > k > y > end2\nx > k if more\ny > j if more",
    )
    play = Play(p, more=False)
    assert play.state == "completed"
    assert play.count()["j"] == play.count()["k"] == 1


def test_an_inclusive_join_looks_at_its_own_scope_only() -> None:
    inner = sub(
        "s", inclusive("f"), inclusive("j"), flows="start > f\nf > a > j if true\nf > b > j if false\nj > c > end"
    )
    play = Play(process(parallel("p"), inner, flows="start > p > s > end\np > other > end2"))
    assert play.complete("a").tasks == ["c", "other"]


def n_of_m(**more: Any) -> m.Process:
    return process(parallel("f"), complex("g", **more), flows="start > f > a > g > c > end\nf > b > g\nf > d > g")


def test_a_complex_gateway_goes_on_when_n_of_m_have_come_and_swallows_the_rest() -> None:
    play = Play(n_of_m(count=2))
    assert play.complete("a").tasks == ["b", "d"]
    assert play.complete("b").tasks == ["c", "d"]
    play.complete("d").complete("c")
    assert play.state == "completed"
    assert play.count()["c"] == 1


def test_a_complex_gateway_does_not_wait_for_the_rest() -> None:
    play = Play(n_of_m(count=1))
    play.complete("b").complete("c")
    assert (play.state, play.tasks) == ("active", ["a", "d"])
    assert play.complete("a").complete("d").state == "completed"


def test_a_complex_gateway_opens_again_when_nothing_more_can_come() -> None:
    p = process(
        parallel("f"),
        complex("g", 1),
        xor("x", default="end1"),
        boundary("no", "b", error()),
        flows="start > f > a > g > c > x > end1\nx > a if again\nf > b > g\nno > end2",
    )
    play = Play(p, again=True)
    play.complete("a").complete("c")  # one of two has come; a second round begins
    play.complete("a")
    assert play.tasks == ["b"]  # still waiting for the other token of the first round
    play.complete("b")
    assert play.tasks == ["c"]
    assert play.complete("c", again=False).state == "completed"


def test_a_complex_gateway_without_a_number_waits_for_all() -> None:
    play = Play(n_of_m())
    assert play.complete("a").complete("b").tasks == ["d"]
    assert play.complete("d").tasks == ["c"]


def test_a_complex_gateway_chooses_its_ways_out_by_conditions() -> None:
    p = process(
        complex("g", default="z"), flows="start > g\ng > a if x\ng > b if true\ng > z\na > end\nb > end\nz > end"
    )
    assert Play(p, x=True).tasks == ["a", "b"]


def test_the_first_event_behind_an_event_based_gateway_wins() -> None:
    p = process(
        event_based("g"),
        catch("paid", message("paid")),
        catch("late", timer("duration", "P1D")),
        catch("stop", signal("stop")),
        flows="start > g > paid > ship > end\ng > late > chase > end\ng > stop > end",
    )
    play = Play(p, key=1)
    assert play.awaited == ["late", "paid", "stop"]
    play.publish("paid", "1", amount=3)
    assert (play.awaited, play.variables["amount"]) == (["ship"], 3)
    assert play.count("activated")["late"] == 0
    assert Play(p, key=2).after("P1D").tasks == ["chase"]
    assert Play(p, key=3).broadcast("stop").state == "completed"


def test_conditional_flows_out_of_an_activity() -> None:
    task = user("a", default="a-z")
    p = process(
        task, flows="start > a\na > b if x\na > c if y\na > z\na > always\nb > end\nc > end\nz > end\nalways > end"
    )
    assert Play(p).complete("a", x=True, y=True).tasks == ["always", "b", "c"]
    assert Play(p).complete("a", x=False, y=False).tasks == ["always"]


def test_conditional_flows_out_of_an_activity_need_a_true_one_or_a_default() -> None:
    p = process(flows="start > a\na > b if x\nb > end")
    play = Play(p).complete("a", x=False)
    assert play.incidents == [("a", "CONDITION_ERROR")]
    play.set(x=True).retry("a")
    assert play.tasks == ["b"]
    p = process(user("a", default="a-z"), flows="start > a\na > b if x\na > z\nb > end\nz > end")
    assert Play(p).complete("a", x=False).tasks == ["z"]
    p = process(user("a", default="a-z"), flows="start > a\na > b > end\na > z > end")
    assert Play(p).complete("a").tasks == ["b"]


def test_several_flows_out_of_a_task_split_the_token() -> None:
    assert Play(process(flows="start > a\na > b > end\na > c > end")).complete("a").tasks == ["b", "c"]


def test_a_link_leads_to_its_other_end() -> None:
    p = process(throw("out", link("L")), catch("in", link("L")), flows="start > a > out\nin > b > end")
    assert Play(p).complete("a").tasks == ["b"]


def test_a_thousand_tasks_in_a_row_do_not_run_deep() -> None:
    nodes = [script(f"t{i}", "= 1", "x") for i in range(990)]
    line = " > ".join(["start", *[f"t{i}" for i in range(990)], "end"])
    assert Play(process(*nodes, flows=line)).state == "completed"


def test_completing_beside_an_inclusive_join_elsewhere_loads_nothing() -> None:
    """Only the scope in which a token moved is looked at."""
    inner = sub("s", multi_instance=each("[1, 2, 3]"), flows="start > a > end")
    p = process(
        parallel("f"),
        inclusive("j"),
        node(m.ManualTask, "n"),
        inner,
        flows="start > f > s > j > end\nf > n > j",
    )
    play = Play(p)
    loads = play.world.loads
    play.complete("a")
    assert play.world.loads == loads
    assert play.effects(effects.RaiseIncident) == []
