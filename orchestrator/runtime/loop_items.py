"""What a multi-instance is still to iterate waits in rows, an item each: a step in turn reads the next one alone.

A step reads them when it asks for one.
"""

from __future__ import annotations

from orchestrator.engine import State, Step
from orchestrator.runtime.storage import Cursor
from orchestrator.runtime.variables import text, value
from orchestrator.runtime.writes import Json, Part, Writes, array

_READ = """SELECT iteration, value FROM orchestrator_loopitem
WHERE process_instance_id = %s AND body = %s AND iteration >= %s AND iteration < %s"""

_KEEP = Part(
    """INSERT INTO orchestrator_loopitem (process_instance_id, body, iteration, value)
SELECT %s, body, iteration, coalesce(value, 'null') FROM {r}""",
    "body bigint, iteration int, value jsonb",
)

_DROP = "DELETE FROM orchestrator_loopitem WHERE process_instance_id = %s AND body = ANY(%s::bigint[])"


def load(cursor: Cursor, process_instance_id: int, body: int, iteration: int, state: State) -> None:
    """Adds the item of this iteration to `state`; for a step that needs one after another, twice as many each time."""
    known = state.items.setdefault(body, {})
    cursor.execute(_READ, [process_instance_id, body, iteration, iteration + 1 + len(known)])
    known.update((number, value(item)) for number, item in cursor.fetchall())


def write(writes: Writes, process_instance_id: int, before: State, step: Step) -> None:
    """Keeps what cannot be handed out in this step, and drops what nobody will ask for."""
    if step.items:
        kept = [
            {"body": body, "iteration": iteration, "value": Json(text(item))}
            for body, items in step.items.items()
            for iteration, item in items.items()
        ]
        writes.add(*_KEEP.of(kept, process_instance_id))
    if done := [left.instance.id for left in step.left if _had_items(before, left.instance.id)]:
        writes.add(_DROP, process_instance_id, array(done))


def _had_items(before: State, number: int) -> bool:
    instance = before.instances.get(number)
    return instance is not None and instance.loop is not None and instance.loop.size > 0
