"""Claiming jobs: under a lease, with a fencing token, the attempt counted before anything is tried."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from orchestrator.models import Job
from orchestrator.runtime import storage, wire
from orchestrator.runtime.suspension import UNLOCKED
from orchestrator.runtime.variables import text, value

DEAR, PATIENCE = 0.005, 50  # seconds of a look that found nothing; the next one comes after so many times that
LEASE = 30.0  # seconds, settings.JOB_LEASE; a task's own time limit comes on top

_CLAIM = """UPDATE orchestrator_job SET attempts = attempts + 1, fence = fence + 1, locked_until = statement_timestamp()
 + make_interval(secs => %s + CASE WHEN kind = 'task' THEN coalesce((payload->>'timeout')::float8, 0) ELSE 0 END)
WHERE id IN (SELECT id FROM orchestrator_job WHERE {which} AND state = 'due' AND due_at <= statement_timestamp()
 AND (locked_until IS NULL OR locked_until <= statement_timestamp()) ORDER BY due_at, id LIMIT %s
 FOR UPDATE SKIP LOCKED)
RETURNING {columns}, payload, statement_timestamp()"""
_COLUMNS = (
    *("id", "kind", "type", "process_instance_id", "number", "element", "definition_id"),
    *("attempts", "max_attempts", "fence", "due_at"),
)


def _claim_where(which: str) -> str:
    return _CLAIM.format(which=which, columns=", ".join(_COLUMNS))


_FRESH = _claim_where("kind = ANY(%s::text[]) AND attempts = 0")
# Behind the mark; but a transaction that commits late may bring something that fell due a moment ago.
_SETTLED = "statement_timestamp() - interval '5 seconds'"
_FROM = _claim_where(
    f"kind = ANY(%s::text[]) AND attempts = 0 AND (due_at, id) > (least(%s::timestamptz, {_SETTLED}),"
    f" CASE WHEN %s::timestamptz < {_SETTLED} THEN %s::bigint ELSE 0 END)"
)
_AGAIN = _claim_where("kind = ANY(%s::text[]) AND attempts > 0")
_THESE = _claim_where("id = ANY(%s::bigint[])")

_RELEASE = f"""UPDATE orchestrator_job SET due_at = statement_timestamp() + make_interval(secs => %s),
 locked_until = {UNLOCKED}, last_error = %s, attempts = attempts - %s
WHERE id = %s AND fence = %s AND state = 'due' RETURNING due_at"""


class Fenced(Exception):
    """Another worker has claimed the job since, or it was withdrawn: what this one did does not count."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of this worker until its lease ends: the columns of a claim, in their order. `now` is when it
    was claimed, by the database's clock.
    """

    id: int
    kind: str
    type: str
    process_instance_id: int | None
    number: int | None
    element: str
    definition_id: int | None
    attempts: int
    max_attempts: int
    fence: int
    due_at: datetime
    payload: dict[str, Any]
    now: datetime

    @property
    def instance(self) -> int:
        """The process instance of a job that has one."""
        assert self.process_instance_id is not None
        return self.process_instance_id

    @property
    def element_instance(self) -> int:
        assert self.number is not None
        return self.number

    @property
    def starting(self) -> int:
        """The process definition of a start."""
        assert self.definition_id is not None
        return self.definition_id

    def finish(self, state: str = Job.State.DONE, error: str = "") -> None:
        """Inside the transaction that makes the job's effect true. Raises Fenced."""
        if not storage.finish_job(self.id, self.fence, state=state, error=error):
            raise Fenced

    def repeat(self, due: datetime, payload: dict[str, Any]) -> None:
        if not storage.repeat_timer(self.id, self.fence, due, text(payload)):
            raise Fenced

    def release(self, seconds: float, error: str, *, uncounted: bool = False) -> datetime | None:
        """Due again after so many seconds; when, or None if it is no longer this worker's. `uncounted` gives the
        attempt back.
        """
        with wire.cursor() as cursor:
            cursor.execute(_RELEASE, [seconds, error, int(uncounted), self.id, self.fence])
            row = cursor.fetchone()
        return None if row is None else row[0]


def claim(limit: int, kinds: Iterable[str]) -> list[Claimed]:
    """Due jobs that nobody has begun yet, oldest first."""
    return _claim(_FRESH, [list(kinds)], limit)


@dataclass(slots=True)
class Look:
    """A look from the beginning. One that took long and found nothing read past a heap of dead rows, which stay while a
    transaction is open elsewhere: it is worth another one only after it has paid for itself.
    """

    rests_until: float = 0.0

    @property
    def rests(self) -> bool:
        return time.monotonic() < self.rests_until

    def __call__(self, find: Callable[[], list[Claimed]]) -> list[Claimed]:
        if self.rests:
            return []
        begun = time.monotonic()
        found = find()
        spent = time.monotonic() - begun
        if spent > DEAR and not found:
            self.rests_until = begun + spent * PATIENCE
        return found


class Due:
    """Due jobs that nobody has begun yet, batch after batch, oldest first.

    Remembers how far it has come and looks from there on while there is a full batch each time; then it looks from the
    beginning, so that nothing is left behind.
    """

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = list(kinds)
        self.look = Look()
        self.reached: tuple[datetime, int] | None = None
        self._full = False

    def claim(self, limit: int) -> list[Claimed]:
        found: list[Claimed] = []
        if self.reached is not None and (self._full or self.look.rests):
            due_at, id = self.reached
            found = _claim(_FROM, [self.kinds, due_at, due_at, id], limit)
        if len(found) < limit:
            found += self.look(lambda: claim(limit - len(found), self.kinds))
        self._full = len(found) == limit
        if found:
            last = max((job.due_at, job.id) for job in found)
            self.reached = last if self.reached is None else max(last, self.reached)
        return found


@dataclass(slots=True)
class Looks:
    """What a worker remembers from one sweep to the next."""

    due: Due
    again: Look = field(default_factory=Look)
    tasks: Look = field(default_factory=Look)
    tasks_again: Look = field(default_factory=Look)


def claim_again(kinds: Iterable[str]) -> list[Claimed]:
    """The oldest due job that was begun before, alone: should it kill its worker again, it takes no others with it."""
    return _claim(_AGAIN, [list(kinds)], 1)


def claim_these(job_ids: Sequence[int]) -> list[Claimed]:
    return _claim(_THESE, [list(job_ids)], len(job_ids))


def _claim(statement: str, which: list[Any], limit: int) -> list[Claimed]:
    lease = getattr(settings, "JOB_LEASE", LEASE)
    with wire.cursor() as cursor:
        cursor.execute(statement, [lease, *which, limit])
        found = [_claimed(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda claimed: (claimed.due_at, claimed.id))


def _claimed(*columns: Any) -> Claimed:
    *scalars, payload, now = columns
    return Claimed(*(*scalars, value(payload) if payload != "{}" else {}, now))
