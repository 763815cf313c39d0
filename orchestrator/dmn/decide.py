"""Decision tables at work: the values of the inputs, the rules that match, the result, and a record of all three."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from orchestrator.dmn.boundary import with_dates
from orchestrator.dmn.boxed import Boxed
from orchestrator.dmn.hit_policies import NO_HITS, Hit, result_of, row
from orchestrator.dmn.lookup import Lookup
from orchestrator.dmn.result import EvaluatedInput, EvaluatedTable, MatchedRule
from orchestrator.dmn.table import MULTIPLE_HITS, DecisionTable, HitPolicy, Input, Rule
from orchestrator.feel.types import coerce, type_text
from orchestrator.feel.values import describe

if TYPE_CHECKING:
    from orchestrator.dmn.interpret import Scope

ValueOf = Callable[[Boxed | None, "Scope"], Any]


def decide(table: DecisionTable, scope: Scope, value_of: ValueOf) -> Any:
    """The value of the table. Raises DecisionFailed where the hit policy is violated, and LimitExceeded."""
    values = [_input(column, scope, value_of) for column in table.inputs]
    hits = []
    for rule in _matching(table, values, scope):
        hits.append((rule, [_output(table, i, cell, scope, value_of) for i, cell in enumerate(rule.outputs)]))
        if table.hit_policy is HitPolicy.FIRST:
            break
    if hits:
        value, counted = result_of(table, hits, lambda message: scope.record.warn(table.id, "wrong type", message))
    else:
        value, counted = _default(table, scope, value_of), []
    inputs = (EvaluatedInput(c.id, c.label, value) for c, value in zip(table.inputs, values, strict=True))
    rules = tuple(_matched(table, hit) for hit in counted)
    scope.record.table(EvaluatedTable(table.id, table.hit_policy.value, tuple(inputs), rules, value))
    return value


def _input(column: Input, scope: Scope, value_of: ValueOf) -> Any:
    """The value that a column tests. A value outside the column's allowed ones is null; of its type we only remind,

    since editors put a type there before the modeller thought of it. Dates of a process are texts: they are read.
    """
    value = value_of(column.expression, scope)
    if value is None:
        return None
    if column.type is not None:
        fitting, fits = coerce(with_dates(value, column.type), column.type)
        if fits:
            value = fitting
        else:
            message = f"The input {column.label} should be of type {type_text(column.type)}, but is {describe(value)}"
            scope.record.warn(column.id, "wrong type", message)
    allowed = column.allowed.tests if column.allowed else None
    if allowed and allowed.test(value, scope.values, environment=scope.environment).value is not True:
        message = f"The input {column.label} is null: {describe(value)} is not among the allowed values"
        scope.record.warn(column.id, "not allowed", message)
        return None
    return value


def _output(table: DecisionTable, index: int, cell: Boxed, scope: Scope, value_of: ValueOf) -> Any:
    value, column = value_of(cell, scope), table.outputs[index]
    if value is None:
        return None
    if column.type is not None:
        fitting, fits = coerce(value, column.type)
        if fits:
            value = fitting
        else:
            message = f"The output {column.label} should be of type {type_text(column.type)}, but is {describe(value)}"
            scope.record.warn(cell.id, "wrong type", message)
    allowed = column.allowed.tests if column.allowed else None
    if allowed and allowed.test(value, scope.values, environment=scope.environment).value is not True:
        message = f"The output {column.label} is null: {describe(value)} is not among the allowed values"
        scope.record.warn(cell.id, "not allowed", message)
        return None
    return value


def _default(table: DecisionTable, scope: Scope, value_of: ValueOf) -> Any:
    """The default outputs where there are any, or what the hit policy yields without hits."""
    if any(output.default is not None for output in table.outputs):
        value = row(table, [value_of(output.default, scope) for output in table.outputs])
        return [value] if table.hit_policy in MULTIPLE_HITS else value
    if empty := NO_HITS.get(table.hit_policy):
        return empty()
    scope.record.warn(table.id, "no match", "No rule matches, and the table has no default output")
    return None


def _matched(table: DecisionTable, hit: Hit) -> MatchedRule:
    rule, outputs = hit
    named = tuple((o.label or o.name, value) for o, value in zip(table.outputs, outputs, strict=False))
    return MatchedRule(rule.id, rule.index, named, rule.description, rule.annotations)


def _matching(table: DecisionTable, values: list[Any], scope: Scope) -> Iterator[Rule]:
    """The rules that match, in order."""
    lookup = table.caches.get("lookup")
    if not isinstance(lookup, Lookup):
        lookup = table.caches["lookup"] = Lookup(table)
    for column, message in lookup.strangers(values):
        scope.record.warn(table.inputs[column].id, "not comparable", message)
    for index, columns in lookup.candidates(values):
        rule = table.rules[index]
        if all(_passes(rule, column, values[column], scope) for column in columns):
            yield rule


def _passes(rule: Rule, column: int, value: Any, scope: Scope) -> bool:
    cell = rule.tests[column]
    scope.record.spend(1)
    if cell.tests is None:
        scope.record.warn(cell.id, "no FEEL", "The cell cannot be read: the rule does not match")
        return False
    result = cell.tests.test(value, scope.values, environment=scope.environment)
    if result.warnings:
        scope.record.take(cell.id, result.warnings)
    return result.value is True
