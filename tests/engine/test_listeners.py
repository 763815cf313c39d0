"""Execution listeners: jobs before the work and after it."""

from __future__ import annotations

import pytest

from orchestrator.engine import CommandRejected, commands
from tests.engine.build import boundary, each, end, process, service, sub, timer, user, xor
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
