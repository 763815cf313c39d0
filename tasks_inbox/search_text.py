"""The words by which open tasks are found follow the variables of their case.

A task's words are those of when it was made, and whatever came since: never fewer than what it is about now, so that a
filter may begin with the words and look at the variables themselves afterwards. A task with too many words carries
`words.MORE` instead, and is always looked at; so is each of many open tasks of one case, which are marked once: what
one of them changes must not be written into all the others. What a process restricts is never among the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.models import ProcessInstance
from orchestrator.runtime import restricted, wire
from tasks_inbox import words

LONGEST = 1_000  # words of one task
AT_ONCE = 50  # open tasks of one case that follow; where a step makes more, they carry MORE from the beginning

# Tasks come a step at a time, and a step marks all of its own or none, and parts have what their task has: where the
# first and the last are marked, nobody looks at thousands between them.
_FOLLOW = """
    WITH first AS (
        SELECT id, search @@ %(marked)s::tsquery AS marked FROM tasks_inbox_humantask
        WHERE process_instance_id = %(instance)s AND completed_at IS NULL AND parent_id IS NULL
        ORDER BY number LIMIT %(most)s + 1
    ), last AS (
        SELECT search @@ %(marked)s::tsquery AS marked FROM tasks_inbox_humantask
        WHERE process_instance_id = %(instance)s AND completed_at IS NULL AND parent_id IS NULL
        ORDER BY number DESC LIMIT %(most)s + 1
    ), many AS (
        SELECT count(*) > %(most)s AS so FROM first
    ), concerned AS (
        SELECT id FROM first WHERE NOT (SELECT so FROM many)
        UNION ALL
        SELECT part.id FROM first JOIN tasks_inbox_humantask part ON part.parent_id = first.id
        WHERE part.completed_at IS NULL AND NOT (SELECT so FROM many)
        UNION ALL
        SELECT id FROM tasks_inbox_humantask
        WHERE process_instance_id = %(instance)s AND completed_at IS NULL AND (SELECT so FROM many)
        AND (EXISTS (SELECT FROM first WHERE NOT marked) OR EXISTS (SELECT FROM last WHERE NOT marked))
    )
    UPDATE tasks_inbox_humantask t
    SET search = t.search || array_to_tsvector(
        CASE WHEN many.so OR length(t.search) > %(longest)s THEN %(more)s::text[] ELSE %(words)s::text[] END)
    FROM concerned, many WHERE t.id = concerned.id AND NOT t.search @@ %(marked)s::tsquery
"""


def follow(instance: ProcessInstance, changed: Mapping[str, Any]) -> None:
    """A watcher of `runtime.watching`."""
    found = words.of_variables(restricted.without(changed, instance.definition.restricted))
    if not found:
        return
    parameters: dict[str, Any] = {
        "instance": instance.pk,
        "words": found,
        "more": [words.MORE],
        "marked": f"'{words.MORE}'",
        "longest": LONGEST,
        "most": AT_ONCE,
    }
    with wire.cursor() as cursor:
        cursor.execute(_FOLLOW, parameters)
