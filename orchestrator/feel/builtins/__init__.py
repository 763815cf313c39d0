"""The built-in functions of DMN 1.5, 10.3.4, and Camunda's additions, by subject."""

from __future__ import annotations

from orchestrator.feel.builtins import (  # noqa: F401 - importing a subject declares its functions
    contexts,
    conversion,
    dates,
    lists,
    logic,
    numbers,
    ranges,
    statistics,
    strings,
)
from orchestrator.feel.builtins.registry import functions
from orchestrator.feel.values import BuiltinFunction

BUILTINS: dict[str, BuiltinFunction] = functions()
