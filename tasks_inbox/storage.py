"""What every step of every process does to the inbox, each in one statement: offer tasks, end one, withdraw some.

Plain SQL because it is the hot path. Nothing here asks whether anybody may. A task that changes is locked by a
statement of its own before: a statement that waits for a lock does not see what the other one wrote beside the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from orchestrator.runtime import wire
from orchestrator.runtime.variables import text
from orchestrator.runtime.writes import Json, Part, Writes, array
from tasks_inbox import lifecycle

NOTHING = Json("{}")


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
    expires_at: str | None
    form_id: int | None
    outcomes: Json
    outcome_variable: str
    skippable: bool
    properties: Json
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
    data: Json = NOTHING
    n: int = 0  # the order of the events of one statement


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
    writes: Writes,
    case: Case,
    tasks: Sequence[NewTask],
    roles: Sequence[NewRole],
    entries: Sequence[NewEntry],
    events: Sequence[NewEvent],
) -> None:
    """Insert the tasks with all that hangs on them, as the last parts of this statement: it gives back the number and
    the id of each.

    A retry offers a task again. One that is still open stays as it is, and is not among the results.
    """
    shared = case.process_instance_id, case.process_key, case.process_name, case.business_key, case.initiator_id
    writes.add(*_TASKS.of(tasks, *shared), name="task")
    writes.add(*_ROLES.of(roles))
    writes.add(*_ENTRIES.of(entries), name="entry")
    writes.add(*_EVENTS.of(events))
    writes.add(_LISTED if len(tasks) == 1 else _ALL_LISTED)
    writes.add(_OFFERED)


def claim(task: int, user: int) -> None:
    """Reserve a task that the caller holds locked, with the event; the others are no longer offered it."""
    with wire.cursor() as cursor:
        cursor.execute(_CLAIM, {"task": task, "user": user})


def end(
    task: int,
    ending: Ending,
    kinds: Sequence[str],
    data: dict[str, Any],
    writes: Writes | None = None,
    *,
    laden: bool = True,
) -> None:
    """End a task that the caller holds locked, with one event per kind; the last one tells `data`. At once, or with
    the statement that `writes` becomes. Not `laden`: nothing hangs on it that would have to end too.
    """
    together = writes if writes is not None else Writes()
    worked = ending.state == lifecycle.COMPLETED
    result = ending.outcome, text(ending.output), ending.comment
    together.add(_END, ending.state, ending.by, ending.owner, worked, *result, task)
    together.add(_tell(*kinds), task, ending.by, text(data))
    for part in _CLOSE if laden else ():
        together.add(part.format(which="%s"), task)
    together.add(_UNLIST.format(which="%s"), task, name="unlisted")
    together.add(_UNLISTED, ending.by)
    if writes is None:
        with wire.cursor() as cursor:
            together.run(cursor)


def withdraw(process_instance: int, numbers: Sequence[int], state: str, reason: str) -> None:
    """End the open tasks of these element instances as their process wants it, whoever has them."""
    with wire.cursor() as cursor:
        cursor.execute(_LOCK, {"instance": process_instance, "numbers": list(numbers)})
        tasks = [task for (task,) in cursor.fetchall()]
    if tasks:
        withdraw_tasks(tasks, state, reason)


def withdraw_tasks(tasks: Sequence[int], state: str, reason: str) -> None:
    """The same for tasks that the caller holds locked."""
    together = Writes()
    together.add(_WITHDRAW, state, array(tasks))
    together.add(_TELL_OF_EXIT, reason, array(tasks))
    together.add(_NOT_HELD, array(tasks))
    for part in _CLOSE:
        together.add(part.format(which=_ANY), array(tasks))
    together.add(_UNLIST.format(which=_ANY), array(tasks), name="unlisted")
    together.add(_ALL_UNLISTED)
    with wire.cursor() as cursor:
        together.run(cursor)


_TASKS = Part(
    """
    INSERT INTO tasks_inbox_humantask (
        process_instance_id, process_key, process_name, business_key, initiator_id,
        number, element, name, subject, description, state, actual_owner_id, priority,
        due_at, follow_up_at, expires_at, form_id, outcomes, outcome_variable, skippable, properties, search,
        activated_at, suspended_from, outcome, output, comment, escalated, version
    )
    SELECT %s, %s, %s, %s, %s::bigint,
           number, element, name, subject, description, state, actual_owner_id, priority,
           due_at, follow_up_at, expires_at, form_id, outcomes, outcome_variable, skippable, properties,
           array_to_tsvector(words), now(), '', '', '{}', '', false, 1
    FROM {r}
    {several:ORDER BY number}
    ON CONFLICT (process_instance_id, number) WHERE completed_at IS NULL AND parent_id IS NULL DO NOTHING
    RETURNING id, number, priority, due_at
    """,
    "number bigint, element text, name text, subject text, description text, state text, actual_owner_id bigint,"
    " priority smallint, due_at timestamptz, follow_up_at timestamptz, expires_at timestamptz, form_id bigint,"
    " outcomes jsonb, outcome_variable text, skippable boolean, properties jsonb, words text[]",
)

_ROLES = Part(
    """
    INSERT INTO tasks_inbox_taskrole (task_id, role, user_id, group_id)
    SELECT t.id, r.role, r.user_id, r.group_id FROM {r} JOIN task t USING (number)
    """,
    "number bigint, role text, user_id bigint, group_id bigint",
)

_ENTRIES = Part(
    """
    INSERT INTO tasks_inbox_inboxentry (task_id, principal, priority, due_at, mine, offered, guarded)
    SELECT t.id, r.principal, t.priority, t.due_at, r.mine, r.offered, r.guarded FROM {r} JOIN task t USING (number)
    RETURNING principal
    """,
    "number bigint, principal bigint, mine boolean, offered boolean, guarded boolean",
)

_EVENTS = Part(
    """
    INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
    SELECT t.id, r.kind, r.data FROM {r} JOIN task t USING (number) {several:ORDER BY r.n}
    """,
    "number bigint, kind text, data jsonb, n int",
)

_LISTED = "INSERT INTO tasks_inbox_inboxchange (principal) SELECT principal FROM entry"  # each has one entry
_ALL_LISTED = "INSERT INTO tasks_inbox_inboxchange (principal) SELECT DISTINCT principal FROM entry"

_OFFERED = "SELECT number, id FROM task"

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

_END = """
    UPDATE tasks_inbox_humantask
    SET state = %s, completed_at = now(), completed_by_id = %s, actual_owner_id = %s::bigint,
        started_at = CASE WHEN %s THEN coalesce(started_at, now()) ELSE started_at END,
        outcome = %s, output = %s, comment = %s, version = version + 1
    WHERE id = %s
