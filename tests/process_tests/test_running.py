"""What happens to a process in a test: time, jobs and their retries, people, messages, called processes."""

from __future__ import annotations

import pytest

from orchestrator.process_tests import world
from tests.process_tests.build import (
    catch,
    chain,
    error,
    flow,
    misses,
    models,
    outcome,
    outcomes,
    process,
    service,
    task,
    timer,
    user,
)

REVIEW = models(process(user("review", outcomes="yes=Yes; no=No!"), chain("start", "review", "end")))
WORK = process(service("do"), chain("start", "do", "end"))


# -- time


def test_timers_fire_in_the_order_in_which_they_fall_due() -> None:
    made = models(
        process(
            user("review"),
            timer("late", "PT3H", "review"),
            timer("soon", "PT1H", "review", interrupting=False),
            timer("later", "PT2H", "review", interrupting=False),
            '<bpmn:endEvent id="a" /><bpmn:endEvent id="b" /><bpmn:endEvent id="c" />',
            chain("start", "review", "end"),
            flow("soon", "a") + flow("later", "b") + flow("late", "c"),
        )
    )
    path = {"path": ["soon", "a", "later", "b", "late", "c"], "notReached": ["end"], "state": "completed"}
    assert misses(outcome(made, {"advanceTime": "P1D"}, expect=path)) == []


def test_a_timer_is_not_a_minute_early() -> None:
    made = models(process(timer("pause", "PT1H"), chain("start", "pause", "end")))
    found = outcome(
        made,
        {"advanceTime": "PT59M", "expect": {"active": ["pause"]}},
        {"advanceTime": "PT1M", "expect": {"state": "completed"}},
    )
    assert misses(found) == []


def test_what_is_due_at_once_needs_no_time() -> None:
    made = models(process(timer("pause", "PT0S"), chain("start", "pause", "end")))
    assert outcome(made).state == "completed"


def test_a_test_says_what_time_it_is() -> None:
    script = task("day", "scriptTask", '<zeebe:script expression="=string(today())" resultVariable="day" />')
    made = models(process(script, chain("start", "day", "end")))
    expect = {"variables": {"day": "2026-12-24"}}
    assert misses(outcome(made, now="2026-12-24T18:00:00+01:00", expect=expect)) == []


