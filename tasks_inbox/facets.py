"""By what a list can be narrowed down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from orchestrator.feel.jsonnumbers import loads
from orchestrator.runtime import restricted

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
    """Names of variables of cases in this person's inbox, for suggestions; none that is kept from them everywhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT k.name, bool_or(NOT d.restricted ? k.name), jsonb_agg(DISTINCT d.restricted -> k.name)::text FROM (
                SELECT e.task_id FROM tasks_inbox_inboxentry e
                WHERE NOT e.guarded AND e.principal = ANY(ARRAY(
                    SELECT 2 * %(user)s::bigint
                    UNION ALL SELECT 2 * m.group_id::bigint + 1 FROM auth_user_groups m WHERE m.user_id = %(user)s
                ))
                LIMIT %(most)s
            ) recent
            JOIN tasks_inbox_humantask t ON t.id = recent.task_id
            JOIN orchestrator_processinstance i ON i.id = t.process_instance_id
            JOIN orchestrator_processdefinition d ON d.id = i.definition_id
            JOIN orchestrator_elementinstance e ON e.process_instance_id = t.process_instance_id AND e.number = 1
            CROSS JOIN LATERAL jsonb_object_keys(e.variables) AS k(name)
            GROUP BY k.name ORDER BY k.name LIMIT %(most)s
            """,
            {"user": user.pk, "most": SUGGESTED},
        )
        found = cursor.fetchall()
    return [name for name, is_open, readers in found if is_open or _may_read(user, name, loads(readers))]


def _may_read(user: User, name: str, readers: list[list[str]]) -> bool:
    """Is there one of these processes that lets this person read it?"""
    return any(not restricted.kept(user, {name: groups}) for groups in readers)
