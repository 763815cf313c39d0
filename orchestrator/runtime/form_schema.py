"""What a form may hold, as data: the component types of form-js, their properties, and which of those are FEEL. Pure.

Whoever checks forms and whoever renders them read the same tables, so that nothing is deployed that no page can show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import re2

COLUMNS = 16
LONGEST_PATTERN = 1_000

#: Types with a value of their own: they need a key.
INPUTS = frozenset(
    [
        *("textfield", "textarea", "number", "datetime", "checkbox"),
        *("radio", "select", "checklist", "taglist", "expression", "filepicker"),
    ]
)
CHOICES = frozenset(["radio", "select", "checklist", "taglist"])
CONTAINERS = frozenset(["group", "dynamiclist"])
SHOWN = frozenset(
    ["text", "html", "image", "table", "documentPreview", "iframe", "spacer", "separator", "button"],
)
TYPES = INPUTS | CONTAINERS | SHOWN

#: Property -> may it be FEEL with “=”, a template with {{braces}}, or a plain value only?
EXPRESSIONS = (
    *("conditional.hide", "readonly", "disabled"),
    *("valuesExpression", "dataSource", "columnsExpression", "expression", "multiple"),
)
TEMPLATES = (
    *("label", "description", "text", "content", "alt", "source", "dateLabel", "timeLabel", "title", "url", "accept"),
    *("appearance.prefixAdorner", "appearance.suffixAdorner"),
)
LIMITS = ("validate.min", "validate.max", "validate.minLength", "validate.maxLength")

#: Property -> its possible values.
WORDS: dict[str, tuple[str, ...]] = {
    "subtype": ("date", "time", "datetime"),
    "timeSerializingFormat": ("utc_offset", "utc_normalized", "no_timezone"),
    "computeOn": ("change", "presubmit"),
    "validate.validationType": ("email", "phone", "custom", ""),
    "verticalAlignment": ("start", "center", "end"),
    "action": ("submit", "reset"),
}

#: Property -> the least and the most of it: a whole number.
WHOLE: dict[str, tuple[int, int]] = {
    "decimalDigits": (0, 34),
    "defaultRepetitions": (0, 100),
    "nonCollapsedItems": (1, 1_000),
    "rowCount": (1, 1_000),
    "timeInterval": (1, 60),
    "height": (1, 10_000),
    "maxHeight": (1, 10_000),
}
FLAGS = (
    *("readonly", "disabled", "conditional.hide", "multiple", "showOutline", "isRepeating", "allowAddRemove"),
    *("disableCollapse", "searchable", "serializeToString", "use24h", "disallowPassedDates", "validate.required"),
)

#: Of an iframe: property of “security” -> attribute and what is written into it.
SECURITY: dict[str, tuple[str, str]] = {
    "allowScripts": ("sandbox", "allow-scripts"),
    "allowSameOrigin": ("sandbox", "allow-same-origin"),
    "fullscreen": ("allow", "fullscreen"),
    "geolocation": ("allow", "geolocation"),
    "camera": ("allow", "camera"),
    "microphone": ("allow", "microphone"),
    "allowForms": ("sandbox", "allow-forms"),
    "allowModals": ("sandbox", "allow-modals"),
    "allowPopups": ("sandbox", "allow-popups"),
    "allowTopNavigation": ("sandbox", "allow-top-navigation"),
    "allowStorageAccessByUserActivation": ("sandbox", "allow-storage-access-by-user-activation"),
}

_UNICODE_ESCAPE = re.compile(r"\\u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))")


@lru_cache(maxsize=1024)
def pattern(text: str) -> Any:
    """A JavaScript pattern for RE2, whose `search` takes linear time whatever the text. Raises ValueError."""
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"the pattern is longer than {LONGEST_PATTERN} characters")
    options = re2.Options()
    options.max_mem = 4 << 20
    options.log_errors = False
    translated = _UNICODE_ESCAPE.sub(lambda m: rf"\x{{{m[1] or m[2]}}}", text)
    try:
        return re2.compile(translated, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it is no pattern"
        raise ValueError(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None


def number(value: Any) -> Decimal | None:
    """A number of a schema, which may be written as a text; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def get(component: Mapping[str, Any], name: str) -> Any:
    """A property by its dotted name; None where it is absent."""
    value: Any = component
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
