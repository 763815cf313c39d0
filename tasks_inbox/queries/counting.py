"""How many tasks there are. Every count stops a little above its bound, so that it never costs more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks_inbox.queries import searching
from tasks_inbox.queries.asked import (
    ALL,
    DONE,
    GROUPS,
    MINE,
    Narrowing,
    asked_of_the_task,
    conditions_on_task,
    parameters_of,
    planned_anew,
    planned_once,
    prepared,
    records,
    who,
)
from tasks_inbox.queries.sight import DONE_BY, MAY_SEE, PRINCIPALS, TAB, principals_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COUNTED = 1_000  # counts stop here: “1000+”


@dataclass(frozen=True, slots=True)
class Count:
    """Printed as a tab shows it: “12”, “1000+”."""

    number: int
    most: int = COUNTED

    def __str__(self) -> str:
        return f"{self.most}+" if self.number > self.most else str(self.number)

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Counts:
    mine: Count
    groups: Count
    all: Count


def count(user: User, tab: str, narrowed: Narrowing, *, most: int = COUNTED) -> Count:
    """How many tasks of a tab are left when it is narrowed down; of a long list, of its beginning."""
    if not narrowed and most == COUNTED and tab in TAB:
        ((number,),) = prepared(planned_once(f"WITH {PRINCIPALS} SELECT {ALONE[tab]}"), who(user))
        return Count(number)
    parameters = parameters_of(user, narrowed, limit=most + 1)
    if narrowed.search.strip() and not parameters["words"]:
        return Count(0, most)
    on_task = conditions_on_task(narrowed, parameters)
    with planned_anew(on_task):
        if tab == DONE:
            source = f"SELECT FROM tasks_inbox_humantask t WHERE {' AND '.join([DONE_BY, *on_task])}"
            return Count(_number(source, parameters), most)
        return Count(_open(tab if tab in TAB else ALL, narrowed, on_task, parameters), most)


def counts(user: User) -> Counts:
    """What the tabs show."""
    (found,) = prepared(_COUNTS, who(user))
    return Counts(*map(Count, found))


def overdue(user: User) -> Count:
    """Of all that this person sees. It costs more than the tabs together, and only one page says it. Asked about others
    in any case: without that, PostgreSQL takes the entries of a person for so few that it looks each up in its table.
    """
    ((number,),) = prepared(_OVERDUE, {"user": user.pk})
    return Count(number)


def _open(tab: str, narrowed: Narrowing, on_task: list[str], parameters: dict[str, Any]) -> int:
    if narrowed.words:
        first = searching.first_portion(tab, narrowed, parameters, None)
        if first.last is None or len(first.records) >= parameters["limit"]:
            return len(first.records)
        if rare := searching.rare_words(narrowed.words, first):
            parameters["rare"] = " & ".join(f"({word})" for word in rare)
            source = f"""
                SELECT DISTINCT e.task_id FROM {searching.seen_hits(tab, on_task)}
                UNION ALL SELECT NULL FROM hit HAVING count(*) >= {searching.MOST_MATCHES}
            """
            with_hits = f"WITH {PRINCIPALS}, {searching.hits()}, found AS ({source})"
            ((number, whole),) = records(f"{with_hits} SELECT count(task_id), count(*) FROM found", parameters)
            if number == whole:
                return int(number)
    source = f"""
        SELECT FROM (
            SELECT DISTINCT x.task_id FROM {principals_of(tab)} CROSS JOIN LATERAL (
                SELECT e.task_id FROM tasks_inbox_inboxentry e
                WHERE e.principal = p.principal AND {TAB[tab]} AND {MAY_SEE} LIMIT {searching.MOST_LOOKED_AT}
            ) x LIMIT {searching.MOST_LOOKED_AT}
        ) e {asked_of_the_task(on_task)}
    """
    return _number(source, parameters)


def _number(source: str, parameters: dict[str, Any]) -> int:
    ((number,),) = records(f"WITH {PRINCIPALS} SELECT count(*) FROM ({source} LIMIT %(limit)s) y", parameters)
    return int(number)


def _tab(principals: str, condition: str) -> str:
    """One principal may have enough alone; only else their tasks are brought together, so that each counts once."""
    entries = (
        "SELECT e.task_id FROM tasks_inbox_inboxentry e"
        f" WHERE e.principal = p.principal AND {condition} AND {MAY_SEE} LIMIT {COUNTED + 1}"
    )
    return f"""
        CASE WHEN EXISTS (SELECT FROM {principals} WHERE (SELECT count(*) FROM ({entries}) x) > {COUNTED})
        THEN {COUNTED + 1} ELSE (
            SELECT count(*) FROM (
                SELECT DISTINCT x.task_id FROM {principals} CROSS JOIN LATERAL ({entries}) x LIMIT {COUNTED + 1}
            ) y
        ) END
    """


#: Tab -> how many tasks it has, as an expression in a statement that knows PRINCIPALS.
ALONE = {tab: _tab(principals_of(tab), condition) for tab, condition in TAB.items()}
_COUNTS = f"""
    WITH {PRINCIPALS}, offered(number) AS MATERIALIZED (SELECT {_tab(principals_of(GROUPS), TAB[GROUPS])})
    SELECT {_tab(principals_of(MINE), TAB[MINE])}, o.number,
        CASE WHEN o.number > {COUNTED} THEN o.number ELSE {_tab(principals_of(ALL), TAB[ALL])} END
    FROM offered o
"""
_OVERDUE = f"WITH {PRINCIPALS} SELECT {_tab(principals_of(ALL), 'e.due_at < now()')}"
