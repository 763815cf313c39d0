"""Multi-instance and standard loop: a body around iterations."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import commands, effects
from orchestrator.process_tests.world import World as ProcessTestWorld
from tests.engine.build import (
    boundary,
    call,
    each,
    end,
    error,
    event_sub,
    loop,
    process,
    script,
    service,
    start,
    sub,
    terminate,
    timer,
    user,
)
from tests.engine.play import Play


def votes(sequential: bool = False, **more: Any) -> m.Process:
    marker = each("people", "who", output_collection="votes", output_element="= vote", sequential=sequential, **more)
    return process(user("ask", multi_instance=marker), flows="start > ask > next > end")


@pytest.mark.parametrize(("sequential", "first"), [(True, 1), (False, 3)])
def test_results_are_collected_in_the_order_of_the_input(sequential: bool, first: int) -> None:
    play = Play(votes(sequential), people=["ann", "bob", "eve"])
    assert play.tasks == ["ask"] * first
    while "ask" in play.tasks:
        task = [wait for wait in play.world.waits if wait.event == "ask"][-1]
        play.world.complete(task, {"vote": task.effect.variables["who"].upper()})
    assert play.tasks == ["next"]
    assert play.variables == {"people": ["ann", "bob", "eve"], "votes": ["ANN", "BOB", "EVE"]}


def test_iterations_count_from_one_and_see_their_item() -> None:
    play = Play(votes(), people=["ann", "bob"])
    seen = [(task.variables["loopCounter"], task.variables["who"]) for task in play.effects(effects.CreateUserTask)]
    assert seen == [(1, "ann"), (2, "bob")]


def test_multi_instance_of_nothing_passes_through_and_collects_nothing() -> None:
    play = Play(votes(), people=[])
    assert play.tasks == ["next"]
    assert play.variables["votes"] == []


def test_an_input_collection_that_is_no_list_is_an_incident_and_a_retry_reads_it_again() -> None:
    play = Play(votes(), people="ann")
    assert play.complaint == "The input collection of ask (= people) must be a list, but is a string 'ann'"
    assert play.set(people=["ann"]).retry("ask").tasks == ["ask"]


def test_the_completion_condition_ends_it_early() -> None:
    marker = {"completion_condition": "= numberOfCompletedInstances >= 2 and votes[2] != null"}
    play = Play(votes(**marker), people=[1, 2, 3])
    play.complete("ask", vote="a").complete("ask", vote="b")
    assert play.tasks == ["next"]
    assert play.count("terminated")["ask"] == 1
    assert play.variables["votes"] == ["a", "b", None]


def test_the_completion_condition_sees_how_many_there_are() -> None:
    told = "= [numberOfInstances, numberOfActiveInstances, numberOfCompletedInstances, numberOfTerminatedInstances]"
    marker = {"completion_condition": told + " = [3, 1, 2, 0]"}
    play = Play(votes(**marker), people=[1, 2, 3])
    play.complete("ask", vote="a")
    assert play.tasks == ["ask", "ask"]
    assert play.complete("ask", vote="b").tasks == ["next"]


def test_iterations_that_pass_straight_through_count_those_after_them_as_active() -> None:
    marker = each("[1, 2, 3]", "n", completion_condition="= numberOfActiveInstances = 1")
    play = Play(process(script("s", "= n", multi_instance=marker), flows="start > s > end"))
    assert play.count()["s"] == 2


def test_of_iterations_in_turn_one_is_active() -> None:
    marker = each("[1, 2, 3]", "n", completion_condition="= numberOfActiveInstances != 1", sequential=True)
    play = Play(process(script("s", "= n", multi_instance=marker), flows="start > s > end"))
    assert play.count()["s"] == 3


def test_sequential_iterations_see_the_results_so_far() -> None:
    marker = each("people", "who", output_collection="seen", output_element="= count(seen)", sequential=True)
    play = Play(process(service("s", multi_instance=marker), flows="start > s > end"), people=[1, 2])
    play.complete("s").complete("s")
    assert play.variables["seen"] == [2, 2]  # the list has its final length from the beginning


def test_a_failing_output_element_stands_at_the_iteration_and_is_evaluated_again() -> None:
    marker = {"completion_condition": "= enough"}
    play = Play(votes(**marker), people=[1])
    play.complete("ask", vote="x")
    assert play.complaint == "The completion condition of ask (= enough) must be true or false, but is null"
    play.set(enough=True).retry("ask")
    assert play.tasks == ["next"]
    assert play.variables["votes"] == ["x"]


def test_a_boundary_event_interrupts_all_iterations() -> None:
    late = boundary("late", "ask", timer("duration", "PT1H"))
    p = process(user("ask", multi_instance=each("[1, 2]")), late, flows="start > ask > end\nlate > remind > end2")
    play = Play(p)
    assert len(play.effects(effects.ScheduleTimer)) == 1
    play.after("PT1H")
    assert play.tasks == ["remind"]
    assert play.count("terminated")["ask"] == 2


def test_an_error_in_one_iteration_terminates_the_others() -> None:
    p = process(
        service("j", multi_instance=each("[1, 2, 3]")),
        boundary("failed", "j", error()),
        flows="start > j > end\nfailed > fix > end2",
    )
    assert Play(p).throw("j", "X").tasks == ["fix"]


def test_outputs_of_an_iteration_stay_with_it() -> None:
    marker = each("[10, 20]", "x", output_collection="all", output_element="= y")
    task = service("j", multi_instance=marker, outputs={"y": "= x + extra"})
    play = Play(process(task, flows="start > j > end"))
    play.complete("j", extra=1).complete("j", extra=2)
    assert play.variables == {"all": [11, 22]}


def test_iterations_of_a_sub_process_have_their_own_scopes() -> None:
    marker = each("[1, 2]", "n")
    inside = sub("s", flows="start > check > end", multi_instance=marker, inputs={"twice": "= n * 2"})
    play = Play(process(inside, flows="start > s > end"))
    told = [(task.variables["n"], task.variables["twice"]) for task in play.effects(effects.CreateUserTask)]
    assert told == [(1, 2), (2, 4)]
    play.complete("check").complete("check")
    assert play.state == "completed"
    assert play.count()["s"] == 2


def test_a_terminate_end_event_ends_its_iteration_only() -> None:
    inside = sub("s", end("kill", terminate), flows="start > a > kill\nstart > b > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > next > end"))
    assert play.complete("a").tasks == ["a", "b"]
    assert play.complete("a").tasks == ["next"]


def test_an_event_sub_process_listens_in_every_iteration() -> None:
    handler = event_sub("h", start("e", error("X")), flows="e > repair > end")
    inside = sub("s", handler, service("j"), flows="start > j > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > end"))
    assert play.throw("j", "X").tasks == ["j", "repair"]
    assert play.complete("repair").complete("j").state == "completed"


def test_called_processes_run_per_item() -> None:
    child = process(flows="start > work > end", id="child")
    task = call("c", "child", multi_instance=each("[1, 2]", "n", output_collection="all", output_element="= done"))
    play = Play(process(task, flows="start > c > end"), child)
    play.complete("work", done="a").complete("work", done="b")
    assert play.variables["all"] == ["a", "b"]


def test_one_of_many_siblings_is_completed_without_loading_the_others() -> None:
    play = Play(process(user("ask", multi_instance=each("for i in 1..300 return i")), flows="start > ask > end"))
    loads = play.world.loads
    for _ in range(10):
        play.complete("ask")
    assert play.world.loads == loads
    step = play.instance.steps[-1]
    assert len(step.state.instances) == 2  # the process and the body
    assert [changed.element for changed in step.changed] == ["ask"]
    assert play.active("process").children == 1


def test_items_that_are_handed_out_at_once_are_kept_nowhere() -> None:
    play = Play(process(user("ask", multi_instance=each("[1, 2]")), flows="start > ask > end"))
    assert play.instance.items == {}


def test_items_in_turn_are_kept_apart_and_read_one_at_a_time() -> None:
    in_turn = each('["a", "b", null, "d"]', "item", sequential=True)
    play = Play(process(user("ask", multi_instance=in_turn), flows="start > ask > end"))
    ((body, items),) = play.instance.items.items()
    assert items == {2: "b", 3: None, 4: "d"}
    seen = []
    for _ in range(4):
        seen.append(play.active("ask").variables["item"])
        play.complete("ask")
        assert all(len(step.state.items.get(body, ())) <= 1 for step in play.instance.steps[1:])
    assert (seen, play.state) == (["a", "b", None, "d"], "completed")


def test_nothing_begins_once_it_is_enough() -> None:
    asked = each(
        "[1, 2, 3]",
        sequential=True,
        completion_condition="= numberOfCompletedInstances = 2",
        output_collection="found",
        output_element="= loopCounter",
    )
    play = Play(process(user("ask", multi_instance=asked), flows="start > ask > end"))
    play.complete("ask").complete("ask")
    assert (play.state, play.variables["found"]) == ("completed", [1, 2, None])


# -- the standard loop


def test_a_loop_repeats_while_its_condition_is_true() -> None:
    play = Play(process(user("a", standard_loop=loop("again")), flows="start > a > end"))
    play.complete("a", again=True).complete("a", again=True)
    assert play.tasks == ["a"]
    assert play.complete("a", again=False).state == "completed"
    assert play.count()["a"] == 3


def test_a_loop_that_tests_before_may_not_run_at_all() -> None:
    play = Play(process(user("a", standard_loop=loop("again", test_before=True)), flows="start > a > end"), again=False)
    assert play.state == "completed"
    assert play.count()["a"] == 0


def test_a_loop_stops_at_its_maximum() -> None:
    play = Play(process(user("a", standard_loop=loop("true", maximum=2)), flows="start > a > end"))
    assert play.complete("a").complete("a").state == "completed"


def test_a_loop_counts_its_rounds() -> None:
    play = Play(process(script("a", "= loopCounter", standard_loop=loop("loopCounter < 4")), flows="start > a > end"))
    assert play.variables == {"a": 4}


def test_the_outputs_of_a_round_are_what_the_condition_and_the_next_round_see() -> None:
    task = service("a", inputs={"n": "= n"}, outputs={"n": "= n + step"}, standard_loop=loop("n < 3"))
    play = Play(process(task, flows="start > a > end"), n=0)
    for _ in range(3):
        play.complete("a", step=1)
    assert (play.state, play.variables) == ("completed", {"n": 3})


def test_a_loop_condition_that_says_nothing_is_an_incident() -> None:
    play = Play(process(user("a", standard_loop=loop("again")), flows="start > a > end"))
    assert play.complete("a").complaint == "The loop condition of a (= again) must be true or false, but is null"
    play.set(again=False).retry("a")
    assert play.state == "completed"


def test_a_terminated_iteration_is_counted() -> None:
    play = Play(votes(), people=[1, 2, 3])
    play.do(commands.Modify(terminate=(play.active("ask").id,)))
    body = next(i for i in play.instance.stored.instances.values() if i.loop is not None)
    assert body.loop.terminated == 1
    play.complete("ask", vote=1).complete("ask", vote=2)
    assert play.variables["votes"] == [1, 2, None]


def test_a_world_that_keeps_the_whole_state_needs_no_results_loaded() -> None:
    """Process tests keep what a step gives them; a shell that keeps rows asks for the results when they are needed."""
    marker = each("[1, 2, 3]", "i", output_collection="found", output_element="= i * by")
    world = ProcessTestWorld()
    world.deploy(process(user("a", multi_instance=marker), flows="start > a > end"))
    instance = world.start("process", {})
    for by in (1, 10, 100):
        world.complete(world.open(effects.CreateUserTask, "a")[0], {"by": by})
    assert world.variables_of(instance)["found"] == [1, 20, 300]
