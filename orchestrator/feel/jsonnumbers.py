"""JSON without floats: numbers are written and read exactly, so that money survives storage.

Numbers without a fraction or exponent are read as int, all others as Decimal of at most 34 digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

import orjson

from orchestrator.feel.limits import NESTING
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.values import FeelFunction, Range

_MAX_DIGITS = 4000
_PLAIN = frozenset({str, int, bool, type(None), Decimal})
_AS_WE_SAY = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


def to_json(value: Any) -> Any:
    """The value with temporals, ranges and functions as strings; Decimals stay. ValueError beyond NESTING."""
    return _plain(value, 1)


def _plain(value: Any, depth: int) -> Any:
    if depth > NESTING + 1:
        raise ValueError(f"The value is nested deeper than {NESTING}.")
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float | Decimal | str):
        return value
    if isinstance(value, Range):
        low, high = (_end(end) for end in (value.low, value.high))
        return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"
    if isinstance(value, FeelFunction):
        return f"function({', '.join(value.parameters)})"
    return str(value)


def _end(value: Any) -> str:
    return "null" if value is None else dumps(value) if isinstance(value, str | Decimal) else f'@"{value}"'


def dumps(value: Any) -> str:
    """The value as JSON on one line. Raises ValueError for NaN, Infinity and nesting deeper than NESTING."""
    written = _quickly(value)
    return written if written is not None else _carefully(value)


def _quickly(value: Any) -> str | None:
    """By a library that is written for it; None where it cannot say whether the value is sound."""
    try:
        written = orjson.dumps(value, default=_foreign, option=_AS_WE_SAY).decode()
    except TypeError:
        return None
    if written.count("{") + written.count("[") > NESTING and _is_deep(value):
        return None
    return None if "null" in written and _holds_float(value) else written  # it writes NaN as null


def _foreign(item: Any) -> Any:
    """What the library does not know, or would write in its own way."""
    if isinstance(item, Decimal):
        return orjson.Fragment(_atom(item))
    if isinstance(item, str):
        return str.__str__(item)
    return int(item) if isinstance(item, int) else _plain(item, 1)


def _holds_float(value: Any) -> bool:
    level: list[Any] = [[value]]
    while level:
        if any(isinstance(item, float) for values in _mixed(level) for item in values):
            return True
        level = _inside(level)
    return False


def _is_deep(value: Any) -> bool:
    """Is it nested deeper than NESTING? One level after the other, so that a wide value costs little."""
    level = _inside([[value]])
    for _ in range(NESTING):
        if not level:
            return False
        level = _inside(level)
    return bool(level)


def _inside(level: Iterable[Any]) -> list[Any]:
    """The objects and lists directly inside these."""
    return [item for values in _mixed(level) for item in values if isinstance(item, (dict, list, tuple))]


def _mixed(level: Iterable[Any]) -> Iterator[Iterable[Any]]:
    """What is inside these objects and lists, of those that hold more than plain values: most do not."""
    for around in level:
        values = around.values() if isinstance(around, dict) else around
        if not _PLAIN.issuperset(map(type, values)):
            yield values


def _carefully(value: Any) -> str:
    parts: list[str] = []
    _write(to_json(value), parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, dict):
        parts.append("{")
        for i, (key, item) in enumerate(value.items()):
            parts.append(f"{',' if i else ''}{encode_basestring(key)}:")
            _write(item, parts)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for i, item in enumerate(value):
            parts.append("," if i else "")
            _write(item, parts)
        parts.append("]")
    else:
        parts.append(_atom(value))


def _atom(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value)
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal):
        if not number.is_finite():
            raise ValueError("NaN and Infinity are no JSON numbers.")
        exponent = number.as_tuple().exponent
        return format(number, "f") if isinstance(exponent, int) and -40 < exponent < 40 else str(number)
    return str(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number.")


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"A number has more than {_MAX_DIGITS} characters.")
    try:
        return MATH.create_decimal(Decimal(text))
    except ARITHMETIC_ERRORS:
        raise ValueError(f"The number {text[:40]} is too large.") from None


def _int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"A number has more than {_MAX_DIGITS} characters.")
    return int(text)


def loads(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError with a sentence: no JSON, NaN or Infinity, nested too deep."""
    try:
        value = json.loads(text, parse_float=_decimal, parse_int=_int, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except UnicodeDecodeError:
        raise ValueError("This is no JSON: its bytes are no UTF-8.") from None
    except RecursionError:
        raise ValueError(f"The JSON is nested deeper than {NESTING}.") from None
    _check(value, 1)
    return value


def _check(value: Any, depth: int) -> None:
    """Neither too deep, nor half a character (a lone surrogate) that no database and no response can hold."""
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("A string holds half a character (a lone surrogate).")
    if not isinstance(value, dict | list):
        return
    if depth > NESTING:
        raise ValueError(f"The JSON is nested deeper than {NESTING}.")
    for item in [*value, *value.values()] if isinstance(value, dict) else value:
        _check(item, depth + 1)
