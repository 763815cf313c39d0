"""Models that are awkward to test, with tests as a modeller writes them: repeated tasks, cycles, messages and how long
they live, mails, called processes that fail, compensation, listeners, working time and a night in which the clocks go
on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator import process_tests
from orchestrator.management import process_files
from orchestrator.process_tests import report
from tests.process_tests.build import chain, flow, misses, models, outcome, process, task, user

FOLDER = Path(__file__).parent / "models"
GATEWAY = '<bpmn:parallelGateway id="{}" />'
LISTENERS = (
    '<zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="completing" type="check" />'
    "</zeebe:taskListeners>"
)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_its_tests_pass_and_reach_everything(name: str) -> None:
    path = FOLDER / f"{name}.bpmn"
    made = process_tests.read_models(process_files.tested(path), process_files.beside(path))
    suite = process_tests.read_tests((FOLDER / f"{name}.json").read_text(), f"{name}.json", made)
    outcomes = list(process_tests.run(suite, made))
    assert [miss for outcome in outcomes for miss in misses(outcome)] == []
    found = process_tests.coverage(made, outcomes)
    assert [(each.process, each.missing_elements, each.missing_flows) for each in found] == [
        (each.process, (), ()) for each in found
    ]


def test_the_job_of_a_listener_is_named_by_its_type() -> None:
    made = models(process(task("review", "userTask", LISTENERS), chain("start", "review", "end")))
    steps = {"completeUserTask": "review"}, {"completeJob": "check"}
    assert misses(outcome(made, *steps, expect={"state": "completed"})) == []


def test_an_answer_for_an_element_is_not_for_its_listeners() -> None:
    heard = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="prepare" />'
    heard += '<zeebe:executionListener eventType="end" type="tidy" /></zeebe:executionListeners>'
    work = task("do", "serviceTask", f'<zeebe:taskDefinition type="work" />{heard}')
    made = models(process(work, chain("start", "do", "end")))
    given = {"jobs": {"do": {"variables": {"done": True}}}}
    steps = (
        {"expect": {"jobs": {"prepare": {}}, "noVariables": ["done"]}},
        {"completeJob": "prepare", "expect": {"jobs": {"tidy": {}}}},
        {"completeJob": "tidy", "expect": {"state": "completed", "variables": {"done": True}}},
    )
    assert misses(outcome(made, *steps, given=given)) == []
    one_by_one: list[dict[str, Any]] = [
        {"completeJob": "do"},
        {"completeJob": "do", "variables": {"done": True}},
        {"completeJob": "do"},
    ]
    assert misses(outcome(made, *one_by_one, expect={"state": "completed", "variables": {"done": True}})) == []


def test_a_task_that_is_chosen_by_a_variable_nobody_has_is_told() -> None:
    made = models(process(user("review"), chain("start", "review", "end")))
    (told,) = misses(outcome(made, {"completeUserTask": "review", "where": {"item": "b", "sum": 1.5}}))
    assert 'No user task review with item = "b", sum = 1.5 is open; open are: review' in told


def test_a_token_that_waits_at_a_join_is_told() -> None:
    split, join = GATEWAY.format("split"), GATEWAY.format("join")
    ways = chain("start", "split", "a", "join", "end") + flow("split", "b") + flow("b", "stop")
    stop = '<bpmn:endEvent id="stop" />'
    stuck = chain("split", "c", "join")
    made = models(process(split, join, user("a"), user("b"), user("c"), stop, ways, stuck))
    found = outcome(made, {"completeUserTask": "a", "expect": {"active": ["b", "c", "join"]}})
    assert "          joins at:  join, by a-join" in list(report.of_test(found, 1.0))
