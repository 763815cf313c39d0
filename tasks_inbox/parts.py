"""Tasks inside a task (WS-HumanTask 4.7): the votes of approvers, questions to somebody, pieces of the work.

A part is a human task of its own, with roles, entries, drafts and a history; it shares the element instance of the
whole, and ends with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from orchestrator.runtime.variables import text
from tasks_inbox import entries, lifecycle, moves
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask, TaskEvent, TaskRole

Kind = TaskEvent.Kind
MOST_PARTS = 100  # of one task
INHERITED = (lifecycle.EXCLUDED_OWNER, lifecycle.BUSINESS_ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class NewPart:
    """One part: who may do it, what it is called, and whether it is decided with the buttons and form of the whole."""

    users: Sequence[int] = ()
    groups: Sequence[int] = ()
    owner: int | None = None
    subject: str = ""
    description: str = ""
    decides: bool = False
    due_at: datetime | None = None


def create(parent: HumanTask, kind: HumanTask.Part, wanted: Sequence[NewPart], by: User | None = None) -> list[int]:
    """The ids of the new parts, in order. The caller holds the parent locked."""
    if parent.part_count + len(wanted) > MOST_PARTS:
        raise InvalidForm({"to": [_("A task has at most %(most)s parts.") % {"most": MOST_PARTS}]})
    rows = [_Row.of(one) for one in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_CREATE, {"parent": parent.pk, "part": kind, "rows": text([asdict(row) for row in rows])})
        made = [pk for (pk,) in cursor.fetchall()]
    roles = []
    for pk, one in zip(made, wanted, strict=True):
        roles += [TaskRole(task_id=pk, role=lifecycle.POTENTIAL_OWNER, user_id=user) for user in one.users]
        roles += [TaskRole(task_id=pk, role=lifecycle.POTENTIAL_OWNER, group_id=group) for group in one.groups]
        roles += [
            TaskRole(task_id=pk, role=role, user_id=user, group_id=group)
            for role, user, group in TaskRole.objects.filter(task=parent, role__in=INHERITED).values_list(
                "role", "user", "group"
            )
        ]
    TaskRole.objects.bulk_create(roles, ignore_conflicts=True)
    TaskEvent.objects.bulk_create([TaskEvent(task_id=pk, kind=Kind.CREATE, actor=by) for pk in made])
    moves.write(parent, part_count=parent.part_count + len(made))
    entries.write(made)
    return made


@dataclass(frozen=True, slots=True)
class _Row:
    """What the statement below reads of one part."""

    owner: int | None
    subject: str
    description: str
    decides: bool
    due_at: datetime | None
    state: str = field(default=lifecycle.READY)

    @classmethod
    def of(cls, one: NewPart) -> _Row:
        state = lifecycle.READY if one.owner is None else lifecycle.RESERVED
        return cls(one.owner, one.subject, one.description, one.decides, one.due_at, state)


# A part looks like its whole, but for what is said of it. What governs the whole is not repeated in it.
_CREATE = """
    INSERT INTO tasks_inbox_humantask (
        process_instance_id, process_key, process_name, business_key, initiator_id, number, element, name,
        subject, description, state, actual_owner_id, priority, due_at, follow_up_at, form_id, outcomes,
        outcome_variable, skippable, properties, search, activated_at, suspended_from, outcome, output, comment,
        escalated, version, parent_id, part
    )
    SELECT t.process_instance_id, t.process_key, t.process_name, t.business_key, t.initiator_id, t.number, t.element,
           t.name, coalesce(nullif(x.subject, ''), t.subject), coalesce(nullif(x.description, ''), t.description),
           x.state, x.owner, t.priority, coalesce(x.due_at, t.due_at), NULL,
           CASE WHEN x.decides THEN t.form_id END, CASE WHEN x.decides THEN t.outcomes ELSE '[]' END,
           '', false,
           t.properties - ARRAY['approvers', 'approvalOrder', 'quorum', 'veto', 'firstRefusalEnds', 'allocation',
                                'distribution', 'start'],
           t.search, now(), '', '', '{}', '', false, 1, t.id, %(part)s
    FROM tasks_inbox_humantask t
    CROSS JOIN ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb) AS (
        owner bigint, subject text, description text, decides boolean, due_at timestamptz, state text
    )) WITH ORDINALITY AS x(owner, subject, description, decides, due_at, state, n)
    WHERE t.id = %(parent)s
    ORDER BY x.n
    RETURNING id
"""
