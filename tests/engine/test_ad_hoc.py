"""Ad-hoc sub-processes: somebody chooses what is done."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, commands, effects
from tests.engine.build import ad_hoc, boundary, each, end, event_sub, process, service, start, text, timer, user
from tests.engine.play import Play


def choose(play: Play, *elements: str) -> Play:
    instance = next(i for i in play.instance.stored.instances.values() if i.element == "help" and i.loop is not None)
    play.do(commands.ActivateAdHoc(instance.id, elements))
    return play


def helped(**more: Any) -> m.Process:
    return process(ad_hoc("help", user("a"), user("b"), flows="b > c", **more), flows="start > help > next > end")


def test_nothing_is_active_until_somebody_chooses() -> None:
    play = Play(helped())
    assert (play.tasks, play.state) == ([], "active")
    choose(play, "a", "b")
    assert play.tasks == ["a", "b"]
    assert play.complete("a").complete("b").tasks == ["c"]  # what follows an activity is done, too
    assert play.complete("c").tasks == ["next"]


def test_it_tells_what_can_be_chosen() -> None:
    play = Play(helped())
    told = play.active("help").variables["adHocSubProcessElements"]
    assert [element["elementId"] for element in told] == ["a", "b"]


def test_something_else_cannot_be_chosen() -> None:
    play = Play(helped())
    with pytest.raises(CommandRejected, match="cannot activate c"):
        choose(play, "c")
    with pytest.raises(CommandRejected, match="not an active ad-hoc"):
        play.do(commands.ActivateAdHoc(play.active("process").id, ("a",)))


def test_a_collection_chooses_in_the_beginning() -> None:
    play = Play(helped(active_elements="= todo"), todo=["b"])
    assert play.tasks == ["b"]
    play = Play(helped(active_elements="= todo"), todo=["x"])
    assert play.complaint == "help cannot activate x: there is no such activity inside"
    assert play.set(todo=["a"]).retry("help").tasks == ["a"]


def test_the_same_activity_can_run_twice_with_its_own_variables() -> None:
    play = Play(process(ad_hoc("help", user("a", inputs={"n": "= n + 1"})), flows="start > help > end"), n=1)
    choose(play, "a", "a")
    assert play.complete("a", n=5).complete("a", n=6).variables == {"n": 1}


def test_the_completion_condition_terminates_what_remains() -> None:
    play = Play(helped(completion_condition="= done"), done=False)
    choose(play, "a", "b")
    assert play.complete("a").tasks == ["b"]
    choose(play, "a").complete("a", done=True)
    assert play.tasks == ["next"]


def test_what_remains_may_be_left_to_finish() -> None:
    play = Play(helped(completion_condition="= done", cancel_remaining=False), done=False)
    choose(play, "a", "b").complete("a", done=True)
    assert play.tasks == ["b"]
    assert play.complete("b").complete("c").tasks == ["next"]


def test_a_condition_that_is_never_true_keeps_it_open() -> None:
    play = Play(helped(completion_condition="= done"), done=False)
    choose(play, "a").complete("a")
    assert (play.tasks, play.state) == ([], "active")
    assert choose(play, "a").complete("a", done=True).tasks == ["next"]


def test_results_are_collected() -> None:
    play = Play(
        process(
            ad_hoc("help", user("a", outputs={"r": "= mine"}), output_collection="all", output_element="= r"),
            flows="start > help > end",
        )
    )
    choose(play, "a", "a").complete("a", mine=1).complete("a", mine=2)
    assert play.variables == {"all": [1, 2]}  # every round has its own r


def test_a_boundary_event_ends_it() -> None:
    p = process(
        ad_hoc("help", user("a")),
        boundary("late", "help", timer("duration", "PT1H")),
        flows="start > help > end\nlate > b > end2",
    )
    play = choose(Play(p), "a")
    assert play.after("PT1H").tasks == ["b"]


def test_it_can_be_repeated() -> None:
    play = Play(helped(active_elements="= [who]", multi_instance=each('["a", "b"]', "who")))
    assert play.tasks == ["a", "b"]
    assert play.complete("a").complete("b").complete("c").tasks == ["next"]


def agent(**more: Any) -> m.Process:
    return helped(job=m.Job(text("plan")), **more)


def test_a_job_chooses_what_is_done_until_it_is_enough() -> None:
    play = Play(agent())
    play.complete("help", activateElements=["a", {"elementId": "b", "variables": {"x": 1}}], note="hi")
    assert play.tasks == ["a", "b"]
    assert play.variables == {"note": "hi"}
    assert play.effects(effects.CreateUserTask)[-1].variables["x"] == 1
    assert play.complete("a").tasks == ["b", "help"]  # the job is asked again
    play.complete("help", isCompletionConditionFulfilled=True, isCancelRemainingInstances=True)
    assert play.tasks == ["next"]


def test_a_job_that_is_content_lets_the_rest_finish() -> None:
    play = Play(agent()).complete("help", activateElements=["a"], isCompletionConditionFulfilled=True)
    assert play.tasks == ["a"]
    assert play.complete("a").tasks == ["next"]


def test_a_job_that_fails_is_asked_again() -> None:
    play = Play(agent()).fail("help")
    assert (play.tasks, play.incidents) == ([], [("help", "JOB_NO_RETRIES")])
    assert play.retry("help").tasks == ["help"]


def test_a_job_that_names_nonsense_is_rejected_or_an_incident() -> None:
    play = Play(agent()).complete("help", activateElements=["nothing"])
    assert play.incidents == [("help", "EXTRACT_VALUE_ERROR")]
    with pytest.raises(CommandRejected, match="names no element"):
        Play(agent()).complete("help", activateElements=[5])


def test_an_activity_inside_may_be_a_job() -> None:
    p = process(ad_hoc("help", service("j")), flows="start > help > end")
    assert choose(Play(p), "j").complete("j").state == "completed"


# -- one at a time


def test_in_sequence_one_activity_follows_another_in_the_order_of_the_choices() -> None:
    play = Play(helped(sequential=True))
    choose(play, "b", "a")
    assert play.tasks == ["b"]
    choose(play, "b")
    assert play.complete("b").tasks == ["c"]  # what follows an activity belongs to it
    assert play.complete("c").tasks == ["a"]
    assert play.complete("a").complete("b").complete("c").tasks == ["next"]


def test_in_sequence_what_has_not_begun_when_it_is_enough_never_begins() -> None:
    for cancels in (True, False):
        p = helped(sequential=True, completion_condition="= done", cancel_remaining=cancels)
        play = choose(Play(p, done=False), "a", "a", "b")
        assert play.complete("a").tasks == ["a"]
        assert play.complete("a", done=True).tasks == ["next"]


def test_in_sequence_a_job_chooses_while_one_activity_is_done() -> None:
    play = Play(agent(sequential=True)).complete("help", activateElements=["a", "a"])
    assert play.tasks == ["a"]
    assert sorted(play.complete("a").tasks) == ["a", "help"]
    play.complete("help", activateElements=["b"])
    assert play.tasks == ["a"]
    play.complete("a")
    assert sorted(play.tasks) == ["b", "help"]
    play.complete("help", isCompletionConditionFulfilled=True, isCancelRemainingInstances=True)
    assert play.tasks == ["next"]


def test_in_sequence_the_next_begins_when_an_operator_takes_one_away() -> None:
    play = choose(Play(helped(sequential=True)), "a", "b")
    play.do(commands.Modify(terminate=(play.active("a").id,)))
    assert play.tasks == ["b"]


def test_in_sequence_nothing_begins_after_an_event_took_over() -> None:
    took_over = event_sub("es", start("late", timer("duration", "PT1H")), user("x"), end("z"), flows="late > x > z")
    p = process(ad_hoc("help", user("a"), user("b"), took_over, sequential=True), flows="start > help > next > end")
    play = choose(Play(p), "a", "b").after("PT1H")
    assert play.tasks == ["x"]
    assert play.complete("x").tasks == ["next"]
