"""A decision and how it came about, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.dmn import DecisionResult, EvaluatedDecision, EvaluatedInput, MatchedRule
from orchestrator.dmn.result import shown
from orchestrator.dmn.table import HitPolicy
from orchestrator.feel import literal_text


def of_result(name: str, result: DecisionResult) -> Iterator[str]:
    """The value first, then each decision in the order of evaluation, then the warnings."""
    yield f"{name} = {literal_text(result.value)}"
    for decision in result.decisions:
        yield ""
        yield from of_decision(decision)
    if result.warnings:
        yield ""
        yield "Warnings"
        yield from (f"  {f'{w.element}: ' if w.element else ''}{w.message}" for w in result.warnings)


def of_decision(decision: EvaluatedDecision) -> Iterator[str]:
    """A decision with what went in, the rules that matched and what came out."""
    policy = f" (decision table, {_policy(decision.hit_policy)})" if decision.hit_policy else ""
    yield f"{decision.name}{policy}"
    yield from _inputs(decision.inputs)
    if decision.hit_policy:
        yield from _rules(decision.rules)
    for table in decision.tables:
        yield f"  Table {table.id} ({_policy(table.hit_policy)}) = {shown(table.value)}"
        yield from (f"  {line}" for line in (*_inputs(table.inputs), *_rules(table.rules)))
    yield f"  => {shown(decision.value)}"


def _policy(hit_policy: str) -> str:
    return f"hit policy {HitPolicy(hit_policy).spelling}"


def _inputs(inputs: tuple[EvaluatedInput, ...]) -> Iterator[str]:
    width = max((len(item.label) for item in inputs), default=0)
    yield from (f"  {item.label:{width}}  {shown(item.value)}" for item in inputs)


def _rules(rules: tuple[MatchedRule, ...]) -> Iterator[str]:
    if not rules:
        yield "  No rule matched"
    for rule in rules:
        outputs = ", ".join(f"{label}: {shown(value)}" if label else shown(value) for label, value in rule.outputs)
        yield f"  Rule {rule.index} ({rule.id}) matched: {outputs}"
        if rule.description:
            yield f"    {rule.description}"
        yield from (f"    {label}: {text}" if label else f"    {text}" for label, text in rule.annotations)
