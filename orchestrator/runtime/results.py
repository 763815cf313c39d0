"""The rounds of a multi-instance: each keeps its own result, and the body counts beside what it keeps for good.

Completing one of 10,000 iterations must not write again what the others left. The results are read together once
somebody needs all of them; the items have rows of their own (`loop_items`).
"""

from __future__ import annotations

from typing import Any

from orchestrator.engine.state import RESULT, Loop
from orchestrator.runtime.variables import text, value

PROGRESS = "progress"  # in the stored data of a body: the numbers that change with every round

# The iterations come after their body; whatever is older need not be looked at.
_LOAD = """SELECT iteration, data->%s FROM orchestrator_elementinstance
WHERE process_instance_id = %s AND number > %s AND scope = %s AND state = 'completed' AND data ? %s"""


def load(cursor: Any, process_instance_id: int, body: int) -> dict[int, Any]:
    """Iteration -> result of the completed ones."""
    cursor.execute(_LOAD, [RESULT, process_instance_id, body, body, RESULT])
    return {iteration: value(result) for iteration, result in cursor.fetchall()}


def kept(loop: Loop) -> str:
    """What a body stores once, as JSON."""
    return text({"results": loop.results, "size": loop.size})


def differs(loop: Loop, before: Loop | None) -> bool:
    """Must it be stored again?"""
    return before is None or (loop.results, loop.size) != (before.results, before.size)


def with_progress(data: dict[str, Any], loop: Loop) -> dict[str, Any]:
    return {**data, PROGRESS: [loop.started, loop.completed, loop.terminated]}


def read(stored: str, data: dict[str, Any]) -> Loop:
    """From the row; takes the progress out of its data."""
    loop = Loop(**value(stored))
    if PROGRESS in data:
        loop.started, loop.completed, loop.terminated = data.pop(PROGRESS)
    return loop
