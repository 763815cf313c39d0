"""Decisions about many tasks at once are taken back at once, as long as they are held."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tasks_inbox import undo
from tasks_inbox.models import HeldDecision, HumanTask
from tests.inbox.cases import kinds, offer

pytestmark = pytest.mark.django_db
OUTCOMES = "approve=Approve; reject=Reject!"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def held_tasks(number: int, seconds: str = "8") -> list[HumanTask]:
    return [offer(groups="Finance", outcomes=OUTCOMES, undo=seconds, subject=f"Task {one}") for one in range(number)]


def decide(user: User, tasks: list[HumanTask], **sent: Any) -> Any:
    data = {"operation": "approve", "task": [task.pk for task in tasks], **sent}
    return browser(user).post(reverse("bulk"), data, headers={"hx-request": "true"})


def take_back(user: User, url: str) -> Any:
    return browser(user).post(url, headers={"hx-request": "true"})


def test_one_button_takes_all_of_them_back(alice: User) -> None:
    tasks = held_tasks(3)
    told = json.loads(decide(alice, tasks)["HX-Trigger"])
    assert HeldDecision.objects.count() == 3  # the third did not apply the first
    offered = told["undo-available"]
    assert offered["seconds"] == 8
    assert offered["label"].startswith("3 approved.")

    answer = take_back(alice, offered["url"])
    assert "Taken back: 3 of 3." in answer.content.decode()
    assert not HeldDecision.objects.exists()
    for task in tasks:
        assert kinds(task) == ["create", "decided", "undone"]
        assert HumanTask.objects.get(pk=task.pk).is_open


def test_what_was_applied_meanwhile_stays(alice: User) -> None:
    tasks = held_tasks(2)
    url = json.loads(decide(alice, tasks)["HX-Trigger"])["undo-available"]["url"]
    undo._apply(HeldDecision.objects.get(task=tasks[0]).pk)
    assert "Taken back: 1 of 2." in take_back(alice, url).content.decode()
    assert [HumanTask.objects.get(pk=task.pk).is_open for task in tasks] == [False, True]


def test_going_on_applies_what_was_decided_together(alice: User) -> None:
    decide(alice, held_tasks(2))
    decide(alice, held_tasks(1))
    assert HeldDecision.objects.count() == 1
    assert HumanTask.objects.filter(state="completed").count() == 2


def test_nobody_else_takes_it_back(alice: User, bob: User, charlie: User) -> None:
    url = json.loads(decide(alice, held_tasks(2))["HX-Trigger"])["undo-available"]["url"]
    for other in (bob, charlie):
        assert "Taken back: 0 of 2." in take_back(other, url).content.decode()
    assert HeldDecision.objects.count() == 2
    assert take_back(alice, reverse("bulk_undo")).status_code == 404


def test_where_nothing_is_held_nothing_is_offered(alice: User) -> None:
    told = json.loads(decide(alice, held_tasks(2, seconds="0"))["HX-Trigger"])
    assert "undo-available" not in told
    assert not HeldDecision.objects.exists()


def test_a_decision_that_cannot_be_is_not_among_them(alice: User) -> None:
    tasks = held_tasks(2)
    told = json.loads(decide(alice, [*tasks, offer(users="bob", outcomes=OUTCOMES, undo="8")])["HX-Trigger"])
    assert told["undo-available"]["url"].count("task=") == 2