def test_time_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "MAX_FIRED", 100)
    text = '<bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R/PT1S</bpmn:timeCycle>'
    ticking = (
        '<bpmn:boundaryEvent id="tick" attachedToRef="review" cancelActivity="false">'
        f"<bpmn:timerEventDefinition>{text}</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    made = models(process(user("review"), ticking, chain("start", "review", "end"), flow("tick", "end")))
    (miss,) = misses(outcome(made, {"advanceTime": "P1Y"}))
    assert "More than 100 timers fall due" in miss


# -- jobs


def retried(**headers: str) -> bytes:
    return process(
        service("do", retries=3, retryBackoff="PT10S,PT1M", **headers),
        error("failed", "do"),
        user("help"),
        chain("start", "do", "end"),
        flow("failed", "help") + flow("help", "end"),
    )


def test_a_job_that_fails_is_tried_again_after_its_backoff_and_succeeds() -> None:
    found = outcome(
        models(retried()),
        {"expect": {"active": ["do"], "jobs": {"do": {"failed": 1}}}},
        {"advanceTime": "PT10S", "expect": {"jobs": {"work": {"failed": 2}}}},
        {"advanceTime": "PT59S", "expect": {"active": ["do"]}},
        {"advanceTime": "PT1S", "expect": {"state": "completed", "variables": {"done": True}}},
        given={"jobs": {"work": {"fails": 2, "then": {"variables": {"done": True}}}}},
    )
    assert misses(found) == []


def test_a_job_without_attempts_left_ends_in_the_error_event_that_catches_it() -> None:
    found = outcome(
        models(retried(errorCodeOnFailure="BROKEN")),
        {"advanceTime": "PT1M9S", "expect": {"notReached": ["failed"]}},
        {"advanceTime": "PT1S", "expect": {"active": ["help"], "path": ["failed", "failed-help"], "incident": None}},
        given={"jobs": {"do": {"fails": "always"}}},
    )
    assert misses(found) == []


def test_a_job_without_attempts_left_and_without_an_error_event_is_an_incident() -> None:
    found = outcome(
        models(retried()),
        {"advanceTime": "PT2M"},
        {"expect": {"incident": {"element": "do", "kind": "JOB_NO_RETRIES", "message": "no answer"}}},
        {"retryIncident": "do", "expect": {"incident": None, "state": "completed"}},
        given={"jobs": {"do": [{"fails": "always", "message": "no answer"}, {"variables": {}}]}},
    )
    assert misses(found) == []


def test_a_permanent_failure_is_not_tried_again() -> None:
    found = outcome(models(retried()), {"failJob": "do", "permanent": True, "expect": {"state": "incident"}})
    assert misses(found) == []


def test_a_step_fails_a_job_once_and_the_next_attempt_waits() -> None:
    found = outcome(
        models(retried()),
        {"failJob": "work", "expect": {"state": "active", "jobs": {"do": {"failed": 1}}}},
        {"completeJob": "work"},
    )
    assert "step 2: expected the step can be done" in misses(found)[0]
    assert "tried again in PT10S" in misses(found)[0]


def test_an_incident_that_nobody_expects_fails_the_test() -> None:
    found = outcome(models(WORK), given={"jobs": {"work": {"fails": 1, "permanent": True}}})
    (miss,) = misses(found)
    assert "no incident at the end" in miss
    assert "JOB_NO_RETRIES" in miss


def test_a_job_throws_an_error() -> None:
    found = outcome(
        models(retried()),
        {"throwError": "do", "code": "BROKEN", "variables": {"why": "rust"}},
        expect={"active": ["help"]},
    )
    assert misses(found) == []


def test_a_reply_goes_through_the_headers_of_the_job() -> None:
    work = service(
        "do",
        "http",
        resultExpression="={score: response.body.score}",
        errorExpression='=if response.status = 404 then {code: "BROKEN"} else null'.replace('"', "&quot;"),
        inputs='<zeebe:input source="https://example.com" target="url" />',
    )
    made = models(
        process(work, error("failed", "do"), user("help"), chain("start", "do", "end"), chain("failed", "help"))
    )
    good, unknown, away, wrong = outcomes(
        made,
        {"given": {"jobs": {"http": {"reply": {"body": {"score": 7.10}}}}}, "expect": {"variables": {"score": 7.1}}},
        {"given": {"jobs": {"http": {"reply": {"status": 404}}}}, "expect": {"active": ["help"]}},
        {"given": {"jobs": {"http": {"reply": {"status": 503}}}}, "expect": {"jobs": {"do": {"failed": 1}}}},
        {"given": {"jobs": {"http": {"reply": {"status": 400}}}}, "expect": {"incident": {"message": "status 400"}}},
    )
    assert [misses(found) for found in (good, unknown, away, wrong)] == [[], [], [], []]


def test_a_mail_is_seen_and_one_to_nobody_is_an_incident() -> None:
    inputs = '<zeebe:input source="=to" target="to" /><zeebe:input source="=&quot;Hello&quot;" target="subject" />'
    made = models(process(service("mail", "email", inputs=inputs), chain("start", "mail", "end")))
    sent, lost, wrong = outcomes(
        made,
        {"start": {"variables": {"to": "a@example.com"}}, "expect": {"mails": [{"to": "a@example.com"}]}},
        {"expect": {"mails": [], "incident": {"message": "no recipient"}}},
        {"start": {"variables": {"to": "a@example.com"}}, "expect": {"mails": [{"subject": "Bye"}]}},
    )
    assert (misses(sent), misses(lost)) == ([], [])
    assert misses(wrong) == ['tests.json, test “test 3”, expect.mails[1].subject: expected "Bye", happened "Hello"']


# -- people


def test_a_task_writes_its_outcome_and_its_form() -> None:
    done = {"completeUserTask": "review", "outcome": "yes", "by": "ada", "data": {"note": "fine"}}
    expect = {"variables": {"outcome": "yes", "outcomeBy": "ada", "note": "fine"}}
    assert misses(outcome(REVIEW, done, expect=expect)) == []


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"outcome": "maybe"}, "has no outcome “maybe”; its outcomes are: yes, no"),
        ({}, "needs an “outcome”: yes, no"),
        ({"outcome": "no"}, "needs a “comment”"),
    ],
)
def test_a_task_is_completed_as_in_the_inbox_or_not_at_all(step: dict[str, str], reason: str) -> None:
    assert reason in misses(outcome(REVIEW, {"completeUserTask": "review", **step}))[0]


