"""Cases that have something in common: found, bounded, and only by those who may see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution
from tasks_inbox import related as related_cases
from tests.bpmn import draw
from tests.inbox import cases
from tests.inbox.cases import user_task

pytestmark = pytest.mark.django_db
Queries = Callable[[int], Any]


@pytest.fixture
def orders(finance: Group) -> ProcessDefinition:
    return cases.definition(with_properties(draw.chain(user_task(groups="Finance")), related="supplier"))


def process(key: str, groups: str) -> ProcessDefinition:
    xml = draw.chain(user_task(groups=groups)).replace(b'id="p"', f'id="{key}"'.encode())
    return cases.definition(xml, key=key, name=key)


def with_properties(xml: bytes, **properties: str) -> bytes:
    inner = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in properties.items())
    extensions = f"<bpmn:extensionElements><zeebe:properties>{inner}</zeebe:properties></bpmn:extensionElements>"
    return xml.replace(b'isExecutable="true">', f'isExecutable="true">{extensions}'.encode(), 1)


def order(definition: ProcessDefinition, key: str = "", by: User | None = None, **data: Any) -> ProcessInstance:
    return execution.start(definition, data, by=by, business_key=key)


def page(user: User, case: ProcessInstance, by: str = "", **more: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse("case_related", args=[case.pk]), {"by": by}, **more)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def shown(user: User, case: ProcessInstance, by: str = "") -> list[str]:
    """The references of the cases on the page."""
    text = page(user, case, by)
    return [piece.split("<")[0] for piece in text.split('<span class="ref">')[2:]]


def test_cases_with_the_same_reference_or_requester_are_found(
    orders: ProcessDefinition, alice: User, bob: User
) -> None:
    mine = order(orders, "A-1", bob)
    order(orders, "A-1")
    order(orders, "A-2", bob)
    order(orders, "A-3")
    assert shown(alice, mine) == ["A-1", "A-2"]
    text = page(alice, mine)
    assert "The same reference, A-1" in text
    assert "Also asked for by Bob Brown" in text
    assert "Also asked for by you" in page(bob, mine)


def test_the_process_says_which_values_count(orders: ProcessDefinition, alice: User) -> None:
    mine = order(orders, "A-1", supplier="Acme", amount=5)
    order(orders, "A-2", supplier="Acme", amount=6)
    order(orders, "A-3", supplier="Other", amount=5)
    assert shown(alice, mine) == ["A-2"]
    assert "Supplier: “Acme”" in page(alice, mine)


def test_the_reader_chooses_another_value(orders: ProcessDefinition, alice: User) -> None:
    mine = order(orders, "A-1", supplier="Acme", amount=5)
    order(orders, "A-2", supplier="Acme", amount=6)
    order(orders, "A-3", supplier="Other", amount=5)
    assert shown(alice, mine, "amount") == ["A-3", "A-2"]
    assert '<option value="amount" selected>Amount</option>' in page(alice, mine, "amount")


@pytest.mark.parametrize("by", ["nothing", "items", "paid", "'; DROP TABLE x", "\x00", "a" * 5_000])
def test_what_cannot_be_compared_is_not_asked(by: str, orders: ProcessDefinition, alice: User) -> None:
    mine = order(orders, "A-1", items=[1], paid=True)
    order(orders, "A-2", items=[1], paid=True)
    assert shown(alice, mine, by) == []
    assert "has anything in common" in page(alice, mine, by)


def test_nobody_finds_a_case_that_they_may_not_see(orders: ProcessDefinition, alice: User, charlie: User) -> None:
    other = process("secret", "Nobody")
    mine = order(orders, "A-1", charlie, supplier="Acme")
    order(other, "A-1", charlie, supplier="Acme")
    order(orders, "A-9", supplier="Acme")
    assert shown(alice, mine) == ["A-9"]
    assert shown(charlie, mine) == ["A-1"]
    assign_perm("orchestrator.see_instances", alice, other)
    assert sorted(shown(alice, mine)) == ["A-1", "A-9"]


def test_a_stranger_to_the_case_finds_nothing(orders: ProcessDefinition, charlie: User) -> None:
    client = Client()
    client.force_login(charlie)
    assert client.get(reverse("case_related", args=[order(orders, "A-1").pk])).status_code == 404


def test_a_variable_that_is_kept_from_somebody_leads_nowhere(
    orders: ProcessDefinition, finance: Group, alice: User, root: User
) -> None:
    guarded = process("guarded", "Finance")
    ProcessDefinition.objects.filter(pk=guarded.pk).update(restricted={"supplier": ["HR"]})
    mine, secret = order(orders, "A-1", supplier="Acme"), order(guarded, "A-2", supplier="Acme")
    assert shown(alice, mine, "supplier") == []
    assert shown(alice, secret, "supplier") == []
    assert shown(root, mine, "supplier") == ["A-2"]


def test_many_cases_are_not_all_shown(orders: ProcessDefinition, alice: User) -> None:
    mine = order(orders, "A-1", supplier="Acme")
    for _ in range(related_cases.MOST + 3):
        order(orders, "A-1", supplier="Acme")
    assert len(shown(alice, mine)) == 2 * related_cases.MOST - (related_cases.MOST - 3)


def test_htmx_gets_the_part(orders: ProcessDefinition, alice: User) -> None:
    assert page(alice, order(orders, "A-1"), HTTP_HX_REQUEST="true").startswith('<div class="related" id="related">')


def test_the_search_costs_few_statements(
    orders: ProcessDefinition, alice: User, django_assert_max_num_queries: Queries
) -> None:
    mine = order(orders, "A-1", supplier="Acme")
    for number in range(5):
        order(orders, f"A-{number}", supplier="Acme")
    client = Client()
    client.force_login(alice)
    url = reverse("case_related", args=[mine.pk])
    client.get(url, HTTP_HX_REQUEST="true")
    with django_assert_max_num_queries(11):
        client.get(url, HTTP_HX_REQUEST="true")
