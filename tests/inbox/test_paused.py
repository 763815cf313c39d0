"""A paused case: its tasks are seen and claimed, and not completed before it goes on."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.runtime import operations
from tasks_inbox.models import HumanTask
from tests.inbox import desk

pytestmark = pytest.mark.django_db


def test_a_task_of_a_paused_case_is_claimed_but_completed_only_when_the_case_goes_on(alice: User, root: User) -> None:
    task = desk.order(desk.deploy_orders(), by=root)
    operations.suspend(task.process_instance, by=root)
    client = Client()
    client.force_login(alice)
    client.post(reverse("task_claim", args=[task.pk]))
    assert "Its case is paused" in client.get(reverse("task", args=[task.pk])).content.decode()
    response = client.post(reverse("task_complete", args=[task.pk]), {"f.amount": "1", "outcome": "approve"})
    assert response.status_code == 409
    assert "This case is paused" in response.content.decode()
    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (HumanTask.State.RESERVED, alice)
    operations.resume(task.process_instance, by=root)
    client.post(reverse("task_complete", args=[task.pk]), {"f.amount": "1", "outcome": "approve"})
    task.refresh_from_db()
    assert task.state == HumanTask.State.COMPLETED
