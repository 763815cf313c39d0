"""A filter as the rows of a form: groups of conditions, joined one way outside and the other way inside.

Outside “and”, inside “or”, or the reverse; what is nested deeper or denied has no rows and is edited as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks_inbox.filters.criteria import CHOICE, FLAG, GROUP, NUMBER, PERSON, VARIABLE, VARIABLE_PREFIX, criterion
from tasks_inbox.filters.language import OPERATORS, All, Any, Compare, Filter, Value

ALL, ANY = "all", "any"
MOST_ROWS = 40
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORDS = frozenset(["yes", "no", "true", "false"])


@dataclass(frozen=True, slots=True)
class Row:
    """One condition. `group` counts the groups from 0."""

    group: int
    name: str = ""
    operator: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    join: str  # of the groups: all | any
    rows: tuple[Row, ...]

    def groups(self) -> list[list[tuple[int, Row]]]:
        """The rows with their places, by group, in the order in which the groups appear."""
        found: dict[int, list[tuple[int, Row]]] = {}
        for place, row in enumerate(self.rows):
            found.setdefault(row.group, []).append((place, row))
        return list(found.values())


def rows_of(tree: Filter | None) -> Rows | None:
    """None: it cannot be shown as rows."""
    if tree is None:
        return Rows(ALL, ())
    outer = ANY if isinstance(tree, Any) else ALL
    groups = tree.parts if isinstance(tree, All | Any) else (tree,)
    inner = All if outer == ANY else Any
    found: list[Row] = []
    for number, group in enumerate(groups):
        for part in group.parts if isinstance(group, inner) else (group,):
            if not isinstance(part, Compare):
                return None
            found.append(Row(number, part.name, part.operator, ", ".join(value.text for value in part.values)))
    return Rows(outer, tuple(found))


def tree_of(shown: Rows) -> Filter | None:
    """The tree of the rows that name something; an operator that is missing is the usual one of its kind."""
    groups = []
    inner, outer = (All, Any) if shown.join == ANY else (Any, All)
    for group in shown.groups():
        parts = tuple(_compare(row) for _, row in group if row.name)
        if parts:
            groups.append(parts[0] if len(parts) == 1 else inner(parts))
    if not groups:
        return None
    return groups[0] if len(groups) == 1 else outer(tuple(groups))


def read_rows(sent: Mapping[str, Sequence[str]]) -> Rows:
    """From the form: `g` group, `c` name, `n` name of a variable, `o` operator, `v` value, each once per row."""
    lists = [list(sent.get(key, ()))[:MOST_ROWS] for key in "gcnov"]
    length = len(lists[1])
    columns = [each + [""] * (length - len(each)) for each in lists]
    join = next(iter(sent.get("join", ())), ALL)
    found = []
    for group, name, variable, operator, value in zip(*columns, strict=False):
        full = f"{VARIABLE_PREFIX}{variable.strip()}" if name == VARIABLE_PREFIX else name
        known = operator if operator in OPERATORS else ""
        number = int(group) if group.isdecimal() and len(group) < 4 else 0
        found.append(Row(number, full.replace("\x00", ""), known, value.replace("\x00", "").strip()))
    return Rows(ANY if join == ANY else ALL, tuple(found))


def _compare(row: Row) -> Compare:
    known = criterion(row.name)
    operator = row.operator or (known.operators[0] if known else "=")
    count = OPERATORS[operator]
    texts = [part.strip() for part in row.value.split(",")] if count is None else [row.value][: count or 0]
    return Compare(row.name, operator, tuple(_value(known.kind if known else "", text) for text in texts))


def _value(kind: str, text: str) -> Value:
    bare = {
        NUMBER: True,
        FLAG: True,
        CHOICE: True,
        PERSON: text == "me",
        GROUP: False,
        VARIABLE: bool(_NUMBER.fullmatch(text)) or text.lower() in _WORDS,
    }
    return Value(text, not bare.get(kind, False))
