"""Who leads whom: somebody's manager, the manager of their department, and those who lead these in turn.

One statement each, whatever the company looks like; whoever leads in a circle leads nobody twice and never themselves.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from tasks_inbox.models.people import Profile

#: The people somebody leads, as SQL: `team(person, through)`, `through` the one who leads them directly; %(user)s, too.
TEAM = """
    team(person, through) AS (
        SELECT %(user)s::integer, NULL::integer
        UNION
        SELECT x.user_id, t.person FROM team t CROSS JOIN LATERAL (
            SELECT p.user_id FROM tasks_inbox_profile p WHERE p.manager_id = t.person
            UNION ALL
            SELECT p.user_id FROM tasks_inbox_department d JOIN tasks_inbox_profile p ON p.department_id = d.id
            WHERE d.manager_id = t.person
        ) x WHERE x.user_id <> t.person
    )
"""

_LEADS = """
    WITH RECURSIVE above(person) AS (
        SELECT %(person)s::integer
        UNION
        SELECT x.manager_id FROM above a CROSS JOIN LATERAL (
            SELECT p.manager_id FROM tasks_inbox_profile p WHERE p.user_id = a.person
            UNION ALL
            SELECT d.manager_id FROM tasks_inbox_profile p JOIN tasks_inbox_department d ON d.id = p.department_id
            WHERE p.user_id = a.person
        ) x WHERE x.manager_id IS NOT NULL
    )
    SELECT EXISTS (SELECT FROM above WHERE person = %(user)s)
"""

#: Whether a user (the outer `pk`) leads anybody at all: for a query that is made anyway.
LEADS_SOMEBODY = Exists(
    Profile.objects.filter(
        Q(manager=OuterRef("pk")) | Q(department__manager=OuterRef("pk")), user__is_active=True
    ).exclude(user=OuterRef("pk"))
)


def leads(user: int, person: int | None) -> bool:
    """Does this user lead that person, directly or through others? Nobody leads themselves, nor nobody."""
    if person is None or user == person:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_LEADS, {"user": user, "person": person})
        return bool(cursor.fetchone()[0])
