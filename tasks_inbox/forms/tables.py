"""The table of a form: rows of a list, read-only, sorted by a column and cut into pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.feel.numbers import number_text
from orchestrator.runtime import feelers
from tasks_inbox import spoken
from tasks_inbox.forms import paths
from tasks_inbox.forms.schema import Component

MOST_ROWS = 200  # on one page
MOST_COLUMNS = 40
ASCENDING, DESCENDING = "asc", "desc"

_SORTED = {ASCENDING: "ascending", DESCENDING: "descending"}
_STEPS = {"+1": 1, "-1": -1}
_VIEW = re.compile(r"(\d{1,6})(?: (\d{1,2}) (asc|desc))?")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Which part of a table is looked at: a page, and the column that it is sorted by; None: as the data come.

    In a request it is “2” or “2 0 desc”.
    """

    page: int = 1
    column: int | None = None
    direction: str = ASCENDING

    @classmethod
    def read(cls, text: str) -> View:
        found = _VIEW.fullmatch(text)
        if found is None:
            return cls()
        page, column, direction = found.groups()
        return cls(max(int(page), 1), int(column) if column else None, direction or ASCENDING)

    def turned(self, act: str) -> View:
        """What a button asks for: “+1” and “-1” are pages; “sort 2” sorts by a column upwards, then downwards, then not
        at all. It says the same whatever is shown, because a page that is brought up to date leaves a button alone that
        has the focus.
        """
        word, _, column = act.partition(" ")
        if word in _STEPS:
            return replace(self, page=max(self.page + _STEPS[word], 1))
        if word != "sort" or not (column.isdecimal() and len(column) < 3):
            return self
        if self.column != int(column):
            return View(1, int(column), ASCENDING)
        return View(1, self.column, DESCENDING) if self.direction == ASCENDING else View()

    def __str__(self) -> str:
        return f"{self.page}" if self.column is None else f"{self.page} {self.column} {self.direction}"


@dataclass(frozen=True, slots=True)
class Heading:
    """`sorted` is ascending, descending or ''."""

    text: str
    number: bool
    sorted: str


@dataclass(frozen=True, slots=True)
class Table:
    """`more` counts the rows that no page shows."""

    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0
    headings: tuple[Heading, ...] = ()
    view: View = View()
    pages: int = 1


def table(
    component: Component, scope: Mapping[str, Any], environment: feel.Environment, view: View | None = None
) -> Table:
    columns = _columns(component, scope, environment)
    source = _source(component, scope, environment)
    data = [row for row in source if isinstance(row, dict)] if isinstance(source, list) else []
    asked = view or View()
    if asked.column is not None and asked.column < len(columns):
        data = _in_order(data, columns[asked.column][0], asked.direction)
    else:
        asked = View(asked.page)
    shown, asked, pages = _page(data, asked, component.get("rowCount"))
    rows = tuple(tuple(_cell(paths.get(row, key.split("."))) for key, _ in columns) for row in shown)
    numeric = [
        bool(rows) and all(row[place].number or not row[place].text for row in rows) for place in range(len(columns))
    ]
    named = [(label, number) for (_, label), number in zip(columns, numeric, strict=True)]
    return Table(
        columns=tuple(Cell(label, number) for label, number in named),
        rows=tuple(tuple(Cell(cell.text, number) for cell, number in zip(row, numeric, strict=True)) for row in rows),
        more=0 if component.get("rowCount") else max(len(data) - MOST_ROWS, 0),
        headings=tuple(_heading(asked, place, *one) for place, one in enumerate(named)),
        view=asked,
        pages=pages,
    )


def _page(data: list[Any], view: View, size: Any) -> tuple[list[Any], View, int]:
    """The rows of the page that is looked at, which page that is, and how many there are."""
    if not isinstance(size, int):
        return data[:MOST_ROWS], replace(view, page=1), 1
    size = min(size, MOST_ROWS)
    pages = max(-(-len(data) // size), 1)
    page = min(view.page, pages)
    return data[(page - 1) * size : page * size], replace(view, page=page), pages


def _heading(view: View, place: int, label: str, number: bool) -> Heading:
    return Heading(label, number, _SORTED[view.direction] if view.column == place else "")


def _in_order(data: list[Any], key: str, direction: str) -> list[Any]:
    """Numbers by their value, texts without regard to capitals; what is empty comes last, upwards and downwards."""
    path = key.split(".")
    full = [row for row in data if paths.get(row, path) not in (paths.MISSING, None)]
    empty = [row for row in data if paths.get(row, path) in (paths.MISSING, None)]
    return sorted(full, key=lambda row: _rank(paths.get(row, path)), reverse=direction == DESCENDING) + empty


def _rank(value: Any) -> tuple[int, Decimal, str]:
    if isinstance(value, int | Decimal):
        return 0, Decimal(value), ""
    return 1, Decimal(0), feelers.readable(value).casefold()


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
    return spoken.number(f"{number:,f}") if -40 < number.adjusted() < 40 else number_text(number)
