"""The words by which open tasks are found follow the variables of their case.

A task's words are those of when it was made, and whatever came since: never fewer than what it is about now, so that a
filter may begin with the words and look at the variables themselves afterwards. A task with too many words carries
`words.MORE` instead, and is always looked at; so is each of many open tasks of one case, which are marked once: what
one of them changes must not be written into all the others. Their words are found anew once a minute, however often
the variables changed meanwhile: until then a filter finds what has changed, and the search box does not. What a
process restricts is never among the words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from orchestrator.engine import State, new_state
from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions, restricted, storage, wire
from tasks_inbox import words
from tasks_inbox.models import CaseOfMany, HumanTask

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
    ), followed AS (
        UPDATE tasks_inbox_humantask t
        SET search = t.search || array_to_tsvector(
            CASE WHEN many.so OR length(t.search) > %(longest)s THEN %(more)s::text[] ELSE %(words)s::text[] END)
        FROM concerned, many WHERE t.id = concerned.id AND NOT t.search @@ %(marked)s::tsquery
    )
    INSERT INTO tasks_inbox_caseofmany AS m (process_instance_id, behind)
    SELECT %(instance)s::bigint, true FROM many WHERE so
    ON CONFLICT (process_instance_id) DO UPDATE SET behind = true, since = statement_timestamp() WHERE NOT m.behind
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


# What was left for later

PORTION = 500  # tasks of one case, under one lock
PER_RUN = 20_000  # tasks

# Those that are behind, and those in which no longer so many are open: their tasks follow at once again.
_DUE = """
    SELECT m.process_instance_id FROM tasks_inbox_caseofmany m WHERE m.behind OR NOT EXISTS (
        SELECT FROM tasks_inbox_humantask t
        WHERE t.process_instance_id = m.process_instance_id AND t.completed_at IS NULL AND t.parent_id IS NULL
        OFFSET %s
    )
    ORDER BY m.since LIMIT 100
"""
_RENEW = """
    UPDATE tasks_inbox_humantask t SET search = array_to_tsvector(r.words)
    FROM jsonb_to_recordset(%s::jsonb) AS r(id bigint, words text[])
    WHERE t.id = r.id AND t.search IS DISTINCT FROM array_to_tsvector(r.words)
"""


def catch_up() -> int:
    """Finds the words of many tasks anew where variables have changed; the number of tasks that have others now."""
    with wire.cursor() as cursor:
        cursor.execute(_DUE, [AT_ONCE])
        due = [pk for (pk,) in cursor.fetchall()]
    looked = renewed = 0
    for pk in due:
        if looked >= PER_RUN:
            break
        after = 0
        while (found := _renew(pk, after)) is not None:
            after, number, changed = found
            looked, renewed = looked + number, renewed + changed
    return renewed


def _renew(pk: int, after: int) -> tuple[int, int, int] | None:
    """A portion of the tasks of a case, behind the one with this id; the id of the last one, how many they are, and how
    many changed. None: that was all.
    """
    with transaction.atomic(), wire.cursor() as cursor:
        instance = storage.lock(cursor, pk)
        case = CaseOfMany.objects.filter(pk=pk)
        if not after:
            case.update(behind=False)
        open_now = HumanTask.objects.filter(process_instance=pk, completed_at=None)
        many = open_now.filter(parent=None)[AT_ONCE : AT_ONCE + 1].exists()
        behind_it = open_now.filter(pk__gt=after).select_related("parent").defer("search").order_by("pk")
        tasks = list(behind_it.select_for_update(no_key=True, of=("self",))[:PORTION])
        if not tasks:
            if not many:
                case.filter(behind=False).delete()
            return None
        state = new_state()
        storage.load_around(cursor, pk, [task.number for task in tasks], state)
        kept, known = definitions.row(instance.definition_id).restricted, words.Known()
        rows = [
            {"id": task.pk, "words": _words(task, state, kept, many=many, known=known)}
            for task in tasks
            if task.number in state.instances
        ]
        cursor.execute(_RENEW, [json.dumps(rows)])
        return tasks[-1].pk, len(tasks), cursor.rowcount


def _words(task: HumanTask, state: State, kept: Mapping[str, Any], *, many: bool, known: words.Known) -> list[str]:
    whole = task.parent or task  # a part is found by what its task is found by
    return words.of_task(
        *(whole.subject, task.subject, task.name, task.business_key, task.process_name),
        variables=state.visible(state.instances[task.number]),
        restricted=kept,
        many=many,
        known=known,
    )