"""


@cache
def _tell(*kinds: str) -> str:
    """One event per kind, in this order; the last one tells more."""
    told = ", ".join([*(f"('{kind}', '{{}}'::jsonb)" for kind in kinds[:-1]), f"('{kinds[-1]}', %s::jsonb)"])
    return f"""
    INSERT INTO tasks_inbox_taskevent (task_id, kind, actor_id, data)
    SELECT %s, k.kind, %s, k.data FROM (VALUES {told}) k(kind, data)
    """


# What hangs on tasks and ends with them.
_CLOSE = (
    """UPDATE tasks_inbox_escalation SET state = 'withdrawn', done_at = now()
    WHERE task_id = {which} AND state = 'due'""",
    "DELETE FROM tasks_inbox_taskdraft WHERE task_id = {which}",
    "DELETE FROM tasks_inbox_taskread WHERE task_id = {which}",
)
_ANY = "ANY(%s::bigint[])"
# Is there any of it? A question costs less than the parts of a statement that find nothing. It does not ask for what is
# due: the index of what falls due would offer itself, and be read whole.
LADEN = """(EXISTS (SELECT FROM tasks_inbox_taskread x WHERE x.task_id = t.id)
    OR EXISTS (SELECT FROM tasks_inbox_taskdraft x WHERE x.task_id = t.id)
    OR EXISTS (SELECT FROM tasks_inbox_escalation x WHERE x.task_id = t.id))"""
_UNLIST = "DELETE FROM tasks_inbox_inboxentry WHERE task_id = {which} RETURNING principal"

_UNLISTED = """
    INSERT INTO tasks_inbox_inboxchange (principal) SELECT principal FROM unlisted UNION ALL SELECT 2 * %s::bigint
"""

_LOCK = """
    SELECT id FROM tasks_inbox_humantask
    WHERE process_instance_id = %(instance)s AND number = ANY(%(numbers)s) AND completed_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
"""

_WITHDRAW = """
    UPDATE tasks_inbox_humantask
    SET state = %s, completed_at = now(), version = version + 1, suspended_from = '', suspended_until = NULL,
        held_until = NULL
    WHERE id = ANY(%s::bigint[])
"""

_TELL_OF_EXIT = """
    INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
    SELECT t, 'exit', jsonb_build_object('reason', %s::text) FROM unnest(%s::bigint[]) t
"""

_NOT_HELD = "DELETE FROM tasks_inbox_helddecision WHERE task_id = ANY(%s::bigint[])"

_ALL_UNLISTED = "INSERT INTO tasks_inbox_inboxchange (principal) SELECT DISTINCT principal FROM unlisted"
