"""Forms inside the file of a process are forms of the deployment, bound to the version that brought them."""

from __future__ import annotations

import json

import pytest

from orchestrator.bpmn.model import UserTask
from orchestrator.models import FormDefinition, ProcessDefinition
from orchestrator.runtime import definitions
from orchestrator.runtime.deployment import Deployed, DeploymentRefused, deploy
from orchestrator.runtime.execution import start
from tasks_inbox.models import HumanTask
from tests.runtime import diagrams as d

pytestmark = pytest.mark.django_db

KEYED = '<zeebe:formDefinition formKey="camunda-forms:bpmn:{}"/>'


def form(label: str, **more: object) -> str:
    field = {"type": "textfield", "key": "name", "id": "f1", "label": label, **more}
    return json.dumps({"type": "default", "schemaVersion": 2, "components": [field]}).replace('"', "&quot;")


def model(label: str, key: str = "ask", process: str = "p", **more: object) -> bytes:
    embedded = f'<zeebe:userTaskForm id="ask">{form(label, **more)}</zeebe:userTaskForm>'
    task = d.user("a", KEYED.format(key))
    return d.process(d.start(), task, d.end(), flows="s-a a-e", id=process, extensions=embedded)


def label(row: ProcessDefinition) -> str:
    node = definitions.process(row).nodes["a"]
    assert isinstance(node, UserTask)
    found = definitions.form_for(row, node.form)
    assert found is not None
    return str(definitions.form_schema(found)["components"][0]["label"])


def process(deployed: Deployed) -> ProcessDefinition:
    return next(row for row in deployed.new if isinstance(row, ProcessDefinition))


def test_a_task_has_the_form_that_its_file_embeds() -> None:
    row = process(deploy({"p.bpmn": model("Your name")}, by=None))
    start(row, {})
    task = HumanTask.objects.get()
    assert task.form is not None
    assert definitions.form_schema(task.form)["components"][0]["label"] == "Your name"


def test_every_version_keeps_its_own_form() -> None:
    first = process(deploy({"p.bpmn": model("Old")}, by=None))
    second = process(deploy({"p.bpmn": model("New")}, by=None))
    assert [label(first), label(second)] == ["Old", "New"]


def test_two_files_may_embed_forms_of_the_same_id() -> None:
    deploy({"p.bpmn": model("Of p"), "q.bpmn": model("Of q", process="q")}, by=None)
    assert [label(row) for row in ProcessDefinition.objects.order_by("key")] == ["Of p", "Of q"]


def test_the_same_file_again_makes_no_new_version() -> None:
    deploy({"p.bpmn": model("Your name")}, by=None)
    assert deploy({"p.bpmn": model("Your name")}, by=None).deployment is None
    assert FormDefinition.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (model("x", key="other"), "no embedded form other"),
        (model("x", type="teleporter"), "The embedded form ask, f1"),
        (model("x").replace(b"camunda-forms:bpmn:ask", b"app:ask.jsf"), "The form key 'app:ask.jsf' means nothing"),
        (model("x").replace(b"{&quot;type", b"{{"), "The embedded form ask"),
    ],
)
def test_what_is_wrong_with_an_embedded_form_is_told(content: bytes, sentence: str) -> None:
    with pytest.raises(DeploymentRefused, match=sentence):
        deploy({"p.bpmn": content}, by=None)
    assert not FormDefinition.objects.exists()
