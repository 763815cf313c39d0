"""The condition of an escalation level: FEEL over what the task sees of its case, and over the task itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator import feel
from orchestrator.runtime import definitions
from orchestrator.runtime.zone import local
from tasks_inbox import case_data
from tasks_inbox.models import EscalationLevel, HumanTask


def holds(level: EscalationLevel, task: HumanTask, now: datetime) -> tuple[bool, str]:
    """Does it hold now? A value that is no boolean is no; then the sentence says what it was."""
    text = level.condition.strip().removeprefix("=").strip()
    if not text:
        return True, ""
    process = definitions.process_of(task.process_instance.definition_id)
    environment = feel.Environment(now=local(now, process))
    variables = case_data.everything(task.process_instance_id, task.number) | {"task": described(task)}
    try:
        result = feel.parse(text).evaluate(variables, environment=environment)
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        return False, f"Its condition cannot be evaluated: {error}"
    if isinstance(result.value, bool):
        return result.value, ""
    reasons = " ".join(warning.message for warning in result.warnings)
    return False, f"Its condition “{text}” is neither true nor false. {reasons}".strip()


def described(task: HumanTask) -> dict[str, Any]:
    """What a condition may ask of a task."""
    owner = task.actual_owner
    return {
        "name": task.name,
        "subject": task.subject,
        "state": task.state,
        "priority": task.priority,
        "owner": owner.get_username() if owner else None,
        "created": _moment(task.created_at),
        "started": _moment(task.started_at),
        "due": _moment(task.due_at),
        "escalated": task.escalated,
        "process": task.process_key,
        "businessKey": task.business_key,
    }


_DATE_TIME = feel.parse("date and time(t)", names=["t"])


def _moment(at: datetime | None) -> Any:
    return None if at is None else _DATE_TIME.evaluate({"t": at.isoformat()}).value
