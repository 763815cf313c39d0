"""Code of if, for, some, every, function literals and invocations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.compiler.base import Code, Compiler, Scope
from orchestrator.feel.compiler.operators import quietly
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.invocation import invoke
from orchestrator.feel.limits import ITEMS, LimitExceeded
from orchestrator.feel.nodes import Node, mentions
from orchestrator.feel.regex import attempt
from orchestrator.feel.regex_syntax import PatternError
from orchestrator.feel.run import Run
from orchestrator.feel.temporal import Date
from orchestrator.feel.types import BOOLEAN, NUMBER, STRING, Type
from orchestrator.feel.values import BuiltinFunction, Closure, FeelFunction, Range, describe


def conditional(node: nodes.If, compiler: Compiler) -> Code:
    """if a then b else c: anything but true leads to c."""
    condition, then, otherwise = (compiler.compile(part) for part in (node.condition, node.then, node.otherwise))

    def choose(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        value = condition(run, scope)
        if value is True:
            return then(run, scope)
        if value is not False and value is not None:
            run.null(node.condition, Null("wrong type", f"a condition is true or false, not {describe(value)}"))
        return otherwise(run, scope)

    return choose


# --- iteration

Domain = tuple[str, Code, Node]


def _iterators(
    node: nodes.For | nodes.Quantified, compiler: Compiler, extra: frozenset[str]
) -> tuple[list[Domain], Code]:
    """The domains, each seeing the variables before it, and the body seeing all."""
    seen: frozenset[str] = frozenset()
    domains = []
    for name, domain in node.iterators:
        domains.append((name, compiler.inside(seen, domain), domain))
        seen |= {name}
    return domains, compiler.inside(seen | extra, node.body)


def _walk(
    run: Run, scope: Scope, domains: list[Domain], outer: dict[str, Any], index: int = 0
) -> Iterator[dict[str, Any] | None]:
    """The variables in every combination, the last one fastest; None where a domain is no list, and no more then."""
    name, code, node = domains[index]
    items = _items(run, node, code(run, (outer, scope)))
    if items is None:
        yield None
        return
    innermost = index + 1 == len(domains)
    for item in items:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        values = {**outer, name: item}
        if innermost:
            yield values
        else:
            yield from _walk(run, scope, domains, values, index + 1)


def _items(run: Run, node: Node, value: Any) -> Any:
    """What a domain offers: a list's items, a range's numbers or days; None with a warning for anything else."""
    if type(value) is list:
        return value
    if type(value) is Range:
        found = steps(value)
        if type(found) is not Null:
            return found
        return run.null(node, found)
    return run.null(node, Null("wrong type", f"an iteration needs a list or a range, not {describe(value)}"))


def steps(value: Range) -> Any:
    """The whole numbers or days of a range, upwards, or downwards where it goes down. A Null for other ranges."""
    low, high = value.low, value.high
    if type(low) is Decimal and type(high) is Decimal:
        if low != low.to_integral_value() or high != high.to_integral_value():
            return Null("wrong type", "an iteration over numbers needs whole numbers")
        if abs(low) > 10**15 or abs(high) > 10**15:
            return Null("out of range", "an iteration over numbers ends at 10^15")
        first, last = int(low), int(high)
        make: Callable[[int], Any] = Decimal
    elif type(low) is Date and type(high) is Date:
        first, last, make = low.day_number, high.day_number, Date.from_day_number
    else:
        return Null("wrong type", "an iteration needs a range of numbers or of dates, with both ends")
    if last >= first:
        return map(make, range(first + (not value.low_included), last + value.high_included))
    return map(make, range(first - (not value.low_included), last - value.high_included, -1))


def iteration(node: nodes.For, compiler: Compiler) -> Code:
    """for x in a, y in b return c; the body may look back at `partial`, the results so far."""
    domains, body = _iterators(node, compiler, frozenset({"partial"}))
    looks_back = mentions(node.body, "partial")

    def collect(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        results: list[Any] = []
        for values in _walk(run, scope, domains, {}):
            if values is None:
                return None
            if looks_back:
                run.spend(len(results) // 64, node)
                values["partial"] = list(results)
            if len(results) >= ITEMS:
                raise run.located(run.too_many(len(results) + 1), node)
            results.append(body(run, (values, scope)))
        return results

    return collect


def quantified(node: nodes.Quantified, compiler: Compiler) -> Code:
    """some: true if one is true, else null if one is null, else false; every: the reverse."""
    domains, body = _iterators(node, compiler, frozenset())
    stop = not node.every

    def decide(run: Run, scope: Scope) -> Any:
        run.spend(1, node)
        known = True
        for values in _walk(run, scope, domains, {}):
            if values is None:
                return None
            value = body(run, (values, scope))
            if value is stop:
                return stop
            if value is not (not stop):
                known = False
                if value is not None:
                    run.null(node.body, Null("wrong type", f"a condition is true or false, not {describe(value)}"))
        return not stop if known else None

    return decide


# --- functions


def function_literal(node: nodes.FunctionLiteral, compiler: Compiler) -> Code:
    """function(a: number) body: a closure over its scope."""
    names = tuple(name for name, _ in node.parameters)
    types = tuple(type_ for _, type_ in node.parameters)
    if node.external:
        why = Null("unknown function", "functions of other languages (external) are not available here")
        return compiler.hopeless(node, why)
    body = compiler.inside(frozenset(names), node.body)
    result_type = static_type(node.body)

    def build(run: Run, scope: Scope) -> Closure:
        run.spend(1, node)

        home = run.home()

        def call(inner: Run, arguments: list[Any]) -> Any:
            local: Scope = (dict(zip(names, arguments, strict=True)), scope)
            if inner.variables is home.variables:
                return body(inner, local)
            with inner.visiting(home):
                return body(inner, local)

        return Closure(names, call, parameter_types=types, result_type=result_type)

    return build


def static_type(node: Node) -> Type | None:
    """The type of an expression, where the text alone tells."""
    if isinstance(node, nodes.Literal):
        return LITERAL_TYPES.get(type(node.value))
    if isinstance(node, nodes.Comparison | nodes.Conjunction | nodes.Disjunction | nodes.InstanceOf | nodes.Between):
        return BOOLEAN
    return None


LITERAL_TYPES: dict[type, Type] = {Decimal: NUMBER, str: STRING, bool: BOOLEAN}


def invocation(node: nodes.Invocation, compiler: Compiler) -> Code:
    """f(a, b) or f(x: a): a built-in at once, unless a variable or the environment holds a function of that name."""
    word = node.function.name if isinstance(node.function, nodes.Name) else None
    builtin = BUILTINS.get(word) if word is not None else None
    arguments = [compiler.compile(argument) for argument in node.arguments]
    if word in PATTERN_FUNCTIONS:
        _check_pattern(node, compiler, PATTERN_FUNCTIONS[word])
    if word in QUIET and builtin is not None and arguments:
        first = arguments[0]
        arguments[0] = lambda run, scope: quietly(run, first, scope)
    if word is None:
        function = compiler.compile(node.function)
    elif builtin is None:
        function = _called(node.function, word, compiler)
    else:
        function = _shadowed(builtin, word, compiler)

    def call(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        target = function(run, scope)
        if not isinstance(target, FeelFunction):
            if target is not None:
                run.null(node, Null("unknown function", f"{describe(target)} is no function"))
            return None
        values = [argument(run, scope) for argument in arguments]
        try:
            result = invoke(run, target, values, node.names)
        except LimitExceeded as error:
            raise run.located(error, node) from None
        return run.null(node, result) if type(result) is Null else result

    return call


PATTERN_FUNCTIONS: dict[str | None, tuple[str, ...]] = {
    "matches": ("input", "pattern", "flags"),
    "replace": ("input", "pattern", "replacement", "flags"),
    "split": ("string", "pattern"),
    "extract": ("string", "pattern"),
}


def _check_pattern(node: nodes.Invocation, compiler: Compiler, parameters: tuple[str, ...]) -> None:
    """A pattern that is written out is looked at now, so that a deployment can refuse it with the reason."""
    given = dict(zip(node.names or parameters, node.arguments, strict=False))
    pattern, flags = given.get("pattern", given.get("delimiter")), given.get("flags", NO_FLAGS)
    if not (isinstance(pattern, nodes.Literal) and isinstance(flags, nodes.Literal)):
        return
    if type(pattern.value) is str and type(flags.value) is str:
        if compiler.pattern_steps > PATTERN_STEPS:
            return
        found = attempt(pattern.value, flags.value)
        compiler.pattern_steps += found.pay()
        if isinstance(found.outcome, PatternError):
            compiler.problems.append((node, Null("bad value", str(found.outcome))))


PATTERN_STEPS = 100_000
"""So much work goes into looking at patterns before an expression runs."""
NO_FLAGS = nodes.Literal(0, 0, "")
QUIET = frozenset({"is defined", "get or else"})
"""Built-ins that ask whether there is a value: a missing one is no reason to warn."""


def _called(node: Node, word: str, compiler: Compiler) -> Code:
    read = compiler.compile(node)

    def find(run: Run, scope: Scope) -> Any:
        known = len(run.warnings)
        value = read(run, scope)
        if value is None and len(run.warnings) > known:
            del run.warnings[known:]
            names = chain(run.names(scope), run.functions, BUILTINS)
            return run.null(node, Null("unknown function", f"no function is named `{word}`", word, names))
        return value

    return find


def _shadowed(builtin: BuiltinFunction, word: str, compiler: Compiler) -> Code:
    def find(run: Run, scope: Scope) -> Any:
        frame = scope
        while frame is not None:
            values, frame = frame
            if word in values and isinstance(values[word], FeelFunction):
                return values[word]
        return run.functions.get(word) or _own(run.variables.get(word), builtin)

    return find


def _own(value: Any, builtin: BuiltinFunction) -> FeelFunction:
    return value if isinstance(value, FeelFunction) else builtin
