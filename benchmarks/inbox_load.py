"""The rows that `benchmarks.inbox` and `benchmarks.finding` measure on. Needs Django to be configured.

Rows come in before the indexes, by two connections at once, and nobody checks whether what they refer to is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from benchmarks.approval import DIAGRAM

GROUPS_EACH = 5  # of a person

#: What may be slow to lose is fast to load: of the server while it is being filled.
LOADING = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "32GB", "checkpoint_timeout": "1h",
    "maintenance_work_mem": "1GB", "max_parallel_maintenance_workers": "2",
}  # fmt: skip

PEOPLE = """
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
"""

CASES = """
INSERT INTO orchestrator_processinstance (%(instance_columns)s, ended_at)
    SELECT i, 1 + i %% 20, CASE WHEN i <= %(running)s THEN 'active' ELSE 'completed' END, 'INV-' || i, 0, 0
        %(instance_defaults)s, CASE WHEN i > %(running)s THEN now() - (i %% 9000) * interval '1 hour' END
    FROM generate_series(1, %(instances)s) i;
INSERT INTO orchestrator_elementinstance (process_instance_id, number, element, element_type, state, phase, variables,
    children, tokens, entered_by, data, incident)
    SELECT i, 1, 'process', 'process', CASE WHEN i <= %(running)s THEN 'active' ELSE 'completed' END, 'active',
        jsonb_build_object('amount', i %% 1000, 'costCentre', 'cc' || i %% 5000, 'vendor', 'vendor' || i,
            'reference', 'REF-' || i, 'note', repeat('Please pay within two weeks. ', 4)),
        1, 0, '{}', '{}', false
    FROM generate_series(1, %(instances)s) i;
"""

TASKS = """
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
               'cc' || (1 + i / 10) %% 5000, 'ref'])
    FROM (
        SELECT i, i <= %(tasks)s AS open, (hashint4(i + 3) & 2147483647) %% greatest(%(tasks)s / 20, 1) AS v,
               CASE WHEN i > %(tasks)s OR i %% 10 < 2 THEN 1 + (hashint4(i + 5) & 2147483647) %% %(people)s END AS owner
        FROM generate_series(%(first)s::int, %(last)s::int) i
    ) x;
"""

SEEN = """
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

PROCESS = """<bpmn:process id="process-{0}" name="Process {0}" isExecutable="true">
  <bpmn:startEvent id="start{0}"/><bpmn:userTask id="{1}" name="Approve"><bpmn:extensionElements><zeebe:userTask/>
  </bpmn:extensionElements></bpmn:userTask><bpmn:endEvent id="end{0}"/>
  <bpmn:sequenceFlow id="f{0}" sourceRef="start{0}" targetRef="{1}"/>
  <bpmn:sequenceFlow id="g{0}" sourceRef="{1}" targetRef="end{0}"/></bpmn:process>"""

TABLES = [
    "orchestrator_processinstance", "orchestrator_elementinstance", "tasks_inbox_humantask", "tasks_inbox_taskrole",
    "tasks_inbox_inboxentry",
]  # fmt: skip
NUMBERED = [
    "tasks_inbox_humantask", "tasks_inbox_taskrole", "orchestrator_processinstance", "auth_user", "auth_group",
    "orchestrator_deployment", "orchestrator_resource", "orchestrator_processdefinition",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    tasks: int  # open ones
    done: int  # done ones per open one

    @property
    def people(self) -> int:
        return max(self.tasks // 100, 50)

    @property
    def groups(self) -> int:
        return max(self.tasks // 2000, 20)

    @property
    def everything(self) -> int:
        return self.tasks * (1 + self.done)


def drawing() -> str:
    """What the pages of the loaded tasks show."""
    processes = "".join(PROCESS.format(i, "approve" if i == 1 else f"approve{i}") for i in range(1, 21))
    head, _, _ = DIAGRAM.partition("<bpmn:process")
    return f"{head}{processes}</bpmn:definitions>"


def load(size: Size) -> None:
    """Into a database that is migrated and empty."""
    numbers: dict[str, Any] = {"drawing": drawing(), "people": size.people, "groups": size.groups, "each": GROUPS_EACH}
    numbers |= {"tasks": size.tasks, "running": size.tasks // 10 + 1, "instances": size.everything // 10 + 1}
    with without_indexes():
        _run(PEOPLE, numbers)
        middle = (size.tasks + size.everything) // 2
        _together(
            [
                (TASKS + SEEN, numbers | {"first": 1, "last": size.tasks}),
                (TASKS, numbers | {"first": size.tasks + 1, "last": middle}),
                (TASKS, numbers | {"first": middle + 1, "last": size.everything}),
                (_cases(), numbers),
            ]
        )
    with connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", [2 * size.everything + 1])
    _together([(f"VACUUM (ANALYZE) {table};\n", {}) for table in [*TABLES, "auth_user_groups", "auth_user"]])


@contextmanager
def without_indexes() -> Iterator[None]:
    """The indexes that nothing depends on are built afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE NOT indisunique AND indrelid::regclass::text = ANY(%s)",
            [TABLES],
        )
        known = cursor.fetchall()
        for name, _definition in known:
            cursor.execute(f"DROP INDEX {name}")
    yield
    _together([(f"{definition};\n", {}) for _name, definition in known])


def _cases() -> str:
    """Columns that a migration adds without a default get something empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'orchestrator_processinstance' AND is_nullable = 'NO' AND column_default IS NULL"
            " AND is_identity = 'NO' ORDER BY ordinal_position"
        )
        given = ["id", "definition_id", "state", "business_key", "last_number", "open_incidents"]
        further = [(column, kind) for column, kind in cursor.fetchall() if column not in given]
    zero = {"character varying": "''", "ARRAY": "'{}'"}
    columns = ", ".join([*given, *(column for column, _ in further)])
    defaults = "".join(f", {zero.get(kind, '0')}" for _, kind in further)
    return CASES.replace("%(instance_columns)s", columns).replace("%(instance_defaults)s", defaults)


def _together(work: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """By two connections."""

    def one(statements: str, numbers: dict[str, Any]) -> None:
        try:
            _run(statements, numbers)
        finally:
            connection.close()  # this thread's

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(one, *each) for each in work]:
            done.result()


def _run(statements: str, numbers: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in filter(None, statements.strip().split(";\n")):
            cursor.execute(statement.removesuffix(";"), numbers or None)
        cursor.execute("SET session_replication_role = origin")
