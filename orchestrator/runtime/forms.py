"""What is wrong with a form file: a form-js schema (versions 1 to 19) is checked before anything of it is stored. Pure.

What a form may hold is data here: the component types, their properties, and which of those are FEEL. Whoever renders
forms reads the same tables, so that nothing is deployed that no page can show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import re2

from orchestrator import feel
from orchestrator.feel.jsonnumbers import loads
from orchestrator.runtime import feelers

Problem = tuple[str, str]  # field id ('' for the whole file), sentence

NEWEST_SCHEMA = 19
MOST_COMPONENTS = 500
COLUMNS = 16
LONGEST_PATTERN = 1_000

#: Types with a value of their own: they need a key.
INPUTS = frozenset(
    [
        *("textfield", "textarea", "number", "datetime", "checkbox"),
        *("radio", "select", "checklist", "taglist", "expression"),
    ]
)
CHOICES = frozenset(["radio", "select", "checklist", "taglist"])
CONTAINERS = frozenset(["group", "dynamiclist"])
SHOWN = frozenset(["text", "html", "image", "table", "spacer", "separator", "button"])
TYPES = INPUTS | CONTAINERS | SHOWN

#: Types of form-js that are refused, and why.
REFUSED = {
    "filepicker": "Files cannot be sent with a form. Ask for a link in a text field.",
    "documentPreview": "Documents cannot be shown in a form. Show a link in a text.",
    "iframe": "Other pages cannot be shown inside a form. Show a link in a text.",
}

#: Property -> may it be FEEL with “=”, a template with {{braces}}, or a plain value only?
EXPRESSIONS = (
    *("conditional.hide", "readonly", "disabled"),
    *("valuesExpression", "dataSource", "columnsExpression", "expression"),
)
TEMPLATES = (
    *("label", "description", "text", "content", "alt", "source", "dateLabel", "timeLabel"),
    *("appearance.prefixAdorner", "appearance.suffixAdorner"),
)
LIMITS = ("validate.min", "validate.max", "validate.minLength", "validate.maxLength")

#: Property -> its possible values.
WORDS: dict[str, tuple[str, ...]] = {
    "subtype": ("date", "time", "datetime"),
    "timeSerializingFormat": ("utc_offset", "utc_normalized", "no_timezone"),
    "computeOn": ("change", "presubmit"),
    "validate.validationType": ("email", "phone", "custom", ""),
}

_KEY = re.compile(r"\w+(\.\w+)*")
_UNICODE_ESCAPE = re.compile(r"\\u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))")
_OPTION_SOURCES = ("values", "valuesKey", "valuesExpression")


def problems(content: bytes) -> list[Problem]:
    """Every reason why this file is no form that can be filled in; empty: it is one."""
    try:
        form = loads(content)
    except ValueError as error:
        return [("", str(error))]
    if not isinstance(form, dict) or form.get("type") != "default" or not isinstance(form.get("components"), list):
        return [("", "This is no form: a form is a JSON object with “type”: “default” and a list of “components”.")]
    return list(_in_form(form))


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


# The form as a whole


def _in_form(form: dict[str, Any]) -> Iterator[Problem]:
    key = form.get("id")
    if not isinstance(key, str) or not key.strip() or len(key) > 255:
        yield "", "The form has no id. A user task finds its form by that id: 1 to 255 characters."
    version = form.get("schemaVersion", 1)
    if not isinstance(version, int) or not 1 <= version <= NEWEST_SCHEMA:
        yield "", f"The form has schema version {version}; versions 1 to {NEWEST_SCHEMA} are understood."
    seen = _Seen()
    yield from _in_components(form["components"], (), seen)
    if seen.count > MOST_COMPONENTS:
        yield "", f"The form has {seen.count} components; {MOST_COMPONENTS} are the most."


@dataclass(slots=True)
class _Seen:
    """What must not come twice."""

    count: int = 0
    ids: set[str] = field(default_factory=set)
    paths: dict[tuple[str, ...], str] = field(default_factory=dict)  # path -> id of who has it
    parents: dict[tuple[str, ...], str] = field(default_factory=dict)  # a path around those -> the id of one

    def claim(self, path: tuple[str, ...], name: str) -> str | None:
        """Take a place in the data; the id of the component that has it, or a part of it, already."""
        above = [path[:length] for length in range(1, len(path))]
        taken = self.paths.get(path) or self.parents.get(path)
        taken = taken or next((self.paths[part] for part in above if part in self.paths), None)
        if taken is None:
            self.paths[path] = name
            self.parents.update(dict.fromkeys(above, name))
        return taken


def _in_components(components: list[Any], path: tuple[str, ...], seen: _Seen) -> Iterator[Problem]:
    for position, component in enumerate(components, 1):
        seen.count += 1
        if not isinstance(component, dict):
            yield "", f"Component {position} is no object."
            continue
        yield from _in_component(component, path, seen)


def _in_component(component: dict[str, Any], path: tuple[str, ...], seen: _Seen) -> Iterator[Problem]:
    kind = component.get("type")
    name = _name(component, seen.count)
    if isinstance(kind, str) and kind in REFUSED:
        yield name, f"The component type “{kind}” is not supported. {REFUSED[kind]}"
        return
    if not isinstance(kind, str) or kind not in TYPES:
        yield name, f"There is no component type “{kind}”."
        return
    if isinstance(component.get("id"), str):
        if name in seen.ids:
            yield name, "Two components have this id."
        seen.ids.add(name)
    for check in (_structure, _words, _expressions, _templates, _limits):
        yield from ((name, sentence) for sentence in check(component))
    if kind in CHOICES:
        yield from ((name, sentence) for sentence in _options(component))
    if kind in _OF_TYPE:
        yield from ((name, sentence) for sentence in _OF_TYPE[kind](component))
    if kind in INPUTS:
        yield from ((name, sentence) for sentence in _key(component, "key", path, seen, name))
    elif kind in CONTAINERS:
        yield from _container(component, path, seen, name)


def _name(component: dict[str, Any], position: int) -> str:
    named = (component.get(attribute) for attribute in ("id", "key", "path"))
    return next((name for name in named if isinstance(name, str) and name), f"component {position}")


def _container(component: dict[str, Any], path: tuple[str, ...], seen: _Seen, name: str) -> Iterator[Problem]:
    own = component.get("path")
    is_list = component["type"] == "dynamiclist"
    if own or is_list:
        if not isinstance(own, str) or not _KEY.fullmatch(own):
            yield name, f"The path “{own or ''}” is none: write words joined by dots, such as order.items."
            return
        inner = (*path, *own.split("."))
        if is_list and (other := seen.claim(inner, name)):
            yield name, f"The path “{own}” is taken by “{other}”."
            return
    else:
        inner = path
    parts = component.get("components")
    if not isinstance(parts, list):
        yield name, "A group or list needs “components”."
        return
    if is_list:  # its fields have a place of their own in each item
        rows = _Seen(seen.count, seen.ids)
        yield from _in_components(parts, (), rows)
        seen.count = rows.count
    else:
        yield from _in_components(parts, inner, seen)


def _key(component: dict[str, Any], attribute: str, path: tuple[str, ...], seen: _Seen, name: str) -> Iterator[str]:
    key = component.get(attribute)
    if not key:
        yield "A field needs a key: the name of the variable that it fills."
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        yield f"The key “{key}” is none: write words joined by dots, such as customer.name."
    elif other := seen.claim((*path, *key.split(".")), name):
        yield f"The key “{key}” is taken by “{other}”. Each field fills a variable of its own."


# One component


def _structure(component: dict[str, Any]) -> Iterator[str]:
    for attribute in ("validate", "conditional", "layout", "appearance", "properties"):
        if not isinstance(component.get(attribute) or {}, dict):
            yield f"“{attribute}” must be an object."
    columns = get(component, "layout.columns")
    if columns is not None and (type(columns) is not int or not 1 <= columns <= COLUMNS):
        yield f"The width “{columns}” is none: columns are 1 to {COLUMNS}, or null."
    for attribute in ("readonly", "disabled", "conditional.hide"):
        value = get(component, attribute)
        if not isinstance(value, bool | str | None):
            yield f"“{attribute}” is true, false or FEEL."


def _words(component: dict[str, Any]) -> Iterator[str]:
    for name, words in WORDS.items():
        value = get(component, name)
        if value is not None and value not in words:
            yield f"“{name}” is “{value}”; it can be {', '.join(word for word in words if word)}."


def _expressions(component: dict[str, Any]) -> Iterator[str]:
    for name in EXPRESSIONS:
        value = get(component, name)
        if feelers.is_expression(value):
            yield from _syntax(name, feelers.expression, value)


def _templates(component: dict[str, Any]) -> Iterator[str]:
    for name in TEMPLATES:
        value = get(component, name)
        if value is not None and not isinstance(value, str):
            yield f"“{name}” must be a text."
        elif value:
            read = feelers.expression if feelers.is_expression(value) else feelers.parse
            yield from _syntax(name, read, value)


def _syntax(name: str, read: Callable[[str], object], text: str) -> Iterator[str]:
    try:
        read(text)
    except feel.FeelSyntaxError as error:
        yield f"“{name}” is no FEEL. {error}"
    except feelers.TemplateError as error:
        yield f"“{name}” is no text with FEEL in braces. {error}"


def _limits(component: dict[str, Any]) -> Iterator[str]:
    for name in LIMITS:
        value = get(component, name)
        if feelers.is_expression(value):
            yield from _syntax(name, feelers.expression, value)
        elif value not in (None, "") and number(value) is None:
            yield f"“{name}” is “{value}”, which is no number and no FEEL."
    text = get(component, "validate.pattern")
    if not isinstance(text, str | None):
        yield "“validate.pattern” must be a text."
    elif text:
        try:
            pattern(text)
        except ValueError as error:
            yield f"The pattern “{text[:60]}” cannot be used: {error}. Look-around and back-references do not exist."


def _options(component: dict[str, Any]) -> Iterator[str]:
    sources = [name for name in _OPTION_SOURCES if component.get(name) is not None]
    if len(sources) != 1:
        yield "A choice takes its options from exactly one of values, valuesKey and valuesExpression."
        return
    source = component[sources[0]]
    if sources[0] != "values":
        if not isinstance(source, str) or not source.strip():
            yield f"“{sources[0]}” must be a text."
        return
    if not isinstance(source, list):
        yield "“values” must be a list."
        return
    values = [option.get("value") if isinstance(option, dict) else option for option in source]
    if any(value in (None, "") for value in values):
        yield "An option has no value."
    if len({repr(value) for value in values}) < len(values):
        yield "Two options have the same value."


def _number_field(component: dict[str, Any]) -> Iterator[str]:
    digits = component.get("decimalDigits")
    if digits is not None and (type(digits) is not int or not 0 <= digits <= 34):
        yield f"“decimalDigits” is “{digits}”; it is a whole number from 0 to 34."
    increment = component.get("increment")
    if increment not in (None, "") and ((step := number(increment)) is None or step <= 0):
        yield f"“increment” is “{increment}”; it is a number above 0."


def _expression_field(component: dict[str, Any]) -> Iterator[str]:
    if not feelers.is_expression(component.get("expression")):
        yield "An expression field needs an “expression” that begins with “=”."


def _table(component: dict[str, Any]) -> Iterator[str]:
    if not component.get("dataSource"):
        yield "A table needs a “dataSource”: the list that it shows."
    columns, computed = component.get("columns"), component.get("columnsExpression")
    if (columns is None) == (computed is None):
        yield "A table has either “columns” or a “columnsExpression”."
    elif columns is not None and not (
        isinstance(columns, list) and all(isinstance(c, dict) and isinstance(c.get("key"), str) for c in columns)
    ):
        yield "The columns of a table are a list of objects with “key” and “label”."


def _dynamic_list(component: dict[str, Any]) -> Iterator[str]:
    repetitions = component.get("defaultRepetitions")
    if repetitions is not None and (type(repetitions) is not int or not 0 <= repetitions <= 100):
        yield f"“defaultRepetitions” is “{repetitions}”; it is a whole number from 0 to 100."


_OF_TYPE = {
    "number": _number_field,
    "expression": _expression_field,
    "table": _table,
    "dynamiclist": _dynamic_list,
}
