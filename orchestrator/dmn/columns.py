"""The columns of a decision table as sets of values, for questions about all inputs: overlaps, gaps, dead rules.

A column is cut into classes of values; within a class, the same cells accept every value. Each class has an example.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from orchestrator.dmn.cells import ALL, HIGH, LOW, Cell, Cut, Spans, cell_of, complement, union
from orchestrator.dmn.item_types import allowed_by, bare
from orchestrator.dmn.lookup import Column, cells_of
from orchestrator.dmn.table import DecisionTable, Input
from orchestrator.feel.temporal import Date, DaysTimeDuration, YearsMonthsDuration
from orchestrator.feel.types import Simple

BLOCK = 64
DOMAIN, SEGMENTS = 200, 20_000
"""Spans of allowed values, and segments of a column, up to which they take part in questions about all inputs."""
NULL = "null"


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Values that the same rules accept. `sure` are the rules whose cells surely do, `maybe` those that might."""

    example: str
    sure: int
    maybe: int


class Domain:
    """What the values of a column can be: of one kind where one is declared, among allowed values where any are."""

    def __init__(self, column: Input) -> None:
        tests = (column.allowed.tests if column.allowed else None) or allowed_by(column.known_type or column.type)
        allowed = cell_of(tests) if tests else Cell(everything=True)
        usable = allowed.known and not allowed.everything and sum(map(len, allowed.spans.values())) <= DOMAIN
        self.allowed = allowed if usable else None
        declared = bare(column.known_type) or bare(column.type)
        self.kind = declared.name if isinstance(declared, Simple) and declared.name != "Any" else ""

    @property
    def has_null(self) -> bool:
        """Whether null is a value to be expected: unless the allowed values leave it out."""
        return self.allowed is None or self.allowed.null

    def limit(self, cell: Cell) -> Cell:
        """The cell with those values only that can come."""
        if self.allowed is None or not cell.known:
            return cell
        spans = {
            kind: both(cell.spans.get(kind, ALL if cell.everything else ()), spans)
            for kind, spans in self.allowed.spans.items()
        }
        booleans = cell.booleans & self.allowed.booleans
        return replace(cell, everything=False, booleans=booleans, words=False, spans=spans)


def both(a: Spans, b: Spans) -> Spans:
    """What lies in both."""
    return complement(union((*complement(a), *complement(b))))


class ColumnSet:
    """One column: the masks of the index, and classes of values."""

    def __init__(self, table: DecisionTable, number: int) -> None:
        self.input = table.inputs[number]
        self.domain = Domain(self.input)
        limited: dict[int, Cell] = {}
        self.cells = []
        for cell in cells_of(table, number):
            if id(cell) not in limited:
                limited[id(cell)] = self.domain.limit(cell)
            self.cells.append(limited[id(cell)])
        self.index = Column(self.cells)
        self._blocks = {kind: _blocks(segments.masks) for kind, segments in self.index.kinds.items()}
        self._near: dict[int, int] = {}

    def never(self, rule: int) -> bool:
        """Whether no value at all passes the cell of the rule."""
        cell = self.cells[rule]
        return cell.known and not (
            cell.everything or cell.null or cell.booleans or cell.words or any(cell.spans.values())
        )

    # --- pairs

    def near(self, rule: int) -> int:
        """The rules whose cells surely share a value with the cell of the rule."""
        cell = self.cells[rule]
        if id(cell) not in self._near:
            self._near[id(cell)] = self._sharing(cell)
        return self._near[id(cell)]

    def _sharing(self, cell: Cell) -> int:
        index = self.index
        if not cell.known:
            return 0
        if cell.everything:
            return index.all & ~index.opaque & ~self.empty
        found = index.dash if any(cell.spans.values()) or cell.booleans else 0
        if cell.null and self.domain.has_null:
            found |= index.dash | index.null
        for value in cell.booleans:
            found |= index.booleans[value]
        for kind, spans in cell.spans.items():
            segments, blocks = index.kinds[kind], self._blocks[kind]
            for start, end in spans:
                first = 0 if start == LOW else bisect_right(segments.cuts, start)
                last = len(segments.cuts) if end == HIGH else bisect_left(segments.cuts, end)
                found |= _or(segments.masks, blocks, first, last)
        return found

    @property
    def empty(self) -> int:
        """The rules whose cells accept nothing."""
        return sum(1 << rule for rule in range(len(self.cells)) if self.never(rule))

    def example(self, a: int, b: int) -> str:
        """A value that the cells of both rules accept."""
        first, second = self.cells[a], self.cells[b]
        if first.everything and second.everything:
            return ""
        for value in (True, False):
            if value in first.booleans and value in second.booleans and not (first.spans and second.spans):
                return str(value).lower()
        for kind in {**first.spans, **second.spans}:
            shared = both(self._of(first, kind), self._of(second, kind))
            if shared:
                return example(kind, *_telling(kind, shared))
        return NULL

    def _of(self, cell: Cell, kind: str) -> Spans:
        return ALL if cell.everything else cell.spans.get(kind, ())

    # --- classes

    def classes(self, *, everything: bool = False) -> Iterator[ValueClass]:
        """The classes of values that are to be expected: of the declared kind, or of the kinds the cells speak of.

        With `everything` also null and values of a kind that no cell speaks of.
        """
        index, seen = self.index, set()
        for found in self._expected():
            key = (found.sure, found.maybe)
            if key not in seen:
                seen.add(key)
                yield found
        if everything:
            yield ValueClass(NULL, index.dash | index.null, index.dash | index.null | index.opaque)
            if self.domain.allowed is None:
                yield ValueClass("a value of another kind", index.dash, index.dash | index.opaque | index.words)

    def _expected(self) -> Iterator[ValueClass]:
        index = self.index
        kinds = [kind for kind in index.kinds if not self.domain.kind or kind == self.domain.kind]
        booleans = self.domain.kind == "boolean" or (
            not self.domain.kind and any(mask & ~index.dash for mask in index.booleans.values())
        )
        many = sum(len(index.kinds[kind].cuts) for kind in kinds) > SEGMENTS
        for value in (True, False) if booleans else ():
            if self.domain.allowed is None or value in self.domain.allowed.booleans:
                sure = index.dash | index.booleans[value]
                yield ValueClass(str(value).lower(), sure, sure | index.opaque)
        for kind in () if many else kinds:
            segments = index.kinds[kind]
            cuts = [LOW, *segments.cuts, HIGH]
            found = list(zip(cuts[:-1], cuts[1:], segments.masks, strict=True))
            for start, end, mask in reversed(found) if kind == "string" else found:
                if self._possible(kind, start, end):
                    sure = index.dash | mask
                    yield ValueClass(example(kind, start, end), sure, sure | index.opaque | index.words)
        if many:
            yield ValueClass("", index.dash, index.all)
        elif not kinds and not booleans:
            yield ValueClass("", index.dash, index.dash | index.opaque | index.words)

    def _possible(self, kind: str, start: Cut, end: Cut) -> bool:
        allowed = self.domain.allowed
        return allowed is None or bool(both(((start, end),), allowed.spans.get(kind, ())))


