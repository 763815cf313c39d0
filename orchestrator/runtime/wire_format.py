"""Statements and their parameters as PostgreSQL's protocol takes them.

Parameters are numbers, texts, times, truth values, None, or lists of those, which travel as arrays. NUL, which no text
of PostgreSQL can hold, becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

_PLACEHOLDER = re.compile(r"%(?:s|%|\((\w+)\)s)")


@lru_cache(1000)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Django's placeholders as PostgreSQL's: %s one by one, or %(name)s with the names in their order."""
    names: list[str] = []
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            count += 1
            return f"${count}"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _PLACEHOLDER.sub(number, sql).encode(), tuple(names)


def _text(value: str) -> bytes:
    return (value.replace("\x00", "\ufffd") if "\x00" in value else value).encode()


def _array(value: Sequence[Any]) -> bytes:
    try:
        together = "".join(value)
    except TypeError:
        return b"{" + b",".join(map(_item, value)) + b"}"
    if "\\" in together or '"' in together:
        value = [item.replace("\\", "\\\\").replace('"', '\\"') for item in value]
    return _text('{"' + '","'.join(value) + '"}') if value else b"{}"


def _item(value: Any) -> bytes:
    """One of an array of numbers, or of texts with None among them."""
    if isinstance(value, str):
        return _array([value])[1:-1]
    return WRITERS[type(value)](value) or b"NULL"


class _Writers(dict[type, Callable[[Any], bytes | None]]):
    """By the type of a value. Of a subclass (an enumeration, a safe text) once it was asked for. Raises TypeError."""

    def __missing__(self, kind: type) -> Callable[[Any], bytes | None]:
        for known, written in [*self.items()]:
            if issubclass(kind, known):
                self[kind] = written
                return written
        raise TypeError(f"A {kind.__name__} is no parameter of a statement here; send JSON or an array as its text")


def _number(value: int) -> bytes:
    return b"%d" % value


def _as_text(value: Any) -> bytes:
    return str(value).encode()


def _null(_: None) -> None:
    return None


#: What writes a value of a type in the text format of the protocol.
WRITERS = _Writers(
    {
        str: _text,
        type(None): _null,
        bool: lambda value: b"t" if value else b"f",
        int: _number,
        datetime: lambda value: value.isoformat().encode(),
        float: _as_text,
        Decimal: _as_text,
        list: _array,
        tuple: _array,
    }
)
