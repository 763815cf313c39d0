"""Somebody must help: what failed stands still, and a retry repeats exactly that."""

from __future__ import annotations

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, commands, effects
from tests.engine.build import (
    Draw,
    boundary,
    catch,
    each,
    event_based,
    event_sub,
    message,
    parallel,
    process,
    receive,
    script,
    service,
    start,
    sub,
    text,
    throw,
    timer,
    user,
    xor,
)
from tests.engine.memory import World
from tests.engine.play import Play

LATE = boundary("late", "j", timer("duration", "PT1H"))


def test_a_job_without_attempts_left_is_an_incident_and_retry_makes_a_new_one() -> None:
    play = Play(process(service("j"), LATE, flows="start > j > end\nlate > end2")).fail("j")
    assert (play.state, play.incidents) == ("incident", [("j", "JOB_NO_RETRIES")])
    play.retry("j")
    assert play.awaited == ["j", "late"]  # the timer of the boundary event is the old one
    assert len(play.effects(effects.ScheduleTimer)) == 1
    assert play.complete("j").state == "completed"


def test_an_incident_ends_with_its_element_instance() -> None:
    play = Play(process(service("j"), LATE, flows="start > j > end\nlate > b > end2")).fail("j")
    play.after("PT1H")
    assert (play.tasks, play.incidents) == (["b"], [])


def test_a_job_that_succeeds_after_all_resolves_its_incident() -> None:
    play = Play(process(service("j"), flows="start > j > end"))
    number = play.active("j").id
    play.fail("j")
    play.do(commands.Complete(number))
    assert play.state == "completed"


def test_an_incident_comes_only_once_and_is_retried_only_once() -> None:
    play = Play(process(service("j"), flows="start > j > end")).fail("j")
    number = play.active("j").id
    with pytest.raises(CommandRejected, match="has an incident already"):
        play.do(commands.Fail(number, "JOB_NO_RETRIES", "again"))
    play.retry("j")
    with pytest.raises(CommandRejected, match="has no incident"):
        play.retry("j")


@pytest.mark.parametrize("element", ["m", "g", "c"])
def test_a_retry_of_something_that_waits_waits_once(element: str) -> None:
    p = process(
        parallel("f"),
        receive("m", "x"),
        event_based("g"),
        catch("c", message("y")),
        catch("e1", message("z")),
        catch("e2", timer("duration", "PT1H")),
        flows="start > f > m > end1\nf > g > e1 > end2\ng > e2 > end3\nf > c > end4",
    )
    play = Play(p, key=1)
    before = play.awaited
    play.do(commands.Fail(play.active(element).id, "UNKNOWN", "it broke"))
    play.retry(element)
    assert play.awaited == before


def test_what_was_not_entered_cannot_be_completed_or_triggered() -> None:
    late = boundary("late", "a", timer("duration", "PT1H"))
    play = Play(process(user("a", assignee="= who"), late, flows="start > a > end\nlate > end2"))
    number = play.active("a").id
    with pytest.raises(CommandRejected, match="resolve its incident first"):
        play.do(commands.Complete(number))
    with pytest.raises(CommandRejected, match="resolve its incident first"):
        play.do(commands.Trigger(number, "late"))


def test_an_incident_in_one_branch_lets_the_others_go_on() -> None:
    p = process(parallel("f"), xor("g"), parallel("j"), flows="start > f > g\nf > a > j\ng > b > j if x\nj > end")
    play = Play(p)
    assert (play.tasks, play.incidents) == (["a"], [("g", "EXTRACT_VALUE_ERROR")])
    play.complete("a").set(x=True).retry("g")
    assert play.complete("b").state == "completed"


def test_cancelling_ends_incidents_too() -> None:
    play = Play(process(service("j"), flows="start > j > end")).fail("j")
    play.do(commands.Cancel())
    assert (play.state, play.incidents) == ("terminated", [])


def test_retrying_a_user_task_offers_it_again() -> None:
    play = Play(process(flows="start > a > end"))
    play.do(commands.Fail(play.active("a").id, "UNKNOWN", "nobody may do it"))
    play.retry("a")
    assert (play.tasks, play.incidents) == (["a"], [])
    assert len(play.effects(effects.CreateUserTask)) == 2


def test_a_process_that_cannot_begin_stands_at_its_root() -> None:
    handler = event_sub("h", start("e", timer("duration", "= when")), flows="e > b > end")
    play = Play(process(handler, flows="start > a > end"))
    assert play.incidents == [("process", "EXTRACT_VALUE_ERROR")]
    play.set(when="PT1H").retry("process")
    assert play.awaited == ["a", "e"]


# -- runaway models (P10)


def circle() -> m.Process:
    return process(
        xor("again", default="end"),
        script("n", "= n + 1"),
        flows="start > n > again > end\nagain > n if n < limit",
    )


def test_a_loop_that_never_waits_is_stopped_and_a_retry_goes_on() -> None:
    play = Play(circle(), n=0, limit=700)
    ((stopped, kind),) = play.incidents
    assert kind == "RUNAWAY"
    assert "More than 1,000 elements were passed without a wait" in play.complaint
    reached = play.variables["n"]
    assert reached >= 499
    play.retry(stopped)
    assert (play.state, play.variables["n"]) == ("completed", 700)


