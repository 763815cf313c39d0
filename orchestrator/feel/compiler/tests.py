"""Code of ranges, filters, `in` and unary tests (DMN 1.5, 7.3.3, 10.3.2.4 to 10.3.2.7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.compiler.base import Code, Compiler, Scope, Test
from orchestrator.feel.compiler.operators import quietly
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.nodes import Node, mentions
from orchestrator.feel.operators import KEYS, compare, in_range, order, same
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.values import Range, describe

INPUT = frozenset({"?"})


def range_literal(node: nodes.RangeLiteral, compiler: Compiler) -> Code:
    """[a..b]: null unless both ends have an order and are of one kind."""
    low = compiler.compile(node.low) if node.low else None
    high = compiler.compile(node.high) if node.high else None
    bounds = (node.low_included, node.high_included, node.operator)

    def build(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        value = Range(low(run, scope) if low else None, high(run, scope) if high else None, *bounds)
        why = range_problem(run, value)
        return run.null(node, why) if why else value

    return build


def range_problem(run: Run, value: Range) -> Null | None:
    """Why two values are no range, if so."""
    for end in (value.low, value.high):
        if end is not None and type(end) not in KEYS and value.operator not in ("=", "!="):
            return Null("wrong type", f"{describe(end)} cannot be the end of a range")
    if value.low is not None and value.high is not None and value.operator is None:
        sign = order(run, value.low, value.high)
        if sign is None:
            return Null("not comparable", f"a range cannot go from {describe(value.low)} to {describe(value.high)}")
    return None


# --- filters


def filter_(node: nodes.Filter, compiler: Compiler) -> Code:
    """a[condition]: the item at a number, counted from 1 or backwards from -1, or the items for which it is true."""
    source = compiler.compile(node.source)
    condition = compiler.inside(None, node.condition)

    def select(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        items = as_list(run, node, source(run, scope))
        if items is None:
            return None
        if not items:
            index = quietly(run, condition, scope)
            return _pick(run, node, items, index) if type(index) is Decimal else []
        chosen = []
        for item in items:
            inner: Scope = ({"item": item}, scope)
            if type(item) is dict:
                inner = (item, inner)
            value = condition(run, inner)
            if type(value) is Decimal:
                return _pick(run, node, items, value)
            if value is True:
                chosen.append(item)
            elif value is not False and value is not None:
                return run.null(node, Null("wrong type", f"a filter is a boolean or a number, not {describe(value)}"))
        return chosen

    return select


def as_list(run: Run, node: nodes.Filter, value: Any) -> list[Any] | None:
    """What is filtered. The standard takes a single value for a list of one; Camunda filters lists alone."""
    if type(value) is list:
        return value
    if run.dialect is Dialect.DMN:
        return [] if value is None else [value]
    run.null(node, Null("wrong type", f"only a list can be filtered, not {describe(value)}"))
    return None


def _pick(run: Run, node: nodes.Filter, items: list[Any], index: Decimal) -> Any:
    if index != index.to_integral_value():
        return run.null(node, Null("out of range", f"the position {describe(index)} is not whole"))
    place = int(index) if abs(index) <= len(items) else 0
    if place == 0:
        reason = f"the list has {len(items)} item{'' if len(items) == 1 else 's'}, none at position {str(index)[:40]}"
        return run.null(node, Null("out of range", reason))
    return items[place - 1 if place > 0 else place]


# --- tests


def in_(node: nodes.In, compiler: Compiler) -> Code:
    """a in b, a in (b, < c)"""
    value = compiler.compile(node.value)
    test = any_of(node, node.tests, compiler)

    def decide(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        return test(run, scope, value(run, scope))

    return decide


def any_of(node: Node, tests: tuple[Node, ...], compiler: Compiler) -> Test:
    """True if one test holds, null if none holds and one is null, otherwise false."""
    words = [_constant(test) for test in tests]
    codes = [compile_test(test, compiler) for test in tests]
    constants = frozenset(words) if len({type(word) for word in words}) == 1 and None not in words else None
    kind = type(words[0])

    def decide(run: Run, scope: Scope, value: Any) -> Any:
        if constants is not None and type(value) is kind:
            return value in constants
        known = True
        for code in codes:
            run.fuel -= 1
            if run.fuel < 0:
                run.exhausted(node)
            result = code(run, scope, value)
            if result is True:
                return True
            if result is None:
                known = False
        return False if known else None

    return decide


def _constant(test: Node) -> str | Decimal | None:
    """The string or number that is the whole test."""
    literal = test.expression if isinstance(test, nodes.ValueTest) else None
    value = literal.value if isinstance(literal, nodes.Literal) else None
    return value if isinstance(value, str | Decimal) else None


def compile_test(test: Node, compiler: Compiler) -> Test:
    """The code of one test."""
    if isinstance(test, nodes.AnyTest):
        return lambda run, scope, value: True
    if isinstance(test, nodes.NotTest):
        inner = any_of(test, test.tests, compiler)
        return lambda run, scope, value: _not(inner(run, scope, value))
    if isinstance(test, nodes.OperatorTest):
        return _operator_test(test, compiler)
    assert isinstance(test, nodes.ValueTest)
    return _value_test(test, compiler)


def _not(value: Any) -> Any:
    return None if value is None else not value


def _operator_test(test: nodes.OperatorTest, compiler: Compiler) -> Test:
    word, operand = test.operator, compiler.inside(INPUT, test.operand)
    speaks_of_input = mentions(test.operand, "?")

    def decide(run: Run, scope: Scope, value: Any) -> Any:
        inner: Scope = ({"?": value}, scope) if speaks_of_input else scope
        result = compare(run, word, value, operand(run, inner))
        return run.null(test, result) if type(result) is Null else result

    return decide


def _value_test(test: nodes.ValueTest, compiler: Compiler) -> Test:
    expression = compiler.inside(INPUT, test.expression)
    speaks_of_input = mentions(test.expression, "?")

    def decide(run: Run, scope: Scope, value: Any) -> Any:
        inner: Scope = ({"?": value}, scope) if speaks_of_input else scope
        result = expression(run, inner)
        if speaks_of_input and (result is None or type(result) is bool):
            return result
        return satisfies(run, test, value, result)

    return decide


def satisfies(run: Run, node: Node, value: Any, wanted: Any) -> Any:
    """Whether the value is what a test yields: equal to it, in that range, in that list, or that is plainly true."""
    if type(wanted) is Range and type(value) is not Range:
        result = in_range(run, value, wanted)
        return run.null(node, result) if type(result) is Null else result
    if type(wanted) is list:
        return _in_list(run, value, wanted)
    if type(wanted) is bool and type(value) is not bool and value is not None:
        return wanted
    return _equal(run, node, value, wanted)


def _in_list(run: Run, value: Any, wanted: list[Any]) -> bool:
    run.spend(1 + len(wanted) // 4)
    if type(value) is list and same(run, value, wanted):
        return True
    for item in wanted:
        if same(run, value, item):
            return True
        if type(item) is Range and in_range(run, value, item) is True:
            return True
    return False


def _equal(run: Run, node: Node, value: Any, wanted: Any) -> Any:
    result = compare(run, "=", value, wanted)
    return run.null(node, result) if type(result) is Null else result
