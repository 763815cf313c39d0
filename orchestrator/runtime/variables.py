"""Variables at the border: what comes in is checked and made exact, what goes to PostgreSQL is JSON that it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from orchestrator.feel.jsonnumbers import dumps

MAX_BYTES = 5 * 1024 * 1024
MAX_NAME = 255
MAX_DEPTH = 100
_PLAIN = (bool, int, Decimal, type(None))
_NULL_ESCAPE = "\\u0000"


class InvalidVariables(ValueError):
    """Variables that no process instance can hold; str() says which and why."""


def checked(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with exact numbers. Raises InvalidVariables."""
    for name in variables:
        if not isinstance(name, str) or not name or len(name) > MAX_NAME:
            raise InvalidVariables(f"{str(name)[:40]!r} is no name for a variable: use 1 to {MAX_NAME} characters.")
    exact = {name: _exact(value, name, 1) for name, value in variables.items()}
    if len(dumps(exact)) > MAX_BYTES:
        raise InvalidVariables(f"The variables are larger than {MAX_BYTES // 1024 // 1024} MB together.")
    return exact


def _exact(value: Any, name: str, depth: int) -> Any:
    if depth > MAX_DEPTH - 1:
        raise InvalidVariables(f"The variable {name} is nested deeper than {MAX_DEPTH}.")
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return _number(value, name)
    if isinstance(value, Mapping):
        return {_text(str(key), name): _exact(item, name, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item, name, depth + 1) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if hasattr(value, "feel_kind"):
        return value
    raise InvalidVariables(f"The variable {name} holds a {type(value).__name__}, which no process can store.")


def _text(value: str, name: str) -> str:
    if "\x00" in value:
        raise InvalidVariables(f"The variable {name} holds a NUL character, which cannot be stored.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidVariables(f"The variable {name} holds half a character (a lone surrogate).")
    return value


def _number(value: float, name: str) -> Decimal:
    number = Decimal(repr(value))
    if not number.is_finite():
        raise InvalidVariables(f"The variable {name} is {value}, which is no number that can be stored.")
    return number


def text(value: Any) -> str:
    """JSON for a jsonb column. What an expression made may hold NUL, which jsonb refuses: it becomes U+FFFD."""
    written = dumps(value)
    return dumps(_without_nul(value)) if _NULL_ESCAPE in written else written


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(str(key)): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    return value
