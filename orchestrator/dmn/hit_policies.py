"""What a table yields, given the rules that matched (DMN 1.5, 8.2.10 and 8.2.11). One function per hit policy."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestrator.dmn.problems import DecisionFailed
from orchestrator.dmn.table import DecisionTable, HitPolicy, Output, Rule
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH

Hit = tuple[Rule, list[Any]]
"""A rule that matched, and its outputs."""
Warn = Callable[[str], None]


def result_of(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    """The value of the table and the hits that count. Raises DecisionFailed."""
    return RESULT[table.hit_policy](table, hits, warn)


def row(table: DecisionTable, outputs: list[Any]) -> Any:
    """The outputs of one rule: the value of the only one, or a context of several."""
    if len(table.outputs) == 1:
        return outputs[0] if outputs else None
    return {output.name: value for output, value in zip(table.outputs, outputs, strict=False)}


def _unique(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    if len(hits) > 1:
        rules = ", ".join(f"{rule.index} ({rule.id})" for rule, _ in hits[:10])
        message = f"Only one rule may match under the hit policy UNIQUE, but the rules {rules} did"
        raise DecisionFailed(message, table.id, tuple(rule.id for rule, _ in hits))
    return row(table, hits[0][1]), hits


def _any(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    first = row(table, hits[0][1])
    for rule, outputs in hits[1:]:
        other = row(table, outputs)
        if type(other) is not type(first) or other != first:
            message = (
                f"Rules that match together must agree under the hit policy ANY, but the rules "
                f"{hits[0][0].index} ({hits[0][0].id}) and {rule.index} ({rule.id}) have different outputs"
            )
            raise DecisionFailed(message, table.id, (hits[0][0].id, rule.id))
    return first, hits


def _first(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    return row(table, hits[0][1]), hits[:1]


def _priority(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    best = _by_output(table, hits)[:1]
    return row(table, best[0][1]), best


def _rule_order(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    return [row(table, outputs) for _, outputs in hits], hits


def _output_order(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    return _rule_order(table, _by_output(table, hits), warn)


def _by_output(table: DecisionTable, hits: list[Hit]) -> list[Hit]:
    """Best first: by the place of the first output among its allowed values, then of the second, and so on."""
    places = table.caches.get("places")
    if places is None:
        places = table.caches["places"] = [_places(output) for output in table.outputs]

    def rank(hit: Hit) -> list[int]:
        pairs = zip(places, hit[1], strict=False)
        return [known.get(_key(value), len(known)) for known, value in pairs]

    return sorted(hits, key=rank)


def _places(output: Output) -> dict[Any, int]:
    """The place of each allowed value."""
    values = [literal.expression.evaluate({}).value if literal.expression else None for literal in output.order]
    return {_key(value): place for place, value in reversed(list(enumerate(values)))}


def _key(value: Any) -> Any:
    """True and 1 are different values; lists and contexts have no place."""
    return None if isinstance(value, list | dict) else (type(value), value)


# --- aggregations


def _numbers(hits: list[Hit]) -> list[Any]:
    return [outputs[0] if len(outputs) == 1 else None for _, outputs in hits]


def _sum(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    total = Decimal(0)
    for value in _numbers(hits):
        if not isinstance(value, Decimal):
            warn("The sum is null: an output is no number")
            return None, hits
        try:
            total = MATH.add(total, value)
        except ARITHMETIC_ERRORS:
            warn("The sum is null: it is beyond all numbers")
            return None, hits
    return total, hits


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[DecisionTable, list[Hit], Warn], tuple[Any, list[Hit]]]:
    def find(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
        values = _numbers(hits)
        if len({type(value) for value in values}) != 1 or not isinstance(values[0], Decimal | str):
            warn("The result is null: the outputs have no common order")
            return None, hits
        return choose(values), hits

    return find


def _count(table: DecisionTable, hits: list[Hit], warn: Warn) -> tuple[Any, list[Hit]]:
    return Decimal(len(hits)), hits


RESULT: dict[HitPolicy, Callable[[DecisionTable, list[Hit], Warn], tuple[Any, list[Hit]]]] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.PRIORITY: _priority,
    HitPolicy.FIRST: _first,
    HitPolicy.RULE_ORDER: _rule_order,
    HitPolicy.OUTPUT_ORDER: _output_order,
    HitPolicy.COLLECT: _rule_order,
    HitPolicy.SUM: _sum,
    HitPolicy.MIN: _extreme(min),
    HitPolicy.MAX: _extreme(max),
    HitPolicy.COUNT: _count,
}

NO_HITS: dict[HitPolicy, Callable[[], Any]] = {
    HitPolicy.RULE_ORDER: list,
    HitPolicy.OUTPUT_ORDER: list,
    HitPolicy.COLLECT: list,
    HitPolicy.COUNT: Decimal,
}
"""What a table yields when nothing matches and no default is given; null for all others."""