def test_whoever_is_excluded_may_not_complete_a_task() -> None:
    made = models(process(user("review", excludedUsers="=[initiator]"), chain("start", "review", "end")))
    mine, other = outcomes(
        made,
        {"steps": [{"completeUserTask": "review", "by": "ada"}]},
        {"steps": [{"completeUserTask": "review", "by": "grace"}]},
        start={"by": "ada"},
    )
    assert "ada may not complete review" in misses(mine)[0]
    assert other.state == "completed"


def test_a_task_that_is_not_open_cannot_be_completed() -> None:
    step = {"completeUserTask": "review", "outcome": "yes"}
    assert "No user task review is open; none is open" in misses(outcome(REVIEW, step, step))[0]


# -- messages, signals, variables


def test_messages_and_signals_reach_who_waits_for_them() -> None:
    paid = catch("paid", '<bpmn:messageEventDefinition messageRef="m" />')
    halt = catch("halt", '<bpmn:signalEventDefinition signalRef="s" />')
    made = models(process(paid, halt, chain("start", "paid", "halt", "end")))
    found = outcome(
        made,
        {"publishMessage": "paid", "key": "8", "expect": {"active": ["paid"]}},
        {"publishMessage": "paid", "key": "7", "variables": {"sum": 3}, "expect": {"active": ["halt"]}},
        {"broadcastSignal": "halt", "expect": {"state": "completed", "variables": {"sum": 3}}},
        start={"variables": {"order": "7"}},
    )
    assert misses(found) == []


def test_a_message_starts_a_process_instance() -> None:
    begin = '<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="begun" /></bpmn:startEvent>'
    made = models(process(user("review"), chain("start", "review", "end"), starts=begin))
    expect = {"active": ["review"], "variables": {"a": 1}}
    assert misses(outcome(made, start={"message": "begun", "variables": {"a": 1}}, expect=expect)) == []


def test_variables_are_set_and_the_instance_cancelled() -> None:
    found = outcome(
        REVIEW,
        {"setVariables": {"a": 2}, "expect": {"variables": {"a": 2}, "noVariables": ["b"]}},
        {"cancelInstance": True, "expect": {"state": "terminated", "active": []}},
    )
    assert misses(found) == []


def test_values_are_kept_as_a_database_keeps_them() -> None:
    """Between two steps a date is a text, in a test as in production."""
    script = task("day", "scriptTask", '<zeebe:script expression="=today()" resultVariable="day" />')
    look = task("look", "scriptTask", '<zeebe:script expression="=day instance of string" resultVariable="text" />')
    made = models(process(script, user("wait"), look, chain("start", "day", "wait", "look", "end")))
    assert misses(outcome(made, {"completeUserTask": "wait"}, expect={"variables": {"text": True}})) == []


# -- decisions and called processes


CALLS = process(
    task("call", "callActivity", '<zeebe:calledElement processId="child" />'),
    error("failed", "call"),
    user("help"),
    chain("start", "call", "end"),
    flow("failed", "help") + flow("help", "end"),
)


def test_a_called_process_is_given_or_found_beside_the_model() -> None:
    child = process(user("inner"), chain("start", "inner", "end"), id="child")
    made = models(CALLS, beside={"child.bpmn": child})
    found, given, failing = outcomes(
        made,
        {"steps": [{"completeUserTask": "inner"}], "expect": {"called": {"child": {"state": "completed"}}}},
        {"given": {"processes": {"child": {"variables": {"x": 1}}}}, "expect": {"variables": {"x": 1}}},
        {"given": {"processes": {"child": {"error": "BROKEN"}}}, "expect": {"active": ["help"]}},
    )
    assert [misses(each) for each in (found, given, failing)] == [[], [], []]
    assert found.reached["child"] >= {"start", "inner", "end"}


def test_a_called_process_that_is_nowhere_is_an_incident_that_says_what_to_do() -> None:
    (miss,) = misses(outcome(models(CALLS)))
    assert "There is no process child to call beside the model; a test may say under given.processes" in miss


def test_a_decision_is_given_or_an_incident_says_that_it_is_missing() -> None:
    rule = '<zeebe:calledDecision decisionId="risk" resultVariable="risk" />'
    made = models(process(task("decide", "businessRuleTask", rule), chain("start", "decide", "end")))
    expect = {"variables": {"risk": "low"}, "decisions": [{"decision": "risk", "result": "low"}]}
    given, missing = outcomes(
        made,
        {"given": {"decisions": {"risk": "low"}}, "expect": expect},
        {"expect": {"incident": {"kind": "CALLED_DECISION_ERROR", "message": "given.decisions"}}},
    )
    assert (misses(given), misses(missing)) == ([], [])


