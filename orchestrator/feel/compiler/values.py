"""Code of values and their parts: literals, names, lists, contexts, paths."""

from __future__ import annotations

from collections import Counter
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.compiler.base import Code, Compiler, Scope
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.properties import PROPERTIES
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal_text import parse_temporal
from orchestrator.feel.values import NATIVE, kind


def literal(node: nodes.Literal, compiler: Compiler) -> Code:
    """A constant."""
    value = node.value
    return lambda run, scope: value


def at_literal(node: nodes.AtLiteral, compiler: Compiler) -> Code:
    """A temporal constant, or null with the reason each time it is evaluated."""
    try:
        value = parse_temporal(node.text, short=compiler.dialect is Dialect.CAMUNDA)
    except ValueError as error:
        return compiler.hopeless(node, Null("bad value", str(error)))
    return lambda run, scope: value


def name(node: nodes.Name, compiler: Compiler) -> Code:
    """A variable of an inner scope, of the run, or a function."""
    word = node.name
    if not compiler.is_local(word):
        compiler.free.add(word)
    if not compiler.frames:
        return _variable(node, word)
    outside = _variable(node, word)

    def local(run: Run, scope: Scope) -> Any:
        frame = scope
        while frame is not None:
            values, frame = frame
            if word in values:
                run.fuel -= 1
                if run.fuel < 0:
                    run.exhausted(node)
                return values[word]
        return outside(run, scope)

    return local


def _variable(node: nodes.Name, word: str) -> Code:
    def variable(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        try:
            value = run.variables[word]
        except KeyError:
            return _function_value(run, scope, node, word)
        return value if type(value) in NATIVE else run.variable(word, value)

    return variable


def _function_value(run: Run, scope: Scope, node: nodes.Name, word: str) -> Any:
    found = run.functions.get(word) or BUILTINS.get(word)
    if found is not None:
        return found
    return run.null(node, Null("unknown variable", "no variable of that name", word, run.names(scope)))


def list_literal(node: nodes.ListLiteral, compiler: Compiler) -> Code:
    """[a, b]"""
    items = [compiler.compile(item) for item in node.items]

    def build(run: Run, scope: Scope) -> list[Any]:
        run.spend(1, node)
        return [item(run, scope) for item in items]

    return build


def context_literal(node: nodes.ContextLiteral, compiler: Compiler) -> Code:
    """{a: 1, b: a}: later entries see earlier ones, and functions see themselves. A key given twice makes it null."""
    twice = next((key for key, times in Counter(key for key, _ in node.entries).items() if times > 1), None)
    if twice is not None:
        return compiler.hopeless(node, Null("bad value", f"the context has two entries named `{twice}`"))
    entries = []
    seen: set[str] = set()
    for key, value in node.entries:
        if isinstance(value, nodes.FunctionLiteral):
            seen.add(key)
        entries.append((key, compiler.inside(seen, value)))
        seen.add(key)

    def build(run: Run, scope: Scope) -> dict[str, Any]:
        run.spend(1, node)
        values: dict[str, Any] = {}
        inner = (values, scope)
        for key, value in entries:
            values[key] = value(run, inner)
        return values

    return build


def path(node: nodes.Path, compiler: Compiler) -> Code:
    """a.name: an entry, a property, or for a list the list of them."""
    source, word = compiler.compile(node.source), node.name

    def step(run: Run, scope: Scope) -> Any:
        run.fuel -= 1
        if run.fuel < 0:
            run.exhausted(node)
        value = source(run, scope)
        if type(value) is dict and word in value:
            return value[word]
        return _property(run, node, word, value)

    return step


def _property(run: Run, node: nodes.Path, word: str, value: Any) -> Any:
    if type(value) is list:
        run.spend(len(value), node)
        return [
            item[word] if type(item) is dict and word in item else _property(run, node, word, item) for item in value
        ]
    if value is None:
        return run.null(node, Null("unknown property", f"what stands before `.{word}` is null"))
    get = PROPERTIES.get(type(value), {}).get(word)
    if get is not None:
        return get(value)
    names = value if type(value) is dict else PROPERTIES.get(type(value), {})
    what = "the context has no entry" if type(value) is dict else f"a {kind(value)} has no property"
    return run.null(node, Null("unknown property", f"{what} `{word}`", word, names))
