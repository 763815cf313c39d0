"""The rounds of a multi-instance: each keeps its own result and what can be compensated in it, and the body counts
beside what it keeps for good.

Completing one of 10,000 iterations must not write again what the others left. That is read together once
somebody needs all of it; the items have rows of their own (`loop_items`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.engine.state import DONE, RESULT, Loop, Round
from orchestrator.runtime.variables import text, value
from orchestrator.runtime.writes import Json, rows

Rounds = Mapping[int, Round]

PROGRESS = "progress"  # in the stored data of a body: the numbers that change with every round

# The iterations come after their body; whatever is older need not be looked at.
_LOAD = f"""SELECT iteration, left_number, data->'{RESULT}', data->'{DONE}',
CASE WHEN data ? '{DONE}' THEN variables END FROM orchestrator_elementinstance
WHERE process_instance_id = %s AND number > %s AND scope = %s AND state = 'completed'
AND data ?| ARRAY['{RESULT}', '{DONE}']"""

_KEEP = f"""UPDATE orchestrator_elementinstance e SET data = jsonb_set(e.data, '{{{DONE}}}', r.done)
FROM jsonb_to_recordset(%s::jsonb) AS r(body bigint, iteration int, done jsonb) WHERE e.process_instance_id = %s
AND e.scope = r.body AND e.iteration = r.iteration AND e.state = 'completed' AND e.data ? '{DONE}'"""


def load(cursor: Any, process_instance_id: int, body: int) -> dict[int, Round]:
    """By iteration, what the completed ones left."""
    cursor.execute(_LOAD, [process_instance_id, body, body])
    return {
        iteration: Round(at, _read(result, None), _read(done, []), _read(variables, {}))
        for iteration, at, result, done, variables in cursor.fetchall()
    }


def _read(stored: str | None, missing: Any) -> Any:
    return missing if stored is None else value(stored)


def keep(cursor: Any, process_instance_id: int, body: int, before: Rounds, after: Rounds) -> None:
    """Stores what can be compensated in them, where that is something else now."""
    changed = [
        {"body": body, "iteration": iteration, "done": Json(text(round.done))}
        for iteration, round in after.items()
        if round.done != before[iteration].done
    ]
    if changed:
        cursor.execute(_KEEP, [rows(changed), process_instance_id])


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
