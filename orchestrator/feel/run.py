"""One evaluation under way: its variables, what it may still spend, what it has to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from orchestrator.feel import limits
from orchestrator.feel.diagnostics import Null, Warning
from orchestrator.feel.limits import Fuel, FuelExhausted, NestingTooDeep, ValueTooLarge
from orchestrator.feel.types import Type
from orchestrator.feel.values import FeelFunction, from_python

if TYPE_CHECKING:
    from orchestrator.feel.nodes import Node


class Dialect(Enum):
    """Whose FEEL: the standard's (decisions), or Camunda 8's (process expressions). docs/feel.md lists the differences."""

    DMN = "dmn"
    CAMUNDA = "camunda"


@dataclass(frozen=True, slots=True)
class Environment:
    """What the place of evaluation offers: the clock, functions, named types, and a budget of steps.

    `fuel` is a number of steps, or a Fuel that several evaluations share.
    """

    now: datetime | None = None
    functions: Mapping[str, FeelFunction] = field(default_factory=dict)
    fuel: int | Fuel = limits.STEPS
    types: Mapping[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The value of an evaluation and why parts of it are null."""

    value: Any
    warnings: tuple[Warning, ...] = ()


NOTHING: Environment = Environment()


class Run:
    """The state of one evaluation; never shared between threads."""

    __slots__ = ("_seen", "converted", "depth", "dialect", "environment", "fuel", "functions", "text", "variables", "warnings")

    def __init__(self, text: str, variables: Mapping[str, Any], environment: Environment, dialect: Dialect) -> None:
        self.text, self.variables, self.environment, self.dialect = text, variables, environment, dialect
        self.functions = environment.functions
        fuel = environment.fuel
        self.fuel = fuel if type(fuel) is int else fuel.left  # type: ignore[union-attr]
        self.depth = 0
        self.warnings: list[Warning] = []
        self.converted: dict[str, Any] | None = None
        self._seen: set[tuple[int, int, str]] | None = None

    # --- limits

    def spend(self, steps: int, node: Node | None = None) -> None:
        """Pay for work that grows with the data. Raises FuelExhausted."""
        self.fuel -= steps
        if self.fuel < 0:
            self.exhausted(node)

    def exhausted(self, node: Node | None) -> NoReturn:
        """Raise FuelExhausted at a part of the expression."""
        start, end = (node.start, node.end) if node else (0, len(self.text))
        part = excerpt(self.text, start, end)
        message = f"The expression takes more steps than allowed; it was stopped in `{part}`."
        raise FuelExhausted(message, start, end, self.text[start:end])

    def check_text(self, text: str) -> str:
        """The text itself, unless it is too long. Raises ValueTooLarge."""
        if len(text) > limits.TEXT:
            raise ValueTooLarge(f"The expression builds a string of {len(text):,} characters; {limits.TEXT:,} are allowed.")
        self.spend(len(text) // 500)
        return text

    def check_items(self, count: int) -> None:
        """Refuse to build a list that long, and pay for it. Raises ValueTooLarge."""
        if count > limits.ITEMS:
            raise ValueTooLarge(f"The expression builds a list of {count:,} items; {limits.ITEMS:,} are allowed.")
        self.spend(count // 8)

    def enter(self, node: Node | None = None) -> None:
        """One function call deeper. Raises NestingTooDeep. The caller leaves by `depth -= 1`."""
        self.depth += 1
        if self.depth > limits.NESTING:
            raise NestingTooDeep(f"Functions call each other deeper than {limits.NESTING}.")

    # --- variables

    def variable(self, name: str, value: Any) -> Any:
        """The value of a variable as FEEL's; big ones are converted once."""
        if isinstance(value, int | Decimal):
            return from_python(value)
        if self.converted is None:
            self.converted = {}
        if name not in self.converted:
            self.converted[name] = from_python(value)
        return self.converted[name]

    # --- warnings

    def warn(self, node: Node, kind: str, message: str) -> None:
        """Keep a warning about a part of the expression, once, and not more than limits.WARNINGS."""
        if len(self.warnings) >= limits.WARNINGS:
            return
        if self._seen is None:
            self._seen = set()
        key = (node.start, node.end, message)
        if key not in self._seen:
            self._seen.add(key)
            self.warnings.append(Warning(kind, message, node.start, node.end, self.text[node.start : node.end]))

    def null(self, node: Node, why: Null) -> None:
        """The value null, with a warning."""
        self.warn(node, why.kind, f"`{excerpt(self.text, node.start, node.end)}` is null: {why.reason}.")

    def join(self, result: Result) -> Any:
        """The value of another evaluation, whose warnings become ours."""
        room = limits.WARNINGS - len(self.warnings)
        self.warnings.extend(result.warnings[:room])
        return result.value

    def missing(self, node: Node, name: str, scope: Any) -> None:
        """Warn of a name that nothing bears."""
        names = [str(key) for key in self.variables][:1000]
        while scope is not None:
            values, scope = scope
            names += [key for key in values if key not in names][:1000]
        self.null(node, Null("unknown variable", f"no variable of that name{suggestion(name, names)}"))


def suggestion(name: str, names: list[str]) -> str:
    """'; did you mean ...?' for the closest of the names."""
    folded = {candidate.casefold(): candidate for candidate in names}
    close = get_close_matches(name.casefold()[:100], [key[:100] for key in folded], n=1, cutoff=0.7)
    return f"; did you mean `{folded[close[0]]}`?" if close and close[0] in folded else ""


def excerpt(text: str, start: int, end: int) -> str:
    """A part of the text on one line, cut to a readable length."""
    part = " ".join(text[start:end].split())
    return part if len(part) <= 80 else part[:77] + "..."
