"""Constructs inside one another: what is right alone must be right together."""

from __future__ import annotations

from typing import Any

import isodate
import pytest

from orchestrator.bpmn.model import Job
from orchestrator.engine import CommandRejected, Decided, commands
from tests.engine.build import (
    Draw,
    ad_hoc,
    boundary,
    call,
    cancel,
    catch,
    compensation,
    complex,
    condition,
    decision,
    each,
    end,
    error,
    escalation,
    event_based,
    event_sub,
    inclusive,
    link,
    loop,
    message,
    parallel,
    process,
    receive,
    script,
    service,
    signal,
    start,
    sub,
    terminate,
    throw,
    timer,
    transaction,
    user,
    xor,
)
from tests.engine.memory import World
from tests.engine.play import Play


def on(trigger: Any, *, interrupting: bool = True, id: str = "es", then: str = "help") -> Draw:
    """An event sub-process that offers the task `help`."""
    begin = start(f"{id}_start", trigger, interrupting=interrupting)
    return event_sub(id, begin, flows=f"{id}_start > {then} > end")


# -- ad-hoc sub-processes


def test_an_interrupting_event_sub_process_ends_an_ad_hoc_sub_process() -> None:
    p = process(
        ad_hoc(
            "x", user("a"), user("b"), on(message("stop")), completion_condition="= false", active_elements='= ["a"]'
        ),
        flows="start > x > after > end",
    )
    play = Play(p, key="1").publish("stop")
    assert play.tasks == ["help"]
    with pytest.raises(CommandRejected, match="interrupted"):
        play.do(commands.ActivateAdHoc(play.active("x").id, ("b",)))
    play.complete("help")
    assert play.tasks == ["after"]


def test_a_non_interrupting_event_sub_process_leaves_an_ad_hoc_sub_process_open() -> None:
    p = process(
        ad_hoc("x", user("a"), on(message("note"), interrupting=False), completion_condition="= done = true"),
        flows="start > x > after > end",
    )
    play = Play(p, key="1").publish("note").complete("help")
    assert (play.tasks, play.state) == ([], "active")
    play.do(commands.ActivateAdHoc(play.active("x").id, ("a",)))
    play.complete("a", done=True)
    assert play.tasks == ["after"]


def test_the_job_of_an_interrupted_ad_hoc_sub_process_chooses_nothing_any_more() -> None:
    p = process(ad_hoc("x", user("a"), on(message("stop")), job=Job("choose")), flows="start > x > after > end")
    play = Play(p, key="1").publish("stop")
    with pytest.raises(CommandRejected):
        play.do(commands.Complete(play.active("x").id, {"activateElements": ["a"]}))
    play.complete("help")
    assert play.tasks == ["after"]


def test_activities_inside_an_ad_hoc_sub_process_follow_their_sequence_flows() -> None:
    p = process(
        ad_hoc("x", user("a"), user("b"), flows="a > b", active_elements='= ["a"]'), flows="start > x > after > end"
    )
    play = Play(p).complete("a").complete("b")
    assert play.tasks == ["after"]


# -- multi-instance


def children(*flows: str) -> Any:
    return process(user("w"), flows="start > w > end", id="child")


def test_an_error_in_one_called_process_cancels_those_of_its_siblings() -> None:
    failing = process(service("w", type="work"), end("end", error("E")), flows="start > w > end", id="child")
    p = process(
        call("c", "child", multi_instance=each("[1, 2, 3]", "i")),
        boundary("caught", "c", error("E")),
        flows="start > c > end2\ncaught > after > end3",
    )
    play = Play(p, failing)
    play.complete("w")
    assert play.tasks == ["after"]
    assert [i.state for i in play.world.instances[1:]].count("terminated") == 3


def test_a_timer_on_a_multi_instance_of_calls_cancels_all_of_them() -> None:
    p = process(
        call("c", "child", multi_instance=each("[1, 2]", "i")),
        boundary("late", "c", timer("duration", "PT1H")),
        flows="start > c > end2\nlate > after > end3",
    )
    play = Play(p, children()).after("PT1H")
    assert play.tasks == ["after"]


def test_results_of_called_processes_are_collected_in_order() -> None:
    child = process(script("d", "= i * 10", "r"), flows="start > d > end", id="child")
    marker = each("[3, 1, 2]", "i", output_collection="all", output_element="= r")
    play = Play(process(call("c", "child", multi_instance=marker), flows="start > c > end"), child)
    assert play.variables["all"] == [30, 10, 20]


