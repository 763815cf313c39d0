"""Why a value does not fit a type, in words that name the entry or item at fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.dmn.item_types import Allows, resolved
from orchestrator.feel.types import Constrained, ContextOf, ListOf, Type, conforms, type_text
from orchestrator.feel.values import describe


def misfit(value: Any, type_: Type) -> str:
    """The first reason, as the rest of a sentence: `its entry Age is missing`."""
    found = resolved(type_)
    explain = EXPLAIN.get(type(found)) if found is not None else None
    return (explain(value, found) if explain else "") or f"{describe(value)} is no {type_text(type_)}"


def _context(value: Any, type_: ContextOf) -> str:
    if not isinstance(value, dict):
        return ""
    for name, entry in type_.entries:
        if name not in value:
            return f"its entry {name} is missing"
        if not conforms(value[name], entry):
            return f"in its entry {name}, {misfit(value[name], entry)}"
    return ""


def _list(value: Any, type_: ListOf) -> str:
    for position, item in enumerate(value if isinstance(value, list) else (), 1):
        if not conforms(item, type_.item):
            return f"in its item {position}, {misfit(item, type_.item)}"
    return ""


def _constrained(value: Any, type_: Constrained) -> str:
    if not conforms(value, type_.base):
        return misfit(value, type_.base)
    allowed = type_.allows.tests.text if isinstance(type_.allows, Allows) else ""
    return f"{describe(value)} is not among the allowed values {' '.join(allowed.split())[:200]}".rstrip()


EXPLAIN: dict[type[Type], Callable[[Any, Any], str]] = {
    ContextOf: _context,
    ListOf: _list,
    Constrained: _constrained,
}
