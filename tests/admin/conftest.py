"""Alice administers everything, Bob is staff for one process, Charlie is staff and a stranger, Dora is no staff."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution
from orchestrator.runtime.deployment import deploy
from tests.bpmn.draw import chain, element

VIEWS = ("deployment", "processdefinition", "processinstance", "incident", "job")


def _staff(name: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.com", "pw", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"view_{model}" for model in VIEWS]))
    return user


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_superuser("alice", "alice@example.com", "pw")


@pytest.fixture
def definition(alice: User) -> ProcessDefinition:
    files = {"review.bpmn": chain(element("userTask", attributes='name="Review"'))}
    return deploy(files, by=alice).new[0]  # type: ignore[return-value]


@pytest.fixture
def bob(definition: ProcessDefinition) -> User:
    user = _staff("bob")
    for permission in ("see_instances", "administer_instances"):
        assign_perm(permission, user, definition)
    return user


@pytest.fixture
def charlie(db: None) -> User:
    return _staff("charlie")


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", "dora@example.com", "pw")


@pytest.fixture
def instance(definition: ProcessDefinition, alice: User) -> ProcessInstance:
    return execution.start(definition, {"amount": 12, "note": "<b>bold</b>"}, by=alice)


@pytest.fixture
def failed(alice: User) -> ProcessInstance:
    """An instance with an incident: no condition of its gateway is true."""
    gateway = element("exclusiveGateway", attributes='name="Which?"')
    flows = (
        '<bpmn:sequenceFlow id="f1" sourceRef="n1" targetRef="e"><bpmn:conditionExpression>=amount > 10'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    xml = chain(gateway).replace(b'<bpmn:sequenceFlow id="n1_e" sourceRef="n1" targetRef="e"></bpmn:sequenceFlow>', b"")
    xml = xml.replace(b"</bpmn:process>", flows.encode() + b"</bpmn:process>").replace(b'id="p"', b'id="choice"')
    definition = deploy({"choice.bpmn": xml}, by=alice).new[0]
    return execution.start(definition, {"amount": 1}, by=alice)  # type: ignore[arg-type]


@pytest.fixture
def as_(client: Client) -> Any:
    def sign_in(user: User) -> Client:
        client.force_login(user)
        return client

    return sign_in
