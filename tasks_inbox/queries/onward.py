"""What comes when a task is done: the next one, and how many are left."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from tasks_inbox.queries.asked import Narrowing, planned_once, prepared, who
from tasks_inbox.queries.counting import ALONE, Count, count
from tasks_inbox.queries.pages import next_task
from tasks_inbox.queries.places import ORDER, Place, behind
from tasks_inbox.queries.sight import MAY_SEE, PRINCIPALS, TAB, principals_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tasks_inbox.models import HumanTask


def next_and_left(
    user: User, done: HumanTask, tab: str, narrowed: Narrowing, sort: str = ""
) -> tuple[int | None, Count]:
    """What `next_task` and `count` find in a tab of open tasks; of a list that is not narrowed down, and in the usual
    order, in one statement.
    """
    if narrowed or sort:
        return next_task(user, done, tab, narrowed, sort), count(user, tab, narrowed)
    given = who(user)
    behind(_place(done), given)
    ((following, number),) = prepared(_statement(tab, done.due_at is not None), given)
    return following, Count(number)


def _place(task: HumanTask) -> Place:
    return task.priority, task.due_at, task.pk


@cache
def _statement(tab: str, due: bool) -> str:
    """Looking for what is behind costs one look into the index per principal; the list is begun anew only where nothing
    is.
    """
    ranges = behind((0, datetime.now(UTC) if due else None, 0), {})
    return planned_once(f"""
        WITH {PRINCIPALS}
        SELECT coalesce({_first(tab, ranges)}, {_first(tab, ["e.task_id <> %(task)s"])}), {ALONE[tab]}
    """)


def _first(tab: str, ranges: list[str]) -> str:
    heads = (
        f"""(SELECT e.task_id, e.priority, e.due_at FROM tasks_inbox_inboxentry e
            WHERE e.principal = p.principal AND {MAY_SEE} AND {TAB[tab]} AND {part} ORDER BY {ORDER} LIMIT 1)"""
        for part in ranges
    )
    return f"""(
        SELECT x.task_id FROM {principals_of(tab)} CROSS JOIN LATERAL ({" UNION ALL ".join(heads)}) x
        ORDER BY {ORDER} LIMIT 1
    )"""
