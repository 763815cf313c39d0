"""What is legal in a decision table, but seldom meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from orchestrator import feel
from orchestrator.dmn.boxed import Boxed, Literal
from orchestrator.dmn.cells import constant
from orchestrator.dmn.columns import ColumnSet
from orchestrator.dmn.gaps import gaps, hidden
from orchestrator.dmn.item_types import bare
from orchestrator.dmn.overlaps import example_of, overlaps
from orchestrator.dmn.problems import Problem
from orchestrator.dmn.table import ORDERED_BY_OUTPUT, DecisionTable, HitPolicy
from orchestrator.feel.types import Simple, conforms
from orchestrator.feel.values import describe

SINGLE_HIT = frozenset({HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST})
GAPS = 3
"""Examples of inputs without a rule that are shown for one table."""


def some_inputs_match_no_rule(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """Only where a result is expected and no default gives one."""
    if table.hit_policy not in SINGLE_HIT or any(output.default for output in table.outputs):
        return
    for values in islice(gaps(table, columns), GAPS):
        yield Problem(
            table.id, f"No rule matches {example_of(values, columns) or 'any input'}: the result is null there"
        )


def some_rules_never_match(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """A cell that no value passes; under FIRST a rule that those above leave nothing for."""
    for index, rule in enumerate(table.rules):
        for column, cell in zip(columns, rule.tests, strict=False):
            if column.never(index):
                message = f"Rule {rule.index} never matches: no value of {column.input.label} passes `{cell.text}`"
                yield Problem(cell.id, message)
    if table.hit_policy is HitPolicy.FIRST:
        for index in hidden(table, columns):
            rule = table.rules[index]
            yield Problem(rule.id, f"Rule {rule.index} never matches: the rules above it match first")


def cells_fit_the_type_of_their_column(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """A cell of strings under an input of numbers, and the like."""
    for number, column in enumerate(columns):
        wanted = column.domain.kind
        if not wanted:
            continue
        for rule, cell in zip(table.rules, column.cells, strict=True):
            kinds = [kind for kind, spans in cell.spans.items() if spans] + ["boolean"] * cell.words
            if cell.known and not cell.everything and kinds and wanted not in kinds and number < len(rule.tests):
                tests = rule.tests[number]
                message = (
                    f"Rule {rule.index}: `{tests.text}` tests for a {kinds[0]}, but {column.input.label} is a {wanted}"
                )
                yield Problem(tests.id, message)


def outputs_fit_the_type_of_their_column(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """A constant output of another type than its column declares, or not among its allowed values."""
    environment = feel.Environment(fuel=feel.Fuel())
    for rule in table.rules:
        for output, cell in zip(table.outputs, rule.outputs, strict=False):
            known, value = _constant(cell)
            if not known or value is None:
                continue
            wanted = bare(output.type)
            if isinstance(wanted, Simple) and not conforms(value, wanted):
                message = (
                    f"Rule {rule.index}: {describe(value)} is no {wanted.name}, as the output {output.label} declares"
                )
                yield Problem(cell.id, message)
            elif output.allowed and _refuses(output.allowed.tests, value, environment):
                message = f"Rule {rule.index}: {describe(value)} is not among the allowed values of {output.label}"
                yield Problem(cell.id, message)


def any_rules_agree(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """Under ANY, rules that match together have the same outputs, or the decision fails."""
    if table.hit_policy is not HitPolicy.ANY:
        return
    for found in islice(overlaps(table, columns), 1000):
        pairs = [(_constant(a), _constant(b)) for a, b in zip(found.first.outputs, found.second.outputs, strict=False)]
        if any(a[0] and b[0] and a[1] != b[1] for a, b in pairs):
            when = f"for {found.example}" if found.example else "for every input"
            yield Problem(
                found.second.id,
                f"The rules {found.first.index} ({found.first.id}) and {found.second.index} ({found.second.id}) both "
                f"match {when} with different outputs: under the hit policy ANY the decision fails then",
            )


def an_order_of_outputs_is_known(table: DecisionTable, columns: list[ColumnSet]) -> Iterator[Problem]:
    """PRIORITY and OUTPUT ORDER sort by the list of allowed output values."""
    if table.hit_policy in ORDERED_BY_OUTPUT and not any(output.order for output in table.outputs):
        name = table.hit_policy.name.replace("_", " ")
        message = f"The hit policy {name} sorts by the allowed values of the output, but none are listed, best first"
        yield Problem(table.id, message)


def _refuses(tests: feel.UnaryTests | None, value: object, environment: feel.Environment) -> bool:
    """Whether the tests surely fail, as far as the budget of the table goes."""
    try:
        return tests is not None and tests.test(value, {}, environment=environment).value is False
    except feel.LimitExceeded:
        return False


def _constant(cell: Boxed) -> tuple[bool, object]:
    if not isinstance(cell, Literal) or cell.expression is None:
        return False, None
    return constant(cell.expression.tree, cell.expression.text)
