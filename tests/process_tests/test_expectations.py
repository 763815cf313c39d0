"""What is not as expected is told with its place, what was expected and what happened."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.process_tests import report
from tests.process_tests.build import chain, misses, models, outcome, process, user

MODEL = models(process(user("review", subject="Look"), chain("start", "review", "end")))
VARIABLES = {"amount": 12.5, "names": ["a", "b"]}


def missed(expect: dict[str, Any]) -> str:
    (miss,) = misses(outcome(MODEL, {"expect": expect}, start={"variables": VARIABLES}))
    return miss.removeprefix("tests.json, test “test 1”, step 1, expect.")


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"state": "completed"}, "state: expected completed, happened active"),
        ({"active": []}, "active: expected (nothing), happened review"),
        ({"active": ["end", "review"]}, "active: expected end, review, happened review"),
        ({"path": ["start", "end"]}, "path[2]: expected end after start, happened end was not reached"),
        ({"path": ["review"]}, "path[1]: expected review, happened review was entered, but not completed"),
        (
            {"notReached": ["end", "review"]},
            "notReached[2]: expected review is not reached, happened review was reached",
        ),
        ({"variables": {"amount": 13}}, "variables.amount: expected 13, happened 12.5"),
        ({"variables": {"sum": None}}, "variables.sum: expected null, happened (nothing)"),
        ({"variables": {"names": ["a"]}}, 'variables.names: expected ["a"], happened ["a","b"]'),
        ({"noVariables": ["amount"]}, "noVariables[1]: expected no variable amount, happened 12.5"),
        (
            {"incident": {"element": "review"}},
            "incident: expected an incident with element review, happened no incident",
        ),
        ({"mails": [{"to": "a"}]}, "mails: expected 1 sent, happened 0 sent"),
        ({"decisions": []} | {"jobs": {}} | {"state": "incident"}, "state: expected incident, happened active"),
        ({"tasks": {"review": {"assignee": "ada"}}}, 'tasks.review.assignee: expected "ada", happened null'),
        (
            {"tasks": {"review": {"properties": {"subject": "Do"}}}},
            'tasks.review.properties.subject: expected "Do", happened "Look"',
        ),
        ({"called": {"p": {}}}, "called.p: expected a called process instance, happened (nothing)"),
    ],
)
def test_a_difference_says_what_was_expected_and_what_happened(expect: dict[str, Any], told: str) -> None:
    assert missed(expect).startswith(told)


def test_a_path_that_is_expected_in_another_order_is_missed() -> None:
    found = outcome(MODEL, {"completeUserTask": "review"}, expect={"path": ["end", "review"]})
    assert "path[2]: expected review after end, happened review came before" in misses(found)[0]


def test_numbers_are_equal_by_value_and_true_is_no_number() -> None:
    found = outcome(MODEL, start={"variables": {"a": 1, "b": 2.0}}, expect={"variables": {"a": 1.0, "b": 2}})
    assert misses(found) == []
    found = outcome(MODEL, start={"variables": {"a": 1}}, expect={"variables": {"a": True}})
    assert "expected true, happened 1" in misses(found)[0]


def test_nothing_is_checked_after_the_step_that_missed() -> None:
    found = outcome(MODEL, {"expect": {"active": []}}, {"completeUserTask": "review"}, expect={"state": "active"})
    assert len(found.misses) == 1
    assert found.standing == ("review",)


def test_the_report_tells_place_path_and_where_it_stands() -> None:
    found = outcome(MODEL, {"expect": {"active": ["end"]}}, start={"variables": VARIABLES})
    lines = "\n".join(report.of_test(found, 1.25))
    assert "FAIL  test 1  (1.2 ms)" in lines
    assert "at step 1, expect.active" in lines
    for title, text in (
        ("expected:", "end"), ("happened:", "review"), ("the path:", "start > start-review"), ("stands at:", "review"),
        ("variables:", "amount = 12.5"), ("", 'names = ["a","b"]'),
    ):  # fmt: skip
        assert f"{title:<11}{text}" in lines
