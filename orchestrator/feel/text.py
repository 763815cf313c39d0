"""How FEEL writes values as text: string(), and the JSON of to json()."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.feel.numbers import number_text
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal import DaysTimeDuration, YearsMonthsDuration
from orchestrator.feel.values import FeelFunction, Range


def to_text(run: Run, value: Any, *, inside: bool = False) -> str:
    """A value as string() writes it; strings inside lists, contexts and ranges stand in quotes."""
    parts: list[str] = []
    _write(run, value, inside, parts)
    return run.check_text("".join(parts))


def _write(run: Run, value: Any, inside: bool, parts: list[str]) -> None:
    run.spend(1)
    if type(value) is str:
        run.check_text(value)
        parts.append(quoted(value) if inside else value)
    elif type(value) is list:
        parts.append("[")
        for i, item in enumerate(value):
            parts.append(", " if i else "")
            _write(run, item, True, parts)
        parts.append("]")
    elif type(value) is dict:
        parts.append("{")
        for i, (key, item) in enumerate(value.items()):
            parts.append(f"{', ' if i else ''}{key}:{' ' if run.dialect is Dialect.DMN else ''}")
            _write(run, item, True, parts)
        parts.append("}")
    else:
        parts.append(_atom(run, value))


def quoted(text: str) -> str:
    """A string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _atom(run: Run, value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return number_text(value)
    if type(value) is Range:
        return _range(run, value)
    if isinstance(value, FeelFunction):
        return f"function({', '.join(value.parameters)})"
    if run.dialect is Dialect.CAMUNDA and value in ZERO_DURATIONS:
        return ZERO_DURATIONS[value]
    if isinstance(value, DaysTimeDuration | YearsMonthsDuration):
        return str(value)
    return _temporal(value)


def _temporal(value: Any) -> str:
    text = getattr(value, "feel_kind", None) and str(value)
    return text or type(value).__name__


ZERO_DURATIONS: dict[Any, str] = {DaysTimeDuration(0): "P0D", YearsMonthsDuration(0): "P0Y"}


def _range(run: Run, value: Range) -> str:
    low, high = (to_text(run, end, inside=True) for end in (value.low, value.high))
    if value.operator is not None:
        return f"({value.operator} {high if value.low is None else low})"
    return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"
