"""Who got work, and whose request has ended: read from what happened, a few times a minute, for everybody at once.

Nobody who creates, claims or completes a task pays for it. A mark says how far the history of tasks has been read.
Ids become visible out of order: a transaction that began earlier may commit later. So the mark moves up to the newest
event of an earlier round only when every transaction is over that was under way then; what lies behind the mark is
read again until then, and a constraint lets nobody be told twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from tasks_inbox.notices.kinds import ASSIGNED, DONE, KINDS, OFFERED

GRACE = timedelta(seconds=15)  # whoever sees the task in their inbox meanwhile needs no mail
EVERY = timedelta(seconds=30)  # how often requests are looked for
SLOWEST = timedelta(minutes=5)  # no transaction that ends a process instance takes longer
AT_ONCE = 5_000  # events or requests, per round

#: The events that give a task to somebody, or offer it; and an escalation does when it reassigns.
_GIVING = ["create", "nominate", "delegate", "forward", "allocate", "activate", "release"]
_TAKING = ["claim", "start"]  # by whoever has it since: they know

_LOCK = """
    SELECT id, read, seen, horizon <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM tasks_inbox_noticemark ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""

# The first time: from now on.
_BEGIN = """
    INSERT INTO tasks_inbox_noticemark (read, seen, horizon)
    SELECT n, n, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM (SELECT coalesce(max(id), 0) AS n FROM tasks_inbox_taskevent) newest
    WHERE NOT EXISTS (SELECT FROM tasks_inbox_noticemark)
"""

_TELL = """
    WITH happened AS (
        SELECT id, task_id, actor_id, kind, data FROM tasks_inbox_taskevent
        WHERE id > %(read)s ORDER BY id LIMIT %(most)s
    ),
    moved AS (
        SELECT DISTINCT ON (task_id) task_id, id AS source, actor_id, kind
        FROM happened
        WHERE kind = ANY(%(giving)s::text[] || %(taking)s::text[])
           OR kind = 'escalated' AND data ->> 'action' = 'reassign'
        ORDER BY task_id, id DESC
    ),
    task AS (
        SELECT t.id, t.actual_owner_id, g.source, g.actor_id
        FROM moved g JOIN tasks_inbox_humantask t ON t.id = g.task_id
        WHERE g.kind <> ALL(%(taking)s::text[]) AND t.completed_at IS NULL
          AND t.state IN ('ready', 'reserved', 'in_progress') AND NOT t.composite
    ),
    -- It is theirs; or nobody's yet, and they are named.
    person(task_id, source, actor_id, user_id, kind) AS (
        SELECT id, source, actor_id, actual_owner_id, %(assigned)s::text FROM task WHERE actual_owner_id IS NOT NULL
        UNION
        SELECT t.id, t.source, t.actor_id, r.user_id, %(assigned)s::text
        FROM task t JOIN tasks_inbox_taskrole r ON r.task_id = t.id AND r.role = 'potential_owner'
        WHERE t.actual_owner_id IS NULL AND r.user_id IS NOT NULL
        UNION
        SELECT t.id, t.source, t.actor_id, m.user_id, %(offered)s::text
        FROM task t JOIN tasks_inbox_taskrole r ON r.task_id = t.id AND r.role = 'potential_owner'
        JOIN auth_user_groups m ON m.group_id = r.group_id
        JOIN tasks_inbox_noticepreference w ON w.user_id = m.user_id AND (w.kinds ->> %(offered)s::text)::boolean
        WHERE t.actual_owner_id IS NULL
    ),
    channel AS (
        SELECT t.id AS task_id, t.source, r.group_id
        FROM task t JOIN tasks_inbox_taskrole r ON r.task_id = t.id AND r.role = 'potential_owner'
        JOIN tasks_inbox_chatchannel c ON c.group_id = r.group_id AND c.active
        WHERE t.actual_owner_id IS NULL
    ),
    told AS (
        INSERT INTO tasks_inbox_notice (kind, user_id, group_id, task_id, by_id, source, due_at, text)
        SELECT DISTINCT ON (p.source, p.user_id)
               p.kind, p.user_id, NULL::integer, p.task_id, p.actor_id, p.source, now() + %(grace)s::interval, ''
        FROM person p JOIN auth_user u ON u.id = p.user_id AND u.is_active
        LEFT JOIN tasks_inbox_noticepreference w ON w.user_id = p.user_id
        WHERE p.user_id IS DISTINCT FROM p.actor_id
          AND coalesce((w.kinds ->> p.kind)::boolean, p.kind = ANY(%(usual)s::text[]))
          AND (u.email <> '' OR EXISTS (SELECT FROM tasks_inbox_chatchannel c WHERE c.user_id = u.id AND c.active))
        ORDER BY p.source, p.user_id, p.kind
        ON CONFLICT DO NOTHING
    ),
    posted AS (
        INSERT INTO tasks_inbox_notice (kind, user_id, group_id, task_id, by_id, source, due_at, text)
        SELECT DISTINCT %(offered)s::text, NULL::integer, group_id, task_id, NULL::integer, source,
               now() + %(grace)s::interval, ''
        FROM channel ON CONFLICT DO NOTHING
    )
    SELECT max(id), count(*), (SELECT max(id) FROM tasks_inbox_taskevent) FROM happened
"""

