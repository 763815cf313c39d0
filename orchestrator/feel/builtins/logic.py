"""not, is, and Camunda's questions: is defined, get or else, assert."""

from __future__ import annotations

from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.operators import same
from orchestrator.feel.run import Run
from orchestrator.feel.temporal import DateTime, Time
from orchestrator.feel.values import describe


@builtin("not(negand: boolean or null)")
def negation(run: Run, negand: bool | None) -> bool | None:
    """Null stays null."""
    return None if negand is None else not negand


@builtin("is(value1: any, value2: any)")
def identical(run: Run, first: Any, second: Any) -> bool:
    """Whether both are the same value of the same kind: a time with an offset is not one with a zone of that offset."""
    if isinstance(first, Time | DateTime) and type(first) is type(second):
        return bool(first == second)
    return same(run, first, second)


@builtin("is defined(value: any)")
def is_defined(run: Run, value: Any) -> bool:
    """Whether the value is not null."""
    return value is not None


@builtin("get or else(value: any, default: any)")
def get_or_else(run: Run, value: Any, default: Any) -> Any:
    """The value, or the default where it is null."""
    return default if value is None else value


@builtin("assert(value: any, condition: any)")
@builtin("assert(value: any, condition: any, cause: string)")
def assertion(run: Run, value: Any, condition: Any, cause: str = "the condition is not true") -> Any:
    """The value if the condition is true, otherwise null with the cause as a warning."""
    if condition is True:
        return value
    return Null("assertion failed", f"{cause}; the value is {describe(value)}")
