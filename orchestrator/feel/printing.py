"""Tree to text: the canonical spelling of an expression, which reads again as the same tree (DMN 1.5, 10.3.1.2).

One space around operators, no parentheses that change nothing, ranges closed by `]` or `)`, numbers without needless
zeros, names that are no single word in backticks. What a name may be taken for depends on what the parser knows:
`names` are those that the reading parser is given. A known name that begins with a reserved word, such as `in stock`,
is still preferred by the parser wherever those very words stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from orchestrator.feel import nodes, properties
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.lexer import tokenize
from orchestrator.feel.names import shape
from orchestrator.feel.nodes import Node
from orchestrator.feel.numbers import MATH, number_text
from orchestrator.feel.types import ContextOf, FunctionOf, ListOf, Named, RangeOf, Simple, Type

LOOSE, OR, AND, COMPARISON, SUM, PRODUCT, POWER, MINUS, POSTFIX = range(9)
"""How tightly a form binds; one that binds more loosely than its place allows stands in parentheses."""
LEVELS = {
    nodes.If: LOOSE, nodes.For: LOOSE, nodes.Quantified: LOOSE, nodes.FunctionLiteral: LOOSE,
    nodes.Disjunction: OR, nodes.Conjunction: AND,
    nodes.Comparison: COMPARISON, nodes.Between: COMPARISON, nodes.In: COMPARISON, nodes.InstanceOf: COMPARISON,
    nodes.Negation: MINUS,
}  # fmt: skip
ARITHMETIC = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_DATE = re.compile(r"\bdate$")
_ESCAPED = str.maketrans(ESCAPES)
_CONSTANTS = {True: "true", False: "false", None: "null"}
_SPOKEN = frozenset(properties.NAMES)


def print_expression(tree: Node, names: Iterable[str] = ()) -> str:
    """The text of an expression."""
    return _Printer((tree,), names).text(tree)


def print_unary_tests(trees: tuple[Node, ...], names: Iterable[str] = ()) -> str:
    """The text of unary tests: a cell of a decision table."""
    printer = _Printer(trees, names)
    first, *rest = (printer.text(tree) for tree in trees)
    # `not(` at the very beginning negates the whole cell
    if first.startswith("not(") and not isinstance(trees[0], nodes.NotTest):
        first = f"({first})"
    return ", ".join([first, *rest])


def string_text(value: str) -> str:
    """A string as a literal."""
    return f'"{value.translate(_ESCAPED)}"'


def decimal_text(value: Decimal) -> str:
    """A number as a literal; with an exponent where the digits alone would be long."""
    if value and not -40 < value.adjusted() < 40:
        return str(MATH.normalize(value))
    return number_text(value)


def is_word(name: str) -> bool:
    """Whether a name is one plain word, so that it needs no quotes anywhere."""
    first = tokenize(name)[0]
    return first.kind == "name" and first.text == name


class _Printer:
    """Prints one tree. `risky` are words with which a known name of several words begins."""

    def __init__(self, trees: tuple[Node, ...], names: Iterable[str]) -> None:
        known = {*names, *(name for tree in trees for name in _declared(tree))}
        self.risky = {found[0][0] for name in known if len(found := shape(name)) > 1}

    def text(self, node: Node, level: int = LOOSE) -> str:
        """The text of a node where only what binds at least as tightly as `level` may stand without parentheses."""
        text = PRINT[type(node)](self, node)
        return text if _level(node) >= level else f"({text})"

    def name(self, name: str) -> str:
        """A name, in backticks where it could be misread."""
        return name if is_word(name) and name not in self.risky else f"`{name}`"

    def called(self, function: Node) -> str:
        """What stands before the parenthesis of a call; built-ins need no backticks there."""
        if isinstance(function, nodes.Name) and function.name in BUILTINS:
            word = function.name
            return f"`{word}`" if word.split()[0] in self.risky else word
        return self.text(function, POSTFIX)

    def joined(self, operands: Iterable[Node], word: str, level: int) -> str:
        """a and b and c"""
        *others, last = (self.text(operand, level) for operand in operands)
        return f" {word} ".join([*map(_closed, others), last])

    def listed(self, parts: Iterable[Node]) -> str:
        return ", ".join(self.text(part) for part in parts)

    def iterators(self, iterators: tuple[tuple[str, Node], ...]) -> str:
        return ", ".join(f"{self.name(name)} in {self.text(domain)}" for name, domain in iterators)

    def type(self, type_: Type | None) -> str:
        match type_:
            case Simple(name):
                return name
            case ListOf(item):
                return f"list<{self.type(item)}>"
            case RangeOf(item):
                return f"range<{self.type(item)}>"
            case ContextOf(entries):
                return f"context<{', '.join(f'{self.name(name)}: {self.type(entry)}' for name, entry in entries)}>"
            case FunctionOf(parameters, result):
                return f"function<{', '.join(map(self.type, parameters))}> -> {self.type(result)}"
            case Named(name):
                return self.name(name)
        raise TypeError(f"{type_} has no spelling in FEEL")


def _level(node: Node) -> int:
    if isinstance(node, nodes.Arithmetic):
        return ARITHMETIC[node.rest[0][0]]
    return LEVELS.get(type(node), POSTFIX)


def _closed(text: str) -> str:
    """In `date and time(x)` the first three words are one name."""
    return f"({text})" if _DATE.search(text) else text


def _declared(node: Node) -> Iterator[str]:
    """The names that the parser learns while it reads the tree."""
    for found in _everything(node):
        match found:
            case nodes.ContextLiteral(entries=entries) | ContextOf(entries=entries):
                yield from (name for name, _ in entries)
            case nodes.For(iterators=iterators) | nodes.Quantified(iterators=iterators):
                yield from (name for name, _ in iterators)
            case nodes.FunctionLiteral(parameters=parameters):
                yield from (name for name, _ in parameters)
            case nodes.Invocation(names=tuple(names)):
                yield from names


def _everything(part: Any) -> Iterator[Any]:
    """All nodes and types of a tree."""
    stack = [part]
    while stack:
        found = stack.pop()
        if isinstance(found, tuple):
            stack.extend(found)
        elif isinstance(found, Node | Type):
            yield found
            stack.extend(getattr(found, field) for field in type(found).__dataclass_fields__)


# --- one function for each form


def _literal(_: _Printer, node: nodes.Literal) -> str:
    if isinstance(node.value, str):
        return string_text(node.value)
    return decimal_text(node.value) if isinstance(node.value, Decimal) else _CONSTANTS[node.value]


def _context(printer: _Printer, node: nodes.ContextLiteral) -> str:
    keys = (name if is_word(name) and name not in printer.risky else string_text(name) for name, _ in node.entries)
    return (
        "{" + ", ".join(f"{key}: {printer.text(part)}" for key, (_, part) in zip(keys, node.entries, strict=True)) + "}"
    )


def _range(printer: _Printer, node: nodes.RangeLiteral) -> str:
    ends = [printer.text(end, SUM if node.operator else LOOSE) for end in (node.low, node.high) if end is not None]
    if node.operator:
        return f"({node.operator} {ends[0]})"
    return f"{'[' if node.low_included else '('}{'..'.join(ends)}{']' if node.high_included else ')'}"


def _function(printer: _Printer, node: nodes.FunctionLiteral) -> str:
    parameters = (
        f"{printer.name(name)}: {printer.type(type_)}" if type_ else printer.name(name)
        for name, type_ in node.parameters
    )
    return f"function({', '.join(parameters)}) {'external ' if node.external else ''}{printer.text(node.body)}"


def _if(printer: _Printer, node: nodes.If) -> str:
    condition, then, otherwise = map(printer.text, (node.condition, node.then, node.otherwise))
    return f"if {condition} then {then} else {otherwise}"


def _quantified(printer: _Printer, node: nodes.Quantified) -> str:
    word = "every" if node.every else "some"
    return f"{word} {printer.iterators(node.iterators)} satisfies {printer.text(node.body)}"


def _left(printer: _Printer, node: Node) -> str:
    """The left side of a comparison. A `<` behind the name of a type would belong to the type."""
    return printer.text(node, SUM if isinstance(node, nodes.InstanceOf) else COMPARISON)


def _between(printer: _Printer, node: nodes.Between) -> str:
    low, high = printer.text(node.low, SUM), printer.text(node.high, SUM)
    return f"{_left(printer, node.value)} between {_closed(low)} and {high}"


def _in(printer: _Printer, node: nodes.In) -> str:
    tests, only = node.tests, node.tests[0]
    if len(tests) > 1 or not isinstance(only, nodes.ValueTest):
        right = f"({printer.listed(tests)})"
    else:
        right = printer.text(only.expression, SUM)
        is_range = isinstance(only.expression, nodes.RangeLiteral) and not only.expression.operator
        # A parenthesis behind `in` begins a list of tests
        if right.startswith("(") and not is_range:
            right = f"({printer.text(only.expression)})"
    return f"{_left(printer, node.value)} in {right}"


def _arithmetic(printer: _Printer, node: nodes.Arithmetic) -> str:
    level = _level(node) + 1
    rest = (f" {operator} {printer.text(part, level)}" for operator, part in node.rest)
    return printer.text(node.first, level) + "".join(rest)


def _path(printer: _Printer, node: nodes.Path) -> str:
    spoken = node.name in _SPOKEN and node.name.split()[0] not in printer.risky
    return f"{printer.text(node.source, POSTFIX)}.{node.name if spoken else printer.name(node.name)}"


def _invocation(printer: _Printer, node: nodes.Invocation) -> str:
    arguments = map(printer.text, node.arguments)
    if node.names:
        arguments = map("{}: {}".format, map(printer.name, node.names), arguments)
    return f"{printer.called(node.function)}({', '.join(arguments)})"


PRINT: dict[type[Node], Callable[[_Printer, Any], str]] = {
    nodes.Literal: _literal,
    nodes.AtLiteral: lambda _, node: f"@{string_text(node.text)}",
    nodes.Name: lambda printer, node: printer.name(node.name),
    nodes.ListLiteral: lambda printer, node: f"[{printer.listed(node.items)}]",
    nodes.ContextLiteral: _context,
    nodes.RangeLiteral: _range,
    nodes.FunctionLiteral: _function,
    nodes.If: _if,
    nodes.For: lambda printer, node: f"for {printer.iterators(node.iterators)} return {printer.text(node.body)}",
    nodes.Quantified: _quantified,
    nodes.Conjunction: lambda printer, node: printer.joined(node.operands, "and", COMPARISON),
    nodes.Disjunction: lambda printer, node: printer.joined(node.operands, "or", AND),
    nodes.Comparison: lambda printer, node: (
        f"{_left(printer, node.left)} {node.operator} {printer.text(node.right, SUM)}"
    ),
    nodes.Between: _between,
    nodes.In: _in,
    nodes.InstanceOf: lambda printer, node: f"{_left(printer, node.value)} instance of {printer.type(node.type)}",
    nodes.Arithmetic: _arithmetic,
    nodes.Negation: lambda printer, node: f"-{printer.text(node.operand, MINUS)}",
    nodes.Path: _path,
    nodes.Filter: lambda printer, node: f"{printer.text(node.source, POSTFIX)}[{printer.text(node.condition)}]",
    nodes.Invocation: _invocation,
    nodes.OperatorTest: lambda printer, node: f"{node.operator} {printer.text(node.operand, SUM)}",
    nodes.ValueTest: lambda printer, node: printer.text(node.expression),
    nodes.AnyTest: lambda _, node: "-",
    nodes.NotTest: lambda printer, node: f"not({printer.listed(node.tests)})",
}
