"""From a record to the row that a list shows."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tasks_inbox import rows
from tasks_inbox.rows import TaskRow
from tasks_inbox.zones import zone

COLUMNS = """
    t.id, coalesce(nullif(t.subject, ''), t.name), t.business_key, t.process_name,
    t.state, t.priority, t.due_at, t.escalated,
    coalesce(o.id, i.id), coalesce(o.first_name, i.first_name), coalesce(o.last_name, i.last_name),
    coalesce(o.username, i.username),
    NOT EXISTS (SELECT FROM tasks_inbox_taskread x WHERE x.task_id = t.id AND x.user_id = %(user)s),
    (SELECT count(*) FROM tasks_inbox_taskcomment c WHERE c.task_id = t.id),
    now(), (SELECT f.time_zone FROM tasks_inbox_profile f WHERE f.user_id = %(user)s)
"""
#: Behind them, of an open task with its entry `h`.
OPEN = "h.mine, h.offered, '' AS outcome, NULL AS completed_at"
PEOPLE = """
    LEFT JOIN auth_user o ON o.id = t.actual_owner_id
    LEFT JOIN auth_user i ON i.id = t.initiator_id
"""
ENDED = 19  # the place of the time when a task ended; whatever comes behind it is not of the row


def rows_of(records: list[tuple[Any, ...]]) -> list[TaskRow]:
    before, behind = reverse("task", args=[0]).rsplit("0", 1)
    language = get_language()
    return [_row(record, before, behind, language) for record in records]


def _row(record: tuple[Any, ...], before: str, behind: str, language: str) -> TaskRow:
    pk, title, ref, process, state, priority, due_at, escalated, *person, unread, comments, now, zone_name = record[:16]
    mine, offered, outcome, ended = record[16 : ENDED + 1]
    local = zone(zone_name)
    due_text, due_class = rows.due(due_at, now, local, language) if ended is None else ("", "")
    return TaskRow(
        id=pk,
        title=title,
        ref=ref,
        process=process,
        due_text=due_text,
        due_class=due_class,
        due_at=due_at,
        priority=priority,
        stripe=rows.stripe(priority),
        avatar=rows.avatar(*person),
        unread=unread and ended is None,
        comments=comments,
        url=f"{before}{pk}{behind}",
        state=state,
        mine=mine,
        offered=offered,
        escalated=escalated,
        outcome=outcome,
        when=rows.day(ended, now, local) if ended else "",
        due_exact=rows.exact(due_at or ended, local, language),
    )
