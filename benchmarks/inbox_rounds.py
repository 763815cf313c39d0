"""What `benchmarks.inbox` loads and measures. Needs Django to be configured."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from benchmarks.approval import DIAGRAM
from tasks_inbox import operations, queries
from tasks_inbox.models import HumanTask

ROUNDS = 300
GROUPS_EACH = 5

LOAD = """
INSERT INTO auth_user
    (id, username, first_name, last_name, email, password, is_staff, is_superuser, is_active, date_joined)
    SELECT i, 'person' || i, 'First' || i, 'Last' || i, 'person' || i || '@baton.example', '', false, false, true, now()
    FROM generate_series(1, %(people)s) i;
INSERT INTO auth_group (id, name) SELECT i, 'Group ' || i FROM generate_series(1, %(groups)s) i;
INSERT INTO auth_user_groups (user_id, group_id)
    SELECT DISTINCT u, 1 + (hashint4(u * 7919 + k) & 2147483647) %% %(groups)s
    FROM generate_series(1, %(people)s) u, generate_series(1, %(each)s) k;
INSERT INTO orchestrator_deployment (id, note) VALUES (1, '');
INSERT INTO orchestrator_resource (id, deployment_id, name, kind, content, sha256)
    VALUES (1, 1, 'w2.bpmn', 'bpmn', convert_to(%(drawing)s, 'UTF8'), '');
INSERT INTO orchestrator_processdefinition
    (id, resource_id, key, version, version_tag, name, is_latest, category, description, start_form_key, is_startable)
    SELECT i, 1, 'process-' || i, 1, '', 'Process ' || i, true, '', '', '', true FROM generate_series(1, 20) i;
INSERT INTO orchestrator_processinstance (%(instance_columns)s)
    SELECT i, 1 + i %% 20, 'active', 'INV-' || i, 0, 0 %(instance_defaults)s FROM generate_series(1, %(instances)s) i;
INSERT INTO orchestrator_elementinstance (process_instance_id, number, element, element_type, state, phase, variables,
    children, tokens, entered_by, data, incident)
    SELECT i, 1, 'process', 'process', 'active', 'active', jsonb_build_object('amount', i %% 1000, 'costCentre',
        'cc' || i %% 5000, 'vendor', 'vendor' || i, 'note', repeat('Please pay within two weeks. ', 4)),
        1, 0, '{}', '{}', false
    FROM generate_series(1, %(tasks)s / 10 + 1) i;
INSERT INTO tasks_inbox_humantask (
    id, process_instance_id, number, element, name, subject, description, state, actual_owner_id, suspended_from,
    priority, created_at, activated_at, completed_at, completed_by_id, due_at, process_key, process_name, business_key,
    outcomes,
    outcome_variable, outcome, output, comment, skippable, properties, escalated, version, search)
    SELECT i, 1 + i / 10, i, 'approve', 'Approve', 'Approve invoice of vendor' || v, '',
           CASE WHEN open AND owner IS NULL THEN 'ready' WHEN open THEN 'reserved' ELSE 'completed' END,
           owner, '', 10 * (1 + (hashint4(i) & 7)), now() - (i %% 1000) * interval '1 hour', now(),
           CASE WHEN NOT open THEN now() - (i %% 9000) * interval '1 hour' END, CASE WHEN NOT open THEN owner END,
           CASE WHEN i %% 3 > 0 THEN now() + (hashint4(i + 1) %% 500) * interval '1 hour' END,
           'process-' || (1 + (1 + i / 10) %% 20), 'Process ' || (1 + (1 + i / 10) %% 20), 'INV-' || (1 + i / 10), '[]',
           'outcome', '', '{}', '', false, '{}', false, 1,
           array_to_tsvector(ARRAY['approve', 'invoice', 'inv', 'vendor' || v, 'process', (1 + i / 10)::text,
               'cc' || (1 + i / 10) %% 5000])
    FROM (
        SELECT i, i <= %(tasks)s AS open, (hashint4(i + 3) & 2147483647) %% greatest(%(tasks)s / 20, 1) AS v,
               CASE WHEN i > %(tasks)s OR i %% 10 < 2 THEN 1 + (hashint4(i + 5) & 2147483647) %% %(people)s END AS owner
        FROM generate_series(1, %(all)s) i
    ) x;
