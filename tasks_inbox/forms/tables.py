"""The table of a form: rows of a list, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.feel.numbers import number_text
from orchestrator.runtime import feelers
from tasks_inbox.forms import paths
from tasks_inbox.forms.schema import Component

MOST_ROWS = 200
MOST_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`more` counts the rows that are left out."""

    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0


def table(component: Component, scope: Mapping[str, Any], environment: feel.Environment) -> Table:
    columns = _columns(component, scope, environment)
    source = _source(component, scope, environment)
    data = [row for row in source if isinstance(row, dict)] if isinstance(source, list) else []
    rows = tuple(tuple(_cell(paths.get(row, key.split("."))) for key, _ in columns) for row in data[:MOST_ROWS])
    numeric = [
        bool(rows) and all(row[place].number or not row[place].text for row in rows) for place in range(len(columns))
    ]
    return Table(
        columns=tuple(Cell(label, number) for (_, label), number in zip(columns, numeric, strict=True)),
        rows=tuple(tuple(Cell(cell.text, number) for cell, number in zip(row, numeric, strict=True)) for row in rows),
        more=max(len(data) - MOST_ROWS, 0),
    )


def _columns(component: Component, scope: Mapping[str, Any], environment: feel.Environment) -> list[tuple[str, str]]:
    """Key and label of each."""
    computed = component.get("columnsExpression")
    source = feelers.evaluate(computed, scope, environment) if computed else component.get("columns")
    columns = [column for column in source if isinstance(column, dict)] if isinstance(source, list) else []
    named = [(str(column.get("key") or ""), feelers.readable(column.get("label"))) for column in columns]
    return [(key, label or key) for key, label in named[:MOST_COLUMNS]]


def _source(component: Component, scope: Mapping[str, Any], environment: feel.Environment) -> Any:
    source = component.get("dataSource")
    if not isinstance(source, str):
        return source
    if feelers.is_expression(source):
        return feelers.evaluate(source, scope, environment)
    return paths.get(scope, source.split("."))


def _cell(value: Any) -> Cell:
    if value is paths.MISSING or value is None:
        return Cell("")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Cell(grouped(Decimal(value)), number=True)
    return Cell(feelers.readable(value))


def grouped(number: Decimal) -> str:
    """“1,849.00”: with the digits that it has."""
    return f"{number:,f}" if -40 < number.adjusted() < 40 else number_text(number)
