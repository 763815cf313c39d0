"""Starting a process, and what became of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from tasks_inbox import case_data, operations
from tests.inbox import desk
from tests.inbox.pages import as_user, text, url

pytestmark = pytest.mark.django_db


def test_people_see_what_they_may_start(orders: ProcessDefinition, alice: User, charlie: User) -> None:
    desk.may_start(alice, orders)
    assert 'href="/start/order/"' in text(as_user(alice).get("/start/"))
    assert 'href="/start/order/"' in text(as_user(alice).get("/start/?q=ord"))
    assert "Nothing found" in text(as_user(alice).get("/start/?q=zebra"))
    assert "There is nothing to start" in text(as_user(charlie).get("/start/"))


def test_a_start_form_starts_a_process(orders: ProcessDefinition, charlie: User) -> None:
    desk.may_start(charlie, orders)
    client = as_user(charlie)
    wrong = client.post("/start/order/", {"f.supplier": "", "f.amount": "5"})
    assert wrong.status_code == 422
    assert "Field is required." in text(wrong)
    assert client.post("/start/order/", {"f.supplier": "A", "f.extra": "5"}).status_code == 422
    assert not ProcessInstance.objects.exists()
    response = client.post("/start/order/", {"f.supplier": "Acme", "f.amount": "5.10"}, follow=True)
    instance = ProcessInstance.objects.get()
    assert instance.started_by == charlie
    assert case_data.variables(instance.pk).items() >= {"supplier": "Acme", "amount": Decimal("5.10")}.items()
    assert response.redirect_chain == [(f"/cases/{instance.pk}/", 302)]
    assert "Your request was sent." in text(response)


def test_requests_tell_where_they_are(orders: ProcessDefinition, charlie: User, alice: User) -> None:
    task = desk.order(orders, by=charlie)
    page = text(as_user(charlie).get("/requests/"))
    assert "Approve order" in page
    assert "with Finance" in page
    assert "ORD-1" in page
    operations.claim(task=task, user=alice)
    assert "with Alice Adams" in text(as_user(charlie).get("/requests/"))
    assert "ORD-1" not in text(as_user(alice).get("/requests/"))


def test_a_case_is_for_those_whom_it_concerns(orders: ProcessDefinition, alice: User, bob: User, charlie: User) -> None:
    task = desk.order(orders, by=bob)
    case = reverse("case", args=[task.process_instance_id])
    assert "Approve order" in text(as_user(bob).get(case))
    assert as_user(alice).get(case).status_code == 200
    assert as_user(charlie).get(case).status_code == 404
    assign_perm("orchestrator.see_instances", charlie, orders)
    page = text(as_user(charlie).get(case))
    assert "Acme" in page
    assert url("task", task) not in page
