"""How big a value is, shared parts counted each time they appear: a small tree of lists can stand for a huge one."""

from __future__ import annotations

from typing import Any

from orchestrator.feel.limits import NESTING, NODES, NestingTooDeep, ValueTooLarge


def weigh(value: Any) -> int:
    """How many values a value holds. Raises LimitExceeded for more than NODES, or nesting deeper than NESTING."""
    sizes: dict[int, int] = {}

    def size(part: Any, depth: int) -> int:
        if type(part) is not list and type(part) is not dict:
            return 1
        if depth > NESTING:
            raise NestingTooDeep(f"A list or context is nested deeper than {NESTING}.")
        known = sizes.get(id(part))
        if known is None:
            children = part.values() if isinstance(part, dict) else part
            known = 1 + sum([size(child, depth + 1) for child in children])
            sizes[id(part)] = known
        if known > NODES:
            raise ValueTooLarge(f"A list or context holds more than {NODES:,} values.")
        return known

    return size(value, 1)
