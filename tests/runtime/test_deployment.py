"""Deployment: all or nothing, and every refusal is a sentence with a place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from orchestrator.models import Deployment, Job, ProcessDefinition, Resource, Subscription
from orchestrator.runtime import definitions, incidents, jobs
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import start
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later

pytestmark = pytest.mark.django_db

DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rules" name="rules" namespace="https://baton.test">
  <decision id="rate" name="Rate"><decisionTable id="table" hitPolicy="UNIQUE">
    <input id="i"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o" name="rate" typeRef="string"/>
    <rule id="r1"><inputEntry id="r1i"><text>&lt; 100</text></inputEntry>
      <outputEntry id="r1o"><text>"low"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="r2i"><text>{}</text></inputEntry>
      <outputEntry id="r2o"><text>"high"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""
FORM = {
    "type": "default",
    "id": "order",
    "schemaVersion": 19,
    "components": [{"type": "textfield", "key": "name", "id": "f1", "label": "Name"}],
}
DEMO = Path(__file__).parents[2] / "demo"


def test_a_first_deployment_makes_version_one_and_remembers_who(alice: User) -> None:
    result = deploy({"p.bpmn": d.ONE_TASK}, by=alice, note="hello")
    (definition,) = result.new
    assert (definition.key, definition.version, definition.is_latest) == ("p", 1, True)
    assert result.deployment is not None
    assert (result.deployment.deployed_by, result.deployment.note) == (alice, "hello")
    assert isinstance(definition, ProcessDefinition)
    assert definitions.diagram_xml(definition) == d.ONE_TASK


def test_identical_content_makes_no_new_version() -> None:
    deploy({"p.bpmn": d.ONE_TASK}, by=None)
    again = deploy({"p.bpmn": d.ONE_TASK}, by=None)
    assert again.deployment is None
    assert [row.version for row in again.unchanged] == [1]
    assert Deployment.objects.count() == 1


def test_changed_content_makes_the_next_version_the_latest() -> None:
    deploy({"p.bpmn": d.ONE_TASK}, by=None)
    deploy({"p.bpmn": d.ONE_JOB}, by=None)
    rows = ProcessDefinition.objects.filter(key="p").order_by("version")
    assert [(row.version, row.is_latest) for row in rows] == [(1, False), (2, True)]


def test_only_what_changed_is_deployed_again() -> None:
    other = d.named("q", d.ONE_TASK)
    deploy({"p.bpmn": d.ONE_TASK, "q.bpmn": other}, by=None)
    result = deploy({"p.bpmn": d.ONE_JOB, "q.bpmn": other}, by=None)
    assert [row.key for row in result.new] == ["p"]
    assert [row.key for row in result.unchanged] == ["q"]


def test_decisions_and_forms_are_deployed_with_the_process_that_calls_them() -> None:
    task = d.element("businessRuleTask", "n1", '<zeebe:calledDecision decisionId="rate" resultVariable="r"/>')
    form = d.user("n2", '<zeebe:formDefinition formId="order"/>')
    files = {
        "p.bpmn": d.chain(task, form),
        "rules.dmn": DECISION.format("&gt;= 100").encode(),
        "order.form": json.dumps(FORM).encode(),
    }
    assert {row.key for row in deploy(files, by=None).new} == {"p", "rate", "order"}
    latest = definitions.latest_form("order")
    assert latest is not None
    assert definitions.form_schema(latest) == FORM


def test_the_demo_company_can_be_deployed() -> None:
    files = {path.name: path.read_bytes() for path in DEMO.rglob("*") if path.suffix in (".bpmn", ".dmn", ".form")}
    assert len(files) >= 8
    deploy(files, by=None)


CALLED = d.named("nobody", d.ONE_TASK)


def calling(binding: str = "") -> bytes:
    return d.chain(d.element("callActivity", "n1", f'<zeebe:calledElement processId="nobody" {binding}/>'))


DOCTYPE = b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<d>&x;</d>'
DANGLING = d.ONE_TASK.replace(b'targetRef="review"', b'targetRef="nowhere"')
UNKNOWN = d.ONE_TASK.replace(b'<bpmn:endEvent id="e"', b'<bpmn:choreographyTask id="c"/><bpmn:endEvent id="e"')
DECIDES = d.element("businessRuleTask", "n1", '<zeebe:calledDecision decisionId="no" resultVariable="r"/>')
LINKS = """<zeebe:taskDefinition type="robot"/><zeebe:linkedResources><zeebe:linkedResource resourceId="robot"
 bindingType="{binding}" versionTag="7" linkName="main"/></zeebe:linkedResources>"""
NO_FORM = '<zeebe:formDefinition formId="no-form"/>'
TIMER = d.process(d.start(d.timer("R/PT0S", "timeCycle")), d.end(), flows="s-e")


@pytest.mark.parametrize(
    ("name", "content", "element", "words"),
    [
        ("a.bpmn", DOCTYPE, "", "DOCTYPE is not allowed"),
        ("a.bpmn", b"", "", "empty"),
        ("a.bpmn", b"<not xml", "", "not well-formed XML"),
        ("a.bpmn", b"PK\x03\x04", "", "archive"),
        ("a.bpmn", b"x" * (6 * 1024 * 1024), "", "6.0 MB; at most 5 MB"),
        ("a.bpmn", DANGLING, "s_review", "nowhere"),
        ("a.bpmn", UNKNOWN, "c", "choreographyTask is not executed"),
        ("a.bpmn", calling('bindingType="deployment"'), "n1", "The process nobody is bound to this deployment"),
        ("a.bpmn", TIMER, "s", "PT0S"),
        ("a.bpmn", d.chain(d.service("n1", "http")), "n1", "needs the input url (URL)"),
        ("a.bpmn", d.chain(d.service("n1", "x", headers={"resultExpression": "={a:"})), "n1", "is no FEEL"),
        ("a.dmn", DOCTYPE, "", "DOCTYPE is not allowed"),
        ("a.dmn", DECISION.format("&lt; 500").encode(), "r2", "both match for amount = 0"),
        ("a.form", b"{not json", "", "JSON"),
        ("a.form", b'{"type": "default", "components": []}', "", "id"),
        ("a.xml", d.ONE_TASK, "", "The file holds BPMN: give it a name that ends in .bpmn"),
        ("a.xml", DECISION.format("1").encode(), "", "The file holds DMN: give it a name that ends in .dmn"),
        ("a.txt", b"", "", "The file is empty"),
        ("a.rpa", b"{not json", "", "is no JSON"),
        ("a.rpa", b'{"name": "Robot"}', "", "The file has no id: an RPA script is linked by it"),
        (
            "a.bpmn",
            d.chain(d.element("serviceTask", "n1", LINKS.format(binding="deployment"))),
            "n1",
            "The resource robot is bound to this deployment",
        ),
        ("../a.bpmn", d.ONE_TASK, "", "plain, with no folder"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_and_a_place(name: str, content: bytes, element: str, words: str) -> None:
    with pytest.raises(DeploymentRefused) as raised:
        deploy({"good.bpmn": d.named("good", d.ONE_TASK), name: content}, by=None)
    problems = raised.value.problems
    assert {problem.file for problem in problems} == {name}
    assert any(words in problem.message and problem.element in (element, problem.element) for problem in problems)
    if element:
        assert element in {problem.element for problem in problems}
    assert not Resource.objects.exists()
    assert not Deployment.objects.exists()
    assert not ProcessDefinition.objects.exists()


def test_all_problems_of_all_files_are_told_at_once() -> None:
    with pytest.raises(DeploymentRefused) as raised:
        deploy({"a.bpmn": UNKNOWN, "b.bpmn": DANGLING, "c.form": b"{"}, by=None)
    assert {problem.file for problem in raised.value.problems} == {"a.bpmn", "b.bpmn", "c.form"}


def test_two_files_may_not_define_the_same_process() -> None:
    with pytest.raises(DeploymentRefused, match=r"The process p is in a\.bpmn too"):
        deploy({"a.bpmn": d.ONE_TASK, "b.bpmn": d.ONE_JOB}, by=None)


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(DeploymentRefused, match="no file"):
        deploy({}, by=None)


def test_what_was_deployed_before_may_be_called() -> None:
    deploy({"q.bpmn": d.named("q", d.ONE_TASK)}, by=None)
    deploy({"p.bpmn": d.chain(d.call("n1", "q"))}, by=None)


def test_a_new_version_takes_over_messages_signals_and_timers() -> None:
    roots = d.START_MESSAGE.format("ordered") + d.SIGNAL.format("alarm")
    starts = d.start(d.message("ordered"), "m") + d.start(d.signal("alarm"), "g")
    starts += d.start(d.timer("R/PT1H", "timeCycle"), "t")
    first = d.process(starts, d.user("a"), d.end(), flows="m-a g-a t-a a-e", roots=roots)
    second = first.replace(b'id="a"', b'id="b"').replace(b'="a"', b'="b"')
    deployed(first)
    newest = deployed(second)
    assert set(Subscription.objects.values_list("definition", "name")) == {(newest.pk, "ordered"), (newest.pk, "alarm")}
    assert list(Job.objects.filter(kind="start", state="due").values_list("definition", flat=True)) == [newest.pk]
    later(hours=1)
    assert newest.instances.count() == 1
    assert ProcessDefinition.objects.get(version=1).instances.count() == 0


def test_a_start_date_that_has_passed_starts_the_first_version_only() -> None:
    past = d.process(d.start(d.timer("2020-01-01T00:00:00Z", "timeDate")), d.user("a"), d.end(), flows="s-a a-e")
    first = deployed(past)
    later(seconds=0)
    second = deployed(past.replace(b'name="A"', b'name="B"'))
    later(seconds=0)
    assert (first.instances.count(), second.instances.count()) == (1, 0)


def test_a_process_says_how_it_is_started_and_what_it_is() -> None:
    extensions = (
        '<zeebe:properties><zeebe:property name="category" value="Finance"/>'
        '<zeebe:property name="description" value="Pay."/></zeebe:properties>'
    )
    row = deployed(d.process(d.start(), d.end(), flows="s-e", extensions=extensions))
    assert (row.category, row.description, row.is_startable, row.start_form_key) == ("Finance", "Pay.", True, "")


TAGGED = 'bindingType="versionTag" versionTag="7"'


@pytest.mark.parametrize(
    ("content", "element", "words"),
    [
        (calling(), "n1", "There is no process nobody, neither deployed nor in these files. Until it is deployed, who"),
        (calling(TAGGED), "n1", "There is no process nobody with the version tag 7, neither"),
        (d.chain(DECIDES), "n1", "There is no decision no, neither"),
        (d.chain(d.user("n1", NO_FORM)), "n1", "There is no form no-form, neither"),
        (d.chain(d.element("serviceTask", "n1", LINKS.format(binding="latest"))), "n1", "There is no resource robot"),
        (
            d.process(d.element("startEvent", "s", NO_FORM), d.end(), flows="s-e"),
            "s",
            "Until it is deployed, people start without a form",
        ),
    ],
)
def test_what_is_named_may_be_deployed_later_and_the_deployer_is_told(content: bytes, element: str, words: str) -> None:
    (warning,) = deploy({"a.bpmn": content}, by=None).warnings
    assert (warning.file, warning.element) == ("a.bpmn", element)
    assert words in warning.message
    assert deploy({"a.bpmn": content}, by=None).warnings == [warning]  # of nothing new, too


@pytest.mark.parametrize(
    ("content", "kind", "words", "later"),
    [
        (calling(), "CALLED_ELEMENT_ERROR", "There is no process nobody to call", {"q.bpmn": CALLED}),
        (calling(TAGGED), "CALLED_ELEMENT_ERROR", "There is no process nobody with the version tag 7", {}),
        (
            d.chain(DECIDES),
            "CALLED_DECISION_ERROR",
            "There is no decision no",
            {"r.dmn": DECISION.format("&gt;= 100").replace('id="rate"', 'id="no"').encode()},
        ),
        (
            d.chain(d.user("n1", NO_FORM)),
            "FORM_NOT_FOUND",
            "There is no form no-form",
            {"f.form": json.dumps({**FORM, "id": "no-form"}).encode()},
        ),
    ],
)
def test_who_gets_there_before_waits_as_an_incident_until_it_is_deployed(
    content: bytes, kind: str, words: str, later: dict[str, bytes]
) -> None:
    deploy({"a.bpmn": content}, by=None)
    case = Case(start(ProcessDefinition.objects.get(key="p"), {"amount": 7}).pk)
    jobs.sweep()
    (incident,) = case.incidents
    assert (incident.element, incident.kind) == ("n1", kind)
    assert words in incident.message
    if later:
        deploy(later, by=None)
        incidents.retry(incident, by=User.objects.create_superuser("carla"))
        jobs.sweep()
        assert not case.incidents
