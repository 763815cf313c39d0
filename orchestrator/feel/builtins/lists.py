"""List functions (DMN 1.5, table 76, and those of Camunda). Positions count from 1, or backwards from -1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.invocation import invoke
from orchestrator.feel.operators import same
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.values import FeelFunction, describe


def place(items: list[Any], position: Decimal) -> int | Null:
    """The Python index of a position, or a Null."""
    if position != position.to_integral_value() or position == 0 or abs(position) > len(items):
        return Null("out of range", f"the list has {len(items)} items, none at position {str(position)[:40]}")
    return int(position) - 1 if position > 0 else len(items) + int(position)


@builtin("list contains(list: list, element: any)")
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    """Whether an item equals the element."""
    run.spend(1 + len(items) // 4)
    return any(same(run, item, element) for item in items)


@builtin("count(*list: list)")
def count(run: Run, items: list[Any]) -> Decimal:
    """The number of items."""
    return Decimal(len(items))


@builtin("all(*list: list)")
def every(run: Run, items: list[Any]) -> Any:
    """False if one is false, true if all are true, otherwise null."""
    return _together(run, items, False)


@builtin("any(*list: list)")
def some(run: Run, items: list[Any]) -> Any:
    """True if one is true, false if all are false, otherwise null."""
    return _together(run, items, True)


builtin("and(*list: list)")(every)
builtin("or(*list: list)")(some)


def _together(run: Run, items: list[Any], stop: bool) -> Any:
    run.spend(1 + len(items) // 8)
    if any(item is stop for item in items):
        return stop
    strange = next((item for item in items if type(item) is not bool), not stop)
    if strange is None:
        return None
    return not stop if type(strange) is bool else Null("wrong type", f"{describe(strange)} is no boolean")


@builtin("sublist(list: list, start position: number, length?: number)")
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None) -> Any:
    """Null when it would begin or end outside the list."""
    first = place(items, start)
    if isinstance(first, Null):
        return first
    if length is None:
        end = len(items)
    elif length < 1:
        return Null("out of range", "the length is less than 1")
    else:
        end = first + int(length)
        if end > len(items):
            if run.dialect is Dialect.DMN:
                return Null("out of range", f"the list has only {len(items)} items")
            end = len(items)
    run.check_items(end - first)
    return items[first:end]


@builtin("append(list: list or null, *items: list)")
def append(run: Run, items: list[Any] | None, more: list[Any]) -> Any:
    """The list with more items behind."""
    if items is None:
        return Null("wrong type", "the argument `list` of `append` is null, not a list")
    run.check_items(len(items) + len(more))
    return items + more


@builtin("concatenate(*lists: list)")
def concatenate(run: Run, lists: list[Any]) -> Any:
    """All lists as one."""
    strange = next((part for part in lists if part is None), MARK)
    if strange is None:
        return Null("wrong type", "null is no list")
    parts = [part if type(part) is list else [part] for part in lists]
    run.check_items(sum(map(len, parts)))
    return [item for part in parts for item in part]


MARK = object()


@builtin("append(list: list, item: any)")
def append_one(run: Run, items: list[Any], item: Any) -> Any:
    """With one named item."""
    return append(run, items, [item])


@builtin("insert before(list: list, position: number, newItem: any)")
def insert_before(run: Run, items: list[Any], position: Decimal, item: Any) -> Any:
    """The list with the item before a position."""
    index = place(items, position)
    if isinstance(index, Null):
        return index
    run.check_items(len(items) + 1)
    return [*items[:index], item, *items[index:]]


@builtin("remove(list: list, position: number)")
def remove(run: Run, items: list[Any], position: Decimal) -> Any:
    """The list without the item at a position."""
    index = place(items, position)
    if isinstance(index, Null):
        return index
    run.check_items(len(items))
    return items[:index] + items[index + 1 :]


@builtin("list replace(list: list, position: number, newItem: any)")
def list_replace(run: Run, items: list[Any], position: Decimal, item: Any) -> Any:
    """The list with another item at a position."""
    index = place(items, position)
    if isinstance(index, Null):
        return index
    run.check_items(len(items))
    return [*items[:index], item, *items[index + 1 :]]


@builtin("list replace(list: list, match: function, newItem: any)")
def list_replace_matching(run: Run, items: list[Any], match: FeelFunction, new: Any) -> Any:
    """The list with another item wherever match(item, newItem) is true."""
    replaced = []
    for item in items:
        hit = invoke(run, match, [item, new])
        if type(hit) is not bool:
            return hit if isinstance(hit, Null) else Null("wrong type", "the function `match` yields no boolean")
        replaced.append(new if hit else item)
    run.check_items(len(items))
    return replaced


@builtin("reverse(list: list)")
def reverse(run: Run, items: list[Any]) -> list[Any]:
    """From the last to the first."""
    run.check_items(len(items))
    return items[::-1]


@builtin("index of(list: list, match: any)")
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    """All positions of an item."""
    run.spend(1 + len(items) // 4)
    return [Decimal(i) for i, item in enumerate(items, 1) if same(run, item, match)]


def distinct(run: Run, items: list[Any]) -> list[Any]:
    """The first of each; strings and numbers by hashing, everything else by comparison."""
    run.check_items(len(items))
    seen: set[Any] = set()
    kept: list[Any] = []
    others: list[Any] = []
    for item in items:
        if type(item) is str or type(item) is Decimal:
            if item not in seen:
                seen.add(item)
                kept.append(item)
            continue
        run.spend(1 + len(others) // 4)
        if not any(same(run, item, other) for other in others):
            others.append(item)
            kept.append(item)
    return kept


@builtin("distinct values(list: list)")
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    """Every item once."""
    return distinct(run, items)


@builtin("union(*lists: list)")
def union(run: Run, lists: list[Any]) -> Any:
    """Every item of all lists once."""
    joined = concatenate(run, lists)
    return joined if isinstance(joined, Null) else distinct(run, joined)


@builtin("duplicate values(list: list)")
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    """Every item that appears more than once, once."""
    found = distinct(run, items)
    run.spend(len(found) * len(items) // 4)
    return [item for item in found if sum(same(run, item, other) for other in items) > 1]


@builtin("flatten(list: list)")
def flatten(run: Run, items: list[Any]) -> list[Any]:
    """Lists inside become their items."""
    flat: list[Any] = []
    _flatten(run, items, flat)
    run.check_items(len(flat))
    return flat


def _flatten(run: Run, items: list[Any], flat: list[Any]) -> None:
    for item in items:
        run.spend(1)
        if type(item) is list:
            _flatten(run, item, flat)
        else:
            flat.append(item)


@builtin("is empty(list: list)")
def is_empty(run: Run, items: list[Any]) -> bool:
    """No items."""
    return not items


@builtin("partition(list: list, size: number)")
def partition(run: Run, items: list[Any], size: Decimal) -> Any:
    """Lists of that many items, the last one maybe shorter."""
    step = int(min(size, Decimal(len(items) + 1)))
    if step < 1:
        return Null("out of range", "the size of a part is less than 1")
    run.check_items(len(items))
    return [items[i : i + step] for i in range(0, len(items), step)]
