"""The parts of the one statement that saves a step.

Several rows of a table travel as one JSON parameter, so that the text of a statement does not depend on how many there
are and PostgreSQL prepares it once; a single row travels as its values, which costs the server a third. `Writes` joins
the parts that a step needs into one statement. The parts of a statement do not see each other's changes: no two parts
may touch the same row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import orjson

from orchestrator.runtime import wire

_SEVERAL = re.compile(r"\{several:(.*?)\}")


class Json(str):
    """JSON as text, as `runtime.variables.text` writes it: for a jsonb column."""

    __slots__ = ()


class Part:
    """A part of a statement that reads rows where `{r}` stands: dictionaries or objects with these columns. A key that
    is missing is null. What stands between `{several:` and `}` is said of several rows only: one needs no order.
    """

    __slots__ = ("_attributes", "_before", "_columns", "_many", "_one")

    def __init__(self, text: str, columns: str) -> None:
        before, after = text.split("{r}")
        self._before = before.count("%s")
        alone, several = _SEVERAL.sub("", after), _SEVERAL.sub(r"\1", after)
        typed = [column.split() for column in columns.split(",")]
        self._columns = tuple(name for name, _ in typed)
        self._attributes = attrgetter(*self._columns)
        values = ", ".join(f"%s::{kind} AS {name}" for name, kind in typed)
        self._one = f"{before}(SELECT {values}) r{alone}"
        self._many = f"{before}jsonb_to_recordset(%s::jsonb) AS r({columns}){several}"

    def of(self, records: Sequence[Any], *parameters: Any) -> tuple[Any, ...]:
        """The text for these rows, and what belongs to it: `parameters` in the order of the others in the text."""
        before, after = parameters[: self._before], parameters[self._before :]
        if len(records) != 1:
            return self._many, *before, rows(records), *after
        (record,) = records
        values = map(record.get, self._columns) if type(record) is dict else self._attributes(record)
        return self._one, *before, *values, *after


START = Part(
    """INSERT INTO orchestrator_processinstance (id, definition_id, state, business_key, subject, last_number,
 open_incidents, started_at, ended_at, started_by_id, correlation_key, parent_id, parent_number, root_id, depth)
SELECT id, definition_id, state, business_key, subject, last_number, open_incidents, started_at, ended_at,
 started_by_id, correlation_key, parent_id, parent_number, root_id, depth FROM {r}""",
    "id bigint, definition_id bigint, state text, business_key text, subject text, last_number bigint,"
    " open_incidents int, started_at timestamptz, ended_at timestamptz, started_by_id int, correlation_key text,"
    " parent_id bigint, parent_number bigint, root_id bigint, depth int",
)

ADVANCE = """UPDATE orchestrator_processinstance SET last_number = %s, open_incidents = %s WHERE id = %s"""

END = """UPDATE orchestrator_processinstance SET last_number = %s, open_incidents = %s, state = %s, ended_at = %s
WHERE id = %s"""

# What is usual is left out of these rows.
_STAYS = "phase text, variables jsonb, children int, tokens int, loop jsonb, data jsonb, incident bool"

ENTER = Part(
    """INSERT INTO orchestrator_elementinstance (process_instance_id, number, left_number, element, element_type,
 scope, state, phase, variables, children, tokens, entered_by, iteration, loop, data, incident, entered_at, left_at)
SELECT %s, number, left_number, element, element_type, scope,
 coalesce(state, CASE WHEN left_number IS NULL THEN 'active' ELSE 'completed' END), coalesce(phase, 'active'),
 coalesce(variables, '{}'), coalesce(children, 0), coalesce(tokens, 0), coalesce(entered_by, '{}'), iteration, loop,
 coalesce(data, '{}'), coalesce(incident, false), entered_at, CASE WHEN left_number IS NOT NULL THEN entered_at END
FROM {r}, (SELECT %s::timestamptz AS entered_at) n""",
    "number bigint, left_number bigint, element text, element_type text, scope bigint, state text, iteration int,"
    f" entered_by text[], {_STAYS}",
)

CHANGE = Part(
    """UPDATE orchestrator_elementinstance e SET
 state = coalesce(r.state, CASE WHEN r.left_number IS NULL THEN 'active' ELSE 'completed' END),
 left_number = r.left_number, phase = coalesce(r.phase, 'active'), variables = coalesce(r.variables, e.variables),
 children = coalesce(r.children, 0), tokens = coalesce(r.tokens, 0), loop = coalesce(r.loop, e.loop),
 data = coalesce(r.data, '{}'), incident = coalesce(r.incident, false),
 left_at = CASE WHEN r.left_number IS NOT NULL THEN %s::timestamptz END
FROM {r} WHERE e.process_instance_id = %s AND e.number = r.number""",
    f"number bigint, left_number bigint, state text, {_STAYS}",
)

# The same of one that is completed, and of which nothing else is told.
LEAVE = """UPDATE orchestrator_elementinstance SET state = 'completed', left_number = %s, phase = 'active',
 children = 0, tokens = 0, data = '{}', incident = false, left_at = %s WHERE process_instance_id = %s AND number = %s"""

JOBS = Part(
    """INSERT INTO orchestrator_job (process_instance_id, number, element, kind, type, state, due_at, attempts,
 max_attempts, fence, payload, last_error)
