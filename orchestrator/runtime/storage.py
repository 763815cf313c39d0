"""The few statements of the hot path: lock and load one process instance.

Everything here runs inside the caller's transaction. `lock` comes first and alone: a statement that reads sees the
database as of its own beginning, so what it reads before it got the lock may be out of date. `FOR NO KEY UPDATE` leaves
other transactions free to insert rows that refer to the instance (a delivery from another instance); with
`FOR UPDATE` two instances that deliver to each other would deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from orchestrator.engine import CommandRejected, InstancesNotLoaded
from orchestrator.engine.state import ElementInstance, State
from orchestrator.models import ProcessInstance
from orchestrator.runtime import results, wire
from orchestrator.runtime.made import with_attributes
from orchestrator.runtime.variables import value
from orchestrator.runtime.writes import array, rows

INSTANCE_COLUMNS = tuple(str(f.column) for f in ProcessInstance._meta.concrete_fields)
_ATTNAMES = tuple(f.attname for f in ProcessInstance._meta.concrete_fields)
_NEW: dict[str, Any] = dict.fromkeys(_ATTNAMES) | {
    "state": ProcessInstance.State.ACTIVE.value,
    "business_key": "",
    "subject": "",
    "correlation_key": "",
    "last_number": 0,
    "open_incidents": 0,
    "depth": 0,
}

_MINE = ", ".join(INSTANCE_COLUMNS)
LOCK = f"SELECT {_MINE} FROM orchestrator_processinstance WHERE id = %s FOR NO KEY UPDATE"

_COLUMNS = """e.number, e.element, e.scope, e.variables, e.phase, e.children, e.tokens, e.iteration, e.loop, e.data,
  e.incident, CASE WHEN e.scope IS NULL THEN statement_timestamp() END"""

_CARRIED = "number, element, scope, variables, phase, children, tokens, iteration, loop, data, incident"


def _around(number: str) -> str:
    """By the key alone, one scope at a time: with statistics that are out of date, the planner would rather read a
    whole index, or the whole table, and keep to that plan.
    """
    return f"""around AS (
  SELECT {_CARRIED} FROM orchestrator_elementinstance x
  WHERE x.process_instance_id = %s AND x.number {number} AND x.left_number IS NULL
  UNION ALL
  SELECT x.* FROM around a CROSS JOIN LATERAL (
    SELECT {_CARRIED} FROM orchestrator_elementinstance s
    WHERE s.process_instance_id = %s AND s.number = a.scope LIMIT 1) x)"""


LOAD_AROUND = f"WITH RECURSIVE {_around('= ANY(%s::bigint[])')} SELECT {_COLUMNS} FROM around e"

_ELEMENT_INSTANCE = f"""SELECT {_COLUMNS} FROM orchestrator_elementinstance e
WHERE e.process_instance_id = %s AND e.state = 'active'"""

LOAD_CHILDREN = f"{_ELEMENT_INSTANCE} AND e.scope = %s"

# From these scopes inwards: the elements, as far as one comes through the ways.
LOAD_INSIDE = f"""WITH RECURSIVE inside AS (
  SELECT x.* FROM orchestrator_elementinstance x WHERE x.process_instance_id = %s AND x.number = ANY(%s::bigint[])
  UNION ALL
  SELECT x.* FROM inside a CROSS JOIN LATERAL (
    SELECT * FROM orchestrator_elementinstance s
    WHERE s.process_instance_id = a.process_instance_id AND s.scope = a.number AND s.state = 'active'
    AND s.element = ANY(ARRAY(SELECT jsonb_array_elements_text(%s::jsonb)))) x
  WHERE a.element = ANY(ARRAY(SELECT jsonb_array_elements_text(%s::jsonb))))
