"""A desk for the tests of pages: a deployed process with forms, and people who work at it."""

from __future__ import annotations

import itertools
import json
from typing import Any

from django.contrib.auth.models import User
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution
from orchestrator.runtime.deployment import deploy
from tasks_inbox.models import HumanTask
from tests.bpmn import draw

FORM: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "key": "supplier", "label": "Supplier", "readonly": True},
        {
            "type": "number",
            "key": "amount",
            "label": "Amount",
            "decimalDigits": 2,
            "validate": {"required": True, "max": 9000},
        },
        {"type": "checkbox", "key": "urgent", "label": "Urgent"},
        {"type": "textfield", "key": "reason", "label": "Why urgent", "conditional": {"hide": "=not(urgent)"}},
        {
            "type": "dynamiclist",
            "path": "items",
            "label": "Items",
            "components": [{"type": "textfield", "key": "name", "label": "Item"}],
        },
    ],
}
START_FORM: dict[str, Any] = {
    "type": "default",
    "id": "order",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "key": "supplier", "label": "Supplier", "validate": {"required": True}},
        {"type": "number", "key": "amount", "label": "Amount", "decimalDigits": 2},
    ],
}
APPROVE = "approve=Approve; reject=Reject!"


def form_task(
    id: str = "n1", name: str = "Approve order", *, groups: str = "Finance", form: str = "approval", **properties: str
) -> str:
    """A user task with a form."""
    inner = "".join(f'<zeebe:property name="{key}" value="{value}"/>' for key, value in properties.items())
    extensions = (
        f'<zeebe:userTask/><zeebe:formDefinition formId="{form}"/>'
        f'<zeebe:assignmentDefinition candidateGroups="{groups}"/><zeebe:properties>{inner}</zeebe:properties>'
    )
    return draw.element("userTask", id, extensions, attributes=f'name="{name}"')


def order_process(*nodes: str, **properties: str) -> bytes:
    """An order: its start form, then these user tasks; `properties` are those of the process."""
    xml = draw.chain(*(nodes or (form_task(outcomes=APPROVE, description="Check it."),)))
    form = '<bpmn:extensionElements><zeebe:formDefinition formId="order"/></bpmn:extensionElements>'
    xml = xml.replace(b'<bpmn:startEvent id="s"/>', f'<bpmn:startEvent id="s">{form}</bpmn:startEvent>'.encode())
    xml = xml.replace(b'id="p" isExecutable', b'id="order" name="Order" isExecutable')
    if properties:
        inner = "".join(f'<zeebe:property name="{key}" value="{value}"/>' for key, value in properties.items())
        own = f"<bpmn:extensionElements><zeebe:properties>{inner}</zeebe:properties></bpmn:extensionElements>"
        xml = xml.replace(b"<bpmn:startEvent", f"{own}<bpmn:startEvent".encode(), 1)
    ids = ["s", *(f"n{number}" for number in range(1, len(nodes or "1") + 1)), "e"]
    return xml.replace(b"</bpmn:definitions>", f"{_picture(ids)}</bpmn:definitions>".encode())


def _picture(ids: list[str]) -> str:
    """Where the elements of a chain stand, so that a viewer can draw it."""
    spaces = (
        'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
    )
    shapes = "".join(
        f'<di:BPMNShape id="{id}_di" bpmnElement="{id}"><dc:Bounds x="{150 * place}" y="80" width="100" height="80"/>'
        "</di:BPMNShape>"
        for place, id in enumerate(ids)
    )
    edges = "".join(
        f'<di:BPMNEdge id="{a}_{b}_di" bpmnElement="{a}_{b}"><dd:waypoint x="{150 * place + 100}" y="120"/>'
        f'<dd:waypoint x="{150 * place + 150}" y="120"/></di:BPMNEdge>'
        for place, (a, b) in enumerate(itertools.pairwise(ids))
    )
    plane = f'<di:BPMNPlane id="plane" bpmnElement="order">{shapes}{edges}</di:BPMNPlane>'
    return f'<di:BPMNDiagram id="diagram" {spaces}>{plane}</di:BPMNDiagram>'


def deploy_orders(
    *nodes: str, form: dict[str, Any] | None = None, start_form: dict[str, Any] | None = None, **properties: str
) -> ProcessDefinition:
    files = {
        "order.bpmn": order_process(*nodes, **properties),
        "approval.form": json.dumps(form or FORM).encode(),
        "order.form": json.dumps(start_form or START_FORM).encode(),
    }
    deploy(files, by=None)
    return ProcessDefinition.objects.get(key="order", is_latest=True)


def may_start(user: User, definition: ProcessDefinition) -> None:
    assign_perm("orchestrator.start_processdefinition", user, definition)


def order(definition: ProcessDefinition, by: User | None = None, key: str = "ORD-1", **variables: Any) -> HumanTask:
    """An order that waits for its first approval."""
    known = {"supplier": "Acme", "amount": 12, "items": [{"name": "Chair", "sku": "S1"}], **variables}
    instance: ProcessInstance = execution.start(definition, known, by=by, business_key=key)
    return HumanTask.objects.get(process_instance=instance)
