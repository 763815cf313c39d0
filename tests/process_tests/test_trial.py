"""Trying out: a run is played again from its beginning, shown, and saved as a test that passes."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from orchestrator import process_tests
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.process_tests import InvalidTests, Models, Trial
from orchestrator.process_tests.trial import MAX_STEPS
from tests.process_tests.build import catch, chain, flow, models, process, service, task, timer, user

PURCHASE = models(
    process(
        user("review", outcomes="yes=Yes; no=No!"),
        '<bpmn:exclusiveGateway id="good" default="good-sorry" />',
        service("pay", "http", inputs='<zeebe:input source="=amount * 2" target="body" />'),
        task(
            "sorry",
            "sendTask",
            '<zeebe:taskDefinition type="email" /><zeebe:ioMapping>'
            '<zeebe:input source="a@example.com" target="to" /><zeebe:input source="Sorry" target="subject" />'
            "</zeebe:ioMapping>",
        ),
        chain("start", "review", "good"),
        flow("good", "pay", '=outcome = "yes"'),
        flow("good", "sorry") + flow("pay", "end") + flow("sorry", "end"),
    )
)
YES = {"completeUserTask": "review", "outcome": "yes"}


def played(made: Models, *steps: dict[str, Any], **run: Any) -> tuple[Trial, str]:
    text = json.dumps({**run, "steps": list(steps)})
    return process_tests.replay(process_tests.read_run(text, "p", made), "p", made), text


def shown(made: Models, *steps: dict[str, Any], **run: Any) -> dict[str, Any]:
    """As a browser gets it."""
    found: dict[str, Any] = loads(dumps(process_tests.snapshot(played(made, *steps, **run)[0])))
    return found


def told(found: dict[str, Any], kind: str) -> list[tuple[str, str]]:
    return [(e["element"], e["text"]) for moment in found["moments"] for e in moment["events"] if e["kind"] == kind]


def test_where_the_token_stands_and_what_is_open_is_shown() -> None:
    found = shown(PURCHASE, start={"variables": {"amount": 12.50}})
    (instance,) = found["instances"]
    assert instance["tokens"] == {"review": 1}
    assert instance["flows"] == {"start-review": 1}
    (open_task,) = found["open"]["tasks"]
    assert (open_task["element"], open_task["properties"]["outcomes"]) == ("review", "yes=Yes; no=No!")
    assert loads(open_task["variables"]) == {"amount": 12.5}
    assert found["scopes"][0]["variables"] == {"amount": "12.5"}


def test_a_job_shows_what_would_be_sent_and_waits_for_an_answer() -> None:
    found = shown(PURCHASE, YES, start={"variables": {"amount": 21}})
    (job,) = found["open"]["jobs"]
    assert (job["element"], job["type"], job["inputs"]) == ("pay", "http", {"body": "42"})
    assert told(found, "job") == [("pay", "http")]
    done = shown(PURCHASE, YES, {"completeJob": "pay", "reply": {"status": 201}}, start={"variables": {"amount": 21}})
    assert done["state"] == "completed"


def test_the_job_of_a_listener_of_the_process_is_shown_and_done() -> None:
    heard = (
        '<bpmn:extensionElements><zeebe:executionListeners><zeebe:executionListener eventType="start" type="hail" />'
    )
    heard += "</zeebe:executionListeners></bpmn:extensionElements>"
    made = models(
        process(user("review"), chain("start", "review", "end"), starts=f'{heard}<bpmn:startEvent id="start" />')
    )
    (job,) = shown(made)["open"]["jobs"]
    assert (job["element"], job["type"], job["inputs"]) == ("p", "hail", {})
    assert [task["element"] for task in shown(made, {"completeJob": "p"})["open"]["tasks"]] == ["review"]


def test_expressions_are_told_with_their_values_and_what_they_warn_of() -> None:
    found = shown(PURCHASE, YES)
    condition, body = told(found, "evaluated")
    assert condition == ("good", "The condition of the sequence flow good-pay: true")
    assert body[1].endswith("null")
    (notes,) = [e["notes"] for m in found["moments"] for e in m["events"] if e["text"] == body[1]]
    assert notes[0] == "= amount * 2"
    assert "amount" in notes[1]


def test_mails_are_shown_instead_of_sent() -> None:
    found = shown(PURCHASE, {"completeUserTask": "review", "outcome": "no", "comment": "too dear"})
    assert found["state"] == "completed"
    assert told(found, "mailed") == [("sorry", '"Sorry" to "a@example.com"')]


def test_an_action_that_cannot_be_done_is_refused_and_the_rest_stands() -> None:
    found = shown(PURCHASE, {"completeUserTask": "review", "outcome": "no"}, {"advanceTime": "PT1H"})
    assert "needs a “comment”" in found["refused"]
    assert found["done"] == 1
    assert found["instances"][0]["tokens"] == {"review": 1}


def test_the_next_timer_is_named_and_fires_when_that_time_has_passed() -> None:
    made = models(process(timer("pause", "PT90M"), chain("start", "pause", "end")))
    waiting = shown(made)
    assert waiting["nextIn"] == waiting["open"]["timers"][0]["in"] == "PT1H30M"
    assert shown(made, {"advanceTime": "PT1H30M"})["state"] == "completed"


def test_an_incident_is_told_at_its_element() -> None:
    made = models(process(service("do", retries=1), chain("start", "do", "end")))
    found = shown(made, {"failJob": "do", "message": "no answer"})
    assert found["state"] == "incident"
    assert found["instances"][0]["incidents"] == [{"element": "do", "kind": "JOB_NO_RETRIES", "message": "no answer"}]
    assert told(found, "incident") == [("do", "no answer")]


def test_an_incident_of_the_process_itself_is_told_and_can_be_expected() -> None:
    event = (
        '<bpmn:subProcess id="sub" triggeredByEvent="true"><bpmn:startEvent id="paid">'
        '<bpmn:messageEventDefinition messageRef="m" /></bpmn:startEvent></bpmn:subProcess>'
    )
    made = models(process(event, user("review"), chain("start", "review", "end")))
    trial, run = played(made)
    found = process_tests.snapshot(trial)["instances"][0]["incidents"]
    assert [each["element"] for each in found] == ["p"]  # the key of the message is null
    text = dumps(process_tests.record(trial, run, "as it is"))
    (outcome,) = process_tests.run(process_tests.read_tests(text, "t", made), made)
    assert outcome.misses == ()
    helped = shown(made, {"setVariables": {"order": "A-1"}}, {"retryIncident": "p"})
    assert helped["instances"][0]["incidents"] == []


def test_messages_that_are_waited_for_are_named_with_their_key() -> None:
    made = models(
        process(
            catch("wait", '<bpmn:messageEventDefinition messageRef="m" />'),
            chain("start", "wait", "end"),
        )
    )
    found = shown(made, start={"variables": {"order": "A-1"}})
    (message,) = found["open"]["messages"]
    assert (message["message"], message["key"]) == ("paid", "A-1")
    step = {"publishMessage": "paid", "key": "A-1", "variables": {"sum": 3}}
    assert shown(made, step, start={"variables": {"order": "A-1"}})["state"] == "completed"


def test_scopes_have_their_own_variables() -> None:
    made = models(
        process(service("do", inputs='<zeebe:input source="=1 + 1" target="two" />'), chain("start", "do", "end"))
    )
    process_scope, job = shown(made, start={"variables": {"a": 1}})["scopes"]
    assert (process_scope["element"], process_scope["variables"]) == ("p", {"a": "1"})
    assert (job["element"], job["variables"]) == ("do", {"two": "2"})


def test_a_run_is_saved_as_a_test_that_passes_and_that_a_changed_model_fails() -> None:
    trial, run = played(PURCHASE, YES, {"completeJob": "pay", "variables": {"receipt": 7}})
    written = process_tests.record(trial, run, "The purchase is paid")
    text = dumps(written)
    (outcome,) = process_tests.run(process_tests.read_tests(text, "t", PURCHASE), PURCHASE)
    assert outcome.misses == ()
    assert written["tests"][0]["expect"]["variables"]["receipt"] == 7

    changed = models(
        process(
            user("review", outcomes="yes=Yes; no=No!"),
            '<bpmn:exclusiveGateway id="good" default="good-sorry" />',
            service("pay", "http"),
            '<bpmn:manualTask id="sorry" />',
            chain("start", "review", "good"),
            flow("good", "pay", '=outcome = "no"'),
            flow("good", "sorry") + flow("pay", "end") + flow("sorry", "end"),
        )
    )
    (outcome,) = process_tests.run(process_tests.read_tests(text, "t", changed), changed)
    assert "No job pay is open" in outcome.misses[0].happened


def test_an_unfinished_run_and_one_with_an_incident_are_saved_too() -> None:
    made = models(process(service("do", retries=1), chain("start", "do", "end")))
    for steps in ([], [{"failJob": "do"}]):
        trial, run = played(made, *steps)
        text = dumps(process_tests.record(trial, run, "as it is"))
        (outcome,) = process_tests.run(process_tests.read_tests(text, "t", made), made)
        assert outcome.misses == ()


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ("[]", "a run is an object"),
        ("{", "This is no JSON"),
        ('{"steps": [{"completeUserTask": "nobody"}]}', "There is no user task “nobody”"),
        ('{"start": {"variables": 3}}', "start.variables"),
        (json.dumps({"steps": [YES] * (MAX_STEPS + 1)}), f"at most {MAX_STEPS} steps"),
    ],
)
def test_what_is_no_run_is_refused_with_its_place(run: str, sentence: str) -> None:
    with pytest.raises(InvalidTests) as refused:
        process_tests.read_run(run, "p", PURCHASE)
    assert sentence in str(refused.value)


def test_a_run_that_takes_too_long_is_stopped() -> None:
    test = process_tests.read_run(json.dumps({"steps": [YES]}), "p", PURCHASE)
    asked = itertools.count()
    trial = process_tests.replay(test, "p", PURCHASE, lambda: next(asked) < 1)
    assert "takes too long" in trial.refused
    assert len(trial.moments) == 1


def test_time_that_never_ends_is_stopped_too() -> None:
    beat = (
        '<bpmn:subProcess id="sub" triggeredByEvent="true"><bpmn:startEvent id="beat" isInterrupting="false">'
        "<bpmn:timerEventDefinition><bpmn:timeCycle>R/PT1S</bpmn:timeCycle></bpmn:timerEventDefinition>"
        "</bpmn:startEvent></bpmn:subProcess>"
    )
    made = models(process(beat, user("review"), chain("start", "review", "end")))
    asked = itertools.count()
    test = process_tests.read_run(json.dumps({"steps": [{"advanceTime": "P1D"}]}), "p", made)
    trial = process_tests.replay(test, "p", made, lambda: next(asked) < 50)
    assert "longer than there is time for" in trial.refused
    assert next(asked) < 60


def test_a_file_comes_apart_into_tests_that_say_the_same_and_goes_together_again() -> None:
    text = json.dumps(
        {
            "now": "2026-03-01T08:00:00Z",
            "start": {"by": "ann", "variables": {"amount": 1, "kept": True}},
            "given": {"jobs": {"pay": {"variables": {"paid": 1}}}},
            "tests": [
                {"name": "one", "steps": [YES], "expect": {"variables": {"paid": 1, "kept": True}}},
                {
                    "name": "two",
                    "start": {"variables": {"amount": 2}},
                    "given": {"jobs": {"pay": {"variables": {"paid": 2}}}},
                    "steps": [YES],
                    "expect": {"variables": {"paid": 2, "amount": 2, "kept": True, "initiator": "ann"}},
                },
            ],
        }
    )
    alone = dict(process_tests.split(text, "f", "p"))
    assert list(alone) == ["one", "two"]
    for each in [*alone.values(), process_tests.together(alone.values(), "p")]:
        outcomes = list(process_tests.run(process_tests.read_tests(dumps(each), "f", PURCHASE), PURCHASE))
        assert [outcome.misses for outcome in outcomes] == [()] * len(each["tests"])