def test_an_escalation_of_each_called_process_is_heard_and_all_go_on() -> None:
    child = process(throw("tell", escalation("X")), user("w"), flows="start > tell > w > end", id="child")
    p = process(
        call("c", "child", multi_instance=each("[1, 2]", "i")),
        boundary("told", "c", escalation("X"), interrupting=False),
        flows="start > c > end2\ntold > note > end3",
    )
    play = Play(p, child)
    assert play.tasks == ["note", "note", "w", "w"]


def test_an_error_in_an_iteration_may_be_caught_inside_it() -> None:
    inside = sub(
        "s",
        service("j", type="work"),
        boundary("oops", "j", error("E")),
        flows="start > j > end\noops > fix > end2",
        multi_instance=each("[1, 2]", "i", output_collection="all", output_element="= i"),
    )
    play = Play(process(inside, flows="start > s > end"))
    play.throw("j", "E").complete("j").complete("fix")
    assert (play.state, play.variables) == ("completed", {"all": [1, 2]})


def test_an_error_that_ends_a_multi_instance_leaves_no_collection() -> None:
    task = service("j", type="work", multi_instance=each("[1, 2]", "i", output_collection="all", output_element="= i"))
    p = process(task, boundary("oops", "j", error("E")), flows="start > j > end\noops > end2")
    play = Play(p)
    play.complete("j")
    play.throw("j", "E")
    assert (play.state, play.variables) == ("completed", {})


def test_a_multi_instance_inside_a_multi_instance_collects_a_list_of_lists() -> None:
    inner = user("a", multi_instance=each("[1, 2]", "j", output_collection="row", output_element="= 10 * i + j"))
    outer = sub(
        "s",
        inner,
        flows="start > a > end",
        inputs={"row": "= []"},
        multi_instance=each("[1, 2]", "i", output_collection="all", output_element="= row"),
    )
    play = Play(process(outer, flows="start > s > end"))
    for _ in range(4):
        play.complete("a")
    assert play.variables == {"all": [[11, 12], [21, 22]]}


def test_a_sequential_multi_instance_of_receive_tasks_takes_one_message_each() -> None:
    task = receive("r", "m", multi_instance=each("[1, 2]", "i", sequential=True))
    play = Play(process(task, flows="start > r > end"), key="1")
    play.publish("m")
    assert play.state == "active"
    play.publish("m")
    assert play.state == "completed"


def test_a_completion_condition_with_a_gateway_inside() -> None:
    inside = sub(
        "s",
        xor("x", default="end"),
        flows="start > x\nx > a > end2 if i > 5\nx > end",
        multi_instance=each("[1, 2, 3]", "i", completion_condition="= numberOfCompletedInstances = 1"),
    )
    play = Play(process(inside, flows="start > s > after > end"))
    assert play.tasks == ["after"]


# -- compensation


def undoable(id: str, **attributes: Any) -> tuple[Draw, Draw, Draw]:
    handler = user(f"undo_{id}", for_compensation=True)
    return user(id, **attributes), boundary(f"c_{id}", id, compensation()), handler


def test_compensation_reaches_into_completed_sub_processes_the_last_first() -> None:
    a, ca, ua = undoable("a")
    b, cb, ub = undoable("b")
    inner = sub("s", a, ca, ua, b, cb, ub, flows="start > a > b > end")
    p = process(inner, end("end", compensation()), flows="start > s > end", undo={"a": "undo_a", "b": "undo_b"})
    play = Play(p).complete("a").complete("b")
    assert [wait.event for wait in play.world.waits] == ["undo_b", "undo_a"]
    play.complete("undo_a").complete("undo_b")
    assert play.state == "completed"


def test_an_error_in_a_handler_is_caught_around_the_throwing_event() -> None:
    work = service("a", type="work")
    handler = service("undo_a", type="undo", for_compensation=True)
    inner = sub(
        "s",
        work,
        boundary("c_a", "a", compensation()),
        handler,
        throw("t", compensation()),
        flows="start > a > t > end",
    )
    p = process(
        inner, boundary("oops", "s", error("E")), flows="start > s > end\noops > after > end2", undo={"a": "undo_a"}
    )
    play = Play(p).complete("a")
    play.throw("undo_a", "E")
    assert play.tasks == ["after"]


def test_a_terminated_scope_forgets_what_it_could_undo() -> None:
    a, ca, ua = undoable("a")
    inner = sub("s", a, ca, ua, user("b"), flows="start > a > b > end")
    p = process(
        inner,
        boundary("late", "s", timer("duration", "PT1H")),
        throw("t", compensation()),
        flows="start > s > end\nlate > t > after > end2",
        undo={"a": "undo_a"},
    )
    play = Play(p).complete("a").after("PT1H")
    assert play.tasks == ["after"]


