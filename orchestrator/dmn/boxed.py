"""Boxed expressions (DMN 1.5, chapters 7.3 and 10.2): what a decision's logic says. Immutable, every text parsed once.

`type` is the type that the value must have, None for any. A literal whose text is no FEEL holds None as its
`expression`; the reason is among the problems of the definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator import feel
from orchestrator.feel.types import Type


@dataclass(frozen=True, slots=True)
class Boxed:
    """An expression; the base class alone is never used. `id` is its own or that of the nearest element around it."""

    id: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class Literal(Boxed):
    """A FEEL text."""

    text: str
    expression: feel.Expression | None


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A named part of a context; the name "" marks the result of the whole context."""

    name: str
    type: Type | None
    value: Boxed | None


@dataclass(frozen=True, slots=True)
class Context(Boxed):
    """Entries that each see those before."""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, slots=True)
class ListOfBoxed(Boxed):
    """A list of expressions."""

    items: tuple[Boxed, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    """A list of contexts, written as rows under column names."""

    columns: tuple[tuple[str, Type | None], ...]
    rows: tuple[tuple[Boxed, ...], ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A formal parameter of a function."""

    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Boxed):
    """A function; `external` names another language (Java, PMML), which is not evaluated."""

    parameters: tuple[Parameter, ...]
    body: Boxed | None
    external: str = ""


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    """A call of a function with named arguments."""

    function: Boxed | None
    bindings: tuple[tuple[str, Boxed | None], ...]


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    """if, then, else."""

    condition: Boxed | None
    then: Boxed | None
    otherwise: Boxed | None


@dataclass(frozen=True, slots=True)
class Filter(Boxed):
    """The items of a list that match."""

    source: Boxed | None
    match: Boxed | None


@dataclass(frozen=True, slots=True)
class Iterator(Boxed):
    """for, some or every (`kind`) over a list or a range."""

    kind: str
    variable: str
    source: Boxed | None
    body: Boxed | None
