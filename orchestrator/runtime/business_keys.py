"""The business key: what people call a process instance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator import feel
from orchestrator.bpmn.model import Process
from orchestrator.models import ProcessInstance

MAX_LENGTH = 255


def of(process: Process, instance: ProcessInstance, variables: Mapping[str, Any], now: datetime) -> str:
    """The variable `businessKey`, else the process property of that name, else its prefix and the instance's id."""
    given = variables.get("businessKey") or _property(process, variables, now)
    if given is not None and str(given).strip():
        return str(given).strip()[:MAX_LENGTH]
    prefix = process.properties.get("businessKeyPrefix")
    return f"{prefix}{instance.pk}"[:MAX_LENGTH] if isinstance(prefix, str) and prefix else ""


def _property(process: Process, variables: Mapping[str, Any], now: datetime) -> Any:
    written = process.properties.get("businessKey")
    if isinstance(written, feel.Expression):
        try:
            return written.evaluate(variables, environment=feel.Environment(now=now)).value
        except feel.LimitExceeded:
            return None  # a name for people is not worth an incident
    return written
