"""Can these decisions be deployed, and are they what the modeller meant? One function per rule; all are shown at once.

`problems` are reasons to refuse a deployment. `advice` is what a modeller should look at again: it may be intended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from orchestrator.dmn import requirements, table_advice
from orchestrator.dmn.columns import ColumnSet
from orchestrator.dmn.model import Definitions
from orchestrator.dmn.overlaps import overlaps
from orchestrator.dmn.problems import Problem
from orchestrator.dmn.table import DecisionTable, HitPolicy
from orchestrator.dmn.walk import tables

SHOWN = 20
"""Findings of one kind that are shown for one table."""

GraphRule = Callable[[Definitions], Iterable[Problem]]
TableRule = Callable[[DecisionTable, list[ColumnSet]], Iterator[Problem]]


def problems(definitions: Definitions) -> list[Problem]:
    """Every reason why the file cannot be deployed; empty when it can."""
    return [
        *definitions.notes,
        *(problem for rule in GRAPH_PROBLEMS for problem in rule(definitions)),
        *_of_tables(definitions, TABLE_PROBLEMS),
    ]


def advice(definitions: Definitions) -> list[Problem]:
    """What deserves a second look: gaps, rules that never match, unknown names, mismatching types."""
    return [*definitions.hints, *_of_tables(definitions, TABLE_ADVICE)]


def _of_tables(definitions: Definitions, rules: Iterable[TableRule]) -> Iterator[Problem]:
    for table in tables(definitions):
        columns = [ColumnSet(table, number) for number in range(len(table.inputs))]
        for rule in rules:
            found = list(islice(rule(table, columns), SHOWN + 1))
            yield from found[:SHOWN]
            if len(found) > SHOWN:
                yield Problem(table.id, f"There are more than {SHOWN} findings like the last one in this table")


def unique_rules_do_not_overlap(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """DMN 1.5, 8.2.10: under UNIQUE no overlap is possible."""
    if table.hit_policy is not HitPolicy.UNIQUE:
        return
    for found in overlaps(table, columns):
        when = f"for {found.example}" if found.example else "for every input"
        yield Problem(
            found.second.id,
            f"The rules {found.first.index} ({found.first.id}) and {found.second.index} ({found.second.id}) both match "
            f"{when}, but under the hit policy UNIQUE only one rule may: change a cell or the hit policy",
        )


GRAPH_PROBLEMS: tuple[GraphRule, ...] = (
    requirements.lead_somewhere,
    requirements.are_no_circle,
    requirements.knowledge_is_no_circle,
)
TABLE_PROBLEMS: tuple[TableRule, ...] = (unique_rules_do_not_overlap,)
TABLE_ADVICE: tuple[TableRule, ...] = (
    table_advice.some_inputs_match_no_rule,
    table_advice.some_rules_never_match,
    table_advice.cells_fit_the_type_of_their_column,
    table_advice.outputs_fit_the_type_of_their_column,
    table_advice.any_rules_agree,
    table_advice.an_order_of_outputs_is_known,
)
