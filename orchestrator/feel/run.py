"""One evaluation under way: its variables, what it may still spend, what it has to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from orchestrator.feel import limits
from orchestrator.feel.diagnostics import Null, Warning
from orchestrator.feel.limits import Fuel, FuelExhausted, LimitExceeded, NestingTooDeep, ValueTooLarge
from orchestrator.feel.types import Type
from orchestrator.feel.values import FeelFunction, FeelValues, from_python

if TYPE_CHECKING:
    from orchestrator.feel.nodes import Node


class Dialect(Enum):
    """Whose FEEL: the standard's (decisions) or Camunda 8's (process expressions); see docs/feel.md."""

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


class Home(NamedTuple):
    """Where a function literal was evaluated."""

    text: str
    variables: Mapping[str, Any]
    functions: Mapping[str, FeelFunction]


class Run:
    """The state of one evaluation; never shared between threads."""

    __slots__ = (
        "_seen", "converted", "depth", "dialect", "environment", "fuel", "functions", "text", "variables", "warnings",
    )  # fmt: skip

    def __init__(self, text: str, variables: Mapping[str, Any], environment: Environment, dialect: Dialect) -> None:
        self.text, self.variables, self.dialect = text, variables, dialect
        self.functions = environment.functions
        fuel = environment.fuel
        if isinstance(fuel, Fuel):
            self.fuel, self.depth = fuel.left, fuel.depth
        else:
            self.fuel, self.depth = fuel, 0
            if environment.functions:
                environment = replace(environment, fuel=Fuel(fuel))
        self.environment = environment
        self.warnings: list[Warning] = []
        self.converted: dict[str, Any] | None = None
        self._seen: set[tuple[int, int, str]] | None = None

    # --- homes of functions

    def home(self) -> Home:
        """What a function literal sees around its scope, wherever it is called later."""
        return Home(self.text, self.variables, self.functions)

    @contextmanager
    def visiting(self, home: Home) -> Iterator[None]:
        """Evaluate a function that was made in another evaluation, with the variables it saw there."""
        kept = self.text, self.variables, self.functions, self.converted
        self.text, self.variables, self.functions, self.converted = home.text, home.variables, home.functions, None
        try:
            yield
        finally:
            self.text, self.variables, self.functions, self.converted = kept

    # --- limits

    def spend(self, steps: int, node: Node | None = None) -> None:
        """Pay for work that grows with the data. Raises FuelExhausted."""
        self.fuel -= steps
        if self.fuel < 0:
            self.exhausted(node)

    def exhausted(self, node: Node | None = None) -> NoReturn:
        """Raise FuelExhausted, at a part of the expression where that is known."""
        error = FuelExhausted("The expression takes more steps than allowed.")
        raise self.located(error, node) if node else error

    def located(self, error: LimitExceeded, node: Node) -> LimitExceeded:
        """The error with the part of the expression where it happened; the innermost part counts."""
        if not error.expression:
            part = excerpt(self.text, node.start, node.end)
            error.locate(f"{error.message} It was stopped in `{part}`.", node.start, node.end, self.text)
        return error

    def check_text(self, text: str) -> str:
        """The text itself, unless it is too long. Raises ValueTooLarge."""
        if len(text) > limits.TEXT:
            self.too_long(len(text))
        self.spend(len(text) // 500)
        return text

    def too_long(self, length: int) -> NoReturn:
        """Raise ValueTooLarge."""
        raise ValueTooLarge(f"The expression builds a string of {length:,} characters; {limits.TEXT:,} are allowed.")

    def check_items(self, count: int) -> None:
        """Refuse to build a list that long, and pay for it. Raises ValueTooLarge."""
        if count > limits.ITEMS:
            raise self.too_many(count)
        self.spend(count // 8)

    def too_many(self, count: int) -> ValueTooLarge:
        """The error of a list that grows too long."""
        return ValueTooLarge(f"The expression builds a list of {count:,} items; {limits.ITEMS:,} are allowed.")

    def lend(self) -> None:
        """Write what is left into the shared budget, for evaluations that a function of the outside may start."""
        if isinstance(self.environment.fuel, Fuel):
            self.environment.fuel.left, self.environment.fuel.depth = self.fuel, self.depth

    def settle(self) -> None:
        """Take back what such evaluations left."""
        if isinstance(self.environment.fuel, Fuel):
            self.fuel = self.environment.fuel.left

    def enter(self) -> None:
        """One function call deeper. Raises NestingTooDeep. The caller leaves by `depth -= 1`."""
        self.depth += 1
        if self.depth > limits.NESTING:
            raise NestingTooDeep(f"Functions call each other deeper than {limits.NESTING}.")

    # --- variables

    def variable(self, name: str, value: Any) -> Any:
        """The value of a variable as FEEL's; big ones are converted once."""
        if isinstance(self.variables, FeelValues):
            return value
        if isinstance(value, int | Decimal):
            return from_python(value)
        if self.converted is None:
            self.converted = {}
        if name not in self.converted:
            self.converted[name] = from_python(value)
        return self.converted[name]

    # --- warnings

    def null(self, node: Node, why: Null) -> None:
        """The value null, with a warning about a part of the expression: once, and at most limits.WARNINGS in all."""
        if len(self.warnings) >= limits.WARNINGS:
            return
        if self._seen is None:
            self._seen = set()
        key = (node.start, node.end, why.reason)
        if key in self._seen:
            return
        self._seen.add(key)
        message = sentence(self.text, node, why)
        part = self.text[node.start : node.end][: limits.EXCERPT]
        self.warnings.append(Warning(why.kind, message, node.start, node.end, part))

    def join(self, result: Result) -> Any:
        """The value of another evaluation, whose warnings become ours."""
        room = limits.WARNINGS - len(self.warnings)
        self.warnings.extend(result.warnings[:room])
        return result.value

    def names(self, scope: Any) -> Iterator[str]:
        """All names that are visible in a scope."""
        while scope is not None:
            values, scope = scope
            yield from values
        yield from map(str, self.variables)


def sentence(text: str, node: Node, why: Null) -> str:
    """Why a part of the expression is null, for a modeller."""
    reason = why.reason + (suggestion(why.word, why.names) if why.word else "")
    return f"`{excerpt(text, node.start, node.end)}` is null: {reason}{'' if reason.endswith('?') else '.'}"


def suggestion(word: str, names: Iterable[str]) -> str:
    """'; did you mean ...?' for the closest of the first thousand names."""
    return _suggestion(word, tuple(name[:100] for name in islice(names, 1000)))


@lru_cache(maxsize=100)  # what one case lacks, the next one of the same process lacks as well
def _suggestion(word: str, names: tuple[str, ...]) -> str:
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(word[:100].casefold(), list(folded), n=1, cutoff=0.7)
    return f"; did you mean `{folded[close[0]]}`?" if close else ""


def excerpt(text: str, start: int, end: int) -> str:
    """A part of the text on one line, cut to a readable length."""
    part = " ".join(text[start : min(end, start + 200)].split())
    return part if len(part) <= 80 else part[:77] + "..."
