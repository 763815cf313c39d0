"""Every component of form-js with every property of it: what the page shows without script, and what the server takes.

`form_cells` is the table: a type and a property each, with what they must
do. `EXPECTED` is what form-js 1.24 knows; a cell of it without a row here fails.
"""

from __future__ import annotations

import pytest

from orchestrator.runtime import form_schema
from tests.inbox.form_cells import common, own  # noqa: F401
from tests.inbox.form_cells.base import CELLS

COMMON = ("conditional.hide", "layout")
FIELD = ("key", "label", "description", "readonly", "disabled", "defaultValue", "validate.required")
CHOICE = ("values", "valuesKey", "valuesExpression")
ADORNED = ("appearance.prefixAdorner", "appearance.suffixAdorner")
LENGTHS = ("validate.minLength", "validate.maxLength")
BOX = ("label", "path", "components", "showOutline", "verticalAlignment")
OWN: dict[str, tuple[str, ...]] = {
    "textfield": (
        *(*FIELD, *ADORNED, *LENGTHS, "validate.pattern"),
        *("validate.patternErrorMessage", "validate.validationType"),
    ),
    "textarea": (*FIELD, *LENGTHS),
    "number": (
        *(*FIELD, *ADORNED, "decimalDigits", "increment", "serializeToString"),
        *("validate.min", "validate.max"),
    ),
    "datetime": (
        *(*FIELD, "subtype", "dateLabel", "timeLabel", "use24h", "timeInterval"),
        *("timeSerializingFormat", "disallowPassedDates"),
    ),
    "checkbox": FIELD,
    "radio": (*FIELD, *CHOICE),
    "select": (*FIELD, *CHOICE, "searchable"),
    "checklist": (*FIELD, *CHOICE),
    "taglist": (*FIELD, *CHOICE),
    "filepicker": ("key", "label", "description", "readonly", "disabled", "validate.required", "accept", "multiple"),
    "expression": ("key", "expression", "computeOn"),
    "group": BOX,
    "dynamiclist": (
        *(*BOX, "isRepeating", "allowAddRemove", "defaultRepetitions"),
        *("disableCollapse", "nonCollapsedItems"),
    ),
    "table": ("label", "dataSource", "columns", "columnsExpression", "rowCount", "sorting"),
    "documentPreview": ("label", "dataSource", "maxHeight", "title"),
    "text": ("text",),
    "html": ("content",),
    "image": ("source", "alt"),
    "iframe": ("label", "url", "height", "security"),
    "spacer": ("height",),
    "separator": (),
    "button": ("label", "action"),
}
EXPECTED = [
    *((kind, name) for kind, names in OWN.items() for name in names),
    *((kind, name) for kind in OWN for name in COMMON if (kind, name) != ("expression", "layout")),
]


@pytest.mark.parametrize(("kind", "property"), EXPECTED, ids=lambda word: word)
def test_a_component_does_what_its_property_says(kind: str, property: str) -> None:
    CELLS[kind, property](kind)


def test_the_table_is_whole() -> None:
    assert set(OWN) == form_schema.TYPES
    assert set(EXPECTED) == set(CELLS)
    assert len(EXPECTED) == 189
