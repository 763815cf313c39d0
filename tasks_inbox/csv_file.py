"""A table as a file for spreadsheets: RFC 4180, and nothing in it becomes a formula. No database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: With these a spreadsheet begins a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
MARK = "\ufeff"  # by which spreadsheets know that this is UTF-8


def written(rows: Iterable[Sequence[object]]) -> str:
    """One line per row; None is an empty cell, a text that would be a formula gets an apostrophe before it."""
    into = io.StringIO()
    csv.writer(into).writerows([_cell(value) for value in row] for row in rows)
    return MARK + into.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = value.replace("\x00", "")
    return f"'{text}" if value.startswith(FORMULA) else text
