"""The syntax tree: one frozen class per form of DMN 1.5, 10.3.1.2. `start` and `end` are offsets into the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from orchestrator.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, a string, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """@"2024-02-29": a temporal value by its lexical form."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, a function, `item`, `partial` or `?`."""

    name: str


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """[a, b]"""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """{a: 1, b: a + 1}"""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """[a..b], (a..b), ]a..b[; with `operator`, a range such as (< 5)."""

    low: Node | None
    high: Node | None
    low_included: bool
    high_included: bool
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """function(a: number, b) a + b"""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    external: bool


@dataclass(frozen=True, slots=True)
class If(Node):
    """if a then b else c"""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class For(Node):
    """for x in a, y in b return c"""

    iterators: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """some or every x in a satisfies b"""

    every: bool
    iterators: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    """a and b and c"""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    """a or b or c"""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """a < b"""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """a between b and c"""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """a in b, or a in (b, < c)"""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """a instance of type"""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """a + b - c: operators of one precedence, from left to right, so that long sums do not nest."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """-a"""

    operand: Node


@dataclass(frozen=True, slots=True)
class Path(Node):
    """a.name"""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """a[b]"""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """f(a, b) or, with `names`, f(x: a, y: b)"""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class OperatorTest(Node):
    """< a, as a unary test"""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class ValueTest(Node):
    """An expression as a unary test: equal to it, inside it, or, if it speaks of `?`, true."""

    expression: Node


@dataclass(frozen=True, slots=True)
class AnyTest(Node):
    """- : everything"""


@dataclass(frozen=True, slots=True)
class NotTest(Node):
    """not(a, b)"""

    tests: tuple[Node, ...]


def children(node: Node) -> Iterator[Node]:
    """The parts of a node, in the order of the text."""
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def mentions(node: Node, name: str) -> bool:
    """Whether the name stands somewhere in the tree."""
    return (isinstance(node, Name) and node.name == name) or any(mentions(child, name) for child in children(node))