SELECT process_instance_id, number, element, kind, type, 'due', due_at, 0, max_attempts, 0, payload, ''
FROM {r} RETURNING id, kind, due_at""",
    "process_instance_id bigint, number bigint, element text, kind text, type text, due_at timestamptz,"
    " max_attempts int, payload jsonb",
)

SUBSCRIBE = Part(
    """INSERT INTO orchestrator_subscription (process_instance_id, number, event, kind, name, correlation_key,
 interrupting)
SELECT %s, number, event, kind, name, correlation_key, interrupting FROM {r}""",
    "number bigint, event text, kind text, name text, correlation_key text, interrupting bool",
)

WITHDRAW_JOBS = """UPDATE orchestrator_job SET state = 'withdrawn', finished_at = %s WHERE process_instance_id = %s
AND number = ANY(%s::bigint[]) AND state IN ('due', 'failed') AND (kind IN ('task', 'timer') OR type = 'call')"""

WITHDRAW_EVENTS = Part(
    """UPDATE orchestrator_job j SET state = 'withdrawn', finished_at = %s FROM {r}
WHERE j.process_instance_id = %s AND j.number = r.number AND j.element = r.event AND j.state IN ('due', 'failed')
AND j.kind = 'timer'""",
    "number bigint, event text",
)

UNSUBSCRIBE = """DELETE FROM orchestrator_subscription WHERE process_instance_id = %s AND number = ANY(%s::bigint[])"""

UNSUBSCRIBE_EVENTS = Part(
    """DELETE FROM orchestrator_subscription s USING {r}
WHERE s.process_instance_id = %s AND s.number = r.number AND s.event = r.event""",
    "number bigint, event text",
)

DROP_TOKENS = Part(
    """DELETE FROM orchestrator_jointoken t USING {r} WHERE t.process_instance_id = %s AND t.scope = r.scope
AND t.gateway = r.gateway AND NOT t.flow = ANY(r.flows)""",
    "scope bigint, gateway text, flows text[]",
)

KEEP_TOKENS = Part(
    """INSERT INTO orchestrator_jointoken (process_instance_id, scope, gateway, flow, count)
SELECT %s, scope, gateway, flow, count FROM {r}
ON CONFLICT (process_instance_id, scope, gateway, flow) DO UPDATE SET count = excluded.count""",
    "scope bigint, gateway text, flow text, count int",
)

RAISE = Part(
    """INSERT INTO orchestrator_incident (process_instance_id, number, element, kind, message, job_id)
SELECT %s, number, element, kind, message, job_id FROM {r}
ON CONFLICT (process_instance_id, number) WHERE resolved_at IS NULL
DO UPDATE SET kind = excluded.kind, message = excluded.message, job_id = excluded.job_id""",
    "number bigint, element text, kind text, message text, job_id bigint",
)

RESOLVE = """UPDATE orchestrator_incident SET resolved_at = %s, resolved_by_id = %s WHERE process_instance_id = %s
AND number = ANY(%s::bigint[]) AND resolved_at IS NULL"""

RECORD = Part(
    """INSERT INTO orchestrator_historyevent (process_instance_id, number, element, kind, actor_id, data, at)
SELECT %s, number, element, kind, actor_id, data, %s FROM {r}""",
    "number bigint, element text, kind text, actor_id int, data jsonb",
)


@dataclass(slots=True)
class Writes:
    """The parts of one statement. The last one added gives its rows back, to whoever runs it and to `then`."""

    parts: list[tuple[str, str]] = field(default_factory=list)  # name, text
    parameters: list[Any] = field(default_factory=list)
    read: wire.Statement | None = None  # what was asked for their sake
    then: Callable[[list[tuple[Any, ...]]], None] | None = None

    def add(self, part: str, *parameters: Any, name: str = "") -> None:
        """`name` is for further parts that read what this one returns."""
        self.parts.append((name, part))
        self.parameters.extend(parameters)

    def join(self, further: Writes) -> None:
        """The parts of `further`, after these: the last of them gives its rows back."""
        self.parts += further.parts
        self.parameters += further.parameters
        self.then = further.then

    def run(self, cursor: wire.Cursor, *, last: bool = False) -> list[tuple[Any, ...]]:
        """`last`: if nothing comes of what it gives back, it is the last statement of the transaction."""
        if not self.parts:
            return []
        *first, (_, end) = self.parts
        named = ", ".join(f"{name or f'p{index}'} AS ({part})" for index, (name, part) in enumerate(first))
        cursor.execute(f"WITH {named} {end}" if named else end, self.parameters, last=last and self.then is None)
        found = cursor.fetchall()
        if self.then is not None:
            self.then(found)
        return found


def array(numbers: Iterable[int]) -> str:
    """The parameter of a bigint[]; as text, which costs a fraction of a list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def rows(records: Iterable[Any]) -> str:
    """The JSON parameter of a recordset, of dictionaries or dataclasses; what JSON does not know (numbers with a
    fraction) as text.
    """
    return orjson.dumps(list(records), default=_plain, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


def _plain(value: Any) -> Any:
    return orjson.Fragment(str.encode(value)) if type(value) is Json else str(value)
