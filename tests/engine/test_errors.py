"""Errors rise until something catches them; transactions are cancelled."""

from __future__ import annotations

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import catches_error, commands, effects
from tests.engine.build import (
    Draw,
    boundary,
    call,
    cancel,
    compensation,
    each,
    end,
    error,
    event_sub,
    parallel,
    process,
    service,
    start,
    sub,
    terminate,
    transaction,
    user,
    xor,
)
from tests.engine.play import Play


def order(*more: Draw, flows: str = "") -> m.Process:
    inside = sub("s", service("pay"), parallel("f"), flows="start > f > pay > end\nf > beside > end")
    return process(inside, *more, flows=f"start > s > end\n{flows}")


def test_an_error_is_caught_by_the_scope_around_and_terminates_it() -> None:
    play = Play(order(boundary("b", "s", error("NO_MONEY")), flows="b > fix > end2"))
    play.throw("pay", "NO_MONEY", reason="empty")
    assert play.tasks == ["fix"]
    assert play.variables == {"reason": "empty"}
    assert play.count("terminated")["beside"] == 1


def test_the_task_itself_catches_first() -> None:
    inside = sub("s", service("pay"), boundary("c", "pay", error("X")), flows="start > pay > end\nc > near > end2")
    play = Play(process(inside, boundary("b", "s", error("X")), flows="start > s > end\nb > far > end2"))
    assert play.throw("pay", "X").tasks == ["near"]


def test_a_code_of_its_own_comes_before_any() -> None:
    p = process(
        service("j"),
        boundary("any", "j", error()),
        boundary("own", "j", error("X")),
        flows="start > j > end\nany > a > end1\nown > b > end2",
    )
    assert Play(p).throw("j", "X").tasks == ["b"]
    assert Play(p).throw("j", "Y").tasks == ["a"]


def test_an_event_sub_process_comes_before_the_boundary_event_of_its_scope() -> None:
    handler = event_sub("h", start("e", error()), flows="e > repair > end")
    inside = sub("s", handler, service("j"), flows="start > j > after > end")
    p = process(inside, boundary("b", "s", error("X")), flows="start > s > next > end\nb > far > end2")
    play = Play(p).throw("j", "X")
    assert play.tasks == ["repair"]
    assert play.complete("repair").tasks == ["next"]


def test_an_error_inside_an_event_sub_process_leaves_its_scope() -> None:
    handler = event_sub("h", start("e", error()), service("repair"), flows="e > repair > end")
    inside = sub("s", handler, service("j"), flows="start > j > end")
    p = process(inside, boundary("b", "s", error("Y")), flows="start > s > end\nb > far > end2")
    assert Play(p).throw("j", "X").throw("repair", "Y").tasks == ["far"]


def test_an_error_nobody_catches_is_an_incident_and_a_retry_makes_a_new_job() -> None:
    play = Play(order(boundary("b", "s", error("NO_MONEY")), flows="b > fix > end2"))
    play.throw("pay", "OTHER")
    assert play.incidents == [("pay", "UNHANDLED_ERROR_EVENT")]
    assert play.complaint == "Nothing catches the error 'OTHER' thrown at pay"
    assert play.tasks == ["beside"]
    assert play.retry("pay").tasks == ["beside", "pay"]
    assert play.incidents == []


def test_an_error_after_an_incident_takes_its_place() -> None:
    play = Play(order())
    number = play.active("pay").id
    play.fail("pay")
    play.do(commands.ThrowError(number, "X"))
    assert play.incidents == [("pay", "UNHANDLED_ERROR_EVENT")]


def test_an_error_end_event_throws() -> None:
    inside = sub("s", end("e", error("= code"), inputs={"why": '= "code " + code'}), flows="start > a > e")
    p = process(inside, boundary("b", "s", error("X")), flows="start > s > end\nb > fix > end2")
    play = Play(p, code="X").complete("a")
    assert play.tasks == ["fix"]
    assert play.variables["why"] == "code X"
    assert play.count("terminated")["e"] == 1
    play = Play(p, code="Y").complete("a")
    assert play.incidents == [("e", "UNHANDLED_ERROR_EVENT")]
    play.set(code="X").retry("e")
    assert play.tasks == ["fix"]


def test_what_is_terminated_before_it_was_entered_never_starts() -> None:
    inside = sub("s", parallel("f"), end("no", error("NO")), flows="start > f > no\nf > u > end")
    play = Play(process(inside, boundary("b", "s", error("NO")), flows="start > s > end\nb > fix > end2"))
    assert [task.element for task in play.effects(effects.CreateUserTask)] == ["fix"]


CHILD = process(service("j"), flows="start > j > end", id="child")


def test_an_error_of_a_called_process_is_caught_by_its_caller() -> None:
    p = process(call("c", "child"), boundary("b", "c", error("X")), flows="start > c > end\nb > fix > end2")
    play = Play(p, CHILD).throw("j", "X", why=1)
    assert [i.state for i in play.world.instances] == ["active", "terminated"]
    assert play.tasks == ["fix"]
    assert play.variables == {"why": 1}


