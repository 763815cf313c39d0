"""Task listeners: they have a say before a user task is created, assigned, updated, completed or withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.bpmn.model import Job, Listener, Process
from orchestrator.engine import CommandRejected, commands, effects
from tests.engine.build import (
    Draw,
    boundary,
    each,
    end,
    event_sub,
    process,
    signal,
    start,
    sub,
    terminate,
    text,
    timer,
    user,
)
from tests.engine.play import Play


def listened(*listeners: tuple[str, str], **attributes: Any) -> Draw:
    jobs = tuple(Listener(event, Job(text(type), headers={"why": "told"})) for event, type in listeners)
    return lambda scope: [replace(node, task_listeners=jobs) for node in user("a", **attributes)(scope)]  # type: ignore[type-var]


def model(*listeners: tuple[str, str], **attributes: Any) -> Process:
    return process(listened(*listeners, **attributes), flows="start > a > end")


def waits(play: Play) -> list[str]:
    return [getattr(wait.effect, "type", "task") for wait in play.world.waits]


def task(play: Play) -> effects.CreateUserTask:
    return next(wait.effect for wait in play.world.waits if isinstance(wait.effect, effects.CreateUserTask))


def answer(play: Play, type: str, **variables: Any) -> Play:
    wait, *_ = play.world.jobs(type)
    play.world.complete(wait, variables)
    return play


def ask(play: Play, event: str, **request: Any) -> Play:
    play.do(commands.AskListeners(play.active("a").id, event, request))
    return play


def settled(play: Play) -> effects.SettleTask:
    return play.effects(effects.SettleTask)[-1]  # type: ignore[no-any-return]


def test_the_task_is_offered_after_its_creating_listeners_one_by_one() -> None:
    play = Play(model(("creating", "x"), ("creating", "y")))
    assert waits(play) == ["x"]
    assert waits(answer(play, "x")) == ["y"]
    assert waits(answer(play, "y")) == ["task"]


def test_a_listener_is_told_what_it_is_about() -> None:
    play = Play(model(("updating", "x")))
    ask(play, "updating", headers={"priority": "70"})
    (wait,) = play.world.jobs("x")
    assert wait.effect.headers == {"why": "told", "priority": "70", "listenerEvent": "updating"}


def test_the_corrections_of_all_creating_listeners_are_in_the_task() -> None:
    play = Play(model(("creating", "x"), ("creating", "y"), priority="10", candidate_groups="clerks"))
    answer(play, "x", corrections={"priority": 70, "candidateUsers": ["eve"], "dueDate": "2026-03-01T12:00:00Z"})
    answer(play, "y", corrections={"priority": 80})
    found = task(play)
    assert (found.priority, found.candidate_users, found.candidate_groups) == (80, ("eve",), ("clerks",))
    assert found.due_date == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_else_a_listener_answers_is_a_local_variable_of_the_task() -> None:
    play = answer(Play(model(("creating", "x"))), "x", score=3)
    assert (task(play).variables, play.variables) == ({"score": 3}, {})


def test_the_assignee_of_the_model_is_assigned_after_the_assigning_listeners() -> None:
    play = Play(model(("creating", "x"), ("assigning", "y"), assignee="alice"))
    answer(play, "x")
    assert play.world.jobs("y")[0].effect.headers["assignee"] == "alice"
    answer(play, "y")
    assert task(play).assignee == "alice"


def test_an_assignment_from_the_start_that_is_denied_leaves_the_task_to_all() -> None:
    play = answer(Play(model(("assigning", "y"), assignee="alice")), "y", denied=True, deniedReason="on holiday")
    assert task(play).assignee is None
    assert (settled(play).request, settled(play).denied, settled(play).reason) == (None, True, "on holiday")


def test_a_completion_waits_for_the_listeners_that_see_its_variables() -> None:
    play = Play(model(("completing", "x"), ("completing", "y"))).complete("a", done=True)
    assert play.world.jobs("x")[0].effect.variables == {"done": True}
    assert (play.variables, play.state) == ({}, "active")
    answer(answer(play, "x"), "y")
    assert (play.variables, play.state) == ({"done": True}, "completed")


def test_a_denied_completion_gives_the_task_back() -> None:
    play = Play(model(("completing", "x"), ("completing", "y"))).complete("a", done=True)
    answer(play, "x", denied=True, deniedReason="a receipt is missing")
    assert (settled(play).denied, settled(play).reason) == (True, "a receipt is missing")
    assert (play.tasks, play.variables) == (["a"], {})
    play.complete("a", done=2)
    answer(answer(play, "x"), "y")
    assert play.variables == {"done": 2}


def test_what_was_asked_comes_back_with_the_corrections() -> None:
    play = ask(Play(model(("assigning", "x"))), "assigning", operation="claim", user=7)
    answer(play, "x", corrections={"assignee": "bob", "priority": 90})
    found = settled(play)
    assert (found.request, found.denied) == ({"operation": "claim", "user": 7}, False)
    assert found.corrections == {"assignee": "bob", "priority": 90}


def test_while_a_listener_has_its_say_nothing_else_can_be_asked() -> None:
    play = ask(Play(model(("assigning", "x"), ("updating", "y"))), "assigning")
    with pytest.raises(CommandRejected, match="waits for a listener"):
        ask(play, "updating")


def test_nothing_is_asked_where_nobody_listens() -> None:
    with pytest.raises(CommandRejected, match="no listener on updating"):
        ask(Play(model(("assigning", "x"))), "updating")


@pytest.mark.parametrize(
    "wrong",
    [
        {"corrections": {"priority": 101}},
        {"corrections": {"priority": "high"}},
        {"corrections": {"colour": "red"}},
        {"corrections": {"candidateUsers": "eve"}},
        {"corrections": {"dueDate": "soon"}},
        {"corrections": 5},
        {"denied": True},
    ],
)
def test_an_answer_that_means_nothing_is_an_incident_and_the_listener_is_asked_again(wrong: Any) -> None:
    play = answer(Play(model(("creating", "x"))), "x", **wrong)
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]
    answer(play.retry("a"), "x")
    assert play.tasks == ["a"]


def test_a_listener_that_failed_is_asked_again() -> None:
    play = Play(model(("completing", "x"))).complete("a", done=1)
    play.fail("a")
    assert play.incidents == [("a", "JOB_NO_RETRIES")]
    answer(play.retry("a"), "x")
    assert play.variables == {"done": 1}


def test_a_boundary_event_interrupts_a_task_that_is_being_completed() -> None:
    late = boundary("late", "a", timer("duration", "PT1H"))
    play = Play(process(listened(("completing", "x")), late, flows="start > a > end\nlate > b > end2"))
    play.complete("a").after("PT1H")
    assert play.tasks == ["b"]


# -- the withdrawal

LEAVE = ("canceling", "z")
STOP = signal("stop")


def interrupted(*listeners: tuple[str, str]) -> Play:
    """A task with a listener on its withdrawal, interrupted by a signal that leads to `b`."""
    stop = boundary("stop", "a", STOP)
    return Play(process(listened(*listeners), stop, flows="start > a > end\nstop > b > end2"), secret=1).broadcast(
        "stop"
    )


def test_what_interrupts_a_task_waits_for_the_listeners_on_its_withdrawal() -> None:
    play = interrupted(LEAVE, ("canceling", "y"))
    (wait,) = play.world.waits
    assert (wait.effect.type, wait.effect.headers["listenerEvent"]) == ("z", "canceling")
    assert wait.effect.variables == {"secret": 1}
    answer(play, "z", noted=True)
    assert waits(play) == ["y"]
    answer(play, "y")
    assert play.tasks == ["b"]
    assert play.count("terminated")["a"] == 1
    assert play.complete("b").state == "completed"


@pytest.mark.parametrize("begun", [True, False])
def test_a_process_is_cancelled_once_the_listeners_have_answered(begun: bool) -> None:
    play = Play(model(("creating", "x"), LEAVE))
    if begun:
        answer(play, "x")
    play.world.cancel(play.instance)
    assert (play.state, waits(play)) == ("active", ["z"])
    answer(play, "z")
    assert (play.state, play.awaited) == ("terminated", [])


def test_who_cancels_again_does_not_wait_for_them() -> None:
    play = Play(model(LEAVE))
    play.world.cancel(play.instance)
    play.world.cancel(play.instance)
    assert (play.state, play.awaited) == ("terminated", [])


def test_a_task_that_is_being_withdrawn_is_nobodys_any_more() -> None:
    play = interrupted(LEAVE)
    task = play.active("a").id
    for command in (commands.Trigger(task, "stop"), commands.AskListeners(task, "assigning")):
        with pytest.raises(CommandRejected):
            play.do(command)


def test_a_scope_with_several_such_tasks_goes_when_the_last_one_is_gone() -> None:
    inside = sub(
        "s", listened(LEAVE), user("c"), flows="start > a > end\nstart > c > end2", multi_instance=each("[1, 2]")
    )
    play = Play(process(inside, boundary("stop", "s", STOP), flows="start > s > end\nstop > b > end2")).broadcast(
        "stop"
    )
    assert waits(play) == ["z", "z"]
    answer(play, "z")
    assert (waits(play), play.count("terminated")["c"], play.count("terminated")["s"]) == (["z"], 2, 1)
    answer(play, "z")
    assert (play.tasks, play.count("terminated")["s"]) == (["b"], 2)


def test_an_event_sub_process_begins_when_its_scope_is_clear() -> None:
    takes_over = event_sub("es", start("go", STOP), flows="go > b > end")
    play = Play(process(listened(LEAVE), user("c"), takes_over, flows="start > a > end\nstart > c > end2")).broadcast(
        "stop"
    )
    assert (waits(play), play.count("terminated")["c"]) == (["z"], 1)
    answer(play, "z")
    assert play.tasks == ["b"]
    assert play.complete("b").state == "completed"


def test_an_interruption_from_further_out_takes_the_place_of_the_one_under_way() -> None:
    inside = sub("s", listened(LEAVE), boundary("stop", "a", STOP), flows="start > a > end\nstop > lost > end2")
    play = Play(process(inside, boundary("all", "s", signal("all")), flows="start > s > end\nall > b > end2"))
    play.broadcast("stop").broadcast("all")
    assert waits(play) == ["z"]
    answer(play, "z")
    assert (play.tasks, play.count("activated")["lost"]) == (["b"], 0)


def test_what_a_completion_condition_leaves_out_says_farewell_before_the_body_is_done() -> None:
    marker = each("[1, 2, 3]", completion_condition="= numberOfCompletedInstances = 1")
    play = Play(model(LEAVE, multi_instance=marker)).complete("a")
    assert waits(play) == ["z", "z"]
    answer(answer(play, "z"), "z")
    assert (play.state, play.count("terminated")["a"], play.count()["end"]) == ("completed", 2, 1)


def test_a_terminate_end_event_is_done_when_everything_is_gone() -> None:
    play = Play(process(listened(LEAVE), end("t", terminate), flows="start > a > end\nstart > c > t")).complete("c")
    assert (play.state, waits(play)) == ("active", ["z"])
    assert answer(play, "z").state == "completed"


def test_a_listener_on_the_withdrawal_that_fails_is_an_incident_and_is_asked_again() -> None:
    play = interrupted(LEAVE)
    play.fail("a")
    assert play.incidents == [("a", "JOB_NO_RETRIES")]
    play.retry("a")
    play.throw("a", "E")
    assert play.incidents == [("a", "UNHANDLED_ERROR_EVENT")]
    answer(play.retry("a"), "z", denied=True)
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]
    answer(play.retry("a"), "z")
    assert play.tasks == ["b"]


def test_a_listener_whose_job_says_nonsense_is_an_incident_that_cancelling_again_ends() -> None:
    play = Play(model(("canceling", "= 1")))
    play.world.cancel(play.instance)
    assert (play.state, play.awaited) == ("incident", [])
    play.world.cancel(play.instance)
    assert play.state == "terminated"


def test_an_operator_takes_a_task_away_with_its_scope_once_it_has_said_farewell() -> None:
    inside = sub("s", listened(LEAVE), flows="start > a > end")
    play = Play(process(inside, user("c"), flows="start > s > end\nstart > c > end2"))
    play.do(commands.Modify(terminate=(play.active("a").id,)))
    assert waits(play) == ["task", "z"]
    answer(play, "z")
    assert (waits(play), play.count("terminated")["s"], play.count()["s"]) == (["task"], 1, 0)


def test_every_iteration_has_its_own_listeners() -> None:
    play = Play(model(("completing", "x"), multi_instance=each("[1, 2]", "i")))
    first = next(i for i in play.instance.stored.instances.values() if i.iteration == 1)
    play.do(commands.Complete(first.id, {}))
    assert waits(play) == ["task", "task", "x"] or sorted(waits(play)) == ["task", "task", "x"]
    answer(play, "x")
    assert play.count()["a"] == 1
