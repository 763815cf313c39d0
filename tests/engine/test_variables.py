"""Variables: inputs, outputs, propagation, writing from outside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator.bpmn import model as m
from orchestrator.engine import effects
from tests.engine.build import message, process, receive, script, service, start, sub, user
from tests.engine.play import Play


def test_inputs_are_local_and_see_those_before() -> None:
    task = service("j", inputs={"a": "= x + 1", "b": "= a * 2", "c.d": "= b", "c.e": "text"})
    play = Play(process(task, flows="start > j > end"), x=1)
    assert play.waiting("j").effect.variables == {"x": 1, "a": 2, "b": 4, "c": {"d": 4, "e": "text"}}
    assert play.complete("j").variables == {"x": 1}


def test_a_result_goes_to_the_nearest_scope_that_has_the_variable() -> None:
    inside = sub("s", flows="start > a > b > end", inputs={"mine": "= 1"})
    play = Play(process(inside, flows="start > s > end"), theirs=1)
    play.complete("a", mine=2, theirs=2, new=2)
    assert play.active("s").variables == {"mine": 2}
    assert play.variables == {"theirs": 2, "new": 2}


def test_an_input_absorbs_a_result_of_its_name() -> None:
    play = Play(process(service("j", inputs={"x": "= x + 1"}), flows="start > j > end"), x=1)
    assert play.complete("j", x=99).variables == {"x": 1}


def test_outputs_restrict_what_leaves() -> None:
    task = service("j", outputs={"total": "= sum + 1", "deep.er": "= sum"})
    play = Play(process(task, flows="start > j > end"), deep={"other": 1})
    assert play.complete("j", sum=1, noise=2).variables == {"total": 2, "deep": {"other": 1, "er": 1}}


def test_an_output_into_a_context_extends_the_one_that_the_element_sees() -> None:
    task = service("j", inputs={"order.id": "= 7"}, outputs={"order.state": "= state"})
    play = Play(process(task, flows="start > j > end"), order={"from": "outside"})
    assert play.complete("j", state="paid").variables == {"order": {"id": 7, "state": "paid"}}
    task = service("j", outputs={"order.state": "= state"})
    play = Play(process(task, flows="start > j > end"), order={"from": "outside"})
    assert play.complete("j", state="paid", order={"id": 8}).variables == {"order": {"id": 8, "state": "paid"}}


def test_the_state_before_a_step_keeps_its_contexts() -> None:
    task = service("j", outputs={"deep.er": "= 1"})
    play = Play(process(task, flows="start > j > a > end"), deep={"other": 1})
    before = play.instance.stored.root.variables["deep"]
    play.complete("j")
    assert before == {"other": 1}


def test_a_sub_process_keeps_its_own_variables_unless_they_are_mapped() -> None:
    def drawn(**more: Any) -> m.Process:
        return process(sub("s", flows="start > a > end", inputs={"n": "= 1"}, **more), flows="start > s > end")

    assert Play(drawn()).complete("a", n=2).variables == {}
    assert Play(drawn(outputs={"result": "= n"})).complete("a", n=2).variables == {"result": 2}


def test_variables_are_set_from_outside() -> None:
    play = Play(process(sub("s", flows="start > a > end", inputs={"n": "= 1"}), flows="start > s > end"), x=1)
    play.set("a", n=2, x=2, y=2).set("s", local=True, x=3)
    assert play.active("s").variables == {"n": 2, "x": 3}
    assert play.variables == {"x": 2, "y": 2}


def test_money_stays_exact() -> None:
    play = Play(process(script("s", "= price * 3"), flows="start > s > end"), price=Decimal("0.10"))
    assert play.variables["s"] == Decimal("0.30")


def test_a_null_result_keeps_its_reason() -> None:
    play = Play(process(script("s", "= price * 3"), flows="start > s > end"))
    assert play.variables == {"s": None}
    (warning,) = play.instance.warnings
    assert (warning.element, warning.expression) == ("s", "price * 3")
    assert "no variable of that name" in warning.message


def test_a_null_inside_a_useful_result_is_no_warning() -> None:
    play = Play(process(script("s", "= if missing = null then 1 else 2"), flows="start > s > end"))
    assert (play.variables, play.instance.warnings) == ({"s": 1}, [])


def test_an_expression_that_wants_too_much_is_an_incident() -> None:
    endless = "= count(for i in 1..9000 return count(for k in 1..9000 return k))"
    play = Play(process(user("a", inputs={"x": endless}), flows="start > a > end"))
    assert play.incidents == [("a", "IO_MAPPING_ERROR")]
    assert "The input x of a" in play.complaint


def test_a_failed_output_mapping_is_done_again_with_the_result_it_had() -> None:
    endless = "= if enough then sum else count(for i in 1..9000 return count(for k in 1..9000 return k))"
    play = Play(process(service("j", outputs={"total": endless}), flows="start > j > end"), enough=False)
    play.complete("j", sum=7)
    assert play.incidents == [("j", "IO_MAPPING_ERROR")]
    assert play.tasks == []
    play.set(enough=True).retry("j")
    assert play.variables == {"enough": True, "total": 7}
    assert len(play.effects(effects.CreateJob)) == 1


def test_inputs_are_not_applied_twice_when_entering_is_repeated() -> None:
    task = user("a", inputs={"n": "= n + 1"}, assignee="= who")
    play = Play(process(task, flows="start > a > end"), n=1)
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]
    play.set(who="ann").retry("a")
    assert play.waiting("a").effect.variables["n"] == 2


@pytest.mark.parametrize("key", ["1", 1, Decimal("1")])
def test_a_correlation_key_may_be_a_number(key: Any) -> None:
    play = Play(process(receive("m", "x"), flows="start > m > end"), key=key)
    assert play.publish("x", "1").state == "completed"


def test_variables_of_a_start_message_become_process_variables() -> None:
    play = Play(process(flows="start > z > end", id="other"))
    play.world.deploy(process(start("m", message("x", None)), flows="m > a > end"))
    play.publish("x", a=1)
    assert play.world.variables_of(play.world.instances[-1]) == {"a": 1}
