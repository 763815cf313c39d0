"""What a human task sees of its process instance: the variables of its scopes, the inner ones over the outer ones."""

from __future__ import annotations

from typing import Any

from django.db import connection

from orchestrator.feel.jsonnumbers import loads

_AROUND = """
    WITH RECURSIVE around(number, scope, variables, depth) AS (
        SELECT number, scope, variables, 0 FROM orchestrator_elementinstance
        WHERE process_instance_id = %(instance)s
          AND CASE WHEN %(number)s::bigint IS NULL THEN scope IS NULL ELSE number = %(number)s END
        UNION ALL
        SELECT e.number, e.scope, e.variables, a.depth + 1
        FROM around a JOIN orchestrator_elementinstance e
        ON e.process_instance_id = %(instance)s AND e.number = a.scope
    )
    SELECT variables::text FROM around ORDER BY depth DESC
"""


def variables(process_instance_id: int, number: int | None = None) -> dict[str, Any]:
    """The variables that an element instance sees; without a number, those of the process itself."""
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"instance": process_instance_id, "number": number})
        seen: dict[str, Any] = {}
        for (text,) in cursor.fetchall():
            seen.update(loads(text))
    return seen
