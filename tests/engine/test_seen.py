"""What a choice saw stays with it: variables change, and somebody asks later why it went this way."""

from __future__ import annotations

from typing import Any

from orchestrator import feel
from orchestrator.engine.seen import SEEN, seen
from tests.engine.build import inclusive, process, xor
from tests.engine.play import Play


def told(play: Play, element: str) -> Any:
    return next(
        left.instance.data.get(SEEN)
        for step in play.instance.steps
        for left in step.left
        if left.instance.element == element
    )


def test_a_choice_keeps_what_its_conditions_named() -> None:
    flows = "start > g\ng > low if order.total < 5 and urgent\ng > high\nlow > end\nhigh > end"
    play = Play(process(xor("g", default="high"), flows=flows), order={"total": 9}, urgent=True, other=1)
    play.set(order={"total": 1})
    assert told(play, "g") == {"order.total": 9, "urgent": True}


def test_every_condition_of_an_inclusive_choice_is_asked() -> None:
    flows = "start > g\ng > a if x > 1\ng > b if y > 1\na > end\nb > end"
    assert told(Play(process(inclusive("g"), flows=flows), x=2, y=3), "g") == {"x": 2, "y": 3}


def test_a_choice_without_conditions_keeps_nothing() -> None:
    assert told(Play(process(flows="start > a\na > end")), "start") is None


def test_only_plain_values_are_kept_and_not_many() -> None:
    names = [f"n{number}" for number in range(20)]
    conditions = [feel.parse(" + ".join(names), names=names), feel.parse("count(many) > long", names=["many", "long"])]
    kept = seen(conditions, {**dict.fromkeys(names, 1), "many": [1], "long": "x" * 1_000})
    assert kept == dict.fromkeys(names[:8], 1)
    assert seen([feel.parse("for i in many return i", names=["many"])], {"many": [1], "i": 1}) == {}
