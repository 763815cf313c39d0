"""How much variables hold, about, in characters of JSON. A process instance must not outgrow what can be stored."""

from __future__ import annotations

from typing import Any

from orchestrator.engine.state import Variables

LARGE_TEXT, LARGE_COLLECTION = 10_000, 100  # smaller values are not measured one by one
_ITEM = 4  # quotes, comma, colon


def is_large(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > LARGE_TEXT
    return isinstance(value, list | dict) and len(value) > LARGE_COLLECTION


def exceeds(variables: Variables, most: int) -> bool:
    """Do they hold more than `most` characters? Stops counting there."""
    left = most
    todo: list[Any] = [variables]
    while todo:
        value = todo.pop()
        left -= _ITEM
        if isinstance(value, str):
            left -= len(value)
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, dict):
            left -= sum(map(len, value))
            todo.extend(value.values())
        if left < 0:
            return True
    return False