def test_many_waiting_siblings_are_no_runaway() -> None:
    play = Play(process(user("a", multi_instance=each("for i in 1..1200 return i")), flows="start > a > end"))
    assert len(play.tasks) == 1200
    assert play.incidents == []


@pytest.mark.parametrize("sequential", [True, False])
def test_a_multi_instance_that_never_waits_goes_on_in_further_steps(sequential: bool) -> None:
    found = {"output_collection": "all", "output_element": "= x"}
    marker = each("for i in 1..1500 return i", "i", sequential=sequential, **found)
    play = Play(process(script("x", "= i", multi_instance=marker), flows="start > x > end"))
    assert (play.incidents, play.state, len(play.instance.steps)) == ([], "completed", 4)
    assert play.variables["all"] == list(range(1, 1501))


def test_iterations_that_are_under_way_have_room_to_finish() -> None:
    inside = sub("s", script("x", "= i"), script("y", "= i"), flows="start > x > y > end", multi_instance=EACH_OF_MANY)
    play = Play(process(inside, flows="start > s > end"))
    assert (play.incidents, play.state) == ([], "completed")


EACH_OF_MANY = each("for i in 1..400 return i", "i", sequential=True)


def test_a_body_that_is_gone_does_not_go_on() -> None:
    marker = each("for i in 1..600 return i", "i", sequential=True)
    play = Play(process(script("x", "= i", multi_instance=marker), flows="start > x > end"), world=Halting())
    body = play.active("x").id
    play.do(commands.Modify(terminate=(body,), activate=(("end", {}, None),)))
    assert play.state == "completed"
    with pytest.raises(CommandRejected, match="has ended"):
        play.do(commands.GoOn(body))


class Halting(World):
    """Nothing is carried over."""

    def settle(self) -> None:
        self.deliveries.clear()


def test_only_a_multi_instance_goes_on() -> None:
    play = Play(process(user("a"), flows="start > a > end"))
    with pytest.raises(CommandRejected, match="a has nothing to go on with"):
        play.do(commands.GoOn(play.active("a").id))


@pytest.mark.parametrize("sequential", [True, False])
def test_too_many_items_are_refused(sequential: bool) -> None:
    marker = each("items", sequential=sequential)
    play = Play(process(user("a", multi_instance=marker), flows="start > a > end"), items=[0] * 10_001)
    assert play.incidents == [("a", "RUNAWAY")]
    assert play.complaint == "The input collection of a has 10,001 items; 10,000 are allowed"


def test_a_fork_that_multiplies_itself_is_stopped() -> None:
    play = Play(process(parallel("f"), xor("x"), flows="start > x > f\nf > x\nf > a > x"))
    assert {kind for _, kind in play.incidents} == {"RUNAWAY"}
    assert len(play.instance.incidents) < 5


# -- what stands at its way out


def stuck_at_the_way_out() -> Play:
    """A sub-process whose output fails: it is being completed and waits for help."""
    handler = event_sub("h", start("e", message("x"), interrupting=False), flows="e > tidy > end")
    inside = sub("s", handler, flows="start > a > end", outputs={"y": '= assert(x, x != null, "x is missing")'})
    play = Play(process(inside, flows="start > s > end"), key=1).complete("a")
    assert play.complaint.startswith("The output y of s: ")
    assert "x is missing" in play.complaint
    return play


def test_a_scope_that_is_being_completed_starts_nothing_any_more() -> None:
    play = stuck_at_the_way_out()
    scope = play.active("s").id
    with pytest.raises(CommandRejected, match="not waiting for e"):
        play.do(commands.Trigger(scope, "e"))
    with pytest.raises(CommandRejected, match="is being completed"):
        play.do(commands.Modify((), (("a", {}, None),)))
    play.set(x=5).retry("s")
    assert (play.state, play.variables["y"]) == ("completed", 5)


@pytest.mark.parametrize(
    "element",
    [
        service("n", type="=big"),
        catch("n", m.SignalDefinition(text("=big"))),
        catch("n", message("paid", "=big")),
        throw("n", message("=big", None, m.PublishMessage())),
        throw("n", message("paid", None, m.PublishMessage(correlation_key=text("=big")))),
        throw("n", message("paid", None, m.PublishMessage(message_id=text("=big")))),
    ],
)
def test_a_name_that_is_too_long_to_be_kept_is_an_incident_and_not_a_failure_of_the_step(element: Draw) -> None:
    play = Play(process(element, flows="start > n > end"), big="x" * 300)
    assert play.incidents == [("n", "EXTRACT_VALUE_ERROR")]
    assert "(= big) must be at most 255 characters, without NUL, but is a string 'xxx" in play.complaint
    assert len(play.complaint) < 300
    play.do(commands.SetVariables(play.active("process").id, {"big": "short"}))
    play.retry("n")
    assert play.incidents == []


def test_a_failed_assertion_is_an_incident_of_the_kind_of_its_place() -> None:
    play = Play(process(user("a", inputs={"n": "= {total: assert(n, n > 0)}"}), flows="start > a > end"), n=0)
    assert play.incidents == [("a", "IO_MAPPING_ERROR")]
    play.set(n=1).retry("a")
    assert play.tasks == ["a"]
