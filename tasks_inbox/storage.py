"""What every step of every process does to the inbox, each in one statement: offer tasks, end one, withdraw some.

Plain SQL because it is the hot path. Nothing here asks whether anybody may. A task that changes is locked by a
statement of its own before: a statement that waits for a lock does not see what the other one wrote beside the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from orchestrator.runtime.variables import text
from tasks_inbox import lifecycle
from tasks_inbox.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class NewTask:
    """A row of HumanTask; `words` are what a search finds."""

    number: int
    element: str
    name: str
    subject: str
    description: str
    state: str
    actual_owner_id: int | None
    priority: int
    due_at: datetime | None
    follow_up_at: datetime | None
    form_id: int | None
    outcomes: list[Outcome]
    outcome_variable: str
    skippable: bool
    properties: dict[str, Any]
    words: list[str]


@dataclass(frozen=True, slots=True)
class NewRole:
    number: int  # of the task
    role: str
    user_id: int | None
    group_id: int | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    number: int
    principal: int
    mine: bool
    offered: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class NewEvent:
    number: int
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ends, and by whom."""

    state: str
    by: int
    owner: int | None
    outcome: str
    output: dict[str, Any]
    comment: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the tasks of one process instance share."""

    process_instance_id: int
    process_key: str
    process_name: str
    business_key: str
    initiator_id: int | None


def offer(
    case: Case,
    tasks: Sequence[NewTask],
    roles: Sequence[NewRole],
    entries: Sequence[NewEntry],
    events: Sequence[NewEvent],
) -> dict[int, int]:
    """Insert the tasks with all that hangs on them; the id of each by its number.

    A retry offers a task again. One that is still open stays as it is, and is not among the results.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OFFER,
            {
                **asdict(case),
                "tasks": _json(tasks),
                "roles": _json(roles),
                "entries": _json(entries),
                "events": _json(events),
            },
        )
        return dict(cursor.fetchall())


def claim(task: int, user: int) -> None:
    """Reserve a task that the caller holds locked, with the event; the others are no longer offered it."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"task": task, "user": user})


def end(task: int, ending: Ending, kinds: Sequence[str], data: dict[str, Any]) -> None:
    """End a task that the caller holds locked, with one event per kind; the last one tells `data`."""
    told = {"output": text(ending.output), "kinds": list(kinds), "data": text(data)}
    worked = ending.state == lifecycle.COMPLETED
    parameters: dict[str, Any] = {**asdict(ending), **told, "task": task, "worked": worked}
    with connection.cursor() as cursor:
        cursor.execute(_END, parameters)


def withdraw(process_instance: int, numbers: Sequence[int], state: str, reason: str) -> None:
    """End the open tasks of these element instances as their process wants it, whoever has them."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"instance": process_instance, "numbers": list(numbers)})
        if tasks := [task for (task,) in cursor.fetchall()]:
            cursor.execute(_WITHDRAW, {"tasks": tasks, "state": state, "reason": reason})


def plan_escalations(tasks: Sequence[int]) -> None:
    """One waiting row per level of the policy that a task names; a policy that does not exist is told in the history.

    A level relative to a due date that the task does not have is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLAN_ESCALATIONS, {"tasks": list(tasks)})


def _json(rows: Sequence[Any]) -> str:
    return text([asdict(row) for row in rows])


_OFFER = """
    WITH task AS (
        INSERT INTO tasks_inbox_humantask (
            process_instance_id, process_key, process_name, business_key, initiator_id,
            number, element, name, subject, description, state, actual_owner_id, priority,
            due_at, follow_up_at, form_id, outcomes, outcome_variable, skippable, properties, search,
            activated_at, suspended_from, outcome, output, comment, escalated, version
        )
        SELECT %(process_instance_id)s, %(process_key)s, %(process_name)s, %(business_key)s, %(initiator_id)s::bigint,
               number, element, name, subject, description, state, actual_owner_id, priority,
               due_at, follow_up_at, form_id, outcomes, outcome_variable, skippable, properties,
               array_to_tsvector(words), now(), '', '', '{}', '', false, 1
        FROM jsonb_to_recordset(%(tasks)s::jsonb) AS x(
            number bigint, element text, name text, subject text, description text, state text,
            actual_owner_id bigint, priority smallint, due_at timestamptz, follow_up_at timestamptz, form_id bigint,
            outcomes jsonb, outcome_variable text, skippable boolean, properties jsonb, words text[]
        )
        ORDER BY number
        ON CONFLICT (process_instance_id, number) WHERE completed_at IS NULL AND parent_id IS NULL DO NOTHING
        RETURNING id, number, priority, due_at
    ),
    role AS (
        INSERT INTO tasks_inbox_taskrole (task_id, role, user_id, group_id)
        SELECT t.id, x.role, x.user_id, x.group_id
        FROM jsonb_to_recordset(%(roles)s::jsonb) AS x(number bigint, role text, user_id bigint, group_id bigint)
        JOIN task t USING (number)
    ),
    entry AS (
        INSERT INTO tasks_inbox_inboxentry (task_id, principal, priority, due_at, mine, offered, guarded)
        SELECT t.id, x.principal, t.priority, t.due_at, x.mine, x.offered, x.guarded
        FROM jsonb_to_recordset(%(entries)s::jsonb)
            AS x(number bigint, principal bigint, mine boolean, offered boolean, guarded boolean)
        JOIN task t USING (number)
        RETURNING principal
    ),
    event AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
        SELECT t.id, x.kind, x.data
        FROM ROWS FROM (jsonb_to_recordset(%(events)s::jsonb) AS (number bigint, kind text, data jsonb))
            WITH ORDINALITY AS x(number, kind, data, n)
        JOIN task t USING (number)
        ORDER BY x.n
    ),
    change AS (INSERT INTO tasks_inbox_inboxchange (principal) SELECT DISTINCT principal FROM entry)
    SELECT number, id FROM task
