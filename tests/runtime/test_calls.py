"""Call activities: one process instance calls another, and both learn how it went."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from orchestrator.models import Job, ProcessDefinition, ProcessInstance
from orchestrator.runtime import deliveries, incidents, jobs, operations
from orchestrator.runtime.execution import start
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed

pytestmark = pytest.mark.django_db

CALLER = d.process(
    d.start(),
    d.call("call", "q"),
    d.boundary("caught", "call", d.error("NO")),
    d.user("after"),
    d.user("review"),
    d.end(),
    flows="s-call call-after after-e caught-review review-e",
    roots=d.ERROR.format("NO"),
)
CHILD = d.process(
    d.start(),
    d.user("ask"),
    d.element("exclusiveGateway", "g", attributes='default="g_e"'),
    d.end("no", d.error("NO")),
    d.end(),
    flows='s-ask|ask-g|g-no:=answer = "no"|g-e',
    roots=d.ERROR.format("NO"),
    id="q",
)


def called(**variables: object) -> tuple[Case, Case]:
    case = Case(start(deployed(CALLER, q=CHILD), variables).pk)
    jobs.sweep()
    (child,) = case.children
    return case, child


def test_the_called_instance_knows_who_called_it_and_gets_the_variables(alice: User) -> None:
    definition = deployed(CALLER, q=CHILD)
    parent = start(definition, {"x": 1}, by=alice)
    jobs.sweep()
    child = ProcessInstance.objects.get(parent=parent)
    assert (child.root, child.depth, child.started_by) == (parent, 1, alice)
    assert Case(child.pk).variables == {"x": 1, "initiator": "alice"}
    assert Case(child.pk).active == ["ask"]


def test_the_caller_goes_on_with_the_results_when_the_called_one_has_ended() -> None:
    case, child = called()
    child.complete("ask", answer="yes")
    assert case.active == ["call"]
    jobs.sweep()
    assert (case.active, case.variables["answer"]) == (["after"], "yes")


def test_an_error_of_the_called_one_is_caught_by_the_caller() -> None:
    case, child = called()
    child.complete("ask", answer="no")
    jobs.sweep()
    assert child.state == "terminated"
    assert case.active == ["review"]


def test_the_end_of_the_called_one_does_not_overtake_what_it_escalated() -> None:
    escalation = '<bpmn:escalation id="up" escalationCode="UP"/>'
    told = '<bpmn:escalationEventDefinition escalationRef="up"/>'
    caller = d.process(
        d.start(),
        d.call("call", "q"),
        d.boundary("heard", "call", told, interrupting=False),
        d.user("boss"),
        d.end(),
        d.end("e2"),
        flows="s-call call-e heard-boss boss-e2",
        roots=escalation,
    )
    child = d.process(
        d.start(),
        d.element("intermediateThrowEvent", "t", inner=told),
        d.end(),
        flows="s-t t-e",
        roots=escalation,
        id="q",
    )
    case = Case(start(deployed(caller, q=child), {}).pk)
    jobs.run_now([case.jobs[0].pk])
    sent = {job.type: job.pk for job in case.jobs if job.state == "due"}
    jobs.run_now([sent["complete"]])
    assert case.active == ["call"]
    jobs.run_now([sent["escalate"]])
    Job.objects.filter(pk=sent["complete"]).update(due_at=Now())
    jobs.sweep()
    assert (case.active, case.count()["call"]) == (["boss"], 1)


def test_an_error_that_no_caller_catches_is_an_incident_where_it_was_thrown() -> None:
    careless = CALLER.replace(b'errorCode="NO"', b'errorCode="OTHER"')
    case = Case(start(deployed(careless, q=CHILD), {}).pk)
    jobs.sweep()
    (child,) = case.children
    child.complete("ask", answer="no")
    assert [incident.kind for incident in child.incidents] == ["UNHANDLED_ERROR_EVENT"]
    assert case.active == ["call"]


def test_cancelling_the_caller_cancels_the_called_one(alice: User) -> None:
    case, child = called()
    operations.cancel(case.instance, by=alice)
    jobs.sweep()
    assert child.state == "terminated"
    assert case.incidents == []


def test_a_call_that_has_not_begun_is_withdrawn_with_its_caller(alice: User) -> None:
    case = Case(start(deployed(CALLER, q=CHILD), {}).pk)
    operations.cancel(case.instance, by=alice)
    jobs.sweep()
    assert case.children == []
    assert set(Job.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_cancelling_the_called_one_leaves_the_caller_in_need_of_help(alice: User) -> None:
    case, child = called()
    operations.cancel(child.instance, by=alice)
    jobs.sweep()
    (incident,) = case.incidents
    assert (incident.element, incident.kind) == ("call", "CALLED_ELEMENT_ERROR")
    incidents.retry(incident, by=alice)
    jobs.sweep()
    assert len(case.children) == 2
    assert case.children[1].active == ["ask"]


def test_a_process_that_is_not_there_is_an_incident_and_can_be_called_later(alice: User) -> None:
    dynamic = d.process(
        d.start(), d.call("call", "=wanted"), d.user("after"), d.end(), flows="s-call call-after after-e"
    )
    case = Case(start(deployed(dynamic), {"wanted": "q"}).pk)
    jobs.sweep()
    (incident,) = case.incidents
    assert (incident.kind, incident.message) == ("CALLED_ELEMENT_ERROR", "There is no process q to call")
    deployed(dynamic, q=CHILD)
    incidents.retry(incident, by=alice)
    jobs.sweep()
    assert case.children[0].active == ["ask"]


def test_processes_that_call_each_other_for_ever_stop_as_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MAX_DEPTH", 4)
    endless = d.process(d.start(), d.call("call", "p"), d.end(), flows="s-call call-e")
    start(deployed(endless), {})
    jobs.sweep()
    assert ProcessInstance.objects.count() == 5
    deepest = Case(ProcessInstance.objects.get(depth=4).pk)
    assert [incident.kind for incident in deepest.incidents] == ["CALLED_ELEMENT_ERROR"]


def test_the_latest_version_is_called() -> None:
    definition = deployed(CALLER, q=CHILD)
    deployed(CALLER, q=CHILD.replace(b'"ask"', b'"asked"').replace(b's_ask"', b's_asked"'))
    assert ProcessDefinition.objects.filter(key="q").count() == 2
    case = Case(start(definition, {}).pk)
    jobs.sweep()
    assert case.children[0].active == ["asked"]
