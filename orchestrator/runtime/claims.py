"""Claiming jobs: under a lease, with a fencing token, the attempt counted before anything is tried."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from orchestrator.feel.jsonnumbers import loads
from orchestrator.models import Job
from orchestrator.runtime import storage
from orchestrator.runtime.suspension import UNLOCKED
from orchestrator.runtime.variables import text

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
_FROM = _claim_where("kind = ANY(%s::text[]) AND attempts = 0 AND due_at >= %s")
_AGAIN = _claim_where("kind = ANY(%s::text[]) AND attempts > 0")
_THESE = _claim_where("id = ANY(%s::bigint[])")

_RELEASE = f"""UPDATE orchestrator_job SET due_at = statement_timestamp() + make_interval(secs => %s),
 locked_until = {UNLOCKED}, last_error = %s, attempts = attempts - %s
WHERE id = %s AND fence = %s AND state = 'due' RETURNING due_at"""


class Fenced(Exception):
    """Another worker has claimed the job since, or it was withdrawn: what this one did does not count."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of this worker until its lease ends. `now` is when it was claimed, by the database's clock."""

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
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [seconds, error, int(uncounted), self.id, self.fence])
            row = cursor.fetchone()
        return None if row is None else row[0]


def claim(limit: int, kinds: Iterable[str]) -> list[Claimed]:
    """Due jobs that nobody has begun yet, oldest first."""
    return _claim(_FRESH, [list(kinds)], limit)


class Due:
    """Due jobs that nobody has begun yet, batch after batch, oldest first.

    Remembers how far it has come and looks from there on: while a transaction is open elsewhere, what was done since it
    began stays at the head of the index as dead rows, and each batch would read past all of them. Once there is no full
    batch from there on, it looks from the beginning, so that nothing is left behind.
    """

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = list(kinds)
        self.reached: datetime | None = None

    def claim(self, limit: int) -> list[Claimed]:
        found = [] if self.reached is None else _claim(_FROM, [self.kinds, self.reached], limit)
        if len(found) < limit:
            found += claim(limit - len(found), self.kinds)
        self.reached = max(job.due_at for job in found) if found and len(found) == limit else None
        return found


def claim_again(kinds: Iterable[str]) -> list[Claimed]:
    """The oldest due job that was begun before, alone: should it kill its worker again, it takes no others with it."""
    return _claim(_AGAIN, [list(kinds)], 1)


def claim_these(job_ids: Sequence[int]) -> list[Claimed]:
    return _claim(_THESE, [list(job_ids)], len(job_ids))


def _claim(statement: str, which: list[Any], limit: int) -> list[Claimed]:
    lease = getattr(settings, "JOB_LEASE", LEASE)
    with connection.cursor() as cursor:
        cursor.execute(statement, [lease, *which, limit])
        found = [_claimed(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda claimed: (claimed.due_at, claimed.id))


def _claimed(*columns: Any) -> Claimed:
    *scalars, payload, now = columns
    values = dict(zip(_COLUMNS, scalars, strict=True))
    return Claimed(**values, payload=loads(payload), now=now)
