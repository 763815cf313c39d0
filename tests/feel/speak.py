"""The words of these tests: evaluate an expression in one dialect and look at its value or its first warning."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from orchestrator.feel import Dialect, Environment, Result, evaluate, unary_tests


def run(
    text: str, dialect: Dialect = Dialect.DMN, *, environment: Environment | None = None, **variables: Any
) -> Result:
    """Evaluate with variables given by keyword."""
    return evaluate(text, variables, dialect=dialect, environment=environment)


def dmn(text: str, **variables: Any) -> Any:
    """The value in the standard dialect."""
    return plain(run(text, **variables).value)


def camunda(text: str, **variables: Any) -> Any:
    """The value in Camunda's dialect."""
    return plain(run(text, Dialect.CAMUNDA, **variables).value)


def warning(text: str, dialect: Dialect = Dialect.DMN, **variables: Any) -> str:
    """The message of the first warning, '' without any."""
    warnings = run(text, dialect, **variables).warnings
    return warnings[0].message if warnings else ""


def check(tests: str, value: Any, names: Iterable[str] = (), **variables: Any) -> Any:
    """Whether a value passes unary tests."""
    return unary_tests(tests, names=names).test(value, variables).value


def plain(value: Any) -> Any:
    """Temporal values as their text, so that tables stay readable; whole numbers as int, others as Decimal."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 40 else value
    return str(value) if getattr(value, "feel_kind", None) else value


def D(text: str) -> Decimal:
    """A decimal."""
    return Decimal(text)
