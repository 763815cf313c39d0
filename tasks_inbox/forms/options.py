"""What a select, a radio, a checklist or a tag list offers: from the schema, from a variable, or from FEEL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.feel.numbers import number_text
from orchestrator.runtime import feelers
from tasks_inbox.forms import paths
from tasks_inbox.forms.schema import Component

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Option:
    """`token` stands for the value in a request."""

    token: str
    value: Any
    label: str


def options(component: Component, scope: Mapping[str, Any], environment: feel.Environment) -> dict[str, Option]:
    """Token -> option, in their order; of two with the same value the first counts."""
    found: dict[str, Option] = {}
    for option in _normalised(_source(component, scope, environment)):
        found.setdefault(option.token, option)
        if len(found) >= MOST:
            break
    return found


def by_label(offered: Mapping[str, Option]) -> dict[str, str]:
    """Label -> token, where each label means one option; else nothing: they cannot be told apart by it."""
    labels = {option.label: option.token for option in offered.values()}
    return labels if len(labels) == len(offered) else {}


def token(value: Any) -> str:
    """A text that stands for one value: the text itself, or “=” and JSON."""
    if isinstance(value, str) and not value.startswith("="):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"={number_text(Decimal(value))}"
    return f"={dumps(value)}"


def _source(component: Component, scope: Mapping[str, Any], environment: feel.Environment) -> Any:
    if (computed := component.get("valuesExpression")) is not None:
        return feelers.evaluate(computed, scope, environment)
    if key := component.get("valuesKey"):
        found = paths.get(scope, str(key).split("."))
        return None if found is paths.MISSING else found
    return component.get("values")


def _normalised(source: Any) -> Iterator[Option]:
    """form-js: a plain value labels itself; an object needs a label, or a value that can be one."""
    for item in source if isinstance(source, list) else []:
        value, label = (item.get("value"), item.get("label")) if isinstance(item, dict) else (item, None)
        if value is None or (label is None and isinstance(value, dict | list)):
            continue
        yield Option(token(value), value, feelers.readable(value if label in (None, "") else label))
