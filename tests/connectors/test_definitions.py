"""One definition per connector: what the panel shows, deployment checks, templates offer and the run reads agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from orchestrator import bpmn
from orchestrator.admin.offered import does_jobs, offered
from orchestrator.bpmn import model
from orchestrator.connectors import CONNECTORS, ConnectorError, Input, JobRequest, definitions
from orchestrator.connectors.element_templates import element_templates
from orchestrator.connectors.functions import PythonStep
from orchestrator.models import Resource
from orchestrator.runtime import job_checks, webhooks
from tests.bpmn import draw

EVERY = [(type, wanted) for type, known in definitions().items() for wanted in known.inputs]
REQUIRED = [(type, wanted) for type, wanted in EVERY if wanted.required and type in CONNECTORS]


def sentences(type: str, inputs: dict[str, str]) -> list[str]:
    mapped = "".join(f'<zeebe:input source="{source}" target="{name}"/>' for name, source in inputs.items())
    extensions = f'<zeebe:taskDefinition type="{type}"/><zeebe:ioMapping>{mapped}</zeebe:ioMapping>'
    diagram = bpmn.parse(draw.chain(draw.element("serviceTask", extensions=extensions)))
    node = diagram.processes["p"].nodes["n1"]
    assert isinstance(node, model.ServiceTask)
    return list(job_checks.problems(node, node.job))


def filled(type: str) -> dict[str, str]:
    return {
        wanted.name: (wanted.choices or ("x",))[0] if wanted.static or wanted.choices else "= x"
        for wanted in definitions()[type].inputs
    }


@pytest.mark.parametrize("type", definitions())
def test_a_step_with_everything_filled_in_has_no_problem(type: str) -> None:
    assert sentences(type, filled(type)) == []


@pytest.mark.parametrize(("type", "wanted"), REQUIRED, ids=lambda each: getattr(each, "name", each))
def test_what_is_required_is_missed_at_deployment_and_at_run_time(
    type: str, wanted: Input, request_for: Callable[..., JobRequest]
) -> None:
    inputs = filled(type)
    del inputs[wanted.name]
    assert any(f"needs the input {wanted.name}" in sentence for sentence in sentences(type, inputs))
    with pytest.raises(ConnectorError) as raised:
        CONNECTORS[type].call(request_for())
    assert raised.value.permanent


@pytest.mark.parametrize(
    ("type", "wanted"), [row for row in EVERY if row[1].static], ids=lambda each: getattr(each, "name", each)
)
def test_what_is_static_is_refused_as_feel(type: str, wanted: Input) -> None:
    assert any("is never computed" in sentence for sentence in sentences(type, filled(type) | {wanted.name: "= x"}))


@pytest.mark.parametrize(
    ("type", "wanted"), [row for row in EVERY if row[1].choices], ids=lambda each: getattr(each, "name", each)
)
def test_a_choice_is_one_of_its_choices(type: str, wanted: Input) -> None:
    assert any("choose one of" in sentence for sentence in sentences(type, filled(type) | {wanted.name: "perhaps"}))


def test_templates_and_panel_offer_the_same_inputs() -> None:
    panel = {each["type"]: [wanted["name"] for wanted in each["inputs"]] for each in does_jobs()}
    templates = {}
    for template in element_templates()[:-1]:
        bindings = [each["binding"] for each in template["properties"]]
        type = next(
            each["value"] for each in template["properties"] if each["binding"]["type"] == "zeebe:taskDefinition"
        )
        templates[type] = [binding["name"] for binding in bindings if binding["type"] == "zeebe:input"]
        assert template["id"] == f"baton.{type}"
    assert templates == panel
    assert set(templates) == set(definitions())


def test_the_command_writes_them_as_one_file() -> None:
    said = StringIO()
    call_command("element_templates", stdout=said)
    assert {template["id"] for template in json.loads(said.getvalue())} >= {"baton.http", "baton.sql", "baton.llm"}


def test_a_function_says_what_it_reads() -> None:
    step = definitions()["check-iban"]
    assert isinstance(step, PythonStep)
    assert (step.title, [wanted.name for wanted in step.inputs]) == ("Check IBAN", ["iban"])


def test_secrets_are_offered_by_name_and_never_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CONNECTOR_SECRETS = {"crm": "the-value"}
    monkeypatch.setenv("BATON_SECRET_BANK", "another-value")
    monkeypatch.setenv("BATON_SECRET_BANK_HOSTS", "bank.example:443")
    page = offered(Resource.Kind.BPMN)
    assert page["secrets"] == ["BANK", "crm"]
    assert "value" not in json.dumps(page["secrets"])


def test_a_webhook_offers_what_deployment_reads() -> None:
    panel = [wanted["name"] for wanted in offered(Resource.Kind.BPMN)["webhook"]]
    template = element_templates()[-1]
    assert [each["binding"]["name"] for each in template["properties"]] == ["inbound.type", *panel]
    assert set(panel) == {"inbound.path", "inbound.secret", "messageTtl", *webhooks.EXPRESSIONS}
