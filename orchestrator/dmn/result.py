"""What a decision says about itself: every decision that was evaluated, its inputs, matched rules and warnings.

Everything is a plain value, so that an auditor's record can be stored and shown years later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator import feel
from orchestrator.feel.sizes import weigh
from orchestrator.feel.values import describe

LARGE = 2_000
"""Values with more parts than this are described in a record, not copied."""


SHOWN = 5_000
"""Characters of a value that a person is shown."""


def kept(value: Any) -> Any:
    """The value for a record."""
    return feel.to_json(value) if _is_small(value) else f"({describe(value)}, too large for the record)"


def shown(value: Any) -> str:
    """The value for a person: a FEEL literal, cut short or described where it is large."""
    if not _is_small(value):
        return f"({describe(value)}, too large to show)"
    text = feel.literal_text(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _is_small(value: Any) -> bool:
    try:
        return not isinstance(value, list | dict) or weigh(value) <= LARGE
    except feel.LimitExceeded:
        return False


@dataclass(frozen=True, slots=True)
class Warning:
    """Why something became null, at the id of an expression, a cell or an input; `kind` is one of FEEL's or of ours."""

    element: str
    kind: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"element": self.element, "kind": self.kind, "message": self.message}


@dataclass(frozen=True, slots=True)
class EvaluatedInput:
    """The value of a table's column, or of something a decision requires."""

    id: str
    label: str
    value: Any

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "label": self.label, "value": kept(self.value)}


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that matched and counts; `index` starts at 1. `outputs` pairs labels with values."""

    id: str
    index: int
    outputs: tuple[tuple[str, Any], ...]
    description: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "index": self.index,
            "outputs": [{"label": label, "value": kept(value)} for label, value in self.outputs],
            "description": self.description,
            "annotations": [{"label": label, "text": text} for label, text in self.annotations],
        }


@dataclass(frozen=True, slots=True)
class EvaluatedTable:
    """A decision table at work. `name` is the decision, entry or function it is the logic of."""

    id: str
    hit_policy: str
    inputs: tuple[EvaluatedInput, ...]
    rules: tuple[MatchedRule, ...]
    value: Any

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "hitPolicy": self.hit_policy,
            "inputs": [item.to_json() for item in self.inputs],
            "rules": [rule.to_json() for rule in self.rules],
            "value": kept(self.value),
        }


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """A decision with its value. `inputs` and `rules` are those of its table; without one, `inputs` is what it needs.

    `tables` are the tables inside its logic and in the functions it called, in order.
    """

    id: str
    name: str
    inputs: tuple[EvaluatedInput, ...]
    rules: tuple[MatchedRule, ...]
    value: Any
    warnings: tuple[Warning, ...]
    hit_policy: str = ""
    tables: tuple[EvaluatedTable, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "hitPolicy": self.hit_policy,
            "inputs": [item.to_json() for item in self.inputs],
            "rules": [rule.to_json() for rule in self.rules],
            "value": kept(self.value),
            "warnings": [warning.to_json() for warning in self.warnings],
            "tables": [table.to_json() for table in self.tables],
        }


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The value, and how it came about; `decisions` in the order of their evaluation, the one asked for last."""

    value: Any
    decisions: tuple[EvaluatedDecision, ...]
    warnings: tuple[Warning, ...]

    def to_json(self) -> dict[str, Any]:
        """A record for storage: lists, mappings, strings, booleans and Decimals, nothing else."""
        return {
            "value": feel.to_json(self.value),
            "decisions": [decision.to_json() for decision in self.decisions],
            "warnings": [warning.to_json() for warning in self.warnings],
        }
