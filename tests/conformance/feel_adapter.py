"""FEEL in the dialect of Camunda, for the harness of the outside suite: `feel_harness.py feel_adapter.py:Peer`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from orchestrator.feel import Dialect, evaluate


class Peer:
    """Evaluates one expression with its variables."""

    def eval(self, text: str, variables: Mapping[str, Any]) -> Any:
        """The value; a text that is no FEEL raises."""
        return evaluate(text, variables, dialect=Dialect.CAMUNDA).value
