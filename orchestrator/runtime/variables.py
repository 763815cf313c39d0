"""Variables at the border: what comes in is checked and made exact, what goes to PostgreSQL is JSON that it accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from orchestrator.feel.jsonnumbers import dumps

MAX_BYTES = 5 * 1024 * 1024
MAX_HELD = 20 * 1024 * 1024  # characters of one element instance; the engine stops at half of it where it measures
MAX_NAME = 255
_ITEM = 4  # bytes of a value beside its characters
MAX_DEPTH = 100
MAX_DIGITS = 1_000  # of one number
_PLAIN = 10**15  # of a whole number that needs no closer look
_LARGE = re.compile(r"E[+-]?\d{4}")


class InvalidVariables(ValueError):
    """Variables that no process instance can hold; str() says which and why."""


def checked(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with exact numbers. Raises InvalidVariables."""
    for name in variables:
        if not isinstance(name, str) or not name or len(name) > MAX_NAME:
            raise InvalidVariables(f"{str(name)[:40]!r} is no name for a variable: use 1 to {MAX_NAME} characters.")
    room = _Room()
    exact = {name: _exact(value, name, 1, room) for name, value in variables.items()}
    if room.left < 0:
        raise _too_large()
    return exact


class _Room:
    """What is left of it, so that too much is noticed before it is written."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_BYTES


def _exact(value: Any, name: str, depth: int, room: _Room) -> Any:
    kind = type(value)
    if kind is str:
        room.left -= len(value) + _ITEM
        return _text(value, name)
    room.left -= _ITEM
    if value is None or kind is bool or (kind is int and -_PLAIN < value < _PLAIN):
        return value
    if depth > MAX_DEPTH - 1:
        raise InvalidVariables(f"The variable {name} is nested deeper than {MAX_DEPTH}.")
    if room.left < 0:
        raise _too_large()
    if kind is dict:
        return {_text(str(key), name): _exact(item, name, depth + 1, room) for key, item in value.items()}
    if kind is list:
        return [_exact(item, name, depth + 1, room) for item in value]
    return _unusual(value, name, depth, room)


def _too_large() -> InvalidVariables:
    return InvalidVariables(f"The variables are larger than {MAX_BYTES // 1024 // 1024} MB together.")


def _unusual(value: Any, name: str, depth: int, room: _Room) -> Any:
    if isinstance(value, str):
        room.left -= len(value)
        return _text(value, name)
    if isinstance(value, int | float | Decimal):
        return _number(value, name)
    if isinstance(value, Mapping):
        return _exact(dict(value), name, depth, room)
    if isinstance(value, tuple | list):
        return _exact([*value], name, depth, room)
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


def _number(value: int | float | Decimal, name: str) -> int | Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal) and not number.is_finite():
        raise InvalidVariables(f"The variable {name} is {value}, which is no number that can be stored.")
    if _is_too_long(number):
        raise InvalidVariables(f"The variable {name} is a number of more than {MAX_DIGITS} digits.")
    return number


def _is_too_long(number: int | Decimal) -> bool:
    """Written out, as jsonb keeps it."""
    if isinstance(number, int):
        return number.bit_length() > MAX_DIGITS * 3.33
    exponent = number.as_tuple().exponent
    return not isinstance(exponent, int) or abs(number.adjusted()) > MAX_DIGITS or abs(exponent) > MAX_DIGITS


#: What `text` wrote. It was checked on its way in, and keeps all its digits.
value = json.JSONDecoder(parse_float=Decimal).decode


def held(variables: Mapping[str, Any], element: str) -> str:
    """As `text`, of the variables that an element instance is to hold. Raises InvalidVariables when they are too many:
    whoever brought them is told, and nothing is stored.
    """
    written = text(variables)
    if len(written) > MAX_HELD:
        raise InvalidVariables(
            f"{element} would hold variables of {len(written) / 1024 / 1024:.1f} MB; at most"
            f" {MAX_HELD // 1024 // 1024} MB are kept. Keep large data outside, and its address here."
        )
    return written


def text(value: Any) -> str:
    """JSON for a jsonb column. What an expression made may hold what jsonb refuses or nobody can read back: NUL becomes
    U+FFFD, a number of thousands of digits null.
    """
    if not value and isinstance(value, dict):
        return "{}"
    written = dumps(value)
    return dumps(_storable(value)) if _is_doubtful(written) else written


def _is_doubtful(written: str) -> bool:
    """May there be a NUL, or a number of very many digits? Each is looked for alone: together they take ten times as
    long, which is noticed in megabytes.
    """
    return "\\u0000" in written or _LARGE.search(written) is not None or _has_run_of_digits(written)


def _has_run_of_digits(written: str) -> bool:
    """Of MAX_DIGITS: whatever is so long meets one of the places that are looked at."""
    return any(
        written[at].isdigit() and _run(written, at) >= MAX_DIGITS
        for at in range(MAX_DIGITS - 1, len(written), MAX_DIGITS)
    )


def _run(written: str, at: int) -> int:
    first = last = at
    while first > 0 and written[first - 1].isdigit():
        first -= 1
    while last + 1 < len(written) and written[last + 1].isdigit():
        last += 1
    return last - first + 1


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and _is_too_long(value):
        return None
    return value
