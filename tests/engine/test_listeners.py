"""Execution listeners: jobs before the work and after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.bpmn.model import Job, Listener, Process
from orchestrator.engine import CommandRejected, commands
from tests.engine.build import (
    boundary,
    catch,
    each,
    end,
    event_sub,
    link,
    process,
    service,
    start,
    sub,
    throw,
    timer,
    user,
    xor,
)
from tests.engine.play import Play

BOTH = (("start", "before"), ("start", "again"), ("end", "after"))


def job(play: Play) -> list[tuple[str, str]]:
    return [(wait.event, getattr(wait.effect, "type", "")) for wait in play.world.waits]


def test_listeners_run_one_by_one_around_the_work() -> None:
    play = Play(process(service("j", type="work", listeners=BOTH), flows="start > j > end"))
    for type in ("before", "again", "work", "after"):
        assert job(play) == [("j", type)]
        play.complete("j")
    assert play.state == "completed"


def test_a_start_listener_gives_local_variables_and_an_end_listener_a_result() -> None:
    task = user("a", listeners=(("start", "x"), ("end", "y")), outputs={"kept": "= secret"})
    play = Play(process(task, flows="start > a > end"))
    play.complete("a", secret=1).complete("a").complete("a", told=2)
    assert play.variables == {"kept": 1, "told": 2}


def test_a_user_task_and_its_timer_begin_only_after_the_start_listener() -> None:
    late = boundary("late", "a", timer("duration", "PT1H"))
    play = Play(process(user("a", listeners=(("start", "x"),)), late, flows="start > a > end\nlate > end2"))
    assert job(play) == [("a", "x")]
    play.complete("a")
    assert play.awaited == ["a", "late"]


@pytest.mark.parametrize("failing", ["before", "again", "after"])
def test_a_listener_that_failed_is_called_again(failing: str) -> None:
    play = Play(process(service("j", type="work", listeners=BOTH), flows="start > j > end"))
    while job(play) != [("j", failing)]:
        play.complete("j")
    play.fail("j")
    assert play.incidents == [("j", "JOB_NO_RETRIES")]
    play.retry("j")
    assert job(play) == [("j", failing)]
    while play.state == "active":
        play.complete("j")
    assert play.count()["j"] == 1


def test_gateways_events_and_scopes_have_listeners_too() -> None:
    around = (("start", "y"), ("end", "z"))
    inside = sub("s", end("stop", listeners=(("end", "x"),)), flows="start > stop", listeners=around)
    p = process(xor("g", listeners=(("start", "w"),)), inside, flows="start > g > s > end")
    play = Play(p)
    seen = []
    while play.state == "active":
        (found,) = job(play)
        seen.append(found)
        play.complete(found[0])
    assert seen == [("g", "w"), ("s", "y"), ("stop", "x"), ("s", "z")]


def with_listeners(play_of: Process, *events: tuple[str, str]) -> Process:
    return replace(play_of, listeners=tuple(Listener(event, Job(type)) for event, type in events))


def test_a_process_begins_and_ends_with_its_listeners() -> None:
    p = with_listeners(process(user("a"), flows="start > a > end"), ("start", "x"), ("end", "y"))
    play = Play(p)
    assert job(play) == [("process", "x")]
    play.complete("process", given=1)
    assert play.tasks == ["a"]
    play.complete("a")
    assert job(play) == [("process", "y")]
    play.complete("process", told=2)
    assert (play.state, play.variables) == ("completed", {"given": 1, "told": 2})


def test_the_event_sub_processes_of_a_process_listen_after_its_start_listeners() -> None:
    late = event_sub("es", start("es_start", timer("duration", "PT1H")), flows="es_start > b > end")
    p = with_listeners(process(user("a"), late, flows="start > a > end"), ("start", "x"))
    play = Play(p)
    assert play.awaited == ["process"]
    play.complete("process")
    assert play.awaited == ["a", "es_start"]


def test_a_process_listener_that_failed_is_called_again() -> None:
    p = with_listeners(process(user("a"), flows="start > a > end"), ("end", "y"))
    play = Play(p).complete("a")
    play.fail("process")
    assert play.incidents == [("process", "JOB_NO_RETRIES")]
    play.retry("process").complete("process")
    assert play.state == "completed"


def test_the_token_goes_on_at_the_catching_link_after_the_end_listener_of_the_throw() -> None:
    jump = throw("jump", link("x"), listeners=(("end", "l"),))
    play = Play(process(jump, catch("land", link("x")), user("a"), flows="start > jump\nland > a > end"))
    assert job(play) == [("jump", "l")]
    play.complete("jump")
    assert play.tasks == ["a"]


def test_every_iteration_has_its_listeners() -> None:
    task = service("j", type="work", listeners=(("start", "x"),), multi_instance=each("[1, 2]"))
    play = Play(process(task, flows="start > j > end"))
    assert job(play) == [("j", "x"), ("j", "x")]


def test_an_element_in_a_listener_is_not_completed_by_its_own_work() -> None:
    play = Play(process(user("a", listeners=(("end", "x"),)), flows="start > a > end"))
    number = play.active("a").id
    play.complete("a")
    play.do(commands.Complete(number))
    with pytest.raises(CommandRejected):
        play.do(commands.Complete(number))


def test_a_boundary_event_still_interrupts_before_the_end_listener_is_done() -> None:
    late = boundary("late", "a", timer("duration", "PT1H"))
    play = Play(process(user("a", listeners=(("end", "x"),)), late, flows="start > a > end\nlate > b > end2"))
    play.complete("a").after("PT1H")
    assert play.tasks == ["b"]