# -- joins


def test_an_inclusive_join_in_a_loop_waits_in_every_round() -> None:
    p = process(
        inclusive("f"),
        inclusive("j"),
        xor("again", default="end"),
        flows="""
            start > f > a > j if n >= 0
            f > b if n > 0
            b > j > again > end
            again > f if n < 2
        """,
    )
    play = Play(p, n=1)
    assert play.tasks == ["a", "b"]
    play.complete("b")
    assert play.tasks == ["a"]
    play.complete("a", n=0)
    assert play.tasks == ["a"]
    play.complete("a", n=5)
    assert play.state == "completed"


def test_a_token_of_a_non_interrupting_event_is_waited_for_by_an_inclusive_join() -> None:
    p = process(
        user("a"),
        boundary("extra", "a", timer("duration", "PT1H"), interrupting=False),
        inclusive("j"),
        flows="start > a > j\nextra > b > j > after > end",
    )
    play = Play(p).after("PT1H").complete("a")
    assert play.tasks == ["b"]
    play.complete("b")
    assert play.tasks == ["after"]


def test_parallel_branches_that_end_in_different_end_events_complete_together() -> None:
    play = Play(process(parallel("f"), flows="start > f > a > end\nf > b > end2\nf > end3"))
    play.complete("a")
    assert play.state == "active"
    play.complete("b")
    assert play.state == "completed"


def test_one_of_three_joins_once_and_swallows_the_rest() -> None:
    p = process(parallel("f"), complex("j", 1), flows="start > f > a > j\nf > b > j\nf > c > j > after > end")
    play = Play(p).complete("b")
    assert play.tasks == ["a", "after", "c"]
    play.complete("a").complete("c").complete("after")
    assert (play.state, play.count()["after"]) == ("completed", 1)


# -- events


def test_several_throwing_links_lead_to_one_catching_link() -> None:
    p = process(
        xor("x", default="t1"),
        throw("t1", link("there")),
        throw("t2", link("there")),
        catch("land", link("there")),
        flows="start > x > t1\nx > t2 if go\nland > after > end",
    )
    for go in (True, False):
        assert Play(p, go=go).tasks == ["after"]


def test_links_may_go_in_a_circle_with_a_task_in_it() -> None:
    p = process(
        catch("top", link("top")),
        xor("x", default="end"),
        throw("back", link("top")),
        throw("go", link("top")),
        flows="start > go\ntop > a > x > end\nx > back if again",
    )
    play = Play(p).complete("a", again=True).complete("a", again=False)
    assert (play.state, play.count()["a"]) == ("completed", 2)


def test_a_link_inside_a_sub_process_stays_inside() -> None:
    inside = sub("s", throw("t", link("x")), catch("c", link("x")), flows="start > t\nc > a > end")
    play = Play(process(inside, flows="start > s > after > end")).complete("a")
    assert play.tasks == ["after"]


def test_a_signal_start_gets_the_variables_of_the_signal() -> None:
    listener = process(start("start", signal("news")), user("read"), flows="start > read > end", id="listener")
    teller = process(
        throw("tell", signal("news"), inputs={"headline": "= title"}), flows="start > tell > end", id="teller"
    )
    world = World()
    world.deploy(listener)
    Play(teller, world=world, title="Rain")
    (heard,) = [i for i in world.instances if i.process.id == "listener"]
    assert world.variables_of(heard) == {"headline": "Rain"}


def test_an_event_based_gateway_with_several_messages_takes_the_first_and_forgets_the_others() -> None:
    p = process(
        event_based("g"),
        catch("m1", message("yes")),
        catch("m2", message("no")),
        catch("t", timer("duration", "PT1H")),
        flows="start > g > m1 > a > end\ng > m2 > b > end2\ng > t > c > end3",
    )
    play = Play(p, key="1").publish("no", answer=1)
    assert (play.tasks, play.awaited, play.variables["answer"]) == (["b"], ["b"], 1)
    play.publish("yes").after("PT2H")
    assert play.tasks == ["b"]


def test_a_cycle_on_a_task_stops_with_the_task_and_not_before() -> None:
    p = process(
        user("a"),
        boundary("again", "a", timer("cycle", "R/PT1H"), interrupting=False),
        flows="start > a > end\nagain > note > end2",
    )
    play = Play(p).after("PT3H").complete("a").after("PT5H")
    assert play.tasks == ["note", "note", "note"]


