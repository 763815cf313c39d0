"""The results of a multi-instance stay with its iterations, and are read together once somebody needs all of them.

Completing one of 10,000 iterations must not write, or read, what the others left.
"""

from __future__ import annotations

from typing import Any

from orchestrator.engine.state import RESULT
from orchestrator.runtime.variables import value

# The iterations come after their body; whatever is older need not be looked at.
_LOAD = """SELECT iteration, data->%s FROM orchestrator_elementinstance
WHERE process_instance_id = %s AND number > %s AND scope = %s AND state = 'completed' AND data ? %s"""


def load(cursor: Any, process_instance_id: int, body: int) -> dict[int, Any]:
    """Iteration -> result of the completed ones."""
    cursor.execute(_LOAD, [RESULT, process_instance_id, body, body, RESULT])
    return {iteration: value(result) for iteration, result in cursor.fetchall()}