_MOVE_ON = """
    UPDATE tasks_inbox_noticemark
    SET read = %(read)s, seen = %(seen)s, horizon = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    WHERE id = %(id)s
"""

# `ended` moves with the clock; what was committed late is found by looking back, and told once.
_ENDED = """
    WITH mark AS (
        UPDATE tasks_inbox_noticemark m SET ended = statement_timestamp() FROM tasks_inbox_noticemark old
        WHERE m.id = %(id)s AND old.id = m.id
          AND old.ended <= statement_timestamp() - %(every)s::interval
        RETURNING old.ended AS since
    )
    INSERT INTO tasks_inbox_notice (kind, user_id, process_instance_id, source, text)
    SELECT %(done)s::text, i.started_by_id, i.id, i.id, ''
    FROM mark, orchestrator_processinstance i JOIN auth_user u ON u.id = i.started_by_id AND u.is_active
    LEFT JOIN tasks_inbox_noticepreference w ON w.user_id = u.id
    WHERE i.ended_at > mark.since - %(slowest)s::interval AND i.started_by_id IS NOT NULL AND i.parent_id IS NULL
      AND i.state = 'completed' AND coalesce((w.kinds ->> %(done)s::text)::boolean, %(usual)s::boolean)
      AND (u.email <> '' OR EXISTS (SELECT FROM tasks_inbox_chatchannel c WHERE c.user_id = u.id AND c.active))
      AND NOT EXISTS (
          SELECT FROM tasks_inbox_notice n WHERE n.kind = %(done)s::text AND n.source = i.id AND n.user_id = u.id
      )
    ORDER BY i.ended_at LIMIT %(most)s
    ON CONFLICT DO NOTHING
"""


def read_on() -> bool:
    """Write down who is to be told of what has happened since; whether there is more to read. One worker at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        mark = cursor.fetchone()
        if mark is None:
            cursor.execute(_BEGIN)
            return False
        pk, read, seen, settled = mark
        cursor.execute(_TELL, _parameters(read))
        last, number, newest = cursor.fetchone()
        more = bool(number == AT_ONCE)
        if not settled or newest in (None, read):
            return False  # without news nothing is written
        if more and last < seen:
            cursor.execute(_MOVE_ON, {"id": pk, "read": last, "seen": seen})
        else:
            cursor.execute(_MOVE_ON, {"id": pk, "read": seen, "seen": max(newest, seen)})
        return more


def read_requests() -> int:
    """The same for requests that have ended; how many are to be told."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        mark = cursor.fetchone()
        if mark is None:
            return 0
        usual = KINDS[DONE].usual
        cursor.execute(
            _ENDED,
            {
                "id": mark[0],
                "done": DONE,
                "usual": usual,
                "slowest": str(SLOWEST),
                "every": str(EVERY),
                "most": AT_ONCE,
            },
        )
        return int(cursor.rowcount)


def _parameters(read: int) -> dict[str, Any]:
    return {
        "read": read,
        "most": AT_ONCE,
        "giving": _GIVING,
        "taking": _TAKING,
        "assigned": ASSIGNED,
        "offered": OFFERED,
        "usual": [kind for kind in (ASSIGNED, OFFERED) if KINDS[kind].usual],
        "grace": GRACE,
    }
