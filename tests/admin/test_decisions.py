"""A decision is tried in the admin: by those who may see it, without storing anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orchestrator.models import DecisionDefinition
from orchestrator.runtime.deployment import deploy
from tests.dmn import draw

RULES = draw.table(
    ["Kind", "Amount"],
    ["rate"],
    ['"gold"', "> 100", "Amount / 10"],
    ['"<b>bold</b>"', "-", "1"],
    ['"gold"', "> 500", "2"],
    policy="FIRST",
    types={"Amount": "number"},
)
PRICE = draw.literal("if Express then Since else Amount - Discount")
DISCOUNT = draw.file(
    draw.data("Kind", "string"),
    draw.data("Amount", "number"),
    draw.data("Express", "boolean"),
    draw.data("Since", "date"),
    draw.decision("Discount", RULES, "in_Kind", "in_Amount"),
    draw.decision("Price", PRICE, "in_Amount", "in_Express", "in_Since", "Discount"),
)


@pytest.fixture
def discount(alice: User) -> DecisionDefinition:
    deploy({"discount.dmn": DISCOUNT}, by=alice)
    return DecisionDefinition.objects.get(key="Discount")


@pytest.fixture
def price(discount: DecisionDefinition) -> DecisionDefinition:
    return DecisionDefinition.objects.get(key="Price")


@pytest.fixture
def reader(charlie: User) -> User:
    charlie.user_permissions.add(Permission.objects.get(codename="view_decisiondefinition"))
    return charlie


def url(definition: DecisionDefinition, page: str = "try") -> str:
    return reverse(f"admin:orchestrator_decisiondefinition_{page}", args=[definition.pk])


def test_the_page_of_a_decision_offers_its_inputs_and_shows_what_to_look_at(
    as_: Any, reader: User, discount: DecisionDefinition
) -> None:
    page = as_(reader).get(url(discount, "change")).content.decode()
    assert f'action="{url(discount)}"' in page
    assert re.findall(r'<label for="id_input_\d">(.*?)</label>', page) == ["Kind", "Amount"]
    assert "Worth a second look" in page
    assert "Rule 3 never matches" in page
    assert "No rule matches Kind =" in page


def test_matched_rules_are_highlighted_and_everything_is_told(
    as_: Any, reader: User, discount: DecisionDefinition
) -> None:
    response = as_(reader).post(url(discount), {"input_0": "gold", "input_1": "200"})
    page = response.content.decode()
    assert response.status_code == 200
    assert '<p class="result-value"><code>20</code></p>' in page
    [matched] = re.findall(r'<tr class="matched">.*?</tr>', page, re.DOTALL)
    assert "1 <code>rule1</code> <strong>matched</strong>" in matched
    assert "<code>Amount / 10</code> = <code>20</code>" in matched
    assert "<dt>Kind</dt><dd><code>&quot;gold&quot;</code></dd>" in page
    assert page.count("<code>rule") == 3
    assert "<b>bold</b>" not in page  # a cell is text, never markup
    assert " style=" not in page
    assert 'value="gold"' in page  # ready for the next try


def test_a_decision_that_requires_others_shows_them_all(as_: Any, reader: User, price: DecisionDefinition) -> None:
    inputs = {"input_0": "200", "input_1": "true", "input_2": "2024-02-29", "input_3": "gold"}
    page = as_(reader).post(url(price), inputs).content.decode()
    assert '<p class="result-value"><code>@&quot;2024-02-29&quot;</code></p>' in page
    assert page.index("<h2>Price</h2>") < page.index("<h2>Discount</h2>")
    form = as_(reader).get(url(price)).content.decode()
    assert '<input type="date"' in form
    assert '<option value="true">true</option>' in form
    assert "result-value" not in form


def test_what_is_missing_is_a_warning_and_what_is_no_value_is_an_error(
    as_: Any, reader: User, discount: DecisionDefinition
) -> None:
    client = as_(reader)
    page = client.post(url(discount), {"input_0": "", "input_1": "much"}).content.decode()
    assert "The input Kind is null: it was not given" in page
    assert "is no number" in page
    refused = client.post(url(discount), {"input_0": "[1", "input_1": "1"})
    assert refused.status_code == 422
    assert "[1 is no value: Line 1, column 3" in refused.content.decode()
    assert client.post(url(discount), {"input_0": "x" * 10_001}).status_code == 422


def test_a_decision_that_fails_says_why(as_: Any, alice: User) -> None:
    table = draw.table(["x"], ["y"], ["> 1", "1"], ["> 2", "2"], policy="ANY")
    deploy({"any.dmn": draw.file(draw.data("x", "number"), draw.decision("Picky", table, "in_x"))}, by=alice)
    response = as_(alice).post(url(DecisionDefinition.objects.get()), {"input_0": "5"})
    assert response.status_code == 200
    assert "The decision fails" in response.content.decode()
    assert "rule2" in response.content.decode()


def test_of_a_long_table_the_rules_that_match_are_shown(as_: Any, alice: User) -> None:
    table = draw.table(["x"], ["y"], *([str(n), str(n)] for n in range(300)))
    deploy({"long.dmn": draw.file(draw.data("x", "number"), draw.decision("Long", table, "in_x"))}, by=alice)
    page = as_(alice).post(url(DecisionDefinition.objects.get()), {"input_0": "250"}).content.decode()
    assert re.findall(r"<code>(rule\d+)</code>", page) == ["rule251"]
    assert "299 rules that did not match are not shown" in page


def test_the_table_of_a_function_and_a_large_value_are_shown(as_: Any, alice: User) -> None:
    table = draw.table(["n"], ["fee"], ["> 1", "10"], ["<= 1", "0"])
    logic = draw.literal("for i in 1..3000 return Fee(2)[1]")
    parts = draw.knowledge("Fee", {"n": "number"}, table), draw.decision("One", draw.literal("Fee(2)"), "f_Fee")
    deploy({"fee.dmn": draw.file(*parts, draw.decision("Many", logic, "f_Fee"))}, by=alice)
    page = as_(alice).post(url(DecisionDefinition.objects.get(key="One"))).content.decode()
    assert "The decision asks for nothing" in page
    assert re.findall(r'class="matched">\s*<th scope="row">(\d)', page) == ["1"]
    page = as_(alice).post(url(DecisionDefinition.objects.get(key="Many"))).content.decode()
    assert "(a list of 3000 items, too large to show)" in page
    assert page.count('<table class="rules">') == 20
    assert "more evaluations of tables are not shown" in page


def test_to_a_stranger_a_decision_cannot_be_tried(as_: Any, charlie: User, discount: DecisionDefinition) -> None:
    client = as_(charlie)
    for response in (client.get(url(discount)), client.post(url(discount), {"input_0": "gold"})):
        assert response.status_code == 404
        assert b"gold" not in response.content
    assert client.post(url(discount).replace(f"/{discount.pk}/", "/9999/")).status_code == 404


def test_who_is_no_staff_is_sent_to_the_login(as_: Any, dora: User, discount: DecisionDefinition) -> None:
    assert as_(dora).post(url(discount)).status_code == 302


def test_trying_stores_nothing_and_a_form_from_elsewhere_is_refused(
    as_: Any, reader: User, discount: DecisionDefinition
) -> None:
    client = as_(reader)
    with CaptureQueriesContext(connection) as queries:
        client.post(url(discount), {"input_0": "gold", "input_1": "200"})
    assert all(query["sql"].startswith("SELECT") for query in queries)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.post(url(discount), {"input_0": "gold"}).status_code == 403
    assert strict.put(url(discount)).status_code in (403, 405)
