"""Events that are awaited: timers, messages, signals, at every position; and how a trigger meets its target."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, commands, effects
from tests.engine.build import (
    boundary,
    call,
    catch,
    each,
    end,
    escalation,
    event_sub,
    message,
    process,
    receive,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.engine.play import Play


def timed(**more: Any) -> m.Process:
    late = boundary("late", "a", timer("duration", "PT1H"), **more)
    return process(late, flows="start > a > end\nlate > remind > end2")


def test_an_interrupting_timer_withdraws_the_task() -> None:
    play = Play(timed())
    a = play.active("a").id
    play.after("PT1H")
    assert play.tasks == ["remind"]
    assert play.effects(effects.Withdraw)[-1] == effects.Withdraw(a, None, "terminated")
    assert play.count("terminated")["a"] == 1


def test_a_late_timer_is_rejected() -> None:
    play = Play(timed())
    a = play.active("a").id
    play.complete("a")
    with pytest.raises(CommandRejected):
        play.do(commands.Trigger(a, "late"))


def test_a_completed_task_withdraws_its_timer() -> None:
    play = Play(process(boundary("late", "a", timer("duration", "PT1H")), flows="start > a > b > end\nlate > end2"))
    assert play.complete("a").awaited == ["b"]


def test_a_non_interrupting_timer_lets_the_task_live() -> None:
    play = Play(timed(interrupting=False))
    play.after("PT1H")
    assert play.tasks == ["a", "remind"]
    assert play.after("PT1H").tasks == ["a", "remind"]


def test_a_cycle_repeats_as_often_as_it_says() -> None:
    late = boundary("late", "a", timer("cycle", "R3/PT10M"), interrupting=False)
    play = Play(process(late, flows="start > a > end\nlate > remind > end2"))
    (scheduled,) = play.effects(effects.ScheduleTimer)
    assert (scheduled.cycle, scheduled.repeat, scheduled.interrupting) == ("R3/PT10M", 3, False)
    assert play.after("PT20M").tasks == ["a", "remind", "remind"]
    assert play.after("PT1H").tasks.count("remind") == 3


@pytest.mark.parametrize(
    ("kind", "value", "due"),
    [
        ("duration", '= duration("PT" + string(n) + "M")', "2026-01-01T12:05:00+00:00"),
        ("duration", '= "P1M"', "2026-02-01T12:00:00+00:00"),
        ("date", "2026-03-01T08:00:00+02:00", "2026-03-01T08:00:00+02:00"),
        ("date", '= now() + duration("P1D")', "2026-01-02T12:00:00+00:00"),
        ("date", '= date("2026-03-01")', "2026-03-01T00:00:00+00:00"),
    ],
)
def test_a_timer_reads_dates_and_durations_from_expressions(kind: str, value: str, due: Any) -> None:
    play = Play(process(catch("wait", timer(kind, value)), flows="start > wait > end"), n=5)
    (scheduled,) = play.effects(effects.ScheduleTimer)
    assert scheduled.due.isoformat() == due


@pytest.mark.parametrize("value", ["tomorrow", "= null", "= 5", '= "R/PT1H"'])
def test_a_timer_that_says_no_time_is_an_incident(value: str) -> None:
    play = Play(process(catch("wait", timer("duration", value)), flows="start > wait > end"))
    assert play.incidents == [("wait", "EXTRACT_VALUE_ERROR")]
    assert "The duration of wait" in play.complaint


def test_a_timer_of_a_task_is_scheduled_only_when_the_task_can_be_entered() -> None:
    late = boundary("late", "a", timer("duration", "PT1H"))
    play = Play(process(user("a", assignee="= who"), late, flows="start > a > end\nlate > end2"))
    assert (play.incidents, play.awaited) == ([("a", "EXTRACT_VALUE_ERROR")], [])
    assert play.set(who="ann").retry("a").awaited == ["a", "late"]


def test_a_message_reaches_the_instance_with_its_key() -> None:
    p = process(catch("paid", message("paid", "= order")), flows="start > paid > ship > end")
    play = Play(p, order=7)
    (subscribed,) = play.effects(effects.SubscribeMessage)
    assert (subscribed.name, subscribed.correlation_key) == ("paid", "7")
    assert play.publish("paid", "8").awaited == ["paid"]
    play.publish("paid", "7", amount=3)
    assert play.tasks == ["ship"]
    assert play.variables == {"order": 7, "amount": 3}


def test_a_message_name_and_key_that_say_nothing_are_incidents() -> None:
    play = Play(process(catch("m", message("= name")), flows="start > m > end"), key=1)
    assert play.complaint == "The message name of m (= name) must be a string, but is null"
    play = Play(process(catch("m", message("x")), flows="start > m > end"))
    assert (
        play.complaint == "The correlation key of the message x at m (= key) must be a string or a number, but is null"
    )


def test_a_receive_task_waits_for_its_message() -> None:
    play = Play(process(receive("m", "x", outputs={"got": "= a + 1"}), flows="start > m > end"), key=1)
    assert play.publish("x", a=1, b=2).variables == {"key": 1, "got": 2}


def test_a_message_start_event_maps_what_it_got() -> None:
    p = process(start("m", message("order", None), outputs={"id": "= number"}), flows="m > work > end")
    play = Play(process(flows="start > a > end", id="other"))
    play.world.deploy(p)
    play.publish("order", number=5, noise=1)
    assert play.world.variables_of(play.world.instances[-1]) == {"id": 5}
    assert play.tasks == ["a", "work"]


def test_an_instantiating_receive_task_starts_the_process_with_its_message() -> None:
    p = process(receive("m", "order", None, instantiate=True), flows="m > work > end")
    play = Play(process(flows="start > a > end", id="other"))
    play.world.deploy(p)
    play.publish("order", number=5)
    assert play.tasks == ["a", "work"]
    assert play.world.variables_of(play.world.instances[-1]) == {"number": 5}


def test_a_process_starts_by_the_event_it_is_told() -> None:
    p = process(start("a", timer("cycle", "R/P1D")), start("b", signal("go")), flows="a > x > end1\nb > y > end2")
    play = Play(process(flows="start > z > end", id="other"))
    play.world.deploy(p)
    assert play.broadcast("go").tasks == ["y", "z"]
    assert play.after("P2D").tasks == ["x", "x", "y", "z"]
    with pytest.raises(CommandRejected, match="no none start event"):
        play.world.start("process")
    with pytest.raises(CommandRejected, match="no start event y"):
        play.world.start("process", {}, "y")


def test_a_boundary_message_can_come_again_and_again() -> None:
    more = boundary("more", "a", message("more"), interrupting=False)
    play = Play(process(more, flows="start > a > end\nmore > b > end2"), key=1)
    assert play.publish("more").publish("more").tasks == ["a", "b", "b"]


def test_the_key_of_a_boundary_message_is_read_around_the_task() -> None:
    p = process(
        user("a", inputs={"key": "= 2"}), boundary("m", "a", message("x")), flows="start > a > end\nm > b > end2"
    )
    play = Play(p, key=1)
    assert play.effects(effects.SubscribeMessage)[0].correlation_key == "1"


def test_outputs_of_a_boundary_event_see_the_activity_that_was_interrupted() -> None:
    inside = sub("s", flows="start > a > end", inputs={"local": "= 5"})
    late = boundary("late", "s", message("x"), outputs={"kept": "= local + plus"})
    play = Play(process(inside, late, flows="start > s > end\nlate > b > end2"), key=1)
    play.publish("x", plus=1)
    assert play.variables == {"key": 1, "kept": 6}


def test_inputs_of_the_activity_hide_nothing_from_the_outputs_of_its_boundary_event() -> None:
    late = boundary("late", "a", message("x"), outputs={"kept": "= n"})
    play = Play(process(user("a", inputs={"n": "= 2"}), late, flows="start > a > end\nlate > b > end2"), key=1, n=1)
    assert play.publish("x").variables == {"key": 1, "n": 1, "kept": 1}


def test_a_signal_reaches_everybody_who_waits() -> None:
    p = process(catch("go", signal("= name")), flows="start > go > work > end")
    play = Play(p, name="x")
    play.world.start("process", {"name": "x"})
    play.world.start("process", {"name": "y"})
    assert play.broadcast("x", a=1).tasks == ["work", "work"]
    assert play.variables["a"] == 1


def test_a_thrown_signal_carries_local_variables_only() -> None:
    p = process(
        throw("cry", signal("help"), inputs={"who": "= name"}),
        start("s", signal("help")),
        flows="start > cry > end\ns > aid > end2",
    )
    play = Play(p, name="ann", secret=1)
    (cried,) = play.effects(effects.BroadcastSignal)
    assert (cried.name, cried.variables) == ("help", {"who": "ann"})
    assert play.tasks == ["aid"]


def test_a_signal_that_interrupts_its_own_thrower_lets_it_go_no_further() -> None:
    handler = event_sub("h", start("e", signal("stop")), flows="e > tidy > end")
    p = process(handler, sub("s", end("e2", signal("stop")), flows="start > a > e2"), flows="start > s > after > end")
    play = Play(p).complete("a")
    assert play.tasks == ["tidy"]
    assert play.count("activated")["after"] == 0


def test_a_signal_named_by_an_expression_interrupts_its_thrower_too() -> None:
    inside = sub("s", end("e2", signal("stop")), flows="start > a > e2")
    p = process(inside, boundary("b", "s", signal("= name")), flows="start > s > after > end\nb > told > end2")
    assert Play(p, name="stop").complete("a").tasks == ["told"]
    assert Play(p, name="go").complete("a").tasks == ["after"]


# -- event sub-processes


def guarded(definition: m.EventDefinition, **more: Any) -> m.Process:
    return process(
        event_sub("h", start("e", definition, **more), flows="e > tidy > end"), flows="start > a > end", id="process"
    )


def test_an_interrupting_event_sub_process_takes_over() -> None:
    play = Play(guarded(message("stop")), key=1)
    assert play.publish("stop", why="tired").tasks == ["tidy"]
    assert play.awaited == ["tidy"]  # nothing listens any more
    assert play.complete("tidy").state == "completed"
    assert play.variables == {"key": 1, "why": "tired"}
    assert play.count("terminated")["a"] == 1


def test_an_interrupting_event_sub_process_happens_once() -> None:
    play = Play(guarded(message("stop")), key=1)
    root = play.active("process").id
    play.publish("stop")
    with pytest.raises(CommandRejected, match="not waiting for e"):
        play.do(commands.Trigger(root, "e"))


def test_a_non_interrupting_event_sub_process_runs_beside() -> None:
    play = Play(guarded(timer("cycle", "R2/PT1H"), interrupting=False))
    assert play.after("PT2H").tasks == ["a", "tidy", "tidy"]
    assert play.complete("a").state == "active"
    assert play.complete("tidy").complete("tidy").state == "completed"


def test_an_interrupting_event_sub_process_ends_the_others() -> None:
    p = process(
        event_sub("h1", start("e1", message("x"), interrupting=False), flows="e1 > b > end"),
        event_sub("h2", start("e2", message("y")), flows="e2 > c > end"),
        flows="start > a > end",
    )
    play = Play(p, key=1)
    assert play.publish("x").tasks == ["a", "b"]
    assert play.publish("y").tasks == ["c"]
    assert play.awaited == ["c"]


def test_an_event_sub_process_of_a_sub_process_sees_its_variables() -> None:
    handler = event_sub("h", start("e", message("x"), outputs={"n": "= n + by"}), flows="e > b > end")
    inside = sub("s", handler, flows="start > a > end", inputs={"n": "= 1"}, outputs={"result": "= n"})
    play = Play(process(inside, flows="start > s > end"), key=1)
    play.publish("x", by=4).complete("b")
    assert play.variables == {"key": 1, "result": 5}


# -- escalation


def test_an_escalation_is_caught_by_the_scope_around_and_the_thrower_goes_on() -> None:
    inside = sub("s", throw("t", escalation("E")), flows="start > t > a > end")
    caught = boundary("b", "s", escalation("E"), interrupting=False)
    play = Play(process(inside, caught, flows="start > s > end\nb > extra > end2"))
    assert play.tasks == ["a", "extra"]


def test_an_interrupting_escalation_stops_the_thrower() -> None:
    inside = sub("s", end("t", escalation("E")), flows="start > t\nstart > a > end")
    play = Play(process(inside, boundary("b", "s", escalation()), flows="start > s > end\nb > extra > end2"))
    assert play.tasks == ["extra"]
    assert play.count("terminated")["t"] == 1


def test_an_escalation_that_nobody_catches_is_no_trouble() -> None:
    play = Play(process(throw("t", escalation("E")), flows="start > t > a > end"))
    assert (play.tasks, play.incidents) == (["a"], [])


def test_a_code_of_its_own_comes_before_any_and_inside_before_outside() -> None:
    handlers = [
        event_sub("h1", start("e1", escalation()), flows="e1 > any > end"),
        event_sub("h2", start("e2", escalation("E")), flows="e2 > own > end"),
    ]
    inside = sub("s", *handlers, end("t", escalation("E")), flows="start > t")
    play = Play(process(inside, boundary("b", "s", escalation("E")), flows="start > s > end\nb > outside > end2"))
    assert play.tasks == ["own"]


def test_an_event_sub_process_does_not_catch_what_it_throws_itself() -> None:
    again = event_sub(
        "h", start("e", escalation("E"), interrupting=False), throw("t2", escalation("E")), flows="e > t2 > b > end"
    )
    play = Play(process(again, throw("t", escalation("E")), flows="start > t > a > end"))
    assert play.tasks == ["a", "b"]


def test_an_escalation_leaves_a_called_process() -> None:
    child = process(throw("t", escalation("E")), flows="start > t > work > end", id="child")
    caught = boundary("b", "c", escalation("E"), interrupting=False)
    play = Play(process(call("c", "child"), caught, flows="start > c > end\nb > extra > end2"), child)
    assert play.tasks == ["extra", "work"]


@pytest.mark.parametrize("thrower", [throw, end])
def test_an_escalation_that_interrupts_the_caller_ends_the_called_process_where_it_was_thrown(thrower: Any) -> None:
    flows = "start > t" if thrower is end else "start > t > work > end"
    grandchild = process(thrower("t", escalation("E")), flows=flows, id="grandchild")
    child = process(call("d", "grandchild"), flows="start > d > more > end", id="child")
    play = Play(
        process(call("c", "child"), boundary("b", "c", escalation("E")), flows="start > c > end\nb > extra > end2"),
        child,
        grandchild,
    )
    assert play.tasks == ["extra"]
    assert [instance.state for instance in play.world.instances] == ["active", "terminated", "terminated"]
    assert play.incidents == []


def test_a_called_process_ends_with_an_escalation_that_its_caller_no_longer_listens_to() -> None:
    play = Play(process(call("c", "child"), flows="start > c > end"), process(flows="start > a > end", id="child"))
    play.do(commands.Escalate(play.active("c").id, "E", ended=True))
    assert play.complaint == "The called process has ended with the escalation 'E', which interrupts nothing here"


def test_an_escalation_out_of_a_multi_instance_counts_per_iteration() -> None:
    inside = sub("s", end("t", escalation("E")), flows="start > t", multi_instance=each("[1, 2]"))
    caught = boundary("b", "s", escalation("E"), interrupting=False)
    play = Play(process(inside, caught, flows="start > s > next > end\nb > extra > end2"))
    assert play.tasks == ["extra", "extra", "next"]


def test_a_trigger_for_something_else_is_rejected() -> None:
    play = Play(process(service("j"), flows="start > j > b > end"))
    with pytest.raises(CommandRejected, match="not waiting for b"):
        play.do(commands.Trigger(play.active("j").id, "b"))
    with pytest.raises(CommandRejected, match="no event nothing"):
        play.do(commands.Trigger(play.active("j").id, "nothing"))