SELECT {_COLUMNS} FROM inside e"""

LOAD_ALL = _ELEMENT_INSTANCE

LOAD_TOKENS = """SELECT scope, gateway, flow, count FROM orchestrator_jointoken
WHERE process_instance_id = %s AND scope = ANY(%s::bigint[])"""

# The lock and what stood around it in one statement. It is true to the lock only if the row that was locked is the very
# version that the statement saw when it began: every step writes a new version.
_QUALIFIED = ", ".join(f"h.{column}" for column in INSTANCE_COLUMNS)
TAKE = f"""WITH RECURSIVE {_around("= %s")}
SELECT {_QUALIFIED}, h.place = (SELECT s.ctid FROM orchestrator_processinstance s WHERE s.id = h.id), {_COLUMNS}
FROM (SELECT {_MINE}, ctid AS place FROM orchestrator_processinstance WHERE id = %s FOR NO KEY UPDATE) h
LEFT JOIN around e ON true"""

ROOT = "SELECT number FROM orchestrator_elementinstance WHERE process_instance_id = %s AND scope IS NULL"

Cursor = wire.Cursor

NEXT_INSTANCE = "SELECT nextval('orchestrator_processinstance_id_seq'), statement_timestamp()"


def lock(cursor: Cursor, process_instance_id: int) -> ProcessInstance:
    """The process instance, locked until the transaction ends. Raises CommandRejected when there is none."""
    cursor.execute(LOCK, [process_instance_id])
    row = cursor.fetchone()
    if row is None:
        raise CommandRejected(f"There is no process instance {process_instance_id}")
    return _instance(row)


def take(
    cursor: Cursor, process_instance_id: int, number: int, ahead: wire.Statement | None = None
) -> tuple[ProcessInstance, list[tuple[Any, ...]] | None]:
    """The process instance, locked, with the rows of an element instance and of all scopes around it for `fill`; None
    instead of them when somebody else changed the process instance while the statement waited.
    """
    cursor.execute(TAKE, [process_instance_id, number, process_instance_id, process_instance_id], ahead=ahead)
    found = cursor.fetchall()
    if not found:
        raise CommandRejected(f"There is no process instance {process_instance_id}")
    width = len(_ATTNAMES)
    instance = _instance(found[0][:width])
    unchanged = found[0][width]
    return instance, [row[width + 1 :] for row in found if row[width + 1] is not None] if unchanged else None


def new_instance(**columns: Any) -> ProcessInstance:
    """One that is about to be stored. Every start makes one: not by way of the keywords of a model."""
    return with_attributes(ProcessInstance, (_NEW | columns).items())


def _instance(values: Sequence[Any]) -> ProcessInstance:
    return with_attributes(ProcessInstance, zip(_ATTNAMES, values, strict=True))


def next_instance(cursor: Cursor, ahead: wire.Statement | None = None) -> tuple[int, datetime]:
    """The id of a process instance that is about to start, and the time."""
    cursor.execute(NEXT_INSTANCE, ahead=ahead)
    id, now = cursor.fetchone()
    return id, now


def load_around(cursor: Cursor, process_instance_id: int, numbers: Sequence[int], state: State) -> datetime | None:
    """Adds these element instances and all scopes around them to `state`; the time, or None when none is active."""
    return _load(cursor, state, LOAD_AROUND, [process_instance_id, array(numbers), process_instance_id])


def load_children(cursor: Cursor, process_instance_id: int, scope: int, state: State) -> None:
    _load(cursor, state, LOAD_CHILDREN, [process_instance_id, scope])
    state.complete_scopes.add(scope)


def load_inside(cursor: Cursor, process_instance_id: int, missing: InstancesNotLoaded, state: State) -> None:
    """Adds the element instances that a step misses inside some scopes."""
    elements, ways = (rows(sorted(names)) for names in (missing.elements, missing.ways))
    _load(cursor, state, LOAD_INSIDE, [process_instance_id, array(missing.scopes), elements, ways])
    for scope in missing.scopes:
        state.inside[scope] = state.inside.get(scope, frozenset()) | missing.elements


def load_all(cursor: Cursor, process_instance_id: int, state: State) -> datetime | None:
    now = _load(cursor, state, LOAD_ALL, [process_instance_id])
    state.complete_scopes.update(state.instances)
    return now


def _load(cursor: Cursor, state: State, statement: str, parameters: Sequence[Any]) -> datetime | None:
    cursor.execute(statement, parameters)
    return fill(cursor, parameters[0], state, cursor.fetchall())


def fill(cursor: Cursor, process_instance_id: int, state: State, found: Iterable[Sequence[Any]]) -> datetime | None:
    """Adds the element instances of these rows, and the tokens that wait in them; the database's time, or None when
    the process itself is not there.
    """
    now: datetime | None = None
    waited_in = []
    for *columns, read_at in found:
        now = read_at or now
        instance = _element_instance(*columns)
        if instance.id in state.instances:
            continue  # a child that came with the scopes around the commanded instance
        state.instances[instance.id] = instance
        if instance.tokens:
            waited_in.append(instance.id)
    if waited_in:
        cursor.execute(LOAD_TOKENS, [process_instance_id, array(waited_in)])
        for scope, gateway, flow, count in cursor.fetchall():
            state.joins.setdefault((scope, gateway), {})[flow] = count
    return now


def _element_instance(
    number: int,
    element: str,
    scope: int | None,
    variables: str,
    phase: str,
    children: int,
    tokens: int,
    iteration: int | None,
    loop: str | None,
    data: str,
    incident: bool,
) -> ElementInstance:
    kept = value(data) if data != "{}" else {}
    return ElementInstance(
        id=number,
        element=element,
        scope=scope,
        variables=value(variables),
        phase=phase,
        children=children,
        tokens=tokens,
        iteration=iteration,
        loop=None if loop is None else results.read(loop, kept),
        incident=incident,
        data=kept,
    )


def root_number(process_instance_id: int) -> int:
    """The element instance that is the process itself."""
    with wire.cursor() as cursor:
        cursor.execute(ROOT, [process_instance_id])
        row = cursor.fetchone()
    if row is None:
        raise CommandRejected(f"The process instance {process_instance_id} has no element instances")
    number: int = row[0]
    return number


FINISH_JOB = """UPDATE orchestrator_job SET state = %s, finished_at = statement_timestamp(), locked_until = NULL,
 last_error = %s WHERE id = %s AND fence = %s AND state = 'due'"""

REPEAT_TIMER = """UPDATE orchestrator_job SET due_at = %s, attempts = 0, locked_until = NULL, payload = %s::jsonb
WHERE id = %s AND fence = %s AND state = 'due'"""


def finish_job(job_id: int, fence: int, *, state: str = "done", error: str = "") -> bool:
    """Compare and set: False when another worker has claimed the job since, or it was withdrawn."""
    with wire.cursor() as cursor:
        cursor.execute(FINISH_JOB, [state, error, job_id, fence])
        return bool(cursor.rowcount == 1)


def repeat_timer(job_id: int, fence: int, due: datetime, payload: str) -> bool:
    with wire.cursor() as cursor:
        cursor.execute(REPEAT_TIMER, [due, payload, job_id, fence])
        return bool(cursor.rowcount == 1)
