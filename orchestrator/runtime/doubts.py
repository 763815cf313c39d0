"""Where an expression or decision came to null and said why: kept in the history, shown to whoever asks.

Each step keeps what explains a null or a false; the texts are cut, and the newest are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.models import HistoryEvent, ProcessInstance
from orchestrator.runtime import definitions
from orchestrator.runtime.timeline import element_name

SHOWN = 30
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Doubt:
    """`what` is the text of the expression or the name of the decision, `message` why it came to nothing."""

    at: datetime
    element: str
    name: str
    what: str
    message: str


def doubts(instance: ProcessInstance) -> list[Doubt]:
    """Newest first."""
    process = definitions.process_of(instance.definition_id)
    found = []
    events = HistoryEvent.objects.filter(process_instance=instance, kind__in=["expression warned", "decision made"])
    for event in events.order_by("-id")[: SHOWN * 10]:
        told = _told(event)
        if told is not None:
            what, message = (text[:LONGEST] for text in told)
            found.append(Doubt(event.at, event.element, element_name(process, event.element), what, message))
    return found[:SHOWN]


def _told(event: HistoryEvent) -> tuple[str, str] | None:
    if event.kind == "expression warned":
        return f"= {event.data.get('expression', '')}", str(event.data.get("message", ""))
    decision, result = str(event.data.get("decision", "")), event.data.get("result")
    if not isinstance(result, dict):
        return None
    warnings = " ".join(_sentence(warning) for warning in result.get("warnings") or ())
    if result.get("value") is None:
        return f"The decision {decision}", warnings or "It came to null: no rule matched"
    return (f"The decision {decision}", warnings) if warnings else None


def _sentence(warning: Any) -> str:
    return str(warning.get("message", "")) if isinstance(warning, dict) else str(warning)
