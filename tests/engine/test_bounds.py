"""A runaway model ends as an incident that says so, and goes on when an operator wants it to."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.engine import CommandRejected
from orchestrator.engine.behaviours import publishing
from tests.engine.build import boundary, process, script, timer, user
from tests.engine.memory import World
from tests.engine.play import Play

LARGE = "x" * 1_000_000


def growing(expression: str, **variables: Any) -> Play:
    grow = script("grow", f"= {expression}", "data")
    return Play(process(user("a"), grow, flows="start > a > grow > a"), data=[], **variables)


def test_variables_that_outgrow_their_bound_are_an_incident_where_they_were_made() -> None:
    play = growing("large", large=LARGE, **{f"v{n}": LARGE for n in range(9)})
    play.complete("a")
    assert play.incidents == [("grow", "RUNAWAY")]
    assert "variables of more than 10 MB with data" in play.complaint
    play.set(v1="").retry("grow")
    assert (play.state, play.tasks) == ("active", ["a"])


def test_an_operator_cannot_put_too_much_into_an_instance() -> None:
    play = growing("large", large=LARGE, **{f"v{n}": LARGE for n in range(8)})
    with pytest.raises(CommandRejected, match="more than 10 MB"):
        play.set(v8=LARGE, v9=LARGE)
    assert play.state == "active"


def test_large_variables_below_the_bound_are_fine() -> None:
    play = growing('for i in 1..5000 return "some text"').complete("a")
    assert (play.state, len(play.variables["data"])) == ("active", 5_000)


def test_a_process_instance_in_which_too_much_happens_asks_before_it_goes_on() -> None:
    """A loop with a short wait in it: no single step is long, but it never ends."""
    world = World()
    world.bounds["happenings"] = 500
    again = boundary("again", "a", timer("duration", "PT1S"))
    play = Play(process(user("a"), again, flows="start > a > end\nagain > a"), world=world)
    play.after("PT1H")
    assert play.incidents in ([("a", "RUNAWAY")], [("again", "RUNAWAY")])
    assert "things have happened in this process instance" in play.complaint
    assert play.instance.stored.last_id < 520
    (element,) = (element for element, _ in play.incidents)
    play.retry(element).after("PT10S")
    assert play.state == "active"
    play.after("PT1H")
    assert 1_000 <= play.instance.stored.last_id < 1_020
    assert play.state == "incident"


def test_the_bounds_are_those_that_are_promised() -> None:
    """P10: a thousand elements without a wait, 50,000 in an instance (each is entered and left), 10 MB of variables."""
    environment = World().environment(Play(process(user("a"), flows="start > a > end")).instance)
    assert (environment.activations, environment.happenings) == (1_000, 2 * 50_000)
    assert environment.characters == 10 * 1024 * 1024
    assert publishing.GENERATIONS == 100
