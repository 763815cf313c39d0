"""Rules that match the same input, with an example of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.dmn.columns import ColumnSet
from orchestrator.dmn.table import DecisionTable, Rule


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules and an input for which both match; `example` says it in words, "" stands for any input."""

    first: Rule
    second: Rule
    example: str


def overlaps(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Overlap]:
    """Every pair of rules that surely overlap, lazily. Cells that only data can decide count as apart."""
    everything = (1 << len(table.rules)) - 1
    for index, rule in enumerate(table.rules):
        others = everything >> (index + 1) << (index + 1)
        for column in columns:
            if not others or column.never(index):
                others = 0
                break
            others &= column.near(index)
        while others:
            lowest = others & -others
            others ^= lowest
            other = lowest.bit_length() - 1
            yield Overlap(rule, table.rules[other], example_of([c.example(index, other) for c in columns], columns))


def example_of(values: list[str], columns: list[ColumnSet]) -> str:
    """An input in words: `Age` = 20, `Status` = "gold"; columns where any value will do are left out."""
    pairs = zip(columns, values, strict=True)
    return ", ".join(f"{column.input.label} = {value}" for column, value in pairs if value)
