"""What people see: pages of tasks, counts, and whether anything has changed.

The pages of open tasks walk the inbox entries of a person's principals, each in the order of its index, and merge the
heads: a page costs the same among a thousand tasks and among ten million. The statements are written by hand because
that plan is the point of them. Every value goes in as a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.urls import reverse

from tasks_inbox import absence, rows, words
from tasks_inbox.filters.sql import Compiled, ordering
from tasks_inbox.models import HumanTask
from tasks_inbox.my_requests import my_requests
from tasks_inbox.rows import TaskRow
from tasks_inbox.zones import zone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = ["Count", "Counts", "Narrowing", "Page", "count", "counts", "my_requests", "next_task", "page", "version"]

MINE, GROUPS, ALL, DONE = TABS = ("mine", "groups", "all", "done")
COUNTED = 1_000  # counts stop here: “1000+”
LARGEST_PAGE = 200
MOST_MATCHES = 20_000  # of a search that starts from the words; beyond, it walks the entries
_UNKNOWN = "'\u2603':*"  # no word of any task: a snowman is punctuation
RECENT_CHANGES = 100  # per principal, that make a version


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What of a tab is shown: tasks with these words, of this process, that pass this filter."""

    search: str = ""
    process: str = ""
    filter: Compiled | None = None

    def __bool__(self) -> bool:
        return bool(self.search.strip() or self.process or self.filter)


@dataclass(frozen=True, slots=True)
class Page:
    """`next` goes into `page(after=...)`; None on the last page."""

    rows: list[TaskRow]
    next: str | None


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
    overdue: Count


# The person's principals, read with the page: joining or leaving a group shows at once. Then those of the absent people
# for whom they act (`absence`).
_PRINCIPALS = f"""
    represented(person) AS (SELECT b.user_id FROM {absence.ACTIVE} WHERE s.substitute_id = %(user)s),
    principals(principal, own) AS (
        SELECT 2 * %(user)s::bigint, true
        UNION ALL SELECT 2 * m.group_id::bigint + 1, true FROM auth_user_groups m WHERE m.user_id = %(user)s
        UNION ALL SELECT 2 * x.person::bigint, false FROM represented x
        UNION ALL SELECT 2 * m.group_id::bigint + 1, false
            FROM represented x JOIN auth_user_groups m ON m.user_id = x.person
    )
"""

# An entry whose task has excluded owners, or whose owner holds it through a group, is asked for the roles.
# What comes through somebody who is away is asked for theirs, and for what separates duties.
_MAY_SEE = f"""
    (e.principal = ANY(ARRAY(SELECT principal FROM principals WHERE own)) AND (NOT e.guarded OR EXISTS (
        SELECT FROM tasks_inbox_taskrole r
        WHERE r.task_id = e.task_id
          AND (r.user_id = %(user)s
               OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s))
        HAVING bool_or(r.role NOT IN ('potential_owner', 'excluded_owner'))
            OR bool_or(r.role = 'potential_owner') AND NOT bool_or(r.role = 'excluded_owner')
    )) OR EXISTS (
        SELECT FROM {absence.ACTIVE}
        JOIN tasks_inbox_humantask k ON k.id = e.task_id AND k.initiator_id IS DISTINCT FROM %(user)s
            AND s.process_key IN ('', k.process_key) AND s.element IN ('', k.element)
        JOIN tasks_inbox_taskrole r ON r.task_id = k.id AND (
            r.user_id = b.user_id
            OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = b.user_id)
        )
        WHERE s.substitute_id = %(user)s AND NOT EXISTS (
            SELECT FROM tasks_inbox_taskrole x
            WHERE x.task_id = k.id AND x.role = 'excluded_owner' AND x.user_id = %(user)s
        )
        GROUP BY b.user_id
        HAVING bool_or(r.role NOT IN ('potential_owner', 'excluded_owner'))
            OR bool_or(r.role = 'potential_owner') AND NOT bool_or(r.role = 'excluded_owner')
    ))
"""

_TAB = {
    MINE: "e.mine",  # of a person: this one, or one for whom they act
    GROUPS: "e.offered",
    ALL: "true",
}

_DONE = "t.completed_by_id = %(user)s"

