"""What people call a process instance: its business key and its subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator import feel
from orchestrator.bpmn.model import Process
from orchestrator.models import ProcessInstance

LONGEST_KEY, LONGEST_SUBJECT = 255, 500


def business_key(process: Process, instance: ProcessInstance, variables: Mapping[str, Any], now: datetime) -> str:
    """The variable `businessKey`, else the process property of that name, else its prefix and the instance's id."""
    given = variables.get("businessKey") or _property(process, "businessKey", variables, now)
    if given is not None and str(given).strip():
        return str(given).strip()[:LONGEST_KEY]
    prefix = process.properties.get("businessKeyPrefix")
    return f"{prefix}{instance.pk}"[:LONGEST_KEY] if isinstance(prefix, str) and prefix else ""


def subject(process: Process, variables: Mapping[str, Any], now: datetime) -> str:
    """What the case is about: the process property `subject`, in one line; empty where there is none."""
    given = _property(process, "subject", variables, now)
    return " ".join(str(given).split())[:LONGEST_SUBJECT] if given is not None else ""


def _property(process: Process, name: str, variables: Mapping[str, Any], now: datetime) -> Any:
    written = process.properties.get(name)
    if isinstance(written, feel.Expression):
        try:
            return written.evaluate(variables, environment=feel.Environment(now=now)).value
        except feel.LimitExceeded:
            return None  # a name for people is not worth an incident
    return written