"""

# As `entries.write` would leave the entries: nobody else is offered the task, and it is in the claimer's own list.
_CLAIM = """
    WITH task AS (
        UPDATE tasks_inbox_humantask
        SET state = 'reserved', actual_owner_id = %(user)s::bigint, version = version + 1
        WHERE id = %(task)s
        RETURNING id, priority, due_at
    ),
    event AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, actor_id, data)
        SELECT id, 'claim', %(user)s::bigint, '{}' FROM task
    ),
    listed AS (
        UPDATE tasks_inbox_inboxentry e SET offered = false, mine = e.principal = 2 * %(user)s::bigint
        FROM task WHERE e.task_id = task.id
        RETURNING e.principal
    ),
    own AS (
        INSERT INTO tasks_inbox_inboxentry (task_id, principal, priority, due_at, mine, offered, guarded)
        SELECT task.id, 2 * %(user)s::bigint, task.priority, task.due_at, true, false, EXISTS (
            SELECT FROM tasks_inbox_taskrole r JOIN auth_user_groups m ON m.group_id = r.group_id
            WHERE r.task_id = task.id AND r.role = 'potential_owner' AND m.user_id = %(user)s::bigint
        )
        FROM task WHERE NOT EXISTS (
            SELECT FROM tasks_inbox_inboxentry e WHERE e.task_id = task.id AND e.principal = 2 * %(user)s::bigint
        )
        RETURNING principal
    )
    INSERT INTO tasks_inbox_inboxchange (principal) SELECT principal FROM listed UNION ALL SELECT principal FROM own
"""

# What hangs on a task and ends with it.
_CLOSE = """
    late AS (
        UPDATE tasks_inbox_escalation SET state = 'withdrawn', done_at = now()
        WHERE task_id IN (SELECT id FROM ended) AND state = 'due'
    ),
    draft AS (DELETE FROM tasks_inbox_taskdraft WHERE task_id IN (SELECT id FROM ended)),
    read AS (DELETE FROM tasks_inbox_taskread WHERE task_id IN (SELECT id FROM ended)),
    entry AS (DELETE FROM tasks_inbox_inboxentry WHERE task_id IN (SELECT id FROM ended) RETURNING principal)
"""

_END = f"""
    WITH ended AS (
        UPDATE tasks_inbox_humantask
        SET state = %(state)s, completed_at = now(), completed_by_id = %(by)s, actual_owner_id = %(owner)s::bigint,
            started_at = CASE WHEN %(worked)s THEN coalesce(started_at, now()) ELSE started_at END,
            outcome = %(outcome)s, output = %(output)s, comment = %(comment)s, version = version + 1
        WHERE id = %(task)s
        RETURNING id
    ),
    event AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, actor_id, data)
        SELECT e.id, k.kind, %(by)s, CASE WHEN k.n = cardinality(%(kinds)s::text[]) THEN %(data)s::jsonb ELSE '{{}}' END
        FROM ended e CROSS JOIN unnest(%(kinds)s::text[]) WITH ORDINALITY AS k(kind, n) ORDER BY k.n
    ),
    {_CLOSE}
    INSERT INTO tasks_inbox_inboxchange (principal)
    SELECT principal FROM entry UNION SELECT 2 * %(by)s::bigint
"""

_LOCK = """
    SELECT id FROM tasks_inbox_humantask
    WHERE process_instance_id = %(instance)s AND number = ANY(%(numbers)s) AND completed_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
"""

_WITHDRAW = f"""
    WITH ended AS (
        UPDATE tasks_inbox_humantask
        SET state = %(state)s, completed_at = now(), version = version + 1, suspended_from = '', suspended_until = NULL
        WHERE id = ANY(%(tasks)s)
        RETURNING id
    ),
    event AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
        SELECT id, 'exit', jsonb_build_object('reason', %(reason)s::text) FROM ended
    ),
    {_CLOSE}
    INSERT INTO tasks_inbox_inboxchange (principal) SELECT DISTINCT principal FROM entry
"""

_PLAN_ESCALATIONS = """
    WITH task AS (
        SELECT id, created_at, due_at, properties ->> 'escalation' AS policy
        FROM tasks_inbox_humantask WHERE id = ANY(%(tasks)s)
    ),
    unknown AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
        SELECT t.id, 'unresolved', jsonb_build_object(
            'text', format('There is no escalation policy named “%%s”. Nobody will be reminded of this task.', t.policy)
        )
        FROM task t WHERE NOT EXISTS (SELECT FROM tasks_inbox_escalationpolicy p WHERE p.name = t.policy)
    )
    INSERT INTO tasks_inbox_escalation (task_id, level_id, due_at, state)
    SELECT t.id, l.id, CASE l.relative_to WHEN 'due' THEN t.due_at ELSE t.created_at END + l.after, 'due'
    FROM task t
    JOIN tasks_inbox_escalationpolicy p ON p.name = t.policy
    JOIN tasks_inbox_escalationlevel l ON l.policy_id = p.id
    WHERE l.after IS NOT NULL AND (l.relative_to = 'created' OR t.due_at IS NOT NULL)
"""
