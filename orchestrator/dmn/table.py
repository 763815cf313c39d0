"""Decision tables (DMN 1.5, chapter 8): inputs, outputs, rules, and the hit policy that says what a match means."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from orchestrator import feel
from orchestrator.dmn.boxed import Boxed, Literal
from orchestrator.feel.types import Type


class HitPolicy(Enum):
    """What the table yields when rules match, by the letter shown in its corner."""

    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"
    SUM = "C+"
    MIN = "C<"
    MAX = "C>"
    COUNT = "C#"

    @property
    def spelling(self) -> str:
        """As files and editors write it: UNIQUE, RULE ORDER, COLLECT (SUM)."""
        return f"COLLECT ({self.name})" if self.name in AGGREGATIONS else self.name.replace("_", " ")


POLICIES = {
    "UNIQUE": HitPolicy.UNIQUE,
    "ANY": HitPolicy.ANY,
    "PRIORITY": HitPolicy.PRIORITY,
    "FIRST": HitPolicy.FIRST,
    "RULE ORDER": HitPolicy.RULE_ORDER,
    "OUTPUT ORDER": HitPolicy.OUTPUT_ORDER,
    "COLLECT": HitPolicy.COLLECT,
}
AGGREGATIONS = {"SUM": HitPolicy.SUM, "MIN": HitPolicy.MIN, "MAX": HitPolicy.MAX, "COUNT": HitPolicy.COUNT}
MULTIPLE_HITS = frozenset({HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT})
ORDERED_BY_OUTPUT = frozenset({HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER})


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """Unary tests: the cell of an input, or the allowed values of a type or a column. `tests` is None where the text is
    no FEEL."""

    id: str
    text: str
    tests: feel.UnaryTests | None

    @property
    def anything(self) -> bool:
        """Whether the cell is a dash or empty."""
        return self.text.strip() in ("", "-")


@dataclass(frozen=True, slots=True)
class Input:
    """A column to test. `type` is what the column declares, `known_type` what the model knows of its expression."""

    id: str
    label: str
    expression: Literal | None
    type: Type | None
    known_type: Type | None
    allowed: UnaryTests | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results. `order` are the allowed values where they are written one by one: first is best."""

    id: str
    name: str
    label: str
    type: Type | None
    allowed: UnaryTests | None
    order: tuple[Literal, ...]
    default: Boxed | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row. `index` counts from 1, as the modeller sees it; `description` and `annotations` are for readers only."""

    id: str
    index: int
    tests: tuple[UnaryTests, ...]
    outputs: tuple[Boxed, ...]
    description: str = ""
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DecisionTable(Boxed):
    """The table. `caches` holds what lookups derive from the rules; it never changes what the table means."""

    hit_policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    caches: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
