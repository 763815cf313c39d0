"""Trying a drawing out: on the engine, in memory. Nothing live is touched, strangers learn nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from orchestrator.models import Draft, Job, Mail, ProcessDefinition, ProcessInstance, Resource
from orchestrator.runtime.deployment import deploy
from tests.bpmn.draw import chain, element, flow
from tests.test_routes import refuse_writes

TRY = "/admin/orchestrator/draft/try/"
FORM = {"type": "default", "id": "leave", "schemaVersion": 19, "components": []}
REVIEW = chain(
    element(
        "userTask",
        attributes='name="Review"',
        extensions='<zeebe:userTask/><zeebe:formDefinition formId="leave"/>'
        '<zeebe:properties><zeebe:property name="outcomes" value="yes=Yes; no=No!"/></zeebe:properties>',
    )
)
DECIDES = '<zeebe:calledDecision decisionId="fee" resultVariable="fee"/>'
RULE = chain(element("businessRuleTask", extensions=DECIDES))
FEE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="fee" name="fee"><literalExpression><text>amount * 0.1</text></literalExpression></decision>
</definitions>"""


def trying(content: bytes = REVIEW, run: Any = None, **more: Any) -> dict[str, Any]:
    fields = {"kind": "bpmn", "name": "Drawing", "content": SimpleUploadedFile("content", content), **more}
    if run is not None:
        text = run if isinstance(run, bytes) else json.dumps(run).encode()
        fields["run"] = SimpleUploadedFile("run", text)
    return fields


@pytest.fixture
def erin(db: None) -> User:
    user = User.objects.create_user("erin", "erin@example.com", "pw", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_deployment"))
    return user


def test_a_drawing_is_tried_without_a_trace(as_: Any, erin: User) -> None:
    client = as_(erin)
    Draft.objects.create(kind="form", name="Leave", content=json.dumps(FORM))
    with connection.execute_wrapper(refuse_writes):
        begun = client.post(TRY, trying()).json()
        assert [start["kind"] for start in begun["starts"]] == ["none"]
        assert "state" not in begun
        run = {"start": {"by": "erin", "variables": {"amount": 3}}, "steps": []}
        standing = client.post(TRY, trying(run=run)).json()
        assert standing["instances"][0]["tokens"] == {"n1": 1}
        assert standing["open"]["tasks"][0]["form"] == "leave"
        assert json.loads(standing["forms"]["leave"]) == FORM
        run["steps"] = [{"completeUserTask": "n1", "outcome": "yes", "data": {"days": 2}}]
        assert client.post(TRY, trying(run=run)).json()["state"] == "completed"
    for table in (ProcessDefinition, ProcessInstance, Job, Mail):
        assert not table._default_manager.exists()  # type: ignore[attr-defined]


def test_numbers_keep_every_digit(as_: Any, erin: User) -> None:
    text = b'{"start": {"variables": {"amount": 12345678901234567890.12345}}}'
    answer = as_(erin).post(TRY, trying(run=text))
    assert b"12345678901234567890.12345" in answer.content
    assert answer.json()["scopes"][0]["variables"] == {"amount": "12345678901234567890.12345"}


def test_what_cannot_run_is_told_with_its_element(as_: Any, erin: User) -> None:
    broken = chain(element("serviceTask", extensions='<zeebe:taskDefinition type="=1 +"/>'))
    response = as_(erin).post(TRY, trying(broken))
    assert response.status_code == 422
    assert [problem["element"] for problem in response.json()["problems"]] == ["n1"]


def test_decisions_are_those_in_force_or_else_those_being_drawn(as_: Any, erin: User) -> None:
    client, run = as_(erin), {"start": {"variables": {"amount": 50}}}
    missing = client.post(TRY, trying(RULE, run)).json()
    assert "There is no decision fee" in missing["instances"][0]["incidents"][0]["message"]
    Draft.objects.create(kind="dmn", name="Fee", content=FEE.decode().replace("0.1", "0.2"))
    assert client.post(TRY, trying(RULE, run)).json()["scopes"][0]["variables"]["fee"] == "10.0"
    deploy({"fee.dmn": FEE}, by=erin)
    found = client.post(TRY, trying(RULE, run)).json()
    assert found["scopes"][0]["variables"]["fee"] == "5.0"
    decided = [event for moment in found["moments"] for event in moment["events"] if event["kind"] == "decided"]
    assert decided[0]["text"] == "fee: 5.0"


def test_called_processes_run_along(as_: Any, erin: User) -> None:
    called = REVIEW.replace(b'id="p"', b'id="called"').replace(b'<zeebe:formDefinition formId="leave"/>', b"")
    deploy({"called.bpmn": called}, by=erin)
    calling = chain(element("callActivity", extensions='<zeebe:calledElement processId="called"/>'))
    found = as_(erin).post(TRY, trying(calling, {"steps": []})).json()
    assert [(each["process"], each["tokens"]) for each in found["instances"]] == [
        ("p", {"n1": 1}),
        ("called", {"n1": 1}),
    ]


def test_every_way_to_start_is_offered_and_works(as_: Any, erin: User) -> None:
    message = '<bpmn:messageEventDefinition messageRef="m"/>'
    condition = (
        "<bpmn:conditionalEventDefinition><bpmn:condition>=a = 1</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    timer = "<bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>"
    events = {"by_message": message, "by_condition": condition, "by_timer": timer}
    inner = "".join(
        f'<bpmn:startEvent id="{id}">{definition}</bpmn:startEvent>{flow(id, "n1")}'
        for id, definition in events.items()
    )
    content = chain(element("userTask"), roots='<bpmn:message id="m" name="order"/>', extra=inner)
    client = as_(erin)
    ways = client.post(TRY, trying(content)).json()["starts"]
    assert [(way["element"], way["kind"]) for way in ways] == [
        ("s", "none"),
        ("by_message", "message"),
        ("by_condition", "condition"),
        ("by_timer", "timer"),
    ]
    for start in ({}, {"message": "order"}, {"event": "by_condition", "variables": {"a": 1}}, {"event": "by_timer"}):
        found = client.post(TRY, trying(content, {"start": start})).json()
        assert found["instances"][0]["tokens"] == {"n1": 1}, start


@pytest.mark.parametrize(
    ("more", "run", "status", "sentence"),
    [
        ({"process": "nobody"}, None, 400, "There is no process nobody"),
        ({}, b"{", 422, "This is no JSON"),
        ({}, {"steps": [{"completeUserTask": "nobody"}]}, 422, "There is no user task “nobody”"),
        ({}, b'"' + b"x" * (256 * 1024) + b'"', 413, "larger than 256 kB"),
        ({}, b"\xff", 400, "no text in UTF-8"),
        ({"kind": "dmn"}, None, 400, "Only a process"),
    ],
)
def test_a_bad_run_is_told_in_a_sentence(
    as_: Any, erin: User, more: dict[str, str], run: Any, status: int, sentence: str
) -> None:
    response = as_(erin).post(TRY, trying(run=run, **more))
    assert response.status_code == status, response.content
    assert sentence in response.json().get("error", "")


def test_strangers_find_nothing_to_try(as_: Any, charlie: User, dora: User) -> None:
    assert as_(charlie).post(TRY, trying()).status_code == 404
    assert as_(dora).post(TRY, trying()).status_code == 302
    assert Client().post(TRY, trying()).status_code == 302
    assert as_(charlie).get(reverse("admin:orchestrator_draft_try")).status_code == 404
    assert not Resource.objects.exists()
