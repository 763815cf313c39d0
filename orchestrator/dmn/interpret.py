"""The values of boxed expressions (DMN 1.5, 10.2.2), one function per kind. Data never raises; it makes null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.dmn import boxed
from orchestrator.dmn.boxed import Boxed
from orchestrator.dmn.decide import decide
from orchestrator.dmn.record import Record
from orchestrator.dmn.table import DecisionTable
from orchestrator.dmn.variables import Variables
from orchestrator.feel.compiler.forms import steps
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.invocation import invoke
from orchestrator.feel.run import Run
from orchestrator.feel.values import FeelFunction, Range, describe


@dataclass(slots=True)
class Scope:
    """The variables that an expression sees, and where it may spend and warn."""

    record: Record
    environment: feel.Environment
    values: Variables

    def inside(self, values: Mapping[str, Any]) -> Scope:
        """A scope that sees more. Copying the variables is paid for."""
        self.record.spend(1 + len(self.values) // 16)
        return Scope(self.record, self.environment, self.values.plus(values))


def value_of(expression: Boxed | None, scope: Scope) -> Any:
    """The value, of the type the expression declares. Raises LimitExceeded and DecisionFailed."""
    if expression is None:
        return None
    value = EVALUATE[type(expression)](expression, scope)
    return value if expression.type is None else scope.record.fit(expression.id, value, expression.type, "The value")


def _literal(literal: boxed.Literal, scope: Scope) -> Any:
    if literal.expression is None:
        if literal.text:
            scope.record.warn(literal.id, "no FEEL", "The expression cannot be read")
        return None
    result = literal.expression.evaluate(scope.values, environment=scope.environment)
    if result.warnings:
        scope.record.take(literal.id, result.warnings)
    return result.value


def _context(context: boxed.Context, scope: Scope) -> Any:
    inner, values = scope.inside({}), {}
    for entry in context.entries:
        value = scope.record.fit(context.id, value_of(entry.value, inner), entry.type, f"The entry {entry.name}")
        if not entry.name:
            return value
        values[entry.name] = inner.values[entry.name] = value
    return values


def _list(expression: boxed.ListOfBoxed, scope: Scope) -> Any:
    return [value_of(item, scope) for item in expression.items]


def _relation(relation: boxed.Relation, scope: Scope) -> Any:
    rows = []
    for row in relation.rows:
        cells = zip(relation.columns, row, strict=False)
        rows.append(
            {
                name: scope.record.fit(cell.id, value_of(cell, scope), type_, f"The cell of {name}")
                for (name, type_), cell in cells
            }
        )
    return rows


def function_of(definition: boxed.FunctionDefinition, scope: Scope, name: str = "") -> FeelFunction:
    """The function, which sees the scope it was made in."""
    names = tuple(parameter.name for parameter in definition.parameters)

    def call(run: Run, arguments: list[Any]) -> Any:
        scope.record.spend(10)
        value = value_of(definition.body, scope.inside(dict(zip(names, arguments, strict=True))))
        return scope.record.fit(definition.id, value, definition.type, "The result of the function")

    types = tuple(parameter.type for parameter in definition.parameters)
    return FeelFunction(names, call, name, types)


def _function(definition: boxed.FunctionDefinition, scope: Scope) -> Any:
    if definition.external:
        scope.record.warn(definition.id, "unknown function", f"Functions in {definition.external} are not evaluated")
        return None
    return function_of(definition, scope)


def _invocation(invocation: boxed.Invocation, scope: Scope) -> Any:
    function = value_of(invocation.function, scope)
    if not isinstance(function, FeelFunction):
        message = f"The invocation is null: {describe(function)} is no function"
        scope.record.warn(invocation.id, "unknown function", message)
        return None
    arguments = [value_of(value, scope) for _, value in invocation.bindings]
    return call(function, arguments, tuple(name for name, _ in invocation.bindings), invocation.id, scope)


def call(function: FeelFunction, arguments: list[Any], names: tuple[str, ...] | None, id: str, scope: Scope) -> Any:
    """The value of a function call that no FEEL text contains."""
    run = Run("", scope.values, scope.environment, feel.Dialect.DMN)
    try:
        value = invoke(run, function, arguments, names or None)
    finally:
        run.lend()
    scope.record.take(id, run.warnings)
    if isinstance(value, Null):
        scope.record.warn(id, value.kind, f"The invocation is null: {value.reason}")
        return None
    return value


def _conditional(conditional: boxed.Conditional, scope: Scope) -> Any:
    condition = value_of(conditional.condition, scope)
    if condition is not None and not isinstance(condition, bool):
        scope.record.warn(conditional.id, "wrong type", f"A condition is true or false, not {describe(condition)}")
        return None
    return value_of(conditional.then if condition is True else conditional.otherwise, scope)


def _filter(expression: boxed.Filter, scope: Scope) -> Any:
    source = value_of(expression.source, scope)
    items = source if isinstance(source, list) else [] if source is None else [source]
    chosen = []
    for item in items:
        entries = item if isinstance(item, dict) else {}
        match = value_of(expression.match, scope.inside({**entries, "item": item}))
        if isinstance(match, Decimal):
            return _at(expression, items, match, scope)
        if match is True:
            chosen.append(item)
        elif match is not False and match is not None:
            scope.record.warn(expression.id, "wrong type", f"A filter needs true or false, not {describe(match)}")
            return None
    return chosen


def _at(expression: boxed.Filter, items: list[Any], position: Decimal, scope: Scope) -> Any:
    if position != position.to_integral_value() or not 1 <= abs(position) <= len(items):
        scope.record.warn(expression.id, "out of range", f"The list of {len(items)} has no position {position}")
        return None
    return items[int(position) - 1 if position > 0 else int(position)]


def _iterator(iterator: boxed.Iterator, scope: Scope) -> Any:
    source = value_of(iterator.source, scope)
    items = steps(source) if isinstance(source, Range) else source
    if isinstance(items, Null) or items is None or isinstance(items, str | dict) or not hasattr(items, "__iter__"):
        reason = items.reason if isinstance(items, Null) else f"{describe(source)} is neither a list nor a range"
        scope.record.warn(iterator.id, "wrong type", f"The {iterator.kind} expression is null: {reason}")
        return None
    return ITERATE[iterator.kind](iterator, items, scope)


def _for(iterator: boxed.Iterator, items: Any, scope: Scope) -> Any:
    results: list[Any] = []
    for item in items:
        scope.record.spend(len(results) // 64)
        results.append(value_of(iterator.body, scope.inside({iterator.variable: item, "partial": list(results)})))
    return results


def _quantified(iterator: boxed.Iterator, items: Any, scope: Scope) -> Any:
    """some: true if one is true, else null if one is null, else false; every: the reverse. Null with a non-boolean."""
    decisive, values = iterator.kind == "some", []
    for item in items:
        value = value_of(iterator.body, scope.inside({iterator.variable: item}))
        if value is not None and not isinstance(value, bool):
            scope.record.warn(iterator.id, "wrong type", f"A condition is true or false, not {describe(value)}")
            return None
        values.append(value)
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _table(table: DecisionTable, scope: Scope) -> Any:
    return decide(table, scope, value_of)


ITERATE: dict[str, Callable[[boxed.Iterator, Any, Scope], Any]] = {
    "for": _for,
    "some": _quantified,
    "every": _quantified,
}

EVALUATE: dict[type[Boxed], Callable[[Any, Scope], Any]] = {
    boxed.Literal: _literal,
    boxed.Context: _context,
    boxed.ListOfBoxed: _list,
    boxed.Relation: _relation,
    boxed.FunctionDefinition: _function,
    boxed.Invocation: _invocation,
    boxed.Conditional: _conditional,
    boxed.Filter: _filter,
    boxed.Iterator: _iterator,
    DecisionTable: _table,
}
