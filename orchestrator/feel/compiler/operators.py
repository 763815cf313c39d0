"""Code of operators: and, or, comparisons, between, instance of, arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.compiler.base import Code, Compiler, Scope
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.limits import LimitExceeded
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.operators import arithmetic, compare, negate
from orchestrator.feel.run import Run, excerpt
from orchestrator.feel.sizes import weigh
from orchestrator.feel.types import instance_of
from orchestrator.feel.values import describe


def conjunction(node: nodes.Conjunction, compiler: Compiler) -> Code:
    """a and b: false if one is false, null if one is no boolean, otherwise true (DMN 1.5, table 50)."""
    return _junction(node, compiler, "and", stop=False)


def disjunction(node: nodes.Disjunction, compiler: Compiler) -> Code:
    """a or b: true if one is true, null if one is no boolean, otherwise false (DMN 1.5, table 50)."""
    return _junction(node, compiler, "or", stop=True)


def _junction(node: nodes.Conjunction | nodes.Disjunction, compiler: Compiler, word: str, *, stop: bool) -> Code:
    operands: list[tuple[Code, nodes.Node]] = [(compiler.compile(operand), operand) for operand in node.operands]

    def junction(run: Run, scope: Scope) -> bool | None:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        known = True
        for operand, part in operands:
            value = operand(run, scope)
            if value is stop:
                return bool(stop)
            if value is not (not stop):
                known = False
                if value is not None:
                    run.null(part, Null("wrong type", f"`{word}` needs a boolean, not {describe(value)}"))
        return not stop if known else None

    return junction


FAST: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparison(node: nodes.Comparison, compiler: Compiler) -> Code:
    """a < b. Numbers and strings take the short way."""
    word = node.operator
    left, right = compiler.compile(node.left), compiler.compile(node.right)
    fast = FAST[word]
    if word in ("=", "!=") and (_is_null(node.left) or _is_null(node.right)):
        return _null_check(node, left if _is_null(node.right) else right, word == "=")

    def decide(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        a, b = left(run, scope), right(run, scope)
        kind = type(a)
        if kind is type(b) and (kind is Decimal or (kind is str and len(a) < 1000)):
            return bool(fast(a, b))
        value = compare(run, word, a, b)
        return null(run, node, value, (node.left, a), (node.right, b)) if type(value) is Null else value

    return decide


def null(run: Run, node: nodes.Node, why: Null, *sides: tuple[nodes.Node, Any]) -> None:
    """Null with a warning: if an operand is null, that is the reason."""
    for part, value in sides:
        if value is None and not _is_null(part):
            why = Null(why.kind, f"`{excerpt(run.text, part.start, part.end)}` is null")
    run.null(node, why)


def _is_null(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Literal) and node.value is None


def _null_check(node: nodes.Comparison, side: Code, equals: bool) -> Code:
    """a = null asks whether there is a value: that a name is missing is the answer, not worth a warning."""

    def check(run: Run, scope: Scope) -> bool:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        return (quietly(run, side, scope) is None) is equals

    return check


def quietly(run: Run, code: Code, scope: Scope) -> Any:
    """Evaluate and forget the warnings."""
    kept = len(run.warnings)
    value = code(run, scope)
    del run.warnings[kept:]
    return value


def between(node: nodes.Between, compiler: Compiler) -> Code:
    """a between b and c, both ends included."""
    value, low, high = (compiler.compile(part) for part in (node.value, node.low, node.high))

    def decide(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        middle, least, most = value(run, scope), low(run, scope), high(run, scope)
        above, below = compare(run, ">=", middle, least), compare(run, "<=", middle, most)
        for result in (above, below):
            if type(result) is Null:
                return null(run, node, result, (node.value, middle), (node.low, least), (node.high, most))
        return above and below

    return decide


def instance(node: nodes.InstanceOf, compiler: Compiler) -> Code:
    """a instance of type"""
    value, type_ = compiler.compile(node.value), node.type

    def decide(run: Run, scope: Scope) -> bool:
        found = value(run, scope)
        run.spend(1 + weigh(found) // 8, node)
        return instance_of(found, type_, run.environment.types)

    return decide


NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": MATH.add,
    "-": MATH.subtract,
    "*": MATH.multiply,
    "/": MATH.divide,
}


def sums(node: nodes.Arithmetic, compiler: Compiler) -> Code:
    """a + b - c, from left to right. Numbers take the short way."""
    first = compiler.compile(node.first)
    rest = [(word, NUMERIC.get(word), compiler.compile(part), part) for word, part in node.rest]
    first_part = node.first

    def calculate(run: Run, scope: Scope) -> Any:
        value = first(run, scope)
        for word, fast, part, right in rest:
            run.fuel -= 1
            if run.fuel < 0:
                run.exhausted(node)
            other = part(run, scope)
            if fast is not None and type(value) is Decimal and type(other) is Decimal:
                try:
                    value = fast(value, other)
                    continue
                except ARITHMETIC_ERRORS:
                    pass
            try:
                result = arithmetic(run, word, value, other)
            except LimitExceeded as error:
                raise run.located(error, node) from None
            if type(result) is Null:
                null(run, node, result, *((first_part, value), (right, other)))
                result = None
            value = result
        return value

    return calculate


def negation(node: nodes.Negation, compiler: Compiler) -> Code:
    """-a; of a literal number, a constant."""
    if isinstance(node.operand, nodes.Literal) and type(node.operand.value) is Decimal:
        constant = MATH.minus(node.operand.value)
        return lambda run, scope: constant
    operand = compiler.compile(node.operand)

    def minus(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        value = negate(operand(run, scope))
        return run.null(node, value) if type(value) is Null else value

    return minus
