"""Open tasks that pass what words and a filter ask: looked at in the order of the list, portion by portion.

The first portion is small. What many tasks have fills a page from it at once; where it does not, the words are looked
up in their index instead, if they are rare in it and among all tasks. Else the walk goes on until the page is full, and
ends after MOST_LOOKED_AT tasks: nobody waits for a walk through a million.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks_inbox.queries import shown
from tasks_inbox.queries.asked import Narrowing, asked_of_the_task, conditions_on_task, records
from tasks_inbox.queries.places import ORDER, Place, behind
from tasks_inbox.queries.sight import MAY_SEE, PRINCIPALS, TAB, principals_of

FIRST_PORTION = 300
MOST_LOOKED_AT = 50_000
RARELY = 100  # one task of so many, or fewer, makes a word rare
MOST_MATCHES = 5_000  # of a search that starts from the words; beyond, it walks the entries
UNKNOWN = "\u2603"  # no word of any task: a snowman is punctuation


@dataclass(frozen=True, slots=True)
class Walked:
    records: list[tuple[Any, ...]]  # of `shown`, those that pass
    looked: int  # the first portion: at so many tasks
    having: list[int]  # so many of which have each of the words
    last: Place | None  # the place of the last of them, if there may be more


def first_portion(tab: str, narrowed: Narrowing, parameters: dict[str, Any], after: Place | None) -> Walked:
    """The first tasks in the list: those that pass, and how many have which word."""
    given = parameters | {f"word{place}": word for place, word in enumerate(narrowed.words)}
    passes = " AND ".join(conditions_on_task(narrowed, given)) or "true"
    columns = [f"coalesce({passes}, false) AS passes"]
    columns += [f"t.search @@ %(word{place})s::tsquery AS has{place}" for place in range(len(narrowed.words))]
    having = ["count(*)", *(f"count(*) FILTER (WHERE has{place})" for place in range(len(narrowed.words)))]
    looked = f"""
        looked AS MATERIALIZED (
            SELECT e.*, asked.* FROM listed e CROSS JOIN LATERAL (
                SELECT {", ".join(columns)} FROM tasks_inbox_humantask t WHERE t.id = e.task_id OFFSET 0
            ) asked
        ),
        head AS (SELECT * FROM looked WHERE passes ORDER BY {ORDER} LIMIT %(limit)s),
        sums AS (SELECT ARRAY[{", ".join(having)}] AS having FROM looked)
    """
    return _walked(tab, looked, given, after, FIRST_PORTION)


def further_portion(
    tab: str, narrowed: Narrowing, parameters: dict[str, Any], after: Place | None, *, few: bool
) -> Walked:
    """The tasks behind them, until the page is full. Where few are expected to pass, all are looked at, as they lie in
    their table: that takes a third of the time.
    """
    asked = asked_of_the_task(conditions_on_task(narrowed, parameters))
    source = "(SELECT * FROM listed ORDER BY task_id OFFSET 0)" if few else "listed"
    looked = f"""
        head AS (SELECT e.* FROM {source} e {asked} ORDER BY {ORDER} LIMIT %(limit)s),
        sums AS (SELECT '{{}}'::bigint[] AS having)
    """
    return _walked(tab, looked, parameters, after, MOST_LOOKED_AT - FIRST_PORTION)


def _walked(tab: str, looked: str, parameters: dict[str, Any], after: Place | None, portion: int) -> Walked:
    given = parameters | {"portion": portion}
    found = records(
        f"""
        WITH {PRINCIPALS}, {portion_of_entries(tab, behind(after, given))},
        listed AS MATERIALIZED ({_merged("%(portion)s")}), {looked},
        last AS (SELECT priority, due_at, task_id FROM listed ORDER BY {ORDER} OFFSET {portion - 1} LIMIT 1)
        SELECT {shown.COLUMNS}, {shown.OPEN}, s.having, l.priority, l.due_at, l.task_id
        FROM sums s LEFT JOIN last l ON true LEFT JOIN head h ON true
        LEFT JOIN tasks_inbox_humantask t ON t.id = h.task_id {shown.PEOPLE}
        ORDER BY h.priority DESC, h.due_at ASC NULLS LAST, h.task_id
        """,
        given,
    )
    having, *last = found[0][shown.ENDED + 1 :]
    passing = [record for record in found if record[0] is not None]
    number, *of_words = having or [0]
    return Walked(passing, number, of_words, (last[0], last[1], last[2]) if last[2] is not None else None)


def page_of_entries(tab: str, ranges: list[str], limit: int) -> str:
    """The head of each principal's entries. With a cursor: of each of its ranges, so that none is read to its end. The
    limit is written into the statement: the planner knows how little it is, and makes its plan once.
    """
    heads = (
        f"""(SELECT e.task_id, e.priority, e.due_at, e.mine, e.offered FROM tasks_inbox_inboxentry e
            WHERE e.principal = p.principal AND {MAY_SEE} AND {TAB[tab]} AND {part} ORDER BY {ORDER} LIMIT {limit})"""
        for part in ranges
    )
    return f"merged AS (SELECT x.* FROM {principals_of(tab)} CROSS JOIN LATERAL ({' UNION ALL '.join(heads)}) x)"


def portion_of_entries(tab: str, ranges: list[str]) -> str:
    """The same, of many: OFFSET 0 keeps what is asked of an entry out of the ranges, so that it is planned once."""
    columns = "e.task_id, e.principal, e.priority, e.due_at, e.mine, e.offered, e.guarded"
    scans = " UNION ALL ".join(
        f"SELECT {columns} FROM tasks_inbox_inboxentry e WHERE e.principal = p.principal AND {part}" for part in ranges
    )
    return f"""
        merged AS (
            SELECT x.* FROM {principals_of(tab)} CROSS JOIN LATERAL (
                SELECT e.task_id, e.priority, e.due_at, e.mine, e.offered
                FROM (SELECT * FROM ({scans}) u ORDER BY {ORDER} OFFSET 0) e
                WHERE {MAY_SEE} AND {TAB[tab]} ORDER BY {ORDER} LIMIT %(portion)s
            ) x
        )
    """


def _merged(limit: str) -> str:
    return (
        "SELECT task_id, priority, due_at, bool_or(mine) AS mine, bool_or(offered) AS offered FROM merged"
        f" GROUP BY task_id, priority, due_at ORDER BY {ORDER} LIMIT {limit}"
    )


def merged(
    source: str, parameters: dict[str, Any], ask: Callable[[str, dict[str, Any]], list[tuple[Any, ...]]] = records
) -> list[tuple[Any, ...]] | None:
    """The head of what the principals see; None: there were too many to begin with the words."""
    found = ask(
        f"""
        WITH {PRINCIPALS}, {source}, head AS ({_merged(str(parameters["limit"]))})
        SELECT {shown.COLUMNS}, {shown.OPEN}
        FROM head h LEFT JOIN tasks_inbox_humantask t ON t.id = h.task_id {shown.PEOPLE}
        ORDER BY h.priority DESC, h.due_at ASC NULLS LAST, h.task_id
        """,
        parameters,
    )
    return None if found and found[0][0] is None else found


# Beginning with the words


def from_words(
    tab: str, narrowed: Narrowing, rare: Sequence[str], parameters: dict[str, Any], after: Place | None
) -> list[tuple[Any, ...]] | None:
    """Begin with the few tasks that have the rare words, and keep those that pass and are in one of the principals'
    inboxes; None: they are not that few.
    """
    given = {**parameters, "rare": " & ".join(f"({word})" for word in rare)}
    ranges = " OR ".join(f"({part})" for part in behind(after, given))
    source = f"""
        {hits()},
        merged AS (
            SELECT e.task_id, e.priority, e.due_at, e.mine, e.offered
            FROM {seen_hits(tab, conditions_on_task(narrowed, given))} AND ({ranges})
            UNION ALL
            SELECT NULL, 32767, NULL, false, false WHERE (SELECT count(*) FROM hit) >= {MOST_MATCHES}
        )
    """
    return merged(source, given)


def hits() -> str:
    """The tasks that have the rare words; the other words are asked of them afterwards, for an index would collect
    everything that has those.
    """
    return f"""
        hit AS MATERIALIZED (
            SELECT t.id FROM tasks_inbox_humantask t
            WHERE t.search @@ %(rare)s::tsquery AND t.completed_at IS NULL LIMIT {MOST_MATCHES}
        )
    """


def seen_hits(tab: str, on_task: list[str]) -> str:
    return f"""
        hit JOIN tasks_inbox_inboxentry e
          ON e.task_id = hit.id AND e.principal = ANY(ARRAY(SELECT principal FROM principals))
        {asked_of_the_task(on_task)} WHERE {MAY_SEE} AND {TAB.get(tab, "true")}
    """


def rare_words(asked: Sequence[str], first: Walked) -> list[str]:
    """Those of the words that few of the tasks looked at have, and that the planner does not take for common."""
    few = [word for word, having in zip(asked, first.having, strict=True) if having * RARELY <= first.looked]
    return [word for word in few if is_rare(word)]


def is_rare(query: str) -> bool:
    """Does the planner expect no more matches than for a word that no task has? A glance at statistics, no search.

    Asked for the words themselves, too: of beginnings it knows nothing while fewer than a hundred words are common.
    """
    whole = query.replace(":*", "")
    # Never run: a function that several processes cannot share keeps the four plans of one shape, side by side.
    asked = (
        "SELECT set_config('application_name', '', true) FROM tasks_inbox_humantask t"
        " WHERE t.search @@ {}::tsquery AND t.completed_at IS NULL"
    )
    parts = {"query": query, "other": f"'{UNKNOWN}':*", "whole": whole, "unknown": f"'{UNKNOWN}'"}
    (plan,) = records(
        f"EXPLAIN (FORMAT JSON) {' UNION ALL '.join(asked.format(f'%({name})s') for name in parts)}", parts
    )[0]
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    expected = [part["Plan Rows"] for part in parsed[0]["Plan"]["Plans"]]
    return bool(expected[0] <= expected[1] and (expected[2] <= expected[3] or whole == query))
