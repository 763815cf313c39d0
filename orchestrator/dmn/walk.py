"""Visiting all expressions of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from orchestrator.dmn.boxed import Boxed, ContextEntry
from orchestrator.dmn.model import Definitions
from orchestrator.dmn.table import DecisionTable


def tables(definitions: Definitions) -> Iterator[DecisionTable]:
    """Every decision table, those inside other expressions too."""
    logic: list[Boxed | None] = [decision.logic for decision in definitions.decisions.values()]
    logic += [model.logic for model in definitions.business_knowledge_models.values()]
    for found in logic:
        for expression in parts(found):
            if isinstance(expression, DecisionTable):
                yield expression


def parts(value: Any) -> Iterator[Boxed]:
    """An expression and all inside it. The cells of tables are not visited: they hold FEEL only."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    elif isinstance(value, DecisionTable):
        yield value
    elif isinstance(value, Boxed):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, ContextEntry):
        yield from parts(value.value)
