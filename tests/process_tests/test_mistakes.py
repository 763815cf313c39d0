"""Every mistake in a file is told: which file, which test, which step, which field, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.process_tests import UnusableModel, read_models
from tests.process_tests.build import chain, mistakes, models, process, service, user

DEMO = Path(__file__).resolve().parents[2] / "demo"
MODEL = models(
    process(user("review"), service("do", "work"), chain("start", "review", "do", "end")),
)
TWO = models(process(user("a"), chain("start", "a", "end"), id="one"), process(chain("start", "end"), id="two"))
MESSAGE = '<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="begun" /></bpmn:startEvent>'


def of_file(**content: Any) -> list[str]:
    return mistakes(MODEL, {"tests": [{"name": "A"}], **content})


def of_test(**content: Any) -> list[str]:
    return mistakes(MODEL, {"tests": [{"name": "A", **content}]})


def of_step(**content: Any) -> list[str]:
    found = of_test(steps=[{"expect": {}}, content])
    return [mistake.removeprefix("tests.json, test “A”, step 2") for mistake in found]


def of_expectation(**content: Any) -> list[str]:
    return [mistake.removeprefix("tests.json, test “A”, expect") for mistake in of_test(expect=content)]


def of_answer(answer: Any) -> list[str]:
    found = of_test(given={"jobs": {"do": answer}})
    return [mistake.removeprefix("tests.json, test “A”, given.jobs.do") for mistake in found]


def test_a_file_without_a_mistake_has_none() -> None:
    assert of_file() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "tests.json, line 1: This is no JSON: the file is empty, in column 1"),
        (
            '{"tests": [}',
            "tests.json, line 1: This is no JSON: a value is needed; a text stands in double quotes, in column 12",
        ),
        (
            '{"tests": [\n]"',
            "tests.json, line 2: This is no JSON: a comma is missing, or a bracket that closes, in column 2",
        ),
        (
            '{\n"tests": [],\n}',
            "tests.json, line 3: This is no JSON: there is a comma too many before “}”, in column 1",
        ),
        ("[]", "tests.json: Here stands a list, but an object with “process” and “tests” is needed"),
        ('{"tests": 1, "tests": 2}', "tests.json, line 1: The name “tests” stands twice in one object"),
        (
            '{"a": {"b.c": 1, "b": {"c": 1}},\n"tests": [{"a": 1,\n"a": 2}]}',
            "tests.json, line 3: The name “a” stands twice",
        ),
        ('{"tests": [NaN]}', "tests.json, line 1: NaN is no number of JSON"),
        ("[" * 100_000, "tests.json: This JSON nests too deep"),
        (
            '{"tests": ["\\ud800"]}',
            "tests.json: This JSON cannot be used: A string holds half a character (a lone surrogate).",
        ),
    ],
)
def test_what_is_no_usable_json_is_told(text: str, told: str) -> None:
    (found,) = mistakes(MODEL, text)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"proces": "p"}, "tests.json, proces: “proces” is not known here; did you mean “process”?"),
        ({"process": "q"}, "tests.json, process: There is no process “q” under test; known: p"),
        ({"process": 7}, "tests.json, process: Here stands a number, but a text is needed"),
        ({"tests": []}, "tests.json, tests: There is no test in this file"),
        ({"tests": {}}, "tests.json, tests: Here stands an object, but a list is needed: [ ... ]"),
        ({"tests": ["A"]}, "tests.json, tests[1]: Here stands a text, but an object with names and values is needed"),
        ({"tests": [{"name": "A"}, {"name": "A"}]}, "tests.json, tests[2].name: Two tests have the name “A”"),
        ({"tests": [{"name": "A"}, {}]}, "tests.json, test “number 2”: “name” is missing"),
        ({"tests": [{"name": " "}]}, "tests.json, test “ ”, name: This text is empty"),
        ({"now": "today"}, "tests.json, now: 'today' is no ISO 8601 date: write 2026-12-24T18:00:00Z"),
        ({"start": {"event": "end"}}, "tests.json, start.event: There is no start event of p “end”; known: start"),
        ({"start": {"variables": []}}, "tests.json, start.variables: Here stands a list, but an object with names"),
        (
            {"start": {"event": "start", "message": "begun"}},
            "tests.json, start.message: There is no message “begun”",
        ),
        ({"start": {"key": "1"}}, "tests.json, start.key: A key belongs to a message"),
        ({"given": {"job": {}}}, "tests.json, given.job: “job” is not known here; did you mean “jobs”?"),
    ],
)
def test_a_mistake_of_the_file_has_its_field(content: dict[str, Any], told: str) -> None:
    assert of_file(**content)[0].startswith(told)


def test_a_file_must_say_which_of_several_processes_it_is_about() -> None:
    assert mistakes(TWO, {"tests": [{"name": "A"}]}) == ["tests.json: “process” is missing; known: one, two"]


def test_a_process_without_a_plain_start_event_needs_to_be_told_how_it_starts() -> None:
    made = models(process(chain("start", "end"), starts=MESSAGE))
    (told,) = mistakes(made, {"tests": [{"name": "A"}]})
    assert told == "tests.json, test “A”, start: p has no plain start event: say “event” (start) or “message”"
    both = {"name": "A", "start": {"event": "start", "message": "begun"}}
    assert "starts by one of event and message, not by all" in mistakes(made, {"tests": [both]})[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"completeUserTask": "revew"}, ".completeUserTask: There is no user task “revew”; did you mean “review”?"),
        ({"completeUserTask": "do"}, ".completeUserTask: There is no user task “do”; known: review"),
        (
            {"completeJob": "wrok"},
            ".completeJob: There is no job at an element or of a type “wrok”; did you mean “work”?",
        ),
        (
            {"completeJob": "do", "variables": {}, "reply": {}},
            ": A job is completed with “variables” or with a “reply”",
        ),
        ({"failJob": "do", "permanent": "yes"}, ".permanent: Here stands a text, but true or false is needed"),
        ({"throwError": "do"}, ": “code” is missing"),
        ({"throwError": "do", "code": ""}, ".code: This text is empty"),
        ({"advanceTime": "1 day"}, ".advanceTime: '1 day' is no ISO 8601 duration: write PT15M or P1D"),
        ({"advanceTime": "-PT1H"}, ".advanceTime: “-PT1H” leads back in time"),
        ({"advanceTime": 5}, ".advanceTime: Here stands a number, but a text is needed"),
        ({"publishMessage": "x"}, ".publishMessage: There is no message “x”"),
        ({"broadcastSignal": "x"}, ".broadcastSignal: There is no signal “x”"),
        ({"setVariables": [1]}, ".setVariables: Here stands a list, but an object with names and values is needed"),
        ({"activateAdHoc": "do"}, ": “activities” is missing"),
        ({"retryIncident": "nowhere"}, ".retryIncident: There is no element “nowhere”"),
        ({"cancelInstance": False}, ".cancelInstance: Only true may stand here; leave it out otherwise"),
        ({"completeTask": "review"}, ": This step does nothing that is known: “completeTask”; did you mean “complete"),
        ({}, ": This step does nothing that is known"),
        (
            {"cancelInstance": True, "advanceTime": "PT1S"},
            ": One step does one thing, not advanceTime and cancelInstance",
        ),
        ({"completeUserTask": "review", "outcom": "x"}, ".outcom: “outcom” is not known here; did you mean “outcome”?"),
    ],
)
def test_a_mistake_of_a_step_has_its_number_and_field(content: dict[str, Any], told: str) -> None:
    found = of_step(**content)
    assert found
    assert found[0].removeprefix(", .").removeprefix(", ").startswith(told.removeprefix("."))


def test_a_step_that_is_no_object_is_told() -> None:
    assert of_test(steps=["wait"]) == [
        "tests.json, test “A”, step 1: Here stands a text, but a step is an object: { ... }"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"activ": []}, ".activ: “activ” is not known here; did you mean “active”?"),
        ({"state": "done"}, ".state: “done” is not known; known: active, completed, incident, terminated"),
        ({"active": "review"}, ".active: Here stands a text, but a list is needed: [ ... ]"),
        ({"active": ["revie"]}, ".active[1]: There is no element of p “revie”; did you mean “review”?"),
        ({"active": ["start-review"]}, ".active[1]: There is no element of p “start-review”"),
        ({"path": ["start", "start-revew"]}, ".path[2]: There is no element or sequence flow of p “start-revew”; did"),
        ({"notReached": [3]}, ".notReached[1]: Here stands a number, but a text is needed"),
        ({"incident": {"kind": "JOB"}}, ".incident.kind: “JOB” is not known; known: CALLED_DECISION_ERROR"),
        ({"mails": [{"sbject": "x"}]}, ".mails[1].sbject: “sbject” is not known here; did you mean “subject”?"),
        ({"decisions": [{}]}, ".decisions[1]: “decision” is missing"),
        ({"tasks": {"do": {}}}, ".tasks.do: There is no user task “do”; known: review"),
        (
            {"tasks": {"review": {"assigne": "x"}}},
            ".tasks.review.assigne: “assigne” is not known here; did you mean “as",
        ),
        ({"jobs": {"x": {}}}, ".jobs.x: There is no job at an element or of a type “x”; known: do, work"),
        ({"called": {"q": {}}}, ".called.q: There is no process “q”; known: p"),
        ({"called": {"p": {"stat": 1}}}, ".called.p.stat: “stat” is not known here; did you mean “state”?"),
    ],
)
def test_a_mistake_of_an_expectation_has_its_field(content: dict[str, Any], told: str) -> None:
    assert of_expectation(**content)[0].startswith(told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (3, ": Here stands a number, but an object is needed: { ... }"),
        ([], ": This list of answers is empty"),
        ({}, ": This answer is empty; known: error, fails, reply, variables, waits"),
        ({"eror": "X"}, ": This is no answer: “eror”; did you mean “error”?"),
        ({"fails": 0}, ".fails: Here a whole number of 1 or more is needed"),
        ({"fails": 1, "than": {}}, ".than: “than” is not known here; did you mean “then”?"),
        ({"fails": 1, "then": {"vars": {}}}, ".then: This is no answer: “vars”"),
        ({"variables": {}, "reply": 1}, ".variables: “variables” is not known here"),
        ([{"variables": {}}, {"waits": False}], "[2].waits: Only true may stand here"),
    ],
)
def test_a_mistake_of_an_answer_has_its_field(answer: Any, told: str) -> None:
    assert of_answer(answer)[0].startswith(told)


def test_all_mistakes_are_told_at_once() -> None:
    found = of_test(steps=[{"advanceTime": "x"}, {"completeUserTask": "x"}], expect={"state": "x"})
    assert len(found) == 3


def test_a_mistake_has_its_line() -> None:
    text = """{
  "given": {"jobs": {"wrok": {"variables": {}}}},
  "tests": [
    {"name": "A"},
    {
      "name": "B",
      "steps": [
        {"note": "a “{“ in a text: {[,", "expect": {"active": ["review"]}},
        {
          "completeUserTask": "review",
          "outcom": "x"
        }
      ],
      "expect": {
        "path": ["start",
                 "nowhere"]
      }
    },
    7
  ]
}"""
    found = mistakes(MODEL, text)
    places = [told.partition(": ")[0] for told in found]
    assert places == [
        "tests.json, line 2, given.jobs.wrok",
        "tests.json, line 11, test “B”, step 2, outcom",
        "tests.json, line 16, test “B”, expect.path[2]",
        "tests.json, line 19, tests[3]",
    ]


def test_names_that_an_expression_makes_cannot_be_mistaken() -> None:
    made = models(process(service("do", "=kind"), chain("start", "do", "end")))
    assert mistakes(made, {"tests": [{"name": "A", "given": {"jobs": {"anything": {"variables": {}}}}}]}) == []


def test_a_model_that_cannot_run_is_refused_with_the_element() -> None:
    with pytest.raises(UnusableModel, match=r"bad\.bpmn: .*nowhere"):
        read_models({"bad.bpmn": process(chain("start", "nowhere"))}, {})


def test_a_time_that_cannot_be_counted_is_refused_as_at_deployment() -> None:
    def model(**properties: str) -> bytes:
        return process(user("review", expires="2 working days", **properties), chain("start", "review", "end"))

    with pytest.raises(UnusableModel, match=r"bad\.bpmn: review: .* needs a calendar"):
        read_models({"bad.bpmn": model()}, {})
    for calendar in ("Office", "= office"):
        read_models({"good.bpmn": model(calendar=calendar)}, {})


def test_two_models_under_test_with_the_same_id_are_refused() -> None:
    same = process(chain("start", "end"))
    with pytest.raises(UnusableModel, match=r"The process p stands in a\.bpmn and in b\.bpmn"):
        read_models({"a.bpmn": same, "b.bpmn": same}, {})


def test_what_is_broken_or_twice_beside_the_model_is_left_out_and_told() -> None:
    good, again = process(chain("start", "end"), id="child"), process(chain("start", "end"), id="child")
    made = models(
        process(chain("start", "end")),
        beside={"a.bpmn": good, "b.bpmn": again, "c.bpmn": b"<x/>", "d.dmn": b"no"},
    )
    assert "child" not in made.processes
    assert made.left_out[0] == "The process child stands in a.bpmn and in b.bpmn: neither is used"
    assert made.left_out[1].startswith("c.bpmn: ")
    assert made.left_out[2].startswith("d.dmn: ")


def test_a_decision_beside_a_broken_one_is_used() -> None:
    rules = (DEMO / "decisions" / "credit-rules.dmn").read_bytes()
    made = models(process(chain("start", "end")), beside={"a.dmn": b"<x/>", "b.dmn": rules})
    assert list(made.decisions) == ["credit-rating"]
    assert made.left_out[0].startswith("a.dmn: ")
