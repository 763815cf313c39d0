"""Tree to closures. Each compiled part is called with the run and the scope and returns a FEEL value.

A scope is a pair (values, outer scope) or None at the top, where the variables of the run are. Compiled parts hold no
state: any number of threads may use them at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from orchestrator.feel.diagnostics import Null
from orchestrator.feel.nodes import Node
from orchestrator.feel.run import Dialect, Run

Scope = tuple[dict[str, Any], Any] | None
Code = Callable[[Run, Scope], Any]
Test = Callable[[Run, Scope, Any], Any]


class Compiler:
    """Compiles one tree.

    `free` collects the names that are read from the variables, `problems` the parts that can only ever be null.
    """

    def __init__(self, dialect: Dialect, table: Mapping[type[Node], Callable[[Any, Compiler], Code]]) -> None:
        self.dialect, self.table = dialect, table
        self.free: set[str] = set()
        self.problems: list[tuple[Node, Null]] = []
        self.pattern_steps = 0
        self.frames: list[AbstractSet[str] | None] = []

    def compile(self, node: Node) -> Code:
        """The code of a node, by the table of its kind."""
        return self.table[type(node)](node, self)

    def inside(self, names: AbstractSet[str] | None, node: Node) -> Code:
        """The code of a node that sees these names first; None stands for the unknown entries of a list's items."""
        self.frames.append(names)
        try:
            return self.compile(node)
        finally:
            self.frames.pop()

    def hopeless(self, node: Node, why: Null) -> Code:
        """The code of a part that can only ever be null."""
        self.problems.append((node, why))
        return lambda run, scope: run.null(node, why)

    def is_local(self, name: str) -> bool:
        """Whether an inner scope surely holds the name."""
        return any(frame is not None and name in frame for frame in self.frames)
