"""What the conditions of a choice saw: kept with the element instance, for whoever asks later why it went this way.

Variables change; what they were at a gateway is known nowhere else. Kept are only the plain values that the conditions
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from orchestrator.feel import Expression, nodes

SEEN = "seen"  # in the data of an element instance: dotted name -> value
MOST = 8  # values
LONGEST = 200  # characters of a text


def seen(conditions: Iterable[Expression], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values that these conditions name, by their dotted names."""
    paths = dict.fromkeys(path for condition in conditions for path in named(condition))
    found = ((path, _at(variables, path)) for path in paths)
    return dict([(".".join(path), value) for path, value in found if _is_plain(value)][:MOST])


@lru_cache(maxsize=5000)
def named(expression: Expression) -> tuple[tuple[str, ...], ...]:
    """The variables of an expression, each with the path behind it: `order.total > limit` names order.total, limit."""
    return tuple(dict.fromkeys(path for path in _paths(expression.tree) if path[0] in expression.names))


def _paths(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    if path := path_of(node):
        yield path
        return
    for child in nodes.children(node):
        yield from _paths(child)


def path_of(node: nodes.Node) -> tuple[str, ...]:
    """("order", "total") for `order.total`; () for what is no path that begins at a variable."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Path) and (before := path_of(node.source)):
        return (*before, node.name)
    return ()


def _at(variables: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = variables
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value


_MISSING = object()


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST
    return value is None or isinstance(value, bool | int | Decimal)
