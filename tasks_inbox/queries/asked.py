"""What is asked of the inbox: a tab, what it is narrowed down to, and the parameters of the statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from orchestrator.runtime import wire
from tasks_inbox import words
from tasks_inbox.filters.sql import Compiled
from tasks_inbox.rows import TaskRow

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MINE, GROUPS, ALL, DONE = TABS = ("mine", "groups", "all", "done")
LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What of a tab is shown: tasks with these words, of this process, that pass this filter."""

    search: str = ""
    process: str = ""
    filter: Compiled | None = None

    def __bool__(self) -> bool:
        return bool(self.search.strip() or self.process or self.filter)

    @property
    def words(self) -> list[str]:
        """Queries that every match answers, each of one word."""
        sure = self.filter.words if self.filter else []
        return [*words.queries(self.search), *(words.surely(word) for word in sure)]


@dataclass(frozen=True, slots=True)
class Page:
    """`next` goes into `page(after=...)`; None on the last page. `cut`: so many tasks were looked at that the search
    stopped before the page was full; what comes behind `next` is not known.
    """

    rows: list[TaskRow]
    next: str | None
    cut: bool = False


def who(user: User) -> dict[str, Any]:
    """The parameter `user` of a statement that is `prepared`. Who is known to act for nobody is not asked about others:
    a third of what it costs.
    """
    return {"user": user.pk, _ACTS: getattr(user, "acts_for_somebody", True)}


def parameters_of(user: User, narrowed: Narrowing, *, limit: int) -> dict[str, Any]:
    own = narrowed.filter.parameters if narrowed.filter else {}
    words_asked = words.query(narrowed.search)
    return {**who(user), "limit": limit, "process": narrowed.process, "words": words_asked, **own}


def conditions_on_task(narrowed: Narrowing, parameters: dict[str, Any]) -> list[str]:
    """The conditions on the task's row `t`."""
    conditions = []
    if narrowed.process:
        conditions.append("t.process_key = %(process)s")
    if parameters["words"]:
        conditions.append("t.search @@ %(words)s::tsquery")
    if narrowed.filter:
        conditions.append(narrowed.filter.condition)
    return conditions


def asked_of_the_task(on_task: list[str]) -> str:
    """Each entry's task is looked up by its key, one by one (OFFSET 0 sees to that): a condition that looks rare must
    not turn the walk around, and read everything that the whole company has.
    """
    if not on_task:
        return ""
    return (
        "CROSS JOIN LATERAL (SELECT FROM tasks_inbox_humantask t"
        f" WHERE t.id = e.task_id AND {' AND '.join(on_task)} OFFSET 0) asked"
    )


@contextmanager
def planned_anew(narrowed: list[str]) -> Iterator[None]:
    """What words and filters find differs too much for a plan that is made once and kept."""
    connection.ensure_connection()
    session = connection.connection
    kept = session.prepare_threshold
    session.prepare_threshold = None if narrowed else kept
    try:
        yield
    finally:
        session.prepare_threshold = kept


#: Parameter -> its type.
_UNSEEN = {"user": "bigint", "priority": "smallint", "due": "timestamptz", "task": "bigint"}


@lru_cache(500)
def planned_once(statement: str) -> str:
    """The statement with values that the planner cannot see: for what is found quicker than it is planned, and in the
    same way whoever asks. Else it makes a plan for each person and place, as long as it takes those for cheaper.
    """
    for name, kind in _UNSEEN.items():
        statement = statement.replace(f"%({name})s", f"(SELECT %({name})s::{kind})")
    return statement


#: In a statement: what is asked for the sake of people for whom somebody acts.
FOR_OTHERS, SO_FAR = "/* for others */", "/* so far */"
_ACTS = "acts_for_somebody"
_PASSAGE = re.compile(f"{re.escape(FOR_OTHERS)}.*?{re.escape(SO_FAR)}", re.DOTALL)


def _about(statement: str, parameters: dict[str, Any]) -> str:
    return statement if parameters.get(_ACTS, True) else _for_oneself(statement)


@lru_cache(500)
def _for_oneself(statement: str) -> str:
    return _PASSAGE.sub("", statement)


def records(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Of a statement that is written anew for what is asked."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def prepared(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Of one of the few statements that every list needs."""
    with wire.cursor() as cursor:
        cursor.execute(_about(statement, parameters), parameters)
        return cursor.fetchall()