def test_an_error_that_no_caller_catches_stays_where_it_was_thrown() -> None:
    p = process(call("c", "child"), boundary("b", "c", error("Y")), flows="start > c > end\nb > fix > end2")
    play = Play(p, CHILD).throw("j", "X")
    child = play.world.instances[1]
    assert [(i.element, i.kind) for i in child.incidents.values()] == [("j", "UNHANDLED_ERROR_EVENT")]
    assert play.state == "active"


def test_a_caller_can_be_asked_whether_it_catches_an_error() -> None:
    inside = sub("s", service("j"), flows="start > j > end", multi_instance=each("[1]"))
    p = process(inside, boundary("b", "s", error("X")), flows="start > s > end\nb > end2")
    play = Play(p)
    number = play.active("j").id
    assert catches_error(p, play.instance.stored, number, "X")
    assert not catches_error(p, play.instance.stored, number, "Y")
    assert not catches_error(p, play.instance.stored, 99, "X")


# -- terminate


def test_a_terminate_end_event_ends_its_scope_only() -> None:
    inside = sub("s", end("kill", terminate), flows="start > a > kill\nstart > b > end")
    play = Play(process(inside, flows="start > s > next > end"))
    assert play.complete("a").tasks == ["next"]
    assert play.count()["kill"] == 1


def test_a_terminate_end_event_is_completed_before_the_rest_of_its_scope_is_terminated() -> None:
    p = process(parallel("f"), end("stop", terminate), flows="start > f > stop\nf > a > end")
    play = Play(p)
    told = [(element, what) for _, element, what in play.instance.history]
    assert told.index(("stop", "completed")) < told.index(("a", "terminated"))
    assert play.state == "completed"


def test_a_terminate_end_event_of_the_process_completes_it() -> None:
    p = process(
        parallel("f"), parallel("j"), end("kill", terminate), flows="start > f > a > j > end\nf > b > j\nf > c > kill"
    )
    play = Play(p).complete("a").complete("c")
    assert play.state == "completed"
    assert play.awaited == []


def test_cancelling_withdraws_everything() -> None:
    play = Play(order(boundary("b", "s", error()), flows="b > end2"))
    play.do(commands.Cancel())
    assert (play.state, play.awaited) == ("terminated", [])


# -- transactions


def booking() -> m.Process:
    inside = transaction(
        "t",
        service("book"),
        boundary("undo", "book", compensation()),
        service("unbook", for_compensation=True),
        end("no", cancel),
        flows="start > book > ask > no\nstart > beside > end",
    )
    return process(
        inside, boundary("b", "t", cancel), flows="start > t > end\nb > told > end2", undo={"book": "unbook"}
    )


def test_a_cancelled_transaction_compensates_and_leaves_by_its_cancel_event() -> None:
    play = Play(booking()).complete("book").complete("ask")
    assert play.tasks == ["unbook"]  # everything else is stopped
    assert play.complete("unbook").tasks == ["told"]
    assert play.count("terminated")["t"] == 1
    assert play.count()["no"] == 1


def test_a_cancelled_transaction_with_nothing_to_undo_leaves_at_once() -> None:
    inside = transaction("t", end("no", cancel), flows="start > no")
    p = process(inside, boundary("b", "t", cancel), flows="start > t > end\nb > told > end2")
    assert Play(p).tasks == ["told"]


def test_a_transaction_that_succeeds_is_like_a_sub_process() -> None:
    inside = transaction("t", user("a"), flows="start > a > end")
    assert Play(process(inside, flows="start > t > next > end")).complete("a").tasks == ["next"]


def test_one_cancelled_iteration_cancels_the_whole_multi_instance() -> None:
    inside = transaction("t", end("no", cancel), flows="start > a > no", multi_instance=each("[1, 2]"))
    p = process(inside, boundary("b", "t", cancel), flows="start > t > end\nb > told > end2")
    assert Play(p).complete("a").tasks == ["told"]


def test_a_cancelled_multi_instance_undoes_what_all_of_its_iterations_did() -> None:
    inside = transaction(
        "t",
        service("unbook", for_compensation=True),
        xor("g", default="t_end"),
        end("no", cancel),
        flows="start > book > a > g > end\ng > no if bad",
        multi_instance=each("[1, 2, 3, 4]", "n"),
    )
    p = process(inside, boundary("b", "t", cancel), flows="start > t > end\nb > told > end2", undo={"book": "unbook"})
    play = Play(p).complete("book").complete("book").complete("book").complete("a").complete("a", bad=True)
    assert play.tasks == ["unbook", "unbook", "unbook"]
    assert [wait.effect.variables["n"] for wait in play.world.waits] == [2, 3, 1]
    assert play.complete("unbook").complete("unbook").complete("unbook").tasks == ["told"]


def test_a_cancelled_transaction_without_cancel_event_just_ends() -> None:
    inside = transaction("t", end("no", cancel), flows="start > a > no")
    assert Play(process(inside, flows="start > t > next > end")).complete("a").state == "completed"


@pytest.mark.parametrize("code", ["X", "Y"])
def test_an_error_does_not_compensate_a_transaction(code: str) -> None:
    inside = transaction(
        "t", service("book"), service("unbook", for_compensation=True), service("j"), flows="start > book > j > end"
    )
    p = process(inside, boundary("b", "t", error()), flows="start > t > end\nb > fix > end2", undo={"book": "unbook"})
    assert Play(p).complete("book").throw("j", code).tasks == ["fix"]
