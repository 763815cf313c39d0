"""Conditional start events: asked about given variables, each true one starts an instance."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance, Subscription
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.starts import evaluate_conditions
from orchestrator.runtime.variables import InvalidVariables
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed

pytestmark = pytest.mark.django_db(transaction=True)


def condition(text: str, filter: str = "") -> str:
    outer = f"<bpmn:extensionElements>{filter}</bpmn:extensionElements>" if filter else ""
    return (
        f"<bpmn:conditionalEventDefinition>{outer}<bpmn:condition>= {text}</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>"
    )


def watching(*conditions: str, id: str = "p") -> bytes:
    starts = [d.start(condition(text), f"s{n}") for n, text in enumerate(conditions)]
    tasks = [d.user(f"a{n}") for n in range(len(conditions))]
    flows = " ".join(f"s{n}-a{n} a{n}-e" for n in range(len(conditions)))
    return d.process(*starts, *tasks, d.end(), flows=flows, id=id)


def test_every_true_condition_starts_an_instance_with_the_variables() -> None:
    deployed(watching("stock &lt; 10", "stock &lt; 5", "stock &lt; 1"))
    started = evaluate_conditions({"stock": 3})
    cases = [Case(instance.pk) for instance in started]
    assert [case.active for case in cases] == [["a0"], ["a1"]]
    assert [case.variables for case in cases] == [{"stock": 3}, {"stock": 3}]


def test_only_the_newest_version_is_asked() -> None:
    deployed(watching("x = 1"))
    deployed(watching("x = 2"))
    assert evaluate_conditions({"x": 1}) == []
    assert len(evaluate_conditions({"x": 2})) == 1
    assert Subscription.objects.filter(kind="condition").count() == 1


def test_a_missing_variable_is_no_reason_and_no_error() -> None:
    deployed(watching("x > 1 and y"))
    assert evaluate_conditions({}) == evaluate_conditions({"x": 2, "y": "yes"}) == []


def test_one_process_can_be_asked_alone() -> None:
    deployed(watching("true"), q=watching("true", id="q"))
    assert [instance.definition.key for instance in evaluate_conditions({}, process="q")] == ["q"]


def test_a_stranger_starts_nothing(alice: User, bob: User) -> None:
    definition = deployed(watching("true"))
    assign_perm("start_processdefinition", alice, definition)
    assert evaluate_conditions({}, by=bob) == []
    (mine,) = evaluate_conditions({}, by=alice)
    assert mine.started_by == alice


def test_all_of_it_happens_or_nothing() -> None:
    deployed(watching("true"))
    with pytest.raises(InvalidVariables):
        evaluate_conditions({"": 1})
    assert not ProcessInstance.objects.exists()


def test_a_process_that_only_conditions_start_is_not_offered_to_people() -> None:
    assert not ProcessDefinition.objects.get(pk=deployed(watching("true")).pk).is_startable


def test_a_start_condition_that_waits_for_an_update_is_refused() -> None:
    start = d.start(condition("x", '<zeebe:conditionalFilter variableEvents="update"/>'))
    with pytest.raises(DeploymentRefused, match="update never happens"):
        deploy({"p.bpmn": d.process(start, d.end(), flows="s-e")}, by=None)
