"""Whether anything has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks_inbox.queries.asked import prepared, who
from tasks_inbox.queries.sight import PRINCIPALS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RECENT_CHANGES = 100  # per principal, that make a version


def version(user: User) -> str:
    """Another text whenever something in this person's lists changed; for a conditional request (ETag).

    It is made of the latest changes and not of the last one alone: a transaction that began earlier may commit later.
    """
    (found,) = prepared(
        f"""
        WITH {PRINCIPALS}
        SELECT sum(hashint8(p.principal)) AS who, coalesce(max(c.latest), 0), coalesce(sum(c.recent), 0)
        FROM principals p LEFT JOIN LATERAL (
            SELECT max(x.id) AS latest, sum(x.id) AS recent FROM (
                SELECT id FROM tasks_inbox_inboxchange
                WHERE principal = p.principal ORDER BY id DESC LIMIT %(recent)s
            ) x
        ) c ON true
        """,
        {**who(user), "recent": RECENT_CHANGES},
    )
    return "-".join(str(number) for number in found)
