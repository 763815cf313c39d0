"""Values that come from outside, where a date is a text: JSON and forms know no dates and durations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.dmn.item_types import bare
from orchestrator.feel.temporal_text import parse_temporal
from orchestrator.feel.types import ContextOf, ListOf, Simple, Type
from orchestrator.feel.values import from_python

TEMPORAL = frozenset({"date", "time", "date and time", "days and time duration", "years and months duration"})


def from_outside(value: Any, type_: Type | None) -> Any:
    """The value as FEEL's; a text becomes a date, time or duration where the type asks for one and it reads as one."""
    return with_dates(from_python(value), type_)


def with_dates(value: Any, type_: Type | None) -> Any:
    """A FEEL value whose texts are read as dates where the type asks for one."""
    type_ = bare(type_)
    if isinstance(value, str):
        return _temporal(value) if isinstance(type_, Simple) and type_.name in TEMPORAL else value
    if isinstance(value, list) and isinstance(type_, ListOf):
        return [with_dates(item, type_.item) for item in value]
    if isinstance(value, Mapping) and isinstance(type_, ContextOf):
        types = dict(type_.entries)
        return {name: with_dates(entry, types.get(name)) for name, entry in value.items()}
    return value


def _temporal(text: str) -> Any:
    try:
        return parse_temporal(text)
    except ValueError:
        return text
