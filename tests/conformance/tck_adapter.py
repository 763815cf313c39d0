"""Our decisions for the harness of the outside suite: `tck_harness.py --adapter tck_adapter.py`."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from orchestrator import dmn, feel
from orchestrator.feel.temporal_text import parse_temporal

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)


class Adapter:
    """Evaluates one node of a model; a decision that fails is null, as the suite writes it."""

    name = "baton"

    def __init__(self) -> None:
        self._read: dict[tuple[str, ...], dmn.Definitions] = {}

    def evaluate(self, model_paths: list[str], name: str, inputs: Mapping[str, Any], kind: str) -> Any:
        """The value of a decision, a decision service or a business knowledge model."""
        definitions = self._definitions(tuple(model_paths))
        variables = {key: _value(value) for key, value in inputs.items()}
        environment = feel.Environment(now=NOW)
        try:
            if kind == "decisionService":
                return dmn.evaluate_service(definitions, name, variables, environment=environment).value
            if kind == "bkm":
                return dmn.evaluate_bkm(definitions, name, variables, environment=environment).value
            return dmn.evaluate(definitions, name, variables, environment=environment, given=variables).value
        except (dmn.DecisionFailed, feel.LimitExceeded):
            return None

    def _definitions(self, paths: tuple[str, ...]) -> dmn.Definitions:
        if paths not in self._read:
            self._read[paths] = dmn.parse_all([Path(path).read_bytes() for path in paths])[0]
        return self._read[paths]


def _value(value: Any) -> Any:
    """A value of the harness as ours: it writes temporal values as (kind, lexical form)."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    return parse_temporal(value.lexical) if hasattr(value, "lexical") else value
