"""Which warnings of expressions a step keeps: those that explain a null or a false, whatever becomes of the step."""

from __future__ import annotations

import pytest

from orchestrator.engine import effects
from tests.engine.build import process, service, user, xor
from tests.engine.play import Play


def told(play: Play) -> list[tuple[str, str]]:
    return [(warned.element, warned.expression) for warned in play.effects(effects.WarnOfExpression)]


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("age.years", True),  # null
        ("age.years > 17 and 1 > 2", True),  # false, and not only because of what is missing
        ("age.years > 17 or 1 < 2", False),  # true all the same
        ("1 > 2", False),  # false, and nothing is missing
    ],
)
def test_a_warning_is_kept_where_it_explains_a_null_or_a_false(expression: str, kept: bool) -> None:
    play = Play(process(user("a", inputs={"x": f"= {expression}"}), flows="start > a > end"))
    assert told(play) == [("a", expression)] * kept


def test_the_condition_that_was_false_for_want_of_something_is_told() -> None:
    gateway = xor("which", default="which_b")
    play = Play(process(gateway, flows="start > which\nwhich > a > end if age.years > 17 and 1 > 2\nwhich > b > end2"))
    assert play.tasks == ["b"]
    assert told(play) == [("which", "age.years > 17 and 1 > 2")]


def test_an_incident_takes_back_what_was_announced_but_not_why() -> None:
    play = Play(process(service("j", inputs={"x": "= age.years"}, retries="= age.tries"), flows="start > j > end"))
    assert play.incidents == [("j", "EXTRACT_VALUE_ERROR")]
    assert play.effects(effects.CreateJob) == []
    assert told(play) == [("j", "age.years"), ("j", "age.tries")]
