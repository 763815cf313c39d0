"""Places in nested data: ("credit", "score") in {"credit": {"score": 7}}."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MISSING: Any = object()


def get(data: Any, path: Sequence[str]) -> Any:
    """The value there, or MISSING."""
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return MISSING
        data = data[part]
    return data


def put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set the value; objects on the way are made, and anything else on the way is replaced by one."""
    for part in path[:-1]:
        inner = data.get(part)
        if not isinstance(inner, dict):
            inner = data[part] = {}
        data = inner
    data[path[-1]] = value


def drop(data: Any, path: Sequence[str]) -> None:
    """Take the value away, if it is there."""
    around = get(data, path[:-1])
    if isinstance(around, dict):
        around.pop(path[-1], None)
