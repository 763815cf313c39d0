"""Another system calls: signed, in time, once; then its message is correlated like any other."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from orchestrator.models import ProcessInstance, Webhook, WebhookCall
from orchestrator.runtime import execution, jobs, webhooks
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from tests.bpmn import draw

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "one-secret-of-the-shop"
MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
HERE = '<bpmn:message id="m" name="ordered"/>'
PAID = (
    '<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="= order"/>'
    "</bpmn:extensionElements></bpmn:message>"
)


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = {"shop": SECRET}


def door(**properties: str) -> str:
    named = {"inbound.type": "webhook", "inbound.path": "shop/orders", "inbound.secret": "shop", **properties}
    entries = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in named.items() if value)
    return f"<zeebe:properties>{entries}</zeebe:properties>"


def started_by_a_call(**properties: str) -> bytes:
    start = draw.element("startEvent", "s", door(resultExpression="= body", **properties), MESSAGE)
    return draw.chain(draw.element("userTask", extensions="<zeebe:userTask/>"), roots=HERE).replace(
        b'<bpmn:startEvent id="s"/>', start.encode()
    )


def waiting(**properties: str) -> bytes:
    wanted = {"inbound.path": "shop/paid", "correlationKeyExpression": "= body.order", **properties}
    return draw.chain(draw.element("receiveTask", extensions=door(**wanted), attributes='messageRef="m"'), roots=PAID)


def call(path: str = "shop/orders", body: Any = None, *, secret: str = SECRET, **more: Any) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body or {"order": 7}).encode()
    id, stamp = more.get("id", "call-1"), str(more.get("at", int(time.time()) + more.get("late", 0)))
    signed = webhooks.signature(secret, f"{id}.{stamp}.".encode() + more.get("signed", content))
    headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": more.get("signature", f"v1,{signed}")}
    response = Client(enforce_csrf_checks=True).post(
        f"/hooks/{path}/", content, content_type="application/json", headers=headers
    )
    assert response["Content-Type"] == "application/json"
    jobs.sweep()  # what a worker does when the doorbell rings
    return response.status_code


def variables(instance: ProcessInstance) -> dict[str, Any]:
    return dict(instance.element_instances.get(scope=None).variables)


def test_a_call_starts_a_process_with_what_it_brings() -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    assert call(body=b'{"order": 7, "amount": 12.10}') == 202
    assert variables(ProcessInstance.objects.get()) == {"order": 7, "amount": Decimal("12.10")}


def test_a_call_reaches_the_instance_that_it_means() -> None:
    [definition] = deploy({"p.bpmn": waiting()}, by=None).new
    for order in ("7", "8"):
        execution.start(definition, {"order": order}, by=None)  # type: ignore[arg-type]
    assert call("shop/paid", {"order": "8"}) == 202
    ended = ProcessInstance.objects.exclude(state=ProcessInstance.State.ACTIVE).get()
    assert variables(ended)["order"] == "8"


def test_the_same_call_is_taken_once() -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    assert [call() for _ in range(5)] == [202, 409, 409, 409, 409]
    assert call(id="call-2") == 202
    assert ProcessInstance.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"secret": "another-secret"}, 401),
        ({"signed": b'{"order": 70}'}, 401),
        ({"late": -400}, 401),
        ({"late": 400}, 401),
        ({"at": "soon"}, 401),
        ({"at": "²"}, 401),
        ({"id": ""}, 401),
        ({"id": "x" * 300}, 401),
        ({"signature": ""}, 401),
        ({"signature": "v2,abc"}, 401),
        ({"body": b"{"}, 400),
        ({"body": b'{"order": NaN}'}, 400),
        ({"body": b'"text"'}, 422),
        ({"path": "shop/nobody"}, 404),
    ],
    ids=repr,
)
def test_what_is_not_right_changes_nothing(wrong: dict[str, Any], status: int) -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    assert call(**wrong) == status
    assert not ProcessInstance.objects.exists()
    assert not WebhookCall.objects.exists()


def test_too_much_is_refused_before_it_is_read() -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    assert call(body=b'"' + b"x" * webhooks.MAX_BODY + b'"') == 413


def test_two_secrets_count_while_one_replaces_the_other(settings: Settings) -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    settings.CONNECTOR_SECRETS = {"shop": f"{SECRET} whsec_bmV3"}
    assert call(id="old") == 202
    assert call(id="new", secret="whsec_bmV3") == 202


def test_without_its_secret_an_address_is_not_ready(settings: Settings) -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    settings.CONNECTOR_SECRETS = {}
    assert call() == 503


def test_the_addresses_are_those_of_the_version_in_force() -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    deploy({"p.bpmn": started_by_a_call(**{"inbound.path": "shop/new"})}, by=None)
    assert list(Webhook.objects.values_list("path", flat=True)) == ["shop/new"]
    assert (call(), call("shop/new")) == (404, 202)


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"inbound.path": "Shop Orders"}, "inbound.path"),
        ({"inbound.secret": ""}, "inbound.secret"),
        ({"resultExpression": "body"}, "write = before it"),
        ({"messageTtl": "soon"}, "messageTtl"),
    ],
)
def test_a_door_that_cannot_open_is_refused(properties: dict[str, str], sentence: str) -> None:
    content = started_by_a_call(**properties) if "resultExpression" not in properties else waiting(**properties)
    with pytest.raises(DeploymentRefused, match=sentence):
        deploy({"p.bpmn": content}, by=None)


def test_a_door_of_a_running_instance_needs_to_know_which_one() -> None:
    with pytest.raises(DeploymentRefused, match="correlationKeyExpression"):
        deploy({"p.bpmn": waiting(correlationKeyExpression="")}, by=None)


def test_a_path_belongs_to_one_process() -> None:
    deploy({"p.bpmn": started_by_a_call()}, by=None)
    with pytest.raises(DeploymentRefused, match="belongs to the process p"):
        deploy({"q.bpmn": started_by_a_call().replace(b'id="p"', b'id="q"')}, by=None)


def test_old_calls_are_forgotten() -> None:
    WebhookCall.objects.create(path="a", call_id="1")
    webhooks.forget()
    assert WebhookCall.objects.count() == 1
    WebhookCall.objects.update(at="2026-01-01T00:00:00Z")
    webhooks.forget()
    assert not WebhookCall.objects.exists()


def test_only_posting_is_answered(client: Client) -> None:
    assert client.get("/hooks/shop/orders/").status_code == 405