_COLUMNS = """
    t.id, coalesce(nullif(t.subject, ''), t.name), t.business_key, t.process_name,
    t.state, t.priority, t.due_at, t.escalated,
    coalesce(o.id, i.id), coalesce(o.first_name, i.first_name), coalesce(o.last_name, i.last_name),
    coalesce(o.username, i.username),
    NOT EXISTS (SELECT FROM tasks_inbox_taskread x WHERE x.task_id = t.id AND x.user_id = %(user)s),
    (SELECT count(*) FROM tasks_inbox_taskcomment c WHERE c.task_id = t.id),
    now(), (SELECT f.time_zone FROM tasks_inbox_profile f WHERE f.user_id = %(user)s)
"""
_PEOPLE = """
    LEFT JOIN auth_user o ON o.id = t.actual_owner_id
    LEFT JOIN auth_user i ON i.id = t.initiator_id
"""


def page(
    user: User,
    tab: str = MINE,
    *,
    search: str = "",
    process: str = "",
    filter: Compiled | None = None,
    sort: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Tasks of one tab: open ones by priority and due date, done ones by the time they ended, latest first.

    `search` finds words by their beginnings in title, business key, names and variables; `process` is a key, `sort` a
    criterion of `filters.criteria`. An unknown tab is `mine`, an unreadable `after` the first page. Raises
    InvalidFilter.
    """
    limit = min(max(limit, 1), LARGEST_PAGE)
    tab = tab if tab in TABS else MINE
    narrowed = Narrowing(search, process, filter)
    parameters = _parameters(user, narrowed, limit=limit + 1)
    if search.strip() and not parameters["words"]:
        return Page([], None)
    if sort:
        with _planned_anew([sort]):
            return _sorted(tab, narrowed, sort, parameters, after, limit)
    with _planned_anew(_on_task(narrowed, parameters)):
        if tab == DONE:
            return _done(narrowed, parameters, after, limit)
        return _open(tab, narrowed, parameters, after, limit)


def _open(tab: str, narrowed: Narrowing, parameters: dict[str, Any], after: str | None, limit: int) -> Page:
    wanted = [_MAY_SEE, _TAB[tab]]
    on_task = _on_task(narrowed, parameters)
    ranges = _after(after, parameters)
    found = None
    if sure := _sure_words(narrowed, parameters):
        found = _merged(_from_words(wanted, [*on_task, sure], ranges), parameters)
    if found is None:
        found = _merged(_from_entries(wanted, on_task, ranges), parameters) or []
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], _cursor(last.priority, last.due_at, last.id) if last else None)


def count(user: User, tab: str, narrowed: Narrowing, *, most: int = COUNTED) -> Count:
    """How many tasks of a tab are left when it is narrowed down; it stops a little above `most`."""
    parameters = _parameters(user, narrowed, limit=most + 1)
    if narrowed.search.strip() and not parameters["words"]:
        return Count(0, most)
    on_task = _on_task(narrowed, parameters)
    if tab == DONE:
        source = f"SELECT t.id FROM tasks_inbox_humantask t WHERE {' AND '.join([_DONE, *on_task])}"
    elif sure := _sure_words(narrowed, parameters):
        source = (
            "SELECT DISTINCT t.id FROM tasks_inbox_humantask t JOIN tasks_inbox_inboxentry e ON e.task_id = t.id"
            " AND e.principal = ANY(ARRAY(SELECT principal FROM principals))"
            f" WHERE {' AND '.join([_MAY_SEE, _TAB.get(tab, 'true'), sure, *on_task])}"
        )
    else:
        head = f"{_visible(tab, on_task)} LIMIT %(limit)s"
        source = f"SELECT DISTINCT x.task_id FROM principals p CROSS JOIN LATERAL ({head}) x"
    with _planned_anew(on_task), connection.cursor() as cursor:
        cursor.execute(f"WITH {_PRINCIPALS} SELECT count(*) FROM ({source} LIMIT %(limit)s) y", parameters)
        return Count(cursor.fetchone()[0], most)


def counts(user: User) -> Counts:
    """What the tabs show; each stops a little above COUNTED, so that it never costs more."""
    tabs = [
        f"(SELECT count(*) FROM (SELECT DISTINCT x.task_id FROM principals p CROSS JOIN LATERAL ("
        f" SELECT e.task_id FROM tasks_inbox_inboxentry e"
        f" WHERE e.principal = p.principal AND {condition} AND {_MAY_SEE}"
        f" LIMIT {COUNTED + 1}) x LIMIT {COUNTED + 1}) y)"
        for condition in (*(_TAB[tab] for tab in (MINE, GROUPS, ALL)), "e.due_at < now()")
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_PRINCIPALS} SELECT {', '.join(tabs)}", {"user": user.pk})
        return Counts(*map(Count, cursor.fetchone()))


def version(user: User) -> str:
    """Another text whenever something in this person's lists changed; for a conditional request (ETag).

    It is made of the latest changes and not of the last one alone: a transaction that began earlier may commit later.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {_PRINCIPALS}
            SELECT sum(hashint8(p.principal)) AS who, coalesce(max(c.latest), 0), coalesce(sum(c.recent), 0)
            FROM principals p LEFT JOIN LATERAL (
                SELECT max(x.id) AS latest, sum(x.id) AS recent FROM (
                    SELECT id FROM tasks_inbox_inboxchange
                    WHERE principal = p.principal ORDER BY id DESC LIMIT %(recent)s
                ) x
            ) c ON true
            """,
            {"user": user.pk, "recent": RECENT_CHANGES},
        )
        return "-".join(str(number) for number in cursor.fetchone())


def next_task(
    user: User, after: HumanTask, tab: str = MINE, narrowed: Narrowing | None = None, sort: str = ""
) -> int | None:
    """The id of the task to show when `after` is done: the one behind it in the list, else the first; None: the list
    is empty.
    """
    kept = narrowed or Narrowing()
    shown: dict[str, Any] = {"search": kept.search, "process": kept.process, "filter": kept.filter, "sort": sort}
    behind = (
        [] if sort else page(user, tab, **shown, after=_cursor(after.priority, after.due_at, after.pk), limit=1).rows
    )
    candidates = behind or [row for row in page(user, tab, **shown, limit=2).rows if row.id != after.pk]
    return candidates[0].id if candidates else None


# The parts they are made of


def _parameters(user: User, narrowed: Narrowing, *, limit: int) -> dict[str, Any]:
    own = narrowed.filter.parameters if narrowed.filter else {}
    words_asked = words.query(narrowed.search)
    return {"user": user.pk, "limit": limit, "process": narrowed.process, "words": words_asked, **own}


def _on_task(narrowed: Narrowing, parameters: dict[str, Any]) -> list[str]:
    """The conditions on the task's row."""
    conditions = []
    if narrowed.process:
        conditions.append("t.process_key = %(process)s")
    if parameters["words"]:
        conditions.append("t.search @@ %(words)s::tsquery")
    if narrowed.filter:
        conditions.append(narrowed.filter.condition)
    return conditions


def _sure_words(narrowed: Narrowing, parameters: dict[str, Any]) -> str:
    """The condition to begin with when every match has words that few tasks have; else ''."""
    asked = [parameters["words"], words.all_of(narrowed.filter.words) if narrowed.filter else ""]
    parameters["sure"] = " & ".join(f"({part})" for part in asked if part)
    rare = parameters["sure"] and _is_rare(parameters["sure"])
    return "t.search @@ %(sure)s::tsquery AND t.completed_at IS NULL" if rare else ""


def _visible(tab: str, on_task: list[str], *, columns: str = "e.task_id") -> str:
    """The entries of a principal `p` that pass, in no order."""
    return (
        f"SELECT {columns} FROM tasks_inbox_inboxentry e {_asked_of_the_task(on_task)}"
        f" WHERE e.principal = p.principal AND {_TAB.get(tab, 'true')} AND {_MAY_SEE}"
    )


def _sorted(
    tab: str, narrowed: Narrowing, sort: str, parameters: dict[str, Any], after: str | None, limit: int
) -> Page:
    """A list in an order that no index has: everything that the person sees is looked at. `after` counts rows."""
    expressions, made = ordering(sort)
    skipped = int(after[1:]) if after and after[:1] == "o" and after[1:].isdecimal() and len(after) < 9 else 0
    parameters |= {**made.parameters, "skipped": skipped}
    on_task = _on_task(narrowed, parameters)
    if tab == DONE:
        seen = (
            "SELECT t.id AS task_id, false AS mine, false AS offered FROM tasks_inbox_humantask t WHERE "
            + " AND ".join([_DONE, *on_task])
        )
    else:
        columns = "e.task_id, e.mine, e.offered"
        seen = (
            "SELECT x.task_id, bool_or(x.mine) AS mine, bool_or(x.offered) AS offered"
            f" FROM principals p CROSS JOIN LATERAL ({_visible(tab, on_task, columns=columns)}) x GROUP BY x.task_id"
        )
    records = _records(
        f"""
        WITH {_PRINCIPALS}, seen AS ({seen}),
        head AS (
            SELECT s.task_id, s.mine, s.offered, row_number() OVER (ORDER BY {", ".join(expressions)}, t.id) AS place
            FROM seen s JOIN tasks_inbox_humantask t ON t.id = s.task_id
            ORDER BY place OFFSET %(skipped)s LIMIT %(limit)s
        )
        SELECT {_COLUMNS}, h.mine, h.offered, t.outcome, t.completed_at
        FROM head h JOIN tasks_inbox_humantask t ON t.id = h.task_id {_PEOPLE} ORDER BY h.place
        """,
        parameters,
    )
    return Page(_rows(records)[:limit], f"o{skipped + limit}" if len(records) > limit else None)


def _from_entries(wanted: list[str], on_task: list[str], ranges: list[str]) -> str:
    """Walk each principal's entries in order until the page is full. With a cursor: its ranges one after another."""
    heads = [
        f"""(SELECT e.task_id, e.priority, e.due_at, e.mine, e.offered
            FROM tasks_inbox_inboxentry e {_asked_of_the_task(on_task)}
            WHERE e.principal = p.principal AND {" AND ".join([*wanted, part])}
            ORDER BY e.priority DESC, e.due_at ASC NULLS LAST, e.task_id LIMIT %(limit)s)"""
        for part in ranges
    ]
    return f"merged AS (SELECT x.* FROM principals p CROSS JOIN LATERAL ({' UNION ALL '.join(heads)}) x)"


def _asked_of_the_task(on_task: list[str]) -> str:
    """Each entry's task is looked up by its key, one by one (OFFSET 0 sees to that): a condition that looks rare must
    not turn the walk around, and read everything that the whole company has.
    """
    if not on_task:
        return ""
    return (
        "CROSS JOIN LATERAL (SELECT FROM tasks_inbox_humantask t"
        f" WHERE t.id = e.task_id AND {' AND '.join(on_task)} OFFSET 0) asked"
    )


def _from_words(wanted: list[str], on_task: list[str], ranges: list[str]) -> str:
    """Begin with the few tasks that have the words, and keep those that are in one of the principals' inboxes.

    When they are not that few, a row without a task comes first of all.
    """
    return f"""
        hit AS MATERIALIZED (
            SELECT t.id FROM tasks_inbox_humantask t WHERE {" AND ".join(on_task)} LIMIT {MOST_MATCHES}
        ),
        merged AS (
            SELECT e.task_id, e.priority, e.due_at, e.mine, e.offered
            FROM hit JOIN tasks_inbox_inboxentry e
              ON e.task_id = hit.id AND e.principal = ANY(ARRAY(SELECT principal FROM principals))
            WHERE {" AND ".join(wanted)} AND ({" OR ".join(f"({part})" for part in ranges)})
            UNION ALL
            SELECT NULL, 32767, NULL, false, false WHERE (SELECT count(*) FROM hit) >= {MOST_MATCHES}
        )
    """


def _merged(source: str, parameters: dict[str, Any]) -> list[TaskRow] | None:
    """The head of what the principals see, as rows; None: there were too many to begin with the words."""
    records = _records(
        f"""
        WITH {_PRINCIPALS}, {source},
        head AS (
            SELECT task_id, priority, due_at, bool_or(mine) AS mine, bool_or(offered) AS offered FROM merged
            GROUP BY task_id, priority, due_at ORDER BY priority DESC, due_at ASC NULLS LAST, task_id LIMIT %(limit)s
        )
        SELECT {_COLUMNS}, h.mine, h.offered, '' AS outcome, NULL AS completed_at
        FROM head h LEFT JOIN tasks_inbox_humantask t ON t.id = h.task_id {_PEOPLE}
        ORDER BY h.priority DESC, h.due_at ASC NULLS LAST, h.task_id
        """,
        parameters,
    )
    return None if records and records[0][0] is None else _rows(records)


def _after(cursor: str | None, parameters: dict[str, Any]) -> list[str]:
    """What lies behind a cursor in the order of the index, as ranges that each are one scan of it."""
    place = _place(cursor)
    if place is None:
        return ["true"]
    parameters["priority"], parameters["due"], parameters["task"] = place
    if place[1] is None:
        return [
            "e.priority = %(priority)s AND e.due_at IS NULL AND e.task_id > %(task)s",
            "e.priority < %(priority)s",
        ]
    return [
        "e.priority = %(priority)s AND e.due_at = %(due)s AND e.task_id > %(task)s",
        "e.priority = %(priority)s AND e.due_at > %(due)s",
        "e.priority = %(priority)s AND e.due_at IS NULL",
        "e.priority < %(priority)s",
    ]


def _cursor(priority: int, due: datetime | None, task: int) -> str:
    return f"{priority}_{due.isoformat() if due else ''}_{task}"


def _place(cursor: str | None) -> tuple[int, datetime | None, int] | None:
    try:
        priority, due, task = (cursor or "").split("_")
        at = datetime.fromisoformat(due.replace(" ", "+")) if due else None
        place = (int(priority), at, int(task))
    except ValueError:
        return None
    aware = at is None or at.tzinfo is not None
    return place if aware and abs(place[0]) < 2**15 and abs(place[2]) < 2**63 else None


def _is_rare(query: str) -> bool:
    """Does the planner expect no more matches than for a word that no task has? A glance at statistics, no search.

    Asked for the words themselves, too: of beginnings it knows nothing while fewer than a hundred words are common.
    """
    whole = query.replace(":*", "")
    asked = "SELECT FROM tasks_inbox_humantask t WHERE t.search @@ %s::tsquery AND t.completed_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (FORMAT JSON) {' UNION ALL '.join([asked] * 4)}",
            [query, _UNKNOWN, whole, _UNKNOWN.replace(":*", "")],
        )
        (plan,) = cursor.fetchone()
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    expected = [part["Plan Rows"] for part in parsed[0]["Plan"]["Plans"]]
    return bool(expected[0] <= expected[1] and (expected[2] <= expected[3] or whole == query))