INSERT INTO tasks_inbox_taskrole (task_id, role, user_id, group_id)
    SELECT i, 'potential_owner', NULL::bigint, 1 + (hashint4(i + 11) & 2147483647) %% %(groups)s
    FROM generate_series(1, %(tasks)s) i
    UNION
    SELECT i, 'potential_owner', NULL, 1 + (hashint4(i + 13) & 2147483647) %% %(groups)s
    FROM generate_series(1, %(tasks)s) i WHERE i %% 3 = 0
    UNION
    SELECT id, 'potential_owner', actual_owner_id, NULL FROM tasks_inbox_humantask
    WHERE id <= %(tasks)s AND actual_owner_id IS NOT NULL;
INSERT INTO tasks_inbox_inboxentry (task_id, principal, priority, due_at, mine, offered, guarded)
    SELECT t.id, coalesce(2 * r.user_id, 2 * r.group_id + 1), t.priority, t.due_at,
           coalesce(r.user_id = t.actual_owner_id, false), t.state = 'ready', false
    FROM tasks_inbox_humantask t JOIN tasks_inbox_taskrole r ON r.task_id = t.id;
"""

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


PROCESS = """<bpmn:process id="process-{0}" name="Process {0}" isExecutable="true">
  <bpmn:startEvent id="start{0}"/><bpmn:userTask id="{1}" name="Approve"><bpmn:extensionElements><zeebe:userTask/>
  </bpmn:extensionElements></bpmn:userTask><bpmn:endEvent id="end{0}"/>
  <bpmn:sequenceFlow id="f{0}" sourceRef="start{0}" targetRef="{1}"/>
  <bpmn:sequenceFlow id="g{0}" sourceRef="{1}" targetRef="end{0}"/></bpmn:process>"""


def drawing() -> str:
    """What the pages of the loaded tasks show."""
    processes = "".join(PROCESS.format(i, "approve" if i == 1 else f"approve{i}") for i in range(1, 21))
    head, _, _ = DIAGRAM.partition("<bpmn:process")
    return f"{head}{processes}</bpmn:definitions>"


TABLES = [
    "orchestrator_processinstance", "orchestrator_elementinstance", "tasks_inbox_humantask", "tasks_inbox_taskrole",
    "tasks_inbox_inboxentry",
]  # fmt: skip


@contextmanager
def without_indexes(cursor: Any) -> Iterator[None]:
    """Rows come in before the indexes, and nobody checks whether what they refer to is there."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisunique AND indrelid::regclass::text = ANY(%s)",
        [TABLES],
    )
    known = cursor.fetchall()
    for name, _ in known:
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    yield
    cursor.execute(
        "SET session_replication_role = origin; SET synchronous_commit = on; SET maintenance_work_mem = '1GB'"
    )
    for _, definition in known:
        cursor.execute(definition)


