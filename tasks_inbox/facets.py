"""By what a list can be narrowed down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LOOKED_AT = 300  # entries; a process without a task among them is found by the search
SUGGESTED = 200  # names of variables, from as many entries


def processes(user: User) -> list[tuple[str, str]]:
    """Key and name of the processes that have tasks in this person's inbox, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (t.process_name, t.process_key) t.process_key, t.process_name
            FROM (
                SELECT e.task_id FROM tasks_inbox_inboxentry e
                WHERE NOT e.guarded AND e.principal = ANY(ARRAY(
                    SELECT 2 * %(user)s::bigint
                    UNION ALL SELECT 2 * m.group_id::bigint + 1 FROM auth_user_groups m WHERE m.user_id = %(user)s
                ))
                LIMIT %(most)s
            ) recent JOIN tasks_inbox_humantask t ON t.id = recent.task_id
            ORDER BY t.process_name, t.process_key
            """,
            {"user": user.pk, "most": LOOKED_AT},
        )
        return list(cursor.fetchall())


def variables(user: User) -> list[str]:
    """Names of variables of cases in this person's inbox, for suggestions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT k.name FROM (
                SELECT e.task_id FROM tasks_inbox_inboxentry e
                WHERE NOT e.guarded AND e.principal = ANY(ARRAY(
                    SELECT 2 * %(user)s::bigint
                    UNION ALL SELECT 2 * m.group_id::bigint + 1 FROM auth_user_groups m WHERE m.user_id = %(user)s
                ))
                LIMIT %(most)s
            ) recent
            JOIN tasks_inbox_humantask t ON t.id = recent.task_id
            JOIN orchestrator_elementinstance e ON e.process_instance_id = t.process_instance_id AND e.number = 1
            CROSS JOIN LATERAL jsonb_object_keys(e.variables) AS k(name)
            ORDER BY k.name LIMIT %(most)s
            """,
            {"user": user.pk, "most": SUGGESTED},
        )
        return [name for (name,) in cursor.fetchall()]
