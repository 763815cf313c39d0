"""What is wrong with one component of a form, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from orchestrator import feel
from orchestrator.runtime import feelers
from orchestrator.runtime.form_schema import (
    CHOICES,
    COLUMNS,
    EXPRESSIONS,
    FLAGS,
    LIMITS,
    SECURITY,
    TEMPLATES,
    WHOLE,
    WORDS,
    get,
    number,
    pattern,
)

_OPTION_SOURCES = ("values", "valuesKey", "valuesExpression")


def sentences(component: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with a component of a known type, but for its key and place."""
    kind = component["type"]
    for check in (_structure, _words, _whole, _expressions, _templates, _limits):
        yield from check(component)
    if kind in CHOICES:
        yield from _options(component)
    if kind in _OF_TYPE:
        yield from _OF_TYPE[kind](component)


def _structure(component: dict[str, Any]) -> Iterator[str]:
    for attribute in ("validate", "conditional", "layout", "appearance", "properties", "security"):
        if not isinstance(component.get(attribute) or {}, dict):
            yield f"“{attribute}” must be an object."
    columns = get(component, "layout.columns")
    if columns is not None and (type(columns) is not int or not 1 <= columns <= COLUMNS):
        yield f"The width “{columns}” is none: columns are 1 to {COLUMNS}, or null."
    for attribute in FLAGS:
        value = get(component, attribute)
        if not isinstance(value, bool | str | None):
            yield f"“{attribute}” is true, false or FEEL."


def _words(component: dict[str, Any]) -> Iterator[str]:
    for name, words in WORDS.items():
        value = get(component, name)
        if value is not None and value not in words:
            yield f"“{name}” is “{value}”; it can be {', '.join(word for word in words if word)}."


def _whole(component: dict[str, Any]) -> Iterator[str]:
    for name, (least, most) in WHOLE.items():
        value = component.get(name)
        if value not in (None, "") and (type(value) is not int or not least <= value <= most):
            yield f"“{name}” is “{value}”; it is a whole number from {least} to {most}."


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


def _document_preview(component: dict[str, Any]) -> Iterator[str]:
    if not component.get("dataSource"):
        yield "A document preview needs a “dataSource”: the documents that it shows."


def _iframe(component: dict[str, Any]) -> Iterator[str]:
    url = component.get("url")
    if not url:
        yield "An iframe needs a “url”: the page that it shows."
    elif isinstance(url, str) and not url.startswith(("=", "{{", "https://")):
        yield f"The url “{url[:60]}” begins neither with https:// nor is it FEEL: only pages behind https are shown."
    security = component.get("security")
    for name, value in (security if isinstance(security, dict) else {}).items():
        if name not in SECURITY:
            yield f"“security.{name}” does not exist; there are {', '.join(SECURITY)}."
        elif type(value) is not bool:
            yield f"“security.{name}” is true or false."


_OF_TYPE = {
    "number": _number_field,
    "expression": _expression_field,
    "table": _table,
    "documentPreview": _document_preview,
    "iframe": _iframe,
}
