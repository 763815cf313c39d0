"""Which rules can match given values, without asking every rule: an index over the columns of a decision table.

Rules are bits of an integer, the first rule is bit 0. A column cuts the values of each kind into segments in which
always the same rules match; a value finds its segment by bisection, and the columns' answers are intersected. Only
cells that the index cannot know are tested one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from orchestrator.dmn.cells import DASH, KINDS, Cell, Cut, Spans, cell_of
from orchestrator.dmn.table import DecisionTable
from orchestrator.feel.values import describe


class Segments:
    """The values of one kind in one column: `masks[i]` are the rules that accept what lies between cuts i - 1 and i."""

    __slots__ = ("cuts", "masks")

    def __init__(self, spans: Sequence[tuple[int, Spans]]) -> None:
        """From pairs of a mask of rules and the spans they accept."""
        edges: dict[Cut, int] = {}
        start = 0
        for mask, accepted in spans:
            for low, high in accepted:
                if len(low) == 1:
                    start ^= mask
                else:
                    edges[low] = edges.get(low, 0) ^ mask
                if len(high) == 3:
                    edges[high] = edges.get(high, 0) ^ mask
        self.cuts = sorted(edges)
        self.masks = [start]
        for cut in self.cuts:
            self.masks.append(self.masks[-1] ^ edges[cut])

    def at(self, key: Any) -> int:
        """The rules that accept a value."""
        return self.masks[bisect_right(self.cuts, (1, key, 0))]


class Column:
    """All cells of one input as masks of rules."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        groups: dict[int, tuple[Cell, int]] = {}
        for index, cell in enumerate(cells):
            groups[id(cell)] = (cell, groups.get(id(cell), (cell, 0))[1] | 1 << index)
        self.groups = list(groups.values())
        self.all = (1 << len(cells)) - 1
        self.dash = self._mask(lambda cell: cell.everything)
        self.opaque = self._mask(lambda cell: not cell.known)
        self.null = self._mask(lambda cell: cell.null)
        self.words = self._mask(lambda cell: cell.words)
        self.booleans = {value: self._mask(lambda cell, v=value: v in cell.booleans) for value in (True, False)}
        kinds = dict.fromkeys(kind for cell, _ in self.groups for kind in cell.spans)
        self.kinds = {
            kind: Segments([(mask, cell.spans.get(kind, ())) for cell, mask in self.groups]) for kind in kinds
        }

    def _mask(self, holds: Any) -> int:
        found = 0
        for cell, mask in self.groups:
            found |= mask if holds(cell) else 0
        return found

    def find(self, value: Any) -> tuple[int, int]:
        """The rules whose cells may accept the value, and those among them that must still be tested."""
        if value is None:
            return self.dash | self.opaque | self.null, self.opaque
        if type(value) is bool:
            return self.dash | self.opaque | self.booleans[value], self.opaque
        known = KINDS.get(type(value))
        if known is None:
            return self.all, self.all & ~self.dash
        unsure = self.opaque | self.words
        segments = self.kinds.get(known[0])
        return self.dash | unsure | (segments.at(known[1](value)) if segments else 0), unsure

    def stranger(self, value: Any) -> str:
        """Why no cell can be compared with the value, "" if one can."""
        if value is None or not self.kinds or self.opaque or self.words:
            return ""
        kind = "boolean" if type(value) is bool else KINDS.get(type(value), ("",))[0]
        if not kind or kind in self.kinds:
            return ""
        return f"{describe(value)} is compared with values of the type {' or '.join(self.kinds)}"


class Lookup:
    """The index of one table. Built once, then only read."""

    def __init__(self, table: DecisionTable) -> None:
        self.columns = [Column(cells_of(table, number)) for number in range(len(table.inputs))]
        self.all = (1 << len(table.rules)) - 1

    def candidates(self, values: Sequence[Any]) -> Iterator[tuple[int, list[int]]]:
        """Indices of the rules that may match, in order, each with the columns whose cells must still be tested."""
        mask = self.all
        unsure = []
        for number, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            accepted, tests = column.find(value)
            mask &= accepted
            if tests:
                unsure.append((number, tests))
        while mask:
            lowest = mask & -mask
            mask ^= lowest
            yield lowest.bit_length() - 1, [number for number, tests in unsure if tests & lowest]

    def strangers(self, values: Sequence[Any]) -> Iterator[tuple[int, str]]:
        """Columns whose value is of a kind that none of their cells can be compared with, and a sentence."""
        for number, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            if message := column.stranger(value):
                yield number, f"No rule matches: {message}"


def cells_of(table: DecisionTable, number: int) -> list[Cell]:
    """The cells of a column, one object for all of the same text. A cell that is missing accepts everything."""
    known = table.caches.setdefault("cells", {})
    found = []
    for rule in table.rules:
        tests = rule.tests[number] if number < len(rule.tests) else None
        key = (tests.text, tests.tests is None) if tests else ("-", False)
        if key not in known:
            known[key] = cell_of(tests.tests) if tests else DASH
        found.append(known[key])
    return found