def test_a_linked_file_is_there_unless_the_test_says_otherwise() -> None:
    links = '<zeebe:taskDefinition type="robot" /><zeebe:linkedResources><zeebe:linkedResource'
    links += ' resourceId="= script" resourceType="RPA" linkName="main" /></zeebe:linkedResources>'
    made = models(process(task("work", "serviceTask", links), chain("start", "work", "end")))
    header = '[{"resourceKey":"a","resourceType":"RPA","linkName":"main"}]'
    linked = {"expect": {"jobs": {"work": {"type": "robot", "headers": {"linkedResources": header}}}}}
    start = {"variables": {"script": "a"}}
    missing = {"incident": {"kind": "RESOURCE_NOT_FOUND", "message": "The linked resource main of work is missing"}}
    for found in outcomes(
        made,
        {"start": start, **linked},
        {"start": start, "given": {"resources": ["a"]}, **linked},
        {"start": start, "given": {"resources": []}, "expect": missing},
    ):
        assert misses(found) == []


def test_processes_that_call_themselves_without_end_are_stopped() -> None:
    again = process(
        task("call", "callActivity", '<zeebe:calledElement processId="p" />'), chain("start", "call", "end")
    )
    found = outcome(models(again), expect={"state": "active"})
    assert "More than 50 process instances call each other" in misses(found)[0]


def test_an_answer_for_the_element_counts_before_one_for_the_type() -> None:
    made = models(process(service("do"), service("next"), chain("start", "do", "next", "end")))
    jobs = {"work": {"variables": {"type": 1}}, "next": {"variables": {"element": 1}}}
    one, two = outcomes(
        made,
        {"expect": {"state": "completed", "variables": {"type": 1, "element": 1}}},
        {"given": {"jobs": {"do": {"waits": True}}}, "expect": {"active": ["do"]}},
        given={"jobs": jobs},
    )
    assert (misses(one), misses(two)) == ([], [])


def test_of_several_tasks_a_person_completes_their_own() -> None:
    extension = '<zeebe:userTask /><zeebe:assignmentDefinition assignee="=who" />'
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=[&quot;ada&quot;, &quot;grace&quot;]" inputElement="who" />'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    made = models(process(task("each", "userTask", extension, loop), chain("start", "each", "end")))
    found = outcome(
        made,
        {"expect": {"active": ["each", "each"]}},
        {"completeUserTask": "each", "by": "grace"},
        expect={"active": ["each"], "tasks": {"each": {"assignee": "ada"}}},
    )
    assert misses(found) == []


def test_the_model_under_test_counts_before_one_of_the_same_id_beside_it() -> None:
    old = process(user("old"), chain("start", "old", "end"))
    made = models(WORK, beside={"old.bpmn": old, "older.bpmn": old})
    assert misses(outcome(made, expect={"active": ["do"]})) == []
    assert made.left_out == ()


def test_a_test_starts_in_its_own_way() -> None:
    begin = '<bpmn:startEvent id="begin"><bpmn:messageEventDefinition messageRef="begun" /></bpmn:startEvent>'
    made = models(process(begin, user("a"), user("b"), chain("start", "a", "end"), chain("begin", "b", "end")))
    common, own = outcomes(
        made,
        {"expect": {"active": ["b"]}},
        {"start": {"event": "start"}, "expect": {"active": ["a"]}},
        start={"message": "begun", "key": "7"},
    )
    assert (misses(common), misses(own)) == ([], [])


def test_a_call_that_is_withdrawn_in_the_same_step_starts_nothing() -> None:
    fork = '<bpmn:parallelGateway id="fork" />'
    stop = '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition /></bpmn:endEvent>'
    call = task("call", "callActivity", '<zeebe:calledElement processId="child" />')
    child = process(user("inner"), chain("start", "inner", "end"), id="child")
    flows = chain("start", "fork", "call", "end") + flow("fork", "stop")
    found = outcome(models(process(fork, stop, call, flows), beside={"c.bpmn": child}))
    assert found.state == "completed"
    assert "child" not in found.reached
