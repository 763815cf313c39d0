"""DMN files that import each other, deployed together or one after the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.bpmn.model import Binding
from orchestrator.models import DecisionDefinition, Deployment, Resource
from orchestrator.runtime import definitions
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from tests.runtime import diagrams as d
from tests.runtime.cases import deployed

pytestmark = pytest.mark.django_db

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def rates(percent: int) -> bytes:
    return f"""<definitions xmlns="{DMN}" id="rates" name="rates" namespace="urn:rates">
  <decision id="rate" name="rate"><variable name="rate"/>
  <literalExpression><text>{percent} / 100</text></literalExpression></decision></definitions>""".encode()


PRICES = f"""<definitions xmlns="{DMN}" id="prices" name="prices" namespace="urn:prices">
  <import name="rates" namespace="urn:rates" importType="{DMN}"/>
  <decision id="price" name="price"><variable name="price"/>
  <informationRequirement><requiredDecision href="urn:rates#rate"/></informationRequirement>
  <literalExpression><text>amount * (1 + rates.rate)</text></literalExpression></decision></definitions>""".encode()


def price(version: int) -> object:
    found = DecisionDefinition.objects.get(key="price", version=version)
    caller = deployed(d.ONE_TASK)
    caller.resource.deployment_id = found.resource.deployment_id
    decide = definitions.decide(caller, datetime(2026, 1, 1, tzinfo=UTC))
    return decide("price", Binding("deployment"), {"amount": 100}).value


@pytest.mark.parametrize("order", [("a.dmn", "b.dmn"), ("b.dmn", "a.dmn")])
def test_files_that_are_deployed_together_find_each_other(order: tuple[str, str]) -> None:
    deploy(dict(zip(order, (PRICES, rates(10)), strict=True)), by=None)
    assert price(1) == 110


def test_a_file_finds_what_was_deployed_before_it_and_stays_with_that() -> None:
    deploy({"rates.dmn": rates(10)}, by=None)
    deploy({"prices.dmn": PRICES}, by=None)
    deploy({"rates.dmn": rates(20)}, by=None)
    definitions.forget()
    assert price(1) == 110


def test_what_is_imported_changes_together_with_its_importer() -> None:
    deploy({"rates.dmn": rates(10), "prices.dmn": PRICES}, by=None)
    deploy({"rates.dmn": rates(20), "prices.dmn": PRICES}, by=None)
    definitions.forget()
    assert [price(1), price(2)] == [110, 120]
    assert deploy({"rates.dmn": rates(20), "prices.dmn": PRICES}, by=None).deployment is None


def test_an_import_of_nothing_is_refused_with_its_file() -> None:
    with pytest.raises(DeploymentRefused, match=r"prices\.dmn.*imports urn:rates"):
        deploy({"prices.dmn": PRICES}, by=None)
    assert not Resource.objects.exists()


def test_files_that_import_each_other_in_a_circle_are_refused() -> None:
    back = rates(10).replace(
        b"<decision ", f'<import name="p" namespace="urn:prices" importType="{DMN}"/><decision '.encode(), 1
    )
    with pytest.raises(DeploymentRefused, match="imports urn:"):
        deploy({"prices.dmn": PRICES, "rates.dmn": back}, by=None)
    assert not Deployment.objects.exists()