def load(tasks: int, done: int) -> tuple[int, int]:
    people, groups = max(tasks // 100, 50), max(tasks // 2000, 20)
    everything = tasks * (1 + done)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'orchestrator_processinstance' AND is_nullable = 'NO' AND column_default IS NULL"
            " AND is_identity = 'NO' ORDER BY ordinal_position"
        )
        given = ["id", "definition_id", "state", "business_key", "last_number", "open_incidents"]
        further = [(column, kind) for column, kind in cursor.fetchall() if column not in given]
        statements = LOAD.replace("%(instance_columns)s", ", ".join([*given, *(column for column, _ in further)]))
        zero = {"character varying": "''", "ARRAY": "'{}'"}
        statements = statements.replace(
            "%(instance_defaults)s", "".join(f", {zero.get(kind, '0')}" for _, kind in further)
        )
        numbers: dict[str, Any] = {"drawing": drawing()}
        numbers |= {"people": people, "groups": groups, "each": GROUPS_EACH, "tasks": tasks, "all": everything}
        with without_indexes(cursor):
            for statement in statements.strip().split(";\n"):
                cursor.execute(statement, numbers | {"instances": everything // 10 + 1})
        serial = ["tasks_inbox_humantask", "tasks_inbox_taskrole", "orchestrator_processinstance", "auth_user"]
        serial += ["auth_group", "orchestrator_deployment", "orchestrator_resource", "orchestrator_processdefinition"]
        for table in serial:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", [2 * everything + 1])
        cursor.execute("ANALYZE")
        for table in TABLES:
            cursor.execute(f"VACUUM {table}")
    return people, groups


def measure(name: str, act: Callable[[], Any], rounds: int = ROUNDS) -> None:
    for _ in range(rounds // 30):
        act()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    print(f"{name:<44} {statistics.median(taken):9.2f} {taken[int(len(taken) * 0.95)]:9.2f}", flush=True)


def joined(user: User, more: str = "", **parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(JOINED.replace("{more}", more), {"user": user.pk, **parameters})
        return cursor.fetchall()


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
        free = [row.id for row in queries.page(user, queries.GROUPS, limit=200).rows if row.id not in found]
        found.update((task, user) for task in random.sample(free, min(len(free), 5)))
    return list(found.items())[:number]


def run(tasks: int, done: int) -> None:
    """In a database that is migrated and empty."""
    random.seed(7)
    began = time.perf_counter()
    people, groups = load(tasks, done)
    print(
        f"{tasks:,} open tasks, {tasks * done:,} done, {people:,} people, {groups} groups,"
        f" loaded in {time.perf_counter() - began:.0f} s"
    )
    some = list(User.objects.order_by("?")[:500])

    def anyone() -> User:
        return random.choice(some)

    def vendor() -> str:
        return f"vendor{random.randrange(max(tasks // 20, 1))}"

    def second() -> None:
        user = anyone()
        queries.page(user, queries.ALL, after=queries.page(user, queries.ALL).next)

    print(f"{'':<44} {'p50 ms':>9} {'p95 ms':>9}")
    measure("page of all, joined table", lambda: joined(anyone()), 30)
    measure("page of all", lambda: queries.page(anyone(), queries.ALL))
    measure("page of the groups", lambda: queries.page(anyone(), queries.GROUPS))
    measure("page of mine", lambda: queries.page(anyone(), queries.MINE))
    measure("first and second page", second)
    measure("page of done", lambda: queries.page(anyone(), queries.DONE))
    measure("exact count, joined table", lambda: joined_counts(anyone()), 20)
    measure("counts of all tabs", lambda: queries.counts(anyone()))
    measure("version", lambda: queries.version(anyone()))
    measure(
        "search for a rare word, joined table",
        lambda: joined(anyone(), "AND t.search @@ %(words)s::tsquery", words=f"'{vendor()}':*"),
        30,
    )
    measure("search for a rare word", lambda: queries.page(anyone(), queries.ALL, search=vendor()))
    measure("search for a common word", lambda: queries.page(anyone(), queries.ALL, search="invoice"))
    measure("search for a beginning", lambda: queries.page(anyone(), queries.ALL, search=vendor()[:7]))
    claims = offered(some, 2 * (ROUNDS + 10))
    half = iter(claims[: len(claims) // 2])
    measure("claim, joined table", lambda: joined_claim(*next(half)))
    rows = HumanTask.objects.in_bulk([task for task, _ in claims])
    other = iter((rows[task], user) for task, user in claims[len(claims) // 2 :])

    def claim() -> None:
        task, user = next(other)
        operations.claim(task=task, user=user)

    measure("claim", claim)
