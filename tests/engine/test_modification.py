"""An operator moves tokens by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, commands
from tests.engine.build import (
    ad_hoc,
    boundary,
    each,
    event_sub,
    message,
    parallel,
    process,
    start,
    sub,
    timer,
    user,
)
from tests.engine.play import Play


def modify(play: Play, terminate: Iterable[str] = (), activate: Iterable[tuple[str, Any]] = ()) -> Play:
    numbers = tuple(play.active(element).id for element in terminate)
    play.do(commands.Modify(numbers, tuple((element, variables, None) for element, variables in activate)))
    return play


LINE = process(flows="start > a > b > c > end")


def test_a_token_is_moved() -> None:
    play = modify(Play(LINE), ["a"], [("c", {"x": 1})])
    assert play.tasks == ["c"]
    assert play.variables == {"x": 1}
    assert play.complete("c").state == "completed"


def test_taking_away_the_last_token_terminates_the_process_instance() -> None:
    assert modify(Play(LINE), ["a"]).state == "terminated"


def nested(**more: Any) -> m.Process:
    handler = event_sub("h", start("e", message("x")), flows="e > tidy > end")
    inner = sub("inner", handler, flows="start > b > end", **more)
    outer = sub("outer", inner, flows="start > inner > end", inputs={"n": "= 1"})
    return process(outer, flows="start > a > outer > end")


CHOICES = process(
    ad_hoc("x", user("a"), user("b"), user("c"), flows="a > b", completion_condition="= enough"),
    flows="start > first > x > after > end",
)


def test_what_is_activated_in_an_ad_hoc_sub_process_is_a_choice() -> None:
    play = Play(CHOICES, enough=False).complete("first")
    modify(play, (), [("b", {"mine": 1})]).complete("b", mine=2)
    assert (play.tasks, play.state, play.variables) == ([], "active", {"enough": False})
    modify(play, (), [("c", {})]).complete("c", enough=True)
    assert play.tasks == ["after"]


def test_an_ad_hoc_sub_process_is_opened_for_what_is_activated_inside() -> None:
    play = modify(Play(CHOICES, enough=False), ["first"], [("c", {})])
    assert play.tasks == ["c"]
    assert play.complete("c", enough=True).tasks == ["after"]


def test_an_element_may_be_activated_beside_another_of_the_same_choice() -> None:
    play = Play(CHOICES, enough=False).complete("first")
    play.do(commands.ActivateAdHoc(play.active("x").id, ("a",)))
    round_of_a = play.active("a").scope
    play.do(commands.Modify(activate=(("c", {}, round_of_a),)))
    play.complete("c", enough=True)
    assert play.tasks == ["a"]  # the choice is not done yet
    assert play.complete("a").complete("b").tasks == ["after"]


def test_a_token_moves_within_its_choice() -> None:
    play = Play(CHOICES, enough=False).complete("first")
    play.do(commands.ActivateAdHoc(play.active("x").id, ("a",)))
    play.do(commands.Modify(move=((play.active("a").id, "b", {}),)))
    assert play.tasks == ["b"]
    assert play.complete("b", enough=True).tasks == ["after"]


def test_an_ad_hoc_sub_process_from_which_the_last_choice_is_taken_waits_for_another() -> None:
    play = Play(CHOICES, enough=False).complete("first")
    play.do(commands.ActivateAdHoc(play.active("x").id, ("a",)))
    modify(play, ["a"])
    assert (play.tasks, play.state) == ([], "active")
    play.do(commands.ActivateAdHoc(play.active("x").id, ("c",)))
    assert play.complete("c", enough=True).tasks == ["after"]


def test_the_job_of_an_ad_hoc_sub_process_chooses_again_when_its_choice_is_taken_away() -> None:
    play = Play(process(ad_hoc("x", user("a"), job=m.Job("choose")), flows="start > x > after > end"))
    play.complete("x", activateElements=["a"])
    modify(play, ["a"])
    assert play.tasks == ["x"]
    play.complete("x", isCompletionConditionFulfilled=True)
    assert play.tasks == ["after"]


def test_scopes_around_an_activated_element_are_opened() -> None:
    play = modify(Play(nested(), key=1), ["a"], [("b", {"y": 2})])
    assert play.awaited == ["b", "e"]
    assert play.active("inner").variables == {"y": 2}
    assert play.active("outer").variables == {"n": 1}
    assert play.complete("b").state == "completed"


def test_an_active_scope_is_used_and_emptied_scopes_go() -> None:
    play = Play(nested(), key=1).complete("a")
    inner = play.active("inner").id
    modify(play, (), [("b", {})])
    assert play.tasks == ["b", "b"]
    assert play.active("b").scope == inner
    modify(play, ["b"])
    assert play.tasks == ["b"]
    modify(play, ["b"])
    assert (play.state, play.awaited) == ("terminated", [])


def test_a_scope_that_is_active_twice_must_be_named() -> None:
    inside = sub("s", flows="start > a > b > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > end"))
    with pytest.raises(CommandRejected, match="s is active 2 times"):
        modify(play, (), [("b", {})])
    play.do(commands.Modify((), (("b", {}, play.active("a").scope),)))
    assert play.tasks == ["a", "a", "b"]
    with pytest.raises(CommandRejected, match="s is repeated"):
        play.do(commands.Modify((), (("b", {}, play.active("process").id),)))
    with pytest.raises(CommandRejected, match="not an active scope of b"):
        play.do(commands.Modify((), (("b", {}, play.active("b").id),)))


def test_a_repeated_scope_is_activated_as_a_whole() -> None:
    inside = sub("s", flows="start > b > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > a > s > end"))
    with pytest.raises(CommandRejected, match="activate it instead"):
        modify(play, (), [("b", {})])
    assert modify(play, ["a"], [("s", {})]).tasks == ["b", "b"]


@pytest.mark.parametrize("element", ["late", "e", "h"])
def test_what_an_event_enters_cannot_be_activated(element: str) -> None:
    handler = event_sub("h", start("e", message("x")), flows="e > tidy > end")
    p = process(handler, boundary("late", "a", timer("duration", "PT1H")), flows="start > a > end\nlate > end2")
    with pytest.raises(CommandRejected, match="entered by its event"):
        modify(Play(p, key=1), (), [(element, {})])


def test_nonsense_is_rejected() -> None:
    play = Play(LINE)
    with pytest.raises(CommandRejected, match="no element x"):
        modify(play, (), [("x", {})])
    with pytest.raises(CommandRejected, match="no longer active"):
        play.do(commands.Modify((99,)))


def test_a_join_is_released_by_taking_the_other_token_away() -> None:
    p = process(parallel("f"), parallel("j"), flows="start > f > a > j > end\nf > b > j")
    play = modify(Play(p).complete("a"), ["b"])
    assert play.incidents == [("process", "UNKNOWN")]
    modify(play, (), [("end", {})])
    assert play.incidents == [("process", "UNKNOWN")]
    modify(play, (), [("j", {})])
    assert (play.state, play.incidents) == ("completed", [])


def test_a_join_that_is_activated_goes_on_with_the_tokens_that_are_there() -> None:
    p = process(parallel("f"), parallel("j"), flows="start > f > a > j > after > end\nf > b > j")
    play = modify(Play(p).complete("a"), ["b"], [("j", {})])
    assert play.tasks == ["after"]
    assert play.active("process").tokens == 0
    assert play.complete("after").state == "completed"


def test_a_process_starts_before_chosen_elements() -> None:
    play = Play(LINE)
    play.world.start("process", {"x": 1}, start_before=("b", "c"))
    assert play.tasks == ["a", "b", "c"]
    with pytest.raises(CommandRejected, match="cannot start before nothing"):
        play.world.start("process", start_before=("nothing",))


def move(play: Play, number: int, element: str, **variables: Any) -> Play:
    play.do(commands.Modify(move=((number, element, variables),)))
    return play


def test_a_moved_token_stays_in_the_iteration_it_is_in() -> None:
    inside = sub("s", flows="start > a > b > end", multi_instance=each("[1, 2]"))
    play = Play(process(inside, flows="start > s > end"))
    first, second = (i for i in play.instance.stored.instances.values() if i.element == "a")
    move(play, second.id, "b", seen=True)
    assert play.tasks == ["a", "b"]
    assert play.active("b").scope == second.scope != first.scope
    assert play.instance.stored.instances[second.scope].variables["seen"] is True
    assert play.complete("a").complete("b").complete("b").state == "completed"


def test_a_token_is_moved_into_a_sub_process_and_out_of_it() -> None:
    play = Play(nested(), key=1)
    move(play, play.active("a").id, "b")
    assert play.awaited == ["b", "e"]
    move(play, play.active("b").id, "a")
    assert play.awaited == ["a"]
    assert play.complete("a").complete("b").state == "completed"


def test_an_ancestor_is_chosen_and_the_scopes_between_are_new() -> None:
    play = Play(nested(), key=1).complete("a")
    outer, inner = play.active("outer").id, play.active("inner").id
    play.do(commands.Modify((), (("b", {}, outer),)))
    scopes = {i.scope for i in play.instance.stored.instances.values() if i.element == "b"}
    assert len(scopes) == 2
    assert inner in scopes
    assert {play.instance.stored.instances[scope].scope for scope in scopes if scope is not None} == {outer}


def test_what_would_end_with_its_scope_is_refused_and_nothing_happens() -> None:
    play = Play(nested(), key=1).complete("a")
    before = play.instance.stored
    with pytest.raises(CommandRejected, match="b would end at once"):
        play.do(commands.Modify((play.active("inner").id,), (("b", {}, play.active("inner").id),)))
    assert play.instance.stored is before