def test_a_conditional_boundary_that_is_true_from_the_start_interrupts_at_once() -> None:
    p = process(user("a"), boundary("c", "a", condition("x > 1")), flows="start > a > end\nc > b > end2")
    assert Play(p, x=2).tasks == ["b"]


def test_a_condition_hears_what_a_called_process_returns() -> None:
    child = process(script("d", "= 5", "x"), flows="start > d > end", id="child")
    p = process(
        parallel("f"), catch("c", condition("x = 5")), call("k", "child"), flows="start > f > c > a > end\nf > k > end2"
    )
    assert Play(p, child).tasks == ["a"]


def test_an_escalation_of_an_event_sub_process_goes_further_out() -> None:
    begin = start("es_start", message("m"))
    tell = end("tell", escalation("X"))
    inner = sub("s", user("a"), event_sub("es", begin, tell, flows="es_start > tell"), flows="start > a > end")
    p = process(
        inner, boundary("heard", "s", escalation("X"), interrupting=False), flows="start > s > end\nheard > b > end2"
    )
    play = Play(p, key="1").publish("m")
    assert (play.tasks, play.count()["s"]) == (["b"], 1)


def test_an_escalation_may_pass_through_two_calling_processes() -> None:
    inner = process(end("end", escalation("X")), flows="start > end", id="inner")
    middle = process(call("ci", "inner"), user("m"), flows="start > ci > m > end", id="middle")
    p = process(
        call("cm", "middle"),
        boundary("heard", "cm", escalation("X"), interrupting=False),
        flows="start > cm > end\nheard > b > end2",
    )
    assert Play(p, middle, inner).tasks == ["b", "m"]


def test_an_interrupting_event_sub_process_of_the_process_cancels_what_it_called() -> None:
    p = process(call("c", "child"), on(message("stop")), flows="start > c > end")
    play = Play(p, children(), key="1").publish("stop")
    assert (play.tasks, play.world.instances[1].state) == (["help"], "terminated")


def test_a_terminate_end_event_in_an_event_sub_process_ends_only_that() -> None:
    begin = start("es_start", message("m"), interrupting=False)
    inside = event_sub("es", begin, parallel("f"), end("stop", terminate), flows="es_start > f > b > end2\nf > stop")
    play = Play(process(user("a"), inside, flows="start > a > end"), key="1").publish("m")
    assert play.tasks == ["a"]


def test_an_error_of_an_event_sub_process_is_caught_on_the_border_of_its_scope() -> None:
    begin = start("es_start", message("m"))
    inner = sub(
        "s", user("a"), event_sub("es", begin, end("bad", error("E")), flows="es_start > bad"), flows="start > a > end"
    )
    p = process(inner, boundary("oops", "s", error("E")), flows="start > s > end\noops > b > end2")
    assert Play(p, key="1").publish("m").tasks == ["b"]


def test_a_repeated_sub_process_is_left_by_an_error_on_its_border() -> None:
    inner = sub("s", service("j", type="work"), flows="start > j > end", standard_loop=loop("true", maximum=3))
    play = Play(process(inner, boundary("oops", "s", error("E")), flows="start > s > end\noops > b > end2"))
    play.complete("j")
    play.throw("j", "E")
    assert play.tasks == ["b"]


def test_cancelling_an_inner_transaction_leaves_the_outer_one_alone() -> None:
    a, ca, ua = undoable("a")
    inner = transaction("t2", end("bad", cancel), flows="start > bad")
    outer = transaction(
        "t1", a, ca, ua, inner, boundary("left", "t2", cancel), flows="start > a > t2 > end\nleft > b > end2"
    )
    p = process(outer, flows="start > t1 > after > end", undo={"a": "undo_a"})
    play = Play(p).complete("a")
    assert play.tasks == ["b"]
    play.complete("b")
    assert play.tasks == ["after"]


def test_a_buffered_message_is_caught_by_the_first_who_comes_and_expires() -> None:
    p = process(receive("r", "m"), flows="start > r > end")
    world = World()
    world.deploy(p)
    world.publish("m", "1", {"n": 1}, isodate.parse_duration("PT1H"))
    first = Play(p, world=world, key="1")
    second = Play(p, world=world, key="1")
    assert (first.state, second.state) == ("completed", "active")
    assert first.variables == {"key": "1", "n": 1}


@pytest.mark.parametrize(("value", "expected"), [(None, None), ([], []), ({"a": None}, {"a": None})])
def test_a_decision_that_decides_nothing_gives_null(value: Any, expected: Any) -> None:
    world = World(lambda key, binding, variables: Decided(value, {}))
    play = Play(process(decision("d", "rate", "r"), flows="start > d > end"), world=world)
    assert play.variables == {"r": expected}
