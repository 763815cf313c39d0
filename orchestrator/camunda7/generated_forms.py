"""`camunda:formData`, the forms that Camunda 7 generates, as form-js files."""

from __future__ import annotations

from typing import Any

from orchestrator.camunda7.work import Element, Work, camunda

TYPES = {"string": "textfield", "long": "number", "boolean": "checkbox", "date": "datetime", "enum": "select"}
# Constraint -> the key of form-js's `validate`, and how its value is read.
CONSTRAINTS = {"required": "required", "min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength"}


def convert(work: Work, element: Element, data: Element) -> str:
    """Adds the form to the files that come out; the id by which the element names it."""
    form_id = f"{element.get('id', 'form')}-form"
    components = [_component(work, element, field) for field in data.iterchildren(camunda("formField"))]
    work.forms[f"{form_id}.form"] = {
        "id": form_id,
        "type": "default",
        "schemaVersion": 19,
        "components": [
            {"type": "text", "id": f"{form_id}-title", "text": f"# {element.get('name') or element.get('id')}"},
            *components,
        ],
    }
    work.changed(element, f"The generated form became the file {form_id}.form")
    return form_id


def _component(work: Work, element: Element, field: Element) -> dict[str, Any]:
    key, kind = field.get("id", ""), field.get("type", "string")
    if kind not in TYPES:
        work.open(element, f"The form field {key} is of the type {kind}, which became a text field")
    found: dict[str, Any] = {
        "type": TYPES.get(kind, "textfield"),
        "id": f"field-{key}",
        "key": key,
        "label": field.get("label") or key,
    }
    if found["type"] == "datetime":
        found |= {"subtype": "date", "dateLabel": found["label"]}
    if found["type"] == "select":
        values = field.iterchildren(camunda("value"))
        found["values"] = [
            {"value": value.get("id", ""), "label": value.get("name") or value.get("id", "")} for value in values
        ]
    if default := field.get("defaultValue"):
        if "${" in default:
            work.open(element, f"The form field {key} begins with {default}: set that variable before the task")
        else:
            found["defaultValue"] = default == "true" if kind == "boolean" else default
    if validate := _validation(work, element, field, found):
        found["validate"] = validate
    return found


def _validation(work: Work, element: Element, field: Element, component: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for constraint in field.iter(camunda("constraint")):
        name, config = constraint.get("name", ""), constraint.get("config", "")
        if name == "readonly":
            component["readonly"] = True
        elif name == "required":
            found["required"] = True
        elif name in CONSTRAINTS and config.isdigit():
            found[CONSTRAINTS[name]] = int(config)
        else:
            work.open(element, f"The constraint {name} of the form field {field.get('id')} has no counterpart")
    return found
