"""What `benchmarks.inbox` loads and measures. Needs Django to be configured."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from benchmarks.gates import ROUNDS, Report
from benchmarks.inbox_load import Size
from tasks_inbox import filters, operations, queries
from tasks_inbox.models import HumanTask

# The floor: the same tables without the entries, each way to see a task by a join of its own.
JOINED = """
    SELECT t.id, t.subject, t.priority, t.due_at FROM tasks_inbox_humantask t JOIN (
        SELECT id FROM tasks_inbox_humantask WHERE actual_owner_id = %(user)s AND completed_at IS NULL
        UNION
        SELECT r.task_id FROM tasks_inbox_taskrole r
        WHERE r.role = 'potential_owner' AND (r.user_id = %(user)s OR r.group_id IN (
            SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s
        ))
    ) visible ON visible.id = t.id
    WHERE t.completed_at IS NULL {more} ORDER BY t.priority DESC, t.due_at ASC NULLS LAST, t.id LIMIT 50
"""


def joined(user: User, more: str = "", **parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(JOINED.replace("{more}", more), {"user": user.pk, **parameters})
        return list(cursor.fetchall())


def joined_counts(user: User) -> Any:
    with connection.cursor() as cursor:
        statement = JOINED.replace("{more}", "").replace("t.id, t.subject, t.priority, t.due_at", "1", 1)
        statement = statement.partition("ORDER BY")[0]
        cursor.execute(f"SELECT count(*) FROM ({statement}) x", {"user": user.pk})
        return cursor.fetchone()


def joined_claim(task: int, user: User) -> None:
    """Permission, compare-and-set, event: what a claim costs where nothing but the task has to change."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "SELECT 1 FROM tasks_inbox_taskrole WHERE task_id = %(task)s AND (user_id = %(user)s OR group_id IN"
            " (SELECT group_id FROM auth_user_groups WHERE user_id = %(user)s))",
            {"task": task, "user": user.pk},
        )
        cursor.execute(
            "UPDATE tasks_inbox_humantask SET state = 'reserved', actual_owner_id = %(user)s, version = version + 1"
            " WHERE id = %(task)s AND state = 'ready'",
            {"task": task, "user": user.pk},
        )
        cursor.execute(
            "INSERT INTO tasks_inbox_taskevent (task_id, kind, actor_id, data) VALUES (%s, 'claim', %s, '{}')",
            [task, user.pk],
        )
        cursor.execute("COMMIT")


def offered(people: list[User], number: int) -> list[tuple[int, User]]:
    """So many tasks that somebody may claim, each once, with who."""
    found: dict[int, User] = {}
    while len(found) < number:
        user = random.choice(people)
        seen = [row.id for row in queries.page(user, queries.GROUPS, limit=200).rows if row.id not in found]
        # The joined table's claims change no list: in a database that is kept they have happened before.
        free = list(HumanTask.objects.filter(pk__in=seen, actual_owner=None).values_list("pk", flat=True))
        found.update((task, user) for task in random.sample(free, min(len(free), 5)))
    return list(found.items())[:number]


def run(report: Report, size: Size) -> None:
    """In a database that is loaded."""
    random.seed(7)
    tasks, measure = size.tasks, report.measure
    some = list(User.objects.filter(username__startswith="person").order_by("?")[:500])

    def anyone() -> User:
        return random.choice(some)

    def vendor() -> str:
        return f"vendor{random.randrange(max(tasks // 20, 1))}"

    def second() -> None:
        user = anyone()
        queries.page(user, queries.ALL, after=queries.page(user, queries.ALL).next)

    def nobody() -> None:
        queries.page(anyone(), queries.ALL, filter=asked('var.customer.name = "nobody at all"'))

    report.head(f"{size.tasks:,} open tasks, {size.tasks * size.done:,} done, {size.people:,} people")
    floor = measure("page of all, joined table", lambda: joined(anyone()), 10)
    page = measure("page of all", lambda: queries.page(anyone(), queries.ALL), gate=3)
    measure("page of the groups", lambda: queries.page(anyone(), queries.GROUPS), gate=3)
    measure("page of mine", lambda: queries.page(anyone(), queries.MINE), gate=3)
    measure("first and second page", second, gate=6)
    measure("page of done", lambda: queries.page(anyone(), queries.DONE), gate=3)
    measure("exact count, joined table", lambda: joined_counts(anyone()), 10)
    measure("counts of all tabs", lambda: queries.counts(anyone()), gate=5)
    measure("count of what is overdue", lambda: queries.overdue(anyone()), gate=5)
    measure("version", lambda: queries.version(anyone()))
    measure(
        "search for a rare word, joined table",
        lambda: joined(anyone(), "AND t.search @@ %(words)s::tsquery", words=f"'{vendor()}':*"),
        10,
    )
    measure("search for a rare word", lambda: queries.page(anyone(), queries.ALL, search=vendor()), 60, gate=60)
    measure("search for a common word", lambda: queries.page(anyone(), queries.ALL, search="invoice"), 60, gate=60)
    measure("search for a beginning", lambda: queries.page(anyone(), queries.ALL, search=vendor()[:7]), 60, gate=60)
    measure("search for a short beginning", lambda: queries.page(anyone(), queries.ALL, search="ven"), 60, gate=60)
    measure("search for what nobody has", lambda: queries.page(anyone(), queries.ALL, search="vendorx"), 60, gate=60)
    measure("a filter that nothing passes", nobody, 60, gate=200)
    claims = offered(some, 2 * (ROUNDS + 10))
    half = iter(claims[: len(claims) // 2])
    theirs = measure("claim, joined table", lambda: joined_claim(*next(half)))
    rows = HumanTask.objects.in_bulk([task for task, _ in claims])
    other = iter((rows[task], user) for task, user in claims[len(claims) // 2 :])

    def claim() -> None:
        task, user = next(other)
        operations.claim(task=task, user=user)

    ours = measure("claim", claim)
    report.ratio("page against the joined table", page.p50, floor.p50, 1)
    report.ratio("claim against the joined table", ours.p50, theirs.p50, 2.5)


def asked(text: str) -> Any:
    return filters.compiled(filters.read(text), datetime.now(UTC), UTC)