def _blocks(masks: list[int]) -> list[int]:
    """Each run of BLOCK masks as one, so that long runs are joined quickly."""
    return [_join(masks[i : i + BLOCK]) for i in range(0, len(masks), BLOCK)]


def _join(masks: list[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _or(masks: list[int], blocks: list[int], first: int, last: int) -> int:
    """masks[first] | ... | masks[last]"""
    if last - first < 2 * BLOCK:
        return _join(masks[first : last + 1])
    low, high = -(-first // BLOCK), (last + 1) // BLOCK
    return _join(masks[first : low * BLOCK]) | _join(blocks[low:high]) | _join(masks[high * BLOCK : last + 1])


# --- examples


def _telling(kind: str, spans: Spans) -> tuple[Cut, Cut]:
    """The span for an example: of strings one that a cell names, or else the last, where words are ordinary."""
    if kind != "string":
        return spans[0]
    return next((span for span in spans if len(span[0]) == 3 and span[0][2] == 0), spans[-1])


def example(kind: str, start: Cut, end: Cut) -> str:
    """A value between two cuts, as FEEL writes it."""
    return str(WRITE[kind](start, end))


def _number(start: Cut, end: Cut) -> str:
    return f"{_decimal(start, end).normalize():f}"


def _decimal(start: Cut, end: Cut) -> Decimal:
    if len(start) == 1:
        return Decimal(0) if len(end) == 1 or end[1] > 0 else Decimal(end[1]) - (0 if end[2] else 1)
    low: Decimal = start[1]
    if start[2] == 0:
        return low
    following = (low + 1).to_integral_value(rounding="ROUND_FLOOR")
    if len(end) == 1 or following < end[1] or (following == end[1] and end[2]):
        return following
    high: Decimal = end[1]
    return high if end[2] else (low + high) / 2


def _string(start: Cut, end: Cut) -> str:
    if len(start) == 3 and start[2] == 0:
        return f'"{start[1]}"'
    for text in ("another text", "some text", "a", "0", ""):
        if start <= (1, text, 0) and (1, text, 1) <= end:
            return f'"{text}"'
    return f'"{start[1] if len(start) == 3 else ""} "'


def _whole(start: Cut, end: Cut) -> int:
    """A number between cuts that lie before whole numbers."""
    if len(start) == 3:
        return int(start[1])
    return int(end[1]) - 1 if len(end) == 3 else 0


def _boxed(write: Any) -> Any:
    return lambda start, end: f'@"{write(_whole(start, end))}"'


WRITE: dict[str, Any] = {
    "number": _number,
    "string": _string,
    "date": _boxed(Date.from_day_number),
    "years and months duration": _boxed(YearsMonthsDuration),
    "days and time duration": _boxed(DaysTimeDuration),
}
