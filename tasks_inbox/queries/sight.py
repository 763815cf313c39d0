"""Whose entries a person sees, as SQL: their principals, and what is asked of an entry `e` before it is shown."""

from __future__ import annotations

from tasks_inbox import absence
from tasks_inbox.queries.asked import ALL, FOR_OTHERS, GROUPS, MINE, SO_FAR

# The person's principals, read with the page: joining or leaving a group shows at once. Then those of the absent people
# for whom they act (`absence`).
PRINCIPALS = f"""
    {FOR_OTHERS}
    represented(person) AS (SELECT b.user_id FROM {absence.ACTIVE} WHERE s.substitute_id = %(user)s),
    {SO_FAR}
    principals(principal, own) AS (
        SELECT 2 * %(user)s::bigint, true
        UNION ALL SELECT 2 * m.group_id::bigint + 1, true FROM auth_user_groups m WHERE m.user_id = %(user)s
        {FOR_OTHERS}
        UNION ALL SELECT 2 * x.person::bigint, false FROM represented x
        UNION ALL SELECT 2 * m.group_id::bigint + 1, false
            FROM represented x JOIN auth_user_groups m ON m.user_id = x.person
        {SO_FAR}
    )
"""

# An entry whose task has excluded owners, or whose owner holds it through a group, is asked for the roles.
# What comes through somebody who is away is asked for theirs, and for what separates duties.
MAY_SEE = f"""
    (e.principal = ANY(ARRAY(SELECT principal FROM principals WHERE own)) AND (NOT e.guarded OR EXISTS (
        SELECT FROM tasks_inbox_taskrole r
        WHERE r.task_id = e.task_id
          AND (r.user_id = %(user)s
               OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s))
        HAVING bool_or(r.role NOT IN ('potential_owner', 'excluded_owner'))
            OR bool_or(r.role = 'potential_owner') AND NOT bool_or(r.role = 'excluded_owner')
    ))
    {FOR_OTHERS} OR EXISTS (
        SELECT FROM {absence.ACTIVE}
        JOIN tasks_inbox_humantask k ON k.id = e.task_id AND k.initiator_id IS DISTINCT FROM %(user)s
            AND s.process_key IN ('', k.process_key) AND s.element IN ('', k.element)
        JOIN tasks_inbox_taskrole r ON r.task_id = k.id AND (
            r.user_id = b.user_id
            OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = b.user_id)
        )
        WHERE s.substitute_id = %(user)s AND NOT EXISTS (
            SELECT FROM tasks_inbox_taskrole x
            WHERE x.task_id = k.id AND x.role = 'excluded_owner' AND x.user_id = %(user)s
        )
        GROUP BY b.user_id
        HAVING bool_or(r.role NOT IN ('potential_owner', 'excluded_owner'))
            OR bool_or(r.role = 'potential_owner') AND NOT bool_or(r.role = 'excluded_owner')
    ) {SO_FAR})
"""

#: Tab -> what is asked of an entry.
TAB = {
    MINE: "e.mine",  # of a person: this one, or one for whom they act
    GROUPS: "e.offered",
    ALL: "true",
}

DONE_BY = "t.completed_by_id = %(user)s"


def principals_of(tab: str) -> str:
    """The principals `p` that a tab has entries of: only a person is an actual owner, and no group's entry is looked at
    for that.
    """
    return "(SELECT * FROM principals WHERE principal %% 2 = 0) p" if tab == MINE else "principals p"
