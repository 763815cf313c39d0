"""A form file is checked before it is deployed: every reason why it cannot be filled in, with the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.runtime.forms import problems

FORMS = sorted((Path(__file__).parents[2] / "demo" / "forms").glob("*.form"))


def file(*components: Any, **form: Any) -> bytes:
    whole = {"type": "default", "id": "f", "schemaVersion": 19, "components": list(components), **form}
    return json.dumps(whole).encode()


def field(kind: str = "textfield", **properties: Any) -> dict[str, Any]:
    return {"type": kind, "id": "one", "key": "a", **properties}


CHOICE = {"values": [{"value": "a", "label": "A"}]}
EVERY_TYPE = [
    {"type": "textfield", "key": "a", "appearance": {"prefixAdorner": "€", "suffixAdorner": "={{x}}"}},
    {"type": "textarea", "key": "b"},
    {"type": "number", "key": "c", "decimalDigits": 2, "increment": "0.5"},
    {"type": "datetime", "key": "d", "subtype": "datetime", "timeSerializingFormat": "utc_normalized"},
    {"type": "checkbox", "key": "e"},
    {"type": "radio", "key": "f", **CHOICE},
    {"type": "select", "key": "g", "valuesKey": "centres"},
    {"type": "checklist", "key": "h", "valuesExpression": "=centres"},
    {"type": "taglist", "key": "i.j", **CHOICE},
    {"type": "expression", "key": "k", "expression": "=a + 1", "computeOn": "change"},
    {"type": "text", "text": "# {{#if a}}Yes{{/if}}{{#loop b}}{{this}}{{/loop}}"},
    {"type": "html", "content": "<b>{{a}}</b>"},
    {"type": "image", "source": "=logo", "alt": "A"},
    {"type": "table", "dataSource": "=rows", "columns": [{"key": "a", "label": "A"}]},
    {"type": "spacer"},
    {"type": "separator"},
    {"type": "button", "action": "submit"},
    {"type": "filepicker", "key": "n", "accept": "image/*", "multiple": "=several"},
    {"type": "documentPreview", "dataSource": "=documents", "title": "Papers", "maxHeight": 300},
    {"type": "iframe", "url": "https://maps.example/{{a}}", "height": 200, "security": {"allowScripts": True}},
    {"type": "group", "components": [{"type": "textfield", "key": "l"}]},
    {"type": "dynamiclist", "path": "m", "components": [{"type": "textfield", "key": "a"}]},
]
EVERY_TYPE[0]["appearance"]["suffixAdorner"] = "{{x}}"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_forms_of_the_demo_are_forms(path: Path) -> None:
    assert problems(path.read_bytes()) == []


def test_every_type_is_accepted() -> None:
    assert problems(file(*EVERY_TYPE)) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This is no JSON"),
        (b"{", "This is no JSON"),
        (b"\xff\xfe", "This is no JSON"),
        (b"[" * 200 + b"]" * 200, "nested deeper than 100"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[]", "This is no form"),
        (b'{"type": "default"}', "This is no form"),
        (b'{"components": []}', "This is no form"),
        (file(id=""), "The form has no id"),
        (file(schemaVersion=20), "versions 1 to 19"),
        (file("x"), "Component 1 is no object"),
        (file(*[{"type": "spacer"}] * 501), "500 are the most"),
    ],
)
def test_a_file_that_is_no_form_is_refused(content: bytes, sentence: str) -> None:
    ((where, said), *_) = problems(content)
    assert where == ""
    assert sentence in said


@pytest.mark.parametrize(
    ("component", "sentence"),
    [
        (field("slider"), "There is no component type “slider”."),
        (field(None), "There is no component type “None”."),
        (field(key=""), "needs a key"),
        (field(key="a b"), "The key “a b” is none"),
        (field(key=7), "The key “7” is none"),
        (field(validate={"pattern": "["}), "cannot be used"),
        (field(validate={"pattern": "(?=a)b"}), "cannot be used"),
        (field(validate={"pattern": "a" * 1_001}), "longer than 1000"),
        (field(validate={"pattern": 1}), "must be a text"),
        (field(validate={"min": "many"}), "no number and no FEEL"),
        (field(validate={"maxLength": "=1 +"}), "is no FEEL"),
        (field(validate={"validationType": "iban"}), "it can be email, phone, custom"),
        (field(validate=[]), None),
        (field(validate="x"), "must be an object"),
        (field(conditional={"hide": "=a >"}), "“conditional.hide” is no FEEL. Line 1"),
        (field(readonly="=("), "“readonly” is no FEEL"),
        (field(readonly=3), "true, false or FEEL"),
        (field(label="Hello {{name"), "is not closed"),
        (field(label="{{#if a}}b"), "is not closed with “{{/if}}”"),
        (field(label="{{/if}}"), "closes what was not opened"),
        (field(label="{{#each a}}{{/each}}"), "is unknown"),
        (field(label="{{1 +}}"), "is no FEEL"),
        (field(label=3), "must be a text"),
        (field(description="=1 +"), "“description” is no FEEL"),
        (field(layout={"columns": 17}), "columns are 1 to 16"),
        (field("select"), "exactly one of values, valuesKey and valuesExpression"),
        (field("select", **CHOICE, valuesKey="x"), "exactly one of"),
        (field("radio", values=[{"label": "A"}]), "An option has no value."),
        (field("radio", values=[{"value": "a"}, {"value": "a"}]), "Two options have the same value."),
        (field("radio", values="a"), "must be a list"),
        (field("select", valuesExpression="=["), "is no FEEL"),
        (field("filepicker", multiple=3), "“multiple” is true, false or FEEL"),
        (field("filepicker", accept="{{#if"), "no text with FEEL in braces"),
        (field("documentPreview"), "needs a “dataSource”"),
        (field("documentPreview", dataSource="=a", maxHeight="tall"), "whole number from 1 to 10000"),
        (field("iframe"), "needs a “url”"),
        (field("iframe", url="http://maps.example"), "only pages behind https"),
        (field("iframe", url="javascript:alert(1)"), "only pages behind https"),
        (field("iframe", url="https://a.example", security={"allowAll": True}), "does not exist"),
        (field("iframe", url="https://a.example", security={"allowForms": "yes"}), "true or false"),
        (field("group", components=[], verticalAlignment="middle"), "it can be start, center, end"),
        (field("datetime", timeInterval=0), "whole number from 1 to 60"),
        (field("number", decimalDigits=-1), "whole number from 0 to 34"),
        (field("number", increment=0), "a number above 0"),
        (field("datetime", subtype="week"), "it can be date, time, datetime"),
        (field("expression"), "needs an “expression”"),
        (field("table", columns=[]), "needs a “dataSource”"),
        (field("table", dataSource="=a"), "either “columns” or a “columnsExpression”"),
        (field("table", dataSource="=a", columns=[1]), "list of objects"),
        (field("dynamiclist", components=[]), "The path “” is none"),
        (field("dynamiclist", path="m"), "needs “components”"),
        (field("dynamiclist", path="m", components=[], defaultRepetitions=101), "from 0 to 100"),
        (field("group", path="a b", components=[]), "The path “a b” is none"),
    ],
)
def test_what_is_wrong_with_a_component_is_said_with_its_id(component: dict[str, Any], sentence: str | None) -> None:
    found = problems(file(component))
    if sentence is None:
        assert found == []
        return
    assert [where for where, _ in found] == ["one"]
    assert sentence in found[0][1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"key": "a"}, {"key": "a"}),
        ({"key": "a"}, {"key": "a.b"}),
        ({"key": "a.b"}, {"key": "a"}),
        ({"type": "dynamiclist", "path": "a", "components": []}, {"key": "a.b"}),
        (
            {"key": "g.x"},
            {
                "type": "group",
                "id": "group",
                "path": "g",
                "components": [{"type": "textfield", "id": "second", "key": "x"}],
            },
        ),
    ],
)
def test_two_fields_do_not_fill_the_same_variable(first: dict[str, Any], second: dict[str, Any]) -> None:
    found = problems(
        file({"type": "textfield", "id": "first", **first}, {"type": "textfield", "id": "second", **second})
    )
    assert [where for where, _ in found] == ["second"]
    assert "taken by “first”" in found[0][1]


def test_lists_have_places_of_their_own() -> None:
    inner = {"type": "textfield", "key": "a"}
    lists = [{"type": "dynamiclist", "path": path, "components": [inner]} for path in ("m", "n")]
    assert problems(file(inner, *lists)) == []


def test_all_problems_are_found_at_once() -> None:
    found = problems(file({"type": "x", "id": "p"}, field(key="", validate={"pattern": "["}), field(key="b")))
    assert [where for where, _ in found] == ["p", "one", "one", "one"]


def test_a_component_without_id_is_named_by_its_key() -> None:
    assert problems(file({"type": "number", "key": "n", "increment": -1}))[0][0] == "n"
