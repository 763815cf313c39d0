"""Who has to act on a user task, until when, how urgently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.engine import effects
from tests.engine.build import process, sub, text, user
from tests.engine.play import Play


def task(scope_lane: str = "", properties: Any = None, variables: Any = None, **attributes: Any) -> Play:
    named = {name: text(value) for name, value in (properties or {}).items()}
    inside = sub("s", user("a", properties=named, **attributes), flows="start > a > end", lane=scope_lane)
    return Play(process(inside, flows="start > s > end"), **(variables or {}))


def created(play: Play) -> effects.CreateUserTask:
    (effect,) = play.effects(effects.CreateUserTask)
    return effect


def test_everything_is_evaluated() -> None:
    effect = created(
        task(
            variables={"boss": "ann", "days": 2},
            assignee="= boss",
            candidate_users="bob, eve",
            candidate_groups='= ["sales", "audit"]',
            due_date='= now() + duration("P" + string(days) + "D")',
            follow_up_date="2026-01-02T08:00:00Z",
            priority="= 40 + days",
            properties={"outcomes": "yes=Yes", "excludedUsers": "= [boss]"},
        )
    )
    assert (effect.assignee, effect.candidate_users, effect.candidate_groups) == (
        "ann",
        ("bob", "eve"),
        ("sales", "audit"),
    )
    assert effect.due_date == datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert effect.follow_up_date == datetime(2026, 1, 2, 8, tzinfo=UTC)
    assert effect.priority == 42
    assert effect.properties == {"outcomes": "yes=Yes", "excludedUsers": ["ann"]}
    assert effect.variables == {"boss": "ann", "days": 2}


def test_what_is_not_said_is_open() -> None:
    effect = created(task())
    assert (effect.assignee, effect.candidate_users, effect.candidate_groups) == (None, (), ())
    assert (effect.due_date, effect.follow_up_date, effect.priority) == (None, None, 50)


def test_an_expression_that_names_nobody_and_no_day_leaves_them_open() -> None:
    effect = created(task(assignee='= ""', candidate_groups="= []", due_date="= null", follow_up_date='= ""'))
    assert (effect.assignee, effect.candidate_groups, effect.due_date, effect.follow_up_date) == (None, (), None, None)


def test_a_lane_names_the_candidates_of_a_task_that_names_nobody() -> None:
    assert created(task(lane="Sales")).candidate_groups == ("Sales",)
    assert created(task("Clerks")).candidate_groups == ("Clerks",)
    assert created(task(lane="Sales", assignee="ann")).candidate_groups == ()


def test_a_date_without_offset_is_one_of_the_zone_of_now() -> None:
    assert created(task(due_date="2026-05-01T10:00:00")).due_date == datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attribute", "value", "complaint"),
    [
        ("assignee", "= boss", "The assignee of a (= boss) must be the name of a user, but is null"),
        ("assignee", "= 5", "The assignee of a (= 5) must be the name of a user, but is a number 5"),
        ("candidate_users", "= 5", "The candidate users of a (= 5) must be a list of strings, or a text with commas"),
        ("candidate_groups", "= [1]", "The candidate groups of a (= [1]) must be a list of strings"),
        ("due_date", "tomorrow", "The due date of a must be a date-time such as 2026-12-24T18:00:00Z"),
        ("follow_up_date", "= 5", "The follow-up date of a (= 5) must be a date-time"),
        ("priority", "= 101", "The priority of a must be from 0 to 100, but is 101"),
        ("priority", "= 1.5", "The priority of a (= 1.5) must be a whole number, but is a number 1.5"),
        ("priority", "high", "The priority of a must be a whole number, but is a string 'high'"),
    ],
)
def test_a_wrong_value_is_an_incident_that_names_the_attribute(attribute: str, value: str, complaint: str) -> None:
    play = task(**{attribute: value})
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]
    assert play.complaint.startswith(complaint)
