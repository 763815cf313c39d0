"""How inbox entries follow their task. Each function is one statement; the caller holds the transaction.

Lock order inside the inbox: the task's row first, then everything that hangs on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.runtime import wire

# Who holds a role is listed; who may claim is offered the task while nobody has it. `guarded` says that the roles
# must be asked before this row is shown: somebody in the group may be excluded, or the actual owner holds the task
# through a group that they may leave.
_ENTRIES_OF_TASKS = """
    SELECT t.id AS task_id,
           coalesce(2 * r.user_id, 2 * r.group_id + 1) AS principal,
           t.priority,
           t.due_at,
           coalesce(r.user_id = t.actual_owner_id, false) AS mine,
           bool_or(r.role IN ('potential_owner', 'business_administrator')) AND t.state = 'ready' AS offered,
           EXISTS (
               SELECT FROM tasks_inbox_taskrole x
               WHERE x.task_id = t.id AND x.role = 'excluded_owner' AND (r.user_id IS NULL OR x.user_id = r.user_id)
           ) AS guarded
    FROM tasks_inbox_humantask t JOIN tasks_inbox_taskrole r ON r.task_id = t.id
    WHERE t.id = ANY(%(tasks)s) AND t.transition <> 'completing' AND t.held_until IS NULL
      AND r.role <> 'excluded_owner'
      AND (
          t.actual_owner_id IS NULL OR r.role <> 'potential_owner' OR r.user_id = t.actual_owner_id
          OR t.properties ->> 'visibility' IS DISTINCT FROM 'owner'
      )
    GROUP BY t.id, r.user_id, r.group_id
    UNION ALL
    SELECT t.id, 2 * t.actual_owner_id, t.priority, t.due_at, true, false,
           EXISTS (
               SELECT FROM tasks_inbox_taskrole x
               WHERE x.task_id = t.id AND x.role = 'potential_owner'
                 AND x.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = t.actual_owner_id)
           ) OR EXISTS (
               SELECT FROM tasks_inbox_taskevent v
               WHERE v.task_id = t.id AND v.kind = 'substituted' AND v.actor_id = t.actual_owner_id
           )
    FROM tasks_inbox_humantask t
    WHERE t.id = ANY(%(tasks)s) AND t.transition <> 'completing' AND t.held_until IS NULL
      AND t.actual_owner_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM tasks_inbox_taskrole r
        WHERE r.task_id = t.id AND r.user_id = t.actual_owner_id AND r.role <> 'excluded_owner'
    )
"""


def write(tasks: Sequence[int]) -> None:
    """Make the entries of these open tasks what their roles and owners say, and tell everybody concerned."""
    with wire.cursor() as cursor:
        cursor.execute(
            f"""
            WITH wanted AS ({_ENTRIES_OF_TASKS}),
            gone AS (
                DELETE FROM tasks_inbox_inboxentry e
                WHERE e.task_id = ANY(%(tasks)s)
                  AND NOT EXISTS (SELECT FROM wanted w WHERE w.task_id = e.task_id AND w.principal = e.principal)
                RETURNING e.principal
            ),
            there AS (
                INSERT INTO tasks_inbox_inboxentry AS e (task_id, principal, priority, due_at, mine, offered, guarded)
                SELECT task_id, principal, priority, due_at, mine, offered, guarded FROM wanted
                ON CONFLICT (task_id, principal) DO UPDATE
                SET priority = excluded.priority, due_at = excluded.due_at,
                    mine = excluded.mine, offered = excluded.offered, guarded = excluded.guarded
                RETURNING e.principal
            )
            INSERT INTO tasks_inbox_inboxchange (principal)
            SELECT principal FROM gone UNION SELECT principal FROM there
            """,
            {"tasks": list(tasks)},
        )


def tell(task: int) -> None:
    """Something about this task changed that its entries do not show: a comment, for example."""
    with wire.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_inbox_inboxchange (principal)"
            " SELECT principal FROM tasks_inbox_inboxentry WHERE task_id = %s",
            [task],
        )


def tell_people(users: Sequence[int]) -> None:
    """What these people see has changed, without any task having done so."""
    with wire.cursor() as cursor:
        cursor.execute("INSERT INTO tasks_inbox_inboxchange (principal) SELECT 2 * unnest(%s::bigint[])", [list(users)])