def _done(narrowed: Narrowing, parameters: dict[str, Any], after: str | None, limit: int) -> Page:
    place = _place(after)
    where = [_DONE, *_on_task(narrowed, parameters)]
    if place and place[1]:
        where.append("(t.completed_at, t.id) < (%(due)s, %(task)s)")
        parameters["due"], parameters["task"] = place[1], place[2]
    statement = f"""
        SELECT {_COLUMNS}, false, false, t.outcome, t.completed_at
        FROM tasks_inbox_humantask t {_PEOPLE}
        WHERE {" AND ".join(where)} ORDER BY t.completed_at DESC, t.id DESC LIMIT %(limit)s
    """
    records = _records(statement, parameters)
    found = _rows(records)[:limit]
    return Page(found, _cursor(0, records[limit - 1][-1], found[-1].id) if len(records) > limit else None)


@contextmanager
def _planned_anew(narrowed: list[str]) -> Iterator[None]:
    """What words and filters find differs too much for a plan that is made once and kept."""
    connection.ensure_connection()
    session = connection.connection
    kept = session.prepare_threshold
    session.prepare_threshold = None if narrowed else kept
    try:
        yield
    finally:
        session.prepare_threshold = kept


def _records(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _rows(records: list[tuple[Any, ...]]) -> list[TaskRow]:
    before, behind = reverse("task", args=[0]).rsplit("0", 1)
    return [_row(record, before, behind) for record in records]


def _row(record: tuple[Any, ...], before: str, behind: str) -> TaskRow:
    pk, title, ref, process, state, priority, due_at, escalated, *person, unread, comments, now, zone_name = record[:16]
    mine, offered, outcome, ended = record[16:]
    local = zone(zone_name)
    due_text, due_class = rows.due(due_at, now, local) if ended is None else ("", "")
    return TaskRow(
        id=pk,
        title=title,
        ref=ref,
        process=process,
        due_text=due_text,
        due_class=due_class,
        due_at=due_at,
        priority=priority,
        stripe=rows.stripe(priority),
        avatar=rows.avatar(*person),
        unread=unread and ended is None,
        comments=comments,
        url=f"{before}{pk}{behind}",
        state=state,
        mine=mine,
        offered=offered,
        escalated=escalated,
        outcome=outcome,
        when=rows.day(ended, now, local) if ended else "",
        due_exact=rows.exact(due_at or ended, local),
    )
