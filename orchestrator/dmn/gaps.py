"""Inputs that no rule matches, rules that no input reaches: a search through classes of values, column by column."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.dmn.columns import ColumnSet, ValueClass
from orchestrator.dmn.table import DecisionTable

STEPS = 200_000
"""Classes of values that the searches in one table look at before they give up and find nothing more."""


class _Search:
    """Which combinations of classes the rules of a mask leave uncovered."""

    def __init__(self, columns: list[list[ValueClass]], *, sure: bool, limit: int) -> None:
        self.columns, self.sure, self.left = columns, sure, limit
        self.covered: set[tuple[int, int]] = set()
        self.always = [0] * (len(columns) + 1)
        self.always[-1] = -1
        for number in reversed(range(len(columns))):
            accepted = self.always[number + 1]
            for found in columns[number]:
                accepted &= self._mask(found)
            self.always[number] = accepted

    def _mask(self, found: ValueClass) -> int:
        return found.sure if self.sure else found.maybe

    def uncovered(self, number: int, rules: int) -> Iterator[list[str]]:
        """Examples, from that column on, of what none of the rules accepts."""
        if rules & self.always[number] or (number, rules) in self.covered:
            return
        if not rules:
            yield [""] * (len(self.columns) - number)
            return
        complete = True
        for found in self.columns[number]:
            self.left -= 1
            if self.left < 0:
                return
            for rest in self.uncovered(number + 1, rules & self._mask(found)):
                complete = False
                yield [found.example, *rest]
        if complete:
            self.covered.add((number, rules))


def gaps(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[list[str]]:
    """Inputs, one value for each column ("" for any), that surely no rule matches, lazily."""
    if not table.inputs or not table.rules:
        return
    search = _Search([list(column.classes()) for column in columns], sure=False, limit=STEPS)
    yield from search.uncovered(0, (1 << len(table.rules)) - 1)


def hidden(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[int]:
    """Indices of rules whose every input is already matched by the rules above them."""
    classes = [list(column.classes(everything=True)) for column in columns]
    steps = STEPS
    for index in range(1, len(table.rules)):
        if any(column.never(index) for column in columns):
            continue
        steps -= sum(map(len, classes)) // 4
        bit = 1 << index
        reached = [[found for found in column if found.maybe & bit] for column in classes]
        search = _Search(reached, sure=True, limit=steps)
        found = next(search.uncovered(0, bit - 1), None)
        if search.left < 0:
            return
        steps = search.left
        if found is None:
            yield index
