"""Each component at its least, seen and sent; and the table of what its properties must do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.runtime import form_schema
from orchestrator.runtime import forms as form_files
from tasks_inbox import forms
from tasks_inbox.forms.values import Clock
from tasks_inbox.views.form_pages import FormPage

NOW = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
OPTIONS = [{"value": "a", "label": "Apple"}, {"value": "b", "label": "Pear"}]
SCAN: dict[str, Any] = {
    "camunda.document.type": "camunda",
    "storeId": "baton",
    "documentId": "6f2a0e5c-3a1b-4f7e-9d55-0d7b6f0f4c11",
    "contentHash": "0",
    "metadata": {"fileName": "scan.pdf", "contentType": "application/pdf", "size": 2048},
}
PHOTO: dict[str, Any] = {**SCAN, "metadata": {"fileName": "photo.png", "contentType": "image/png"}}
ROWS = [{"n": "b", "v": 2}, {"n": "a", "v": 10}, {"n": "c", "v": 1}]

#: The least that each type needs.
BASE: dict[str, dict[str, Any]] = {
    "textfield": {"key": "x"},
    "textarea": {"key": "x"},
    "number": {"key": "x"},
    "datetime": {"key": "x", "subtype": "date"},
    "checkbox": {"key": "x"},
    "radio": {"key": "x", "values": OPTIONS},
    "select": {"key": "x", "values": OPTIONS},
    "checklist": {"key": "x", "values": OPTIONS},
    "taglist": {"key": "x", "values": OPTIONS},
    "filepicker": {"key": "x"},
    "expression": {"key": "x", "expression": "=1 + 1", "computeOn": "change"},
    "group": {"components": [{"type": "textfield", "key": "y", "label": "Inner"}]},
    "dynamiclist": {"path": "x", "components": [{"type": "textfield", "key": "y", "label": "Inner"}]},
    "table": {"dataSource": "=rows", "columns": [{"key": "n", "label": "Name"}]},
    "documentPreview": {"dataSource": "=[scan]"},
    "text": {"text": "Some text"},
    "html": {"content": "<p>Some text</p>"},
    "image": {"source": "/static/a.png"},
    "iframe": {"url": "https://maps.example/"},
    "spacer": {},
    "separator": {},
    "button": {"action": "reset"},
}
WRITTEN = [kind for kind in BASE if kind in form_schema.INPUTS and kind != "expression"]
SHOWN = [kind for kind in BASE if kind != "expression"]
VALUES: dict[str, tuple[Any, str]] = {  # what a variable holds, and how it is read
    "textfield": ("Ada", "Ada"),
    "textarea": ("Ada", "Ada"),
    "number": (Decimal("12.5"), "12.5"),
    "datetime": ("2026-12-04", "4 December 2026"),
    "checkbox": (True, "Yes"),
    "radio": ("a", "Apple"),
    "select": ("a", "Apple"),
    "checklist": (["a"], "Apple"),
    "taglist": (["a"], "Apple"),
    "filepicker": ([SCAN], "scan.pdf"),
}
SENT = {"number": "12.5", "datetime": "2026-12-04", "checkbox": "on", "filepicker": SCAN["documentId"]}
LABELLED = [*WRITTEN, "group", "dynamiclist", "table", "documentPreview", "iframe", "button"]


def component(kind: str, **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "id": "one", **BASE[kind]}
    for name, value in properties.items():
        place, _, inner = name.partition("__")
        made[place] = {**made.get(place, {}), inner: value} if inner else value
    return {name: value for name, value in made.items() if value is not None}


def form(*components: dict[str, Any]) -> forms.Form:
    file = {"type": "default", "id": "f", "components": list(components)}
    assert form_files.problems(dumps(file).encode()) == []
    return forms.read(file)


def seen(
    *components: dict[str, Any], sent: Mapping[str, list[str]] | None = None, framed: Any = None, **variables: Any
) -> str:
    """The page's part of the form, without script."""
    filled = forms.fill(form(*components), {"rows": ROWS, "scan": SCAN, "photo": PHOTO, **variables}, NOW, sent)
    shown = FormPage(forms.fields(filled, framed=framed), fields_url="/again/")
    return render_to_string("inbox/form/fields.html", {"form": shown}).split("</button>", 1)[1]


def send(*components: dict[str, Any], sent: Mapping[str, Any], **variables: Any) -> forms.Submission:
    posted = {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
    uploads = {SCAN["documentId"]: SCAN, "two": {**SCAN, "documentId": "two"}}
    return forms.submission(form(*components), variables, NOW, posted, uploads=uploads)


Check = Callable[[str], None]
CELLS: dict[tuple[str, str], Check] = {}  # (type, property) -> what must hold


def cell(property: str, *kinds: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        for kind in kinds:
            CELLS[kind, property] = check
        return check

    return register
