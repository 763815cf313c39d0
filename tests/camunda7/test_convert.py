"""A process of Camunda 7 becomes one that Baton executes; whatever it could not decide is told."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from orchestrator import bpmn, camunda7
from orchestrator.bpmn import model
from orchestrator.camunda7 import Conversion
from orchestrator.feel import Expression
from orchestrator.safexml import XmlRefused
from tests.bpmn import draw

INVOICE = Path(__file__).with_name("invoice.bpmn").read_bytes()


@cache
def invoice() -> Conversion:
    return camunda7.convert(INVOICE)


def text(value: object) -> str:
    """The FEEL of an attribute."""
    assert isinstance(value, Expression)
    return value.text


def node(id: str) -> model.FlowNode:
    return bpmn.parse(invoice().content).processes["invoice"].nodes[id]


def converted(element: str, roots: str = "") -> tuple[model.FlowNode, list[str]]:
    """The node n1 of a chain with this element, and the open notes about it."""
    found = camunda7.convert(draw.chain(element, roots=roots))
    return bpmn.parse(found.content).processes["p"].nodes["n1"], [note.message for note in found.open]


def test_the_whole_invoice_process_has_no_problem_left() -> None:
    assert bpmn.problems(bpmn.parse(invoice().content)) == []
    assert b"camunda:" not in invoice().content


def test_it_is_recognised_and_once_only() -> None:
    assert camunda7.is_camunda7(INVOICE)
    assert not camunda7.is_camunda7(invoice().content)


def test_a_converted_file_stays_as_it_is() -> None:
    again = camunda7.convert(invoice().content)
    assert again.content == invoice().content
    assert again.notes == ()


def test_who_does_it_until_when() -> None:
    task = node("approve")
    assert isinstance(task, model.UserTask)
    assert text(task.assignee) == "approver"
    assert text(task.candidate_groups) == '"sales," + string(department)'
    assert text(task.due_date) == 'now() + duration("P7D")'
    assert text(task.priority) == "if amount > 500 then 80 else 50"
    assert {mapping.target: text(mapping.source) for mapping in task.inputs} == {
        "who": "creditor",
        "lines": '["a", amount]',
    }
    assert task.properties["outcomes"] == "approve=Approve"


def test_a_generated_form_becomes_a_file() -> None:
    task = node("approve")
    assert isinstance(task, model.UserTask)
    assert task.form is not None
    assert task.form.form_id == "approve-form"
    form = json.loads(invoice().forms["approve-form.form"])
    _, approved, reason, kind = form["components"]
    assert (approved["type"], approved["defaultValue"]) == ("checkbox", False)
    assert reason["validate"] == {"required": True, "maxLength": 200}
    assert kind["values"] == [{"value": "a", "label": "Goods"}, {"value": "b", "label": "b"}]


def test_java_becomes_a_job_with_its_retries_and_fields() -> None:
    archive = node("archive")
    assert isinstance(archive, model.ServiceTask)
    assert archive.job.type == "archive-service"
    assert (archive.job.retries, archive.job.retry_backoff) == ("3", (600.0,))
    assert archive.job.headers["folder"] == "invoices"
    assert [(text(mapping.source), mapping.target) for mapping in archive.inputs] == [("invoiceNumber", "key")]
    assert any("write a job worker for the type archive-service" in note.message for note in invoice().open)


def test_an_expression_that_computes_becomes_a_script_task() -> None:
    total = node("total")
    assert isinstance(total, model.ScriptTask)
    assert (text(total.expression), total.result_variable) == ("amount * 1.19", "gross")


def test_a_script_in_another_language_is_kept_to_be_read() -> None:
    legacy = node("legacy")
    assert isinstance(legacy, model.ScriptTask)
    assert legacy.job is not None
    assert "groovy: execution.setVariable" in legacy.documentation
    assert any("The script is groovy" in note.message for note in invoice().open)


def test_a_call_passes_what_it_passed() -> None:
    pay = node("pay")
    assert isinstance(pay, model.CallActivity)
    assert (pay.called_process, pay.binding.type) == ("payment", "deployment")
    assert (pay.propagate_all_parent_variables, pay.propagate_all_child_variables) == (False, True)
    assert pay.multi_instance is not None
    assert text(pay.multi_instance.input_collection) == "parts"
    assert text(pay.multi_instance.completion_condition) == "numberOfCompletedInstances >= 2"


def test_a_cardinality_becomes_a_collection() -> None:
    inner = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${n}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    task, open = converted(draw.element("task", inner=inner))
    assert isinstance(task, model.Task)
    assert task.multi_instance is not None
    assert text(task.multi_instance.input_collection) == "for i in 1..n return i"
    assert open == []


def test_an_http_connector_stays_one() -> None:
    connector = (
        "<camunda:connector><camunda:connectorId>http-connector</camunda:connectorId><camunda:inputOutput>"
        '<camunda:inputParameter name="url">https://x.example/${id}</camunda:inputParameter>'
        '<camunda:inputParameter name="payload">${order}</camunda:inputParameter>'
        '<camunda:inputParameter name="headers"><camunda:map><camunda:entry key="Accept">text/xml</camunda:entry>'
        '</camunda:map></camunda:inputParameter><camunda:outputParameter name="answer">${response}'
        "</camunda:outputParameter></camunda:inputOutput></camunda:connector>"
    )
    task, open = converted(draw.element("serviceTask", extensions=connector))
    assert isinstance(task, model.ServiceTask)
    assert task.job.type == "http"
    assert {mapping.target: text(mapping.source) for mapping in task.inputs} == {
        "url": '"https://x.example/" + string(id)',
        "body": "order",
        "headers": '{"Accept": "text/xml"}',
    }
    assert ["resultExpression" in sentence for sentence in open] == [True]


def test_what_cannot_be_rewritten_is_refused_at_deployment_until_somebody_has() -> None:
    found = camunda7.convert(draw.chain(draw.element("userTask", attributes='camunda:assignee="${bean.pick(task)}"')))
    with pytest.raises(bpmn.BpmnError) as refused:
        bpmn.parse(found.content)
    assert [problem.element for problem in refused.value.problems] == ["n1"]
    assert [note.element for note in found.open] == ["n1"]


def test_a_message_that_a_running_instance_waits_for_needs_its_key_named() -> None:
    catch = draw.element("receiveTask", attributes='messageRef="m"')
    _, open = converted(catch, roots='<bpmn:message id="m" name="paid"/>')
    assert ["replace correlationKey" in sentence for sentence in open] == [True]


def test_an_attribute_that_nobody_knows_is_told() -> None:
    _, open = converted(draw.element("task", attributes='camunda:invented="x"'))
    assert open == ["invented=“x” has no counterpart and was removed"]


def test_a_decision_table_loses_only_what_camunda_7_alone_reads() -> None:
    table = (
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" '
        b'xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="d" name="d" namespace="x">'
        b'<decision id="a" name="a" camunda:historyTimeToLive="P1D"><decisionTable id="t">'
        b'<input id="i" camunda:inputVariable="sum"><inputExpression id="e" expressionLanguage="juel">'
        b"<text>${amount == 1}</text></inputExpression></input></decisionTable></decision></definitions>"
    )
    found = camunda7.convert(table)
    assert b"camunda" not in found.content
    assert b"<text>amount = 1</text>" in found.content
    assert [note.message for note in found.open] == ["The value was called sum inside the rules: here it is called “?”"]


def test_a_hostile_file_is_refused() -> None:
    with pytest.raises(XmlRefused):
        camunda7.convert(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')


def test_a_listener_on_the_end_of_a_gateway_runs_on_its_start_and_that_is_told() -> None:
    listener = '<camunda:executionListener event="end" class="org.x.Audit"/>'
    gateway, notes = converted(draw.element("exclusiveGateway", extensions=listener))
    assert [heard.event for heard in gateway.listeners] == ["start"]
    assert any("The listener on the end of a gateway runs on its start now" in note for note in notes)
