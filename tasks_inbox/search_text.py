"""The words by which open tasks are found follow the variables of their case.

A task's words are those of when it was made, and whatever came since: never fewer than what it is about now, so that a
filter may begin with the words and look at the variables themselves afterwards. A task with too many words carries
`words.MORE` instead, and is always looked at. What a process restricts is never among the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from orchestrator.models import ProcessInstance
from orchestrator.runtime import restricted
from tasks_inbox import words

LONGEST = 1_000  # words of one task
AT_ONCE = 200  # tasks of one instance that follow; where a step makes that many, they carry MORE from the beginning

_FOLLOW = """
    UPDATE tasks_inbox_humantask t
    SET search = CASE WHEN length(t.search) > %(longest)s THEN t.search || array_to_tsvector(%(more)s::text[])
                      ELSE t.search || array_to_tsvector(%(words)s::text[]) END
    FROM (
        SELECT id FROM tasks_inbox_humantask
        WHERE process_instance_id = %(instance)s AND completed_at IS NULL ORDER BY number LIMIT %(most)s
    ) first
    WHERE t.id = first.id AND NOT t.search @@ %(marked)s::tsquery
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
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, parameters)
