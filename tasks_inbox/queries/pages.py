"""Pages of tasks, in whichever order, and the task that comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks_inbox.filters.sql import Compiled, ordering
from tasks_inbox.queries import searching, shown
from tasks_inbox.queries.asked import (
    DONE,
    LARGEST_PAGE,
    MINE,
    TABS,
    Narrowing,
    Page,
    asked_of_the_task,
    conditions_on_task,
    parameters_of,
    planned_anew,
    planned_once,
    prepared,
    records,
)
from tasks_inbox.queries.places import Place, behind, cursor, place
from tasks_inbox.queries.sight import DONE_BY, MAY_SEE, PRINCIPALS, TAB, principals_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tasks_inbox.models import HumanTask


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
    parameters = parameters_of(user, narrowed, limit=limit + 1)
    if search.strip() and not parameters["words"]:
        return Page([], None)
    if sort:
        with planned_anew([sort]):
            return _sorted(tab, narrowed, sort, parameters, after, limit)
    with planned_anew(conditions_on_task(narrowed, parameters)):
        if tab == DONE:
            return _done(narrowed, parameters, after, limit)
        if narrowed:
            return _searched(tab, narrowed, parameters, place(after), limit)
        return _open(tab, parameters, place(after), limit)


def next_task(
    user: User, after: HumanTask, tab: str = MINE, narrowed: Narrowing | None = None, sort: str = ""
) -> int | None:
    """The id of the task to show when `after` is done: the one behind it in the list, else the first; None: the list
    is empty.
    """
    kept = narrowed or Narrowing()
    shown: dict[str, Any] = {"search": kept.search, "process": kept.process, "filter": kept.filter, "sort": sort}
    here = cursor(after.priority, after.due_at, after.pk)
    behind_it = [] if sort else page(user, tab, **shown, after=here, limit=1).rows
    candidates = behind_it or [row for row in page(user, tab, **shown, limit=2).rows if row.id != after.pk]
    return candidates[0].id if candidates else None


def _open(tab: str, parameters: dict[str, Any], after: Place | None, limit: int) -> Page:
    source = searching.page_of_entries(tab, behind(after, parameters), limit + 1)
    found = searching.merged(source, parameters, _at_a_place if after else prepared)
    return _page(found or [], limit)


def _at_a_place(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    return prepared(planned_once(statement), parameters)


def _searched(tab: str, narrowed: Narrowing, parameters: dict[str, Any], after: Place | None, limit: int) -> Page:
    first = searching.first_portion(tab, narrowed, parameters, after)
    found, looked = first.records, first.looked
    if len(found) > limit or first.last is None:
        return _page(found, limit)
    if rare := searching.rare_words(narrowed.words, first):
        hits = searching.from_words(tab, narrowed, rare, parameters, first.last)
        if hits is not None:
            return _page(found + hits, limit)
    few = len(found) * searching.RARELY <= looked
    parameters["limit"] = limit + 1 - len(found)
    further = searching.further_portion(tab, narrowed, parameters, first.last, few=few)
    found += further.records
    if len(found) > limit or further.last is None:
        return _page(found, limit)
    return Page(shown.rows_of(found), cursor(*further.last), cut=True)


def _page(found: list[tuple[Any, ...]], limit: int) -> Page:
    rows = shown.rows_of(found[:limit])
    last = rows[-1] if len(found) > limit else None
    return Page(rows, cursor(last.priority, last.due_at, last.id) if last else None)


def _sorted(
    tab: str, narrowed: Narrowing, sort: str, parameters: dict[str, Any], after: str | None, limit: int
) -> Page:
    """A list in an order that no index has: everything that the person sees is looked at. `after` counts rows."""
    expressions, made = ordering(sort)
    skipped = int(after[1:]) if after and after[:1] == "o" and after[1:].isdecimal() and len(after) < 9 else 0
    parameters |= {**made.parameters, "skipped": skipped}
    on_task = conditions_on_task(narrowed, parameters)
    if tab == DONE:
        seen = (
            "SELECT t.id AS task_id, false AS mine, false AS offered FROM tasks_inbox_humantask t WHERE "
            + " AND ".join([DONE_BY, *on_task])
        )
    else:
        seen = f"""
            SELECT x.task_id, bool_or(x.mine) AS mine, bool_or(x.offered) AS offered
            FROM {principals_of(tab)} CROSS JOIN LATERAL (
                SELECT e.task_id, e.mine, e.offered FROM tasks_inbox_inboxentry e {asked_of_the_task(on_task)}
                WHERE e.principal = p.principal AND {TAB[tab]} AND {MAY_SEE}
            ) x GROUP BY x.task_id
        """
    found = records(
        f"""
        WITH {PRINCIPALS}, seen AS ({seen}),
        head AS (
            SELECT s.task_id, s.mine, s.offered, row_number() OVER (ORDER BY {", ".join(expressions)}, t.id) AS place
            FROM seen s JOIN tasks_inbox_humantask t ON t.id = s.task_id
            ORDER BY place OFFSET %(skipped)s LIMIT %(limit)s
        )
        SELECT {shown.COLUMNS}, h.mine, h.offered, t.outcome, t.completed_at
        FROM head h JOIN tasks_inbox_humantask t ON t.id = h.task_id {shown.PEOPLE} ORDER BY h.place
        """,
        parameters,
    )
    return Page(shown.rows_of(found)[:limit], f"o{skipped + limit}" if len(found) > limit else None)


def _done(narrowed: Narrowing, parameters: dict[str, Any], after: str | None, limit: int) -> Page:
    began = place(after)
    where = [DONE_BY, *conditions_on_task(narrowed, parameters)]
    if began and began[1]:
        where.append("(t.completed_at, t.id) < (%(due)s, %(task)s)")
        parameters["due"], parameters["task"] = began[1], began[2]
    statement = f"""
        SELECT {shown.COLUMNS}, false, false, t.outcome, t.completed_at
        FROM tasks_inbox_humantask t {shown.PEOPLE}
        WHERE {" AND ".join(where)} ORDER BY t.completed_at DESC, t.id DESC LIMIT %(limit)s
    """
    found = records(statement, parameters)
    rows = shown.rows_of(found)[:limit]
    return Page(rows, cursor(0, found[limit - 1][shown.ENDED], rows[-1].id) if len(found) > limit else None)
