"""A start form that is sent twice makes one case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orchestrator.models import ProcessDefinition, ProcessInstance
from tasks_inbox import starting
from tasks_inbox.models import StartOnce
from tests.inbox import desk
from tests.runtime.processes import together

pytestmark = pytest.mark.django_db
PAGE = "/start/order/"


@pytest.fixture
def orders(alice: User, bob: User) -> ProcessDefinition:
    definition = desk.deploy_orders()
    for user in (alice, bob):
        desk.may_start(user, definition)
    return definition


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def key_of(client: Client) -> str:
    shown = client.get(reverse("start_process", args=["order"])).content.decode()
    found = re.search(r'name="once" value="([0-9a-f]{32})"', shown)
    assert found
    return found[1]


def test_the_same_form_sent_twice_is_one_case(orders: ProcessDefinition, alice: User) -> None:
    client = browser(alice)
    sent = {"f.supplier": "Acme", "f.amount": "3", "once": key_of(client)}
    first, second = client.post(PAGE, sent), client.post(PAGE, sent, follow=True)
    (case,) = ProcessInstance.objects.all()
    assert first["Location"] == second.redirect_chain[0][0] == reverse("case", args=[case.pk])
    assert "You have sent this already." in second.content.decode()


def test_other_answers_another_form_and_another_person_are_cases_of_their_own(
    orders: ProcessDefinition, alice: User, bob: User
) -> None:
    client = browser(alice)
    key, other = key_of(client), key_of(client)
    assert key != other
    client.post(PAGE, {"f.supplier": "Acme", "once": key})
    client.post(PAGE, {"f.supplier": "Acme Ltd", "once": key})  # gone back, and changed
    client.post(PAGE, {"f.supplier": "Acme", "once": other})
    browser(bob).post(PAGE, {"f.supplier": "Acme", "once": key})
    assert ProcessInstance.objects.count() == 4


@pytest.mark.parametrize("key", ["", "x", "g" * 32, "A" * 32, "1" * 33, "\x00" * 32])
def test_without_a_key_every_sending_is_a_start(key: str, orders: ProcessDefinition, alice: User) -> None:
    client = browser(alice)
    for _ in range(2):
        assert client.post(PAGE, {"f.supplier": "Acme", "once": key}).status_code == 302
    assert ProcessInstance.objects.count() == 2
    assert not StartOnce.objects.exists()


def test_a_form_with_errors_keeps_its_key_and_starts_nothing(orders: ProcessDefinition, alice: User) -> None:
    client = browser(alice)
    key = key_of(client)
    again = client.post(PAGE, {"f.supplier": "", "once": key})
    assert again.status_code == 422
    assert f'name="once" value="{key}"' in again.content.decode()
    assert not StartOnce.objects.exists()
    assert client.post(PAGE, {"f.supplier": "Acme", "once": key}).status_code == 302


def test_what_was_sent_is_forgotten_after_a_day(orders: ProcessDefinition, alice: User) -> None:
    client = browser(alice)
    client.post(PAGE, {"f.supplier": "Acme", "once": key_of(client)})
    assert starting.forget() == 0
    StartOnce.objects.update(at=timezone.now() - timedelta(hours=25))
    assert starting.forget() == 1
    assert ProcessInstance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_case(orders: ProcessDefinition, alice: User) -> None:
    sent = {"f.supplier": "Acme", "once": key_of(browser(alice))}
    clients = [browser(alice) for _ in range(4)]
    answers = together(*[lambda client=client: client.post(PAGE, sent)["Location"] for client in clients])
    assert len(set(answers)) == 1
    assert ProcessInstance.objects.count() == 1
