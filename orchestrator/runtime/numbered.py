"""Element instances that a step asks for by their numbers, in one statement however many they are."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.engine.state import State
from orchestrator.runtime import storage
from orchestrator.runtime.storage import Cursor

_LOAD = f"{storage.LOAD_ALL} AND e.number = ANY(%s::bigint[])"


def load(cursor: Cursor, process_instance_id: int, numbers: Sequence[int], state: State) -> None:
    """Adds them to `state`."""
    cursor.execute(_LOAD, [process_instance_id, storage.array(numbers)])
    storage.fill(state, cursor.fetchall())
