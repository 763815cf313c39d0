"""Where a page ends and the next one begins: a place in the order of the index, written into the address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Place = tuple[int, datetime | None, int]  # priority, due date, task

ORDER = "priority DESC, due_at ASC NULLS LAST, task_id"


def cursor(priority: int, due: datetime | None, task: int) -> str:
    return f"{priority}_{due.isoformat() if due else ''}_{task}"


def place(cursor: str | None) -> Place | None:
    """None when it cannot be read."""
    try:
        priority, due, task = (cursor or "").split("_")
        at = datetime.fromisoformat(due.replace(" ", "+")) if due else None
        found = (int(priority), at, int(task))
    except ValueError:
        return None
    aware = at is None or at.tzinfo is not None
    return found if aware and abs(found[0]) < 2**15 and abs(found[2]) < 2**63 else None


def behind(after: Place | None, parameters: dict[str, Any]) -> list[str]:
    """What lies behind a place in the order of the index, as ranges of entries `e` that each are one scan of it."""
    if after is None:
        return ["true"]
    parameters["priority"], parameters["due"], parameters["task"] = after
    if after[1] is None:
        return [
            "e.priority = %(priority)s AND e.due_at IS NULL AND e.task_id > %(task)s",
            "e.priority < %(priority)s",
        ]
    return [
        "e.priority = %(priority)s AND e.due_at = %(due)s AND e.task_id > %(task)s",
        "e.priority = %(priority)s AND e.due_at > %(due)s",
        "e.priority = %(priority)s AND e.due_at IS NULL",
        "e.priority < %(priority)s",
    ]
