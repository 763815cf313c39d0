"""Element templates for Camunda Modeler and others that read them: generated from what the connectors say of
themselves, so that a drawing tool offers exactly the fields that deployment checks and the run reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.connectors.base import COMMON_HEADERS, Definition, Header, Input
from orchestrator.connectors.inbound import WEBHOOK
from orchestrator.connectors.registry import definitions

SCHEMA = "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json"
GROUPS = [{"id": "input", "label": "What it is asked"}, {"id": "answer", "label": "What becomes of the answer"}]
# Type of an input -> the field, and how it may be FEEL.
FIELDS = {
    "string": ("String", "optional"),
    "text": ("Text", "optional"),
    "secret": ("String", "optional"),
    "number": ("String", "optional"),
    "boolean": ("Boolean", "optional"),
    "choice": ("Dropdown", ""),
    "context": ("Text", "required"),
    "list": ("Text", "required"),
    "expression": ("Text", "required"),
}


def element_templates() -> list[dict[str, Any]]:
    """One per connector and function of the project, then what comes in."""
    return [*(template(definition) for definition in definitions().values()), inbound(WEBHOOK)]


def inbound(definition: Definition) -> dict[str, Any]:
    """For the start of a process by a message; its fields are properties of the event."""
    kind = {"type": "Hidden", "value": definition.name, "binding": {"type": "zeebe:property", "name": "inbound.type"}}
    fields = [
        _input(wanted) | {"binding": {"type": "zeebe:property", "name": wanted.name}} for wanted in definition.inputs
    ]
    return {
        "$schema": SCHEMA,
        "name": definition.title,
        "id": f"baton.{definition.name}",
        "description": definition.description,
        "appliesTo": ["bpmn:StartEvent", "bpmn:IntermediateCatchEvent", "bpmn:BoundaryEvent"],
        "elementType": {"value": "bpmn:StartEvent", "eventDefinition": "bpmn:MessageEventDefinition"},
        "groups": GROUPS[:1],
        "properties": [kind, *fields],
    }


def template(definition: Definition) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "name": definition.title,
        "id": f"baton.{definition.name}",
        "description": definition.description,
        "appliesTo": ["bpmn:Task"],
        "elementType": {"value": "bpmn:ServiceTask"},
        "groups": GROUPS,
        "properties": list(_properties(definition)),
    }


def _properties(definition: Definition) -> Iterator[dict[str, Any]]:
    binding = {"type": "zeebe:taskDefinition", "property": "type"}
    yield {"type": "Hidden", "value": definition.name, "binding": binding}
    yield from map(_input, definition.inputs)
    yield from map(_header, (*COMMON_HEADERS, *definition.headers))


def _input(wanted: Input) -> dict[str, Any]:
    kind, feel = FIELDS[wanted.type]
    found: dict[str, Any] = {
        "label": wanted.label,
        "type": kind,
        "group": "input",
        "binding": {"type": "zeebe:input", "name": wanted.name},
        "optional": not wanted.required,
    }
    if wanted.description:
        found["description"] = wanted.description
    if wanted.default:
        found["value"] = wanted.default
    if wanted.choices:
        found["choices"] = [{"name": choice, "value": choice} for choice in wanted.choices]
    if feel and not wanted.static:
        found["feel"] = feel
    if wanted.required:
        found["constraints"] = {"notEmpty": True}
    return found


def _header(wanted: Header) -> dict[str, Any]:
    return {
        "label": wanted.label,
        "description": wanted.description,
        "type": "String",
        "group": "answer",
        "optional": True,
        "binding": {"type": "zeebe:taskHeader", "key": wanted.name},
    }
