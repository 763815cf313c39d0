"""What a human task sees of its process instance: the variables of its scopes, the inner ones over the outer ones.

Whoever shows them says who will read them: what the process restricts to others is left out. Nobody in particular reads
nothing that is restricted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from orchestrator.feel.jsonnumbers import loads
from orchestrator.runtime import restricted

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tasks_inbox.models import HumanTask

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
    SELECT variables::text, (
        SELECT d.restricted::text FROM orchestrator_processinstance i
        JOIN orchestrator_processdefinition d ON d.id = i.definition_id WHERE i.id = %(instance)s
    )
    FROM around ORDER BY depth DESC
"""


def variables(process_instance_id: int, number: int | None = None, *, reader: User | None = None) -> dict[str, Any]:
    """The variables that an element instance sees, as far as this person may; without a number, those of the process
    itself.
    """
    seen, rules = _seen(process_instance_id, number)
    return restricted.without(seen, restricted.kept(reader, rules)) if rules else seen


def hidden(task: HumanTask, reader: User | None) -> frozenset[str]:
    """The variables of the task's case that are kept from this person."""
    return restricted.kept(reader, task.process_instance.definition.restricted)


def everything(process_instance_id: int, number: int | None = None) -> dict[str, Any]:
    """The same with what is restricted: for the process itself, and for no page."""
    return _seen(process_instance_id, number)[0]


def _seen(process_instance_id: int, number: int | None) -> tuple[dict[str, Any], dict[str, list[str]]]:
    seen: dict[str, Any] = {}
    rules = "{}"
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"instance": process_instance_id, "number": number})
        for text, rules in cursor.fetchall():  # noqa: B007 - the rules are the same in each row
            seen.update(loads(text))
    return seen, loads(rules)
