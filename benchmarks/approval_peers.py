"""Who else does the approval workload: hand-written statements, and SpiffWorkflow with JSON in PostgreSQL.

`Spiff` runs this very file with another interpreter, so nothing here may import Django or Baton at the top.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


def dsn() -> str:
    from django.db import connection

    settings = connection.settings_dict
    return f"host={settings['HOST']} user={settings['USER']} dbname={settings['NAME']}"


def tree_cpu(pid: int) -> float:
    """Seconds of processor time of a process and all below it, those that have ended included."""
    return sum(tree(pid).values()) / TICKS


def tree(pid: int) -> dict[int, int]:
    """A process and all below it, each with its ticks of processor time."""
    parents: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
        used[int(folder.name)] = sum(map(int, fields[11:15]))
    found, below = {}, [pid]
    while below:
        here = below.pop()
        found[here] = used.get(here, 0)
        below += parents.get(here, [])
    return found


FLOOR = """
CREATE TABLE IF NOT EXISTS floor_instance (id bigserial PRIMARY KEY, state text NOT NULL, variables jsonb NOT NULL,
    started_at timestamptz DEFAULT now(), ended_at timestamptz);
CREATE TABLE IF NOT EXISTS floor_element (instance bigint NOT NULL REFERENCES floor_instance, number int NOT NULL,
    element text NOT NULL, entered_at timestamptz DEFAULT now(), left_at timestamptz, PRIMARY KEY (instance, number));
CREATE TABLE IF NOT EXISTS floor_task (id bigserial PRIMARY KEY, instance bigint NOT NULL REFERENCES floor_instance,
    number int NOT NULL, state text NOT NULL, output jsonb, completed_by int, completed_at timestamptz);
CREATE TABLE IF NOT EXISTS floor_entry (principal bigint, task bigint REFERENCES floor_task, priority int,
    due_at timestamptz, PRIMARY KEY (task, principal));
CREATE INDEX IF NOT EXISTS floor_page ON floor_entry (principal, priority DESC, due_at, task);
"""


class Floor:
    """What nobody can do with less: one transaction a step, five statements in it, every check by hand."""

    name = "five hand-written statements"

    def __init__(self, dsn: str) -> None:
        import psycopg

        self.connection = psycopg.connect(dsn, autocommit=True, prepare_threshold=1)
        self.connection.execute(FLOOR)
        self.variables = json.dumps({f"variable{i}": f"some value of variable {i}" for i in range(10)})

    def cpu(self) -> float:
        return time.process_time()

    def start(self) -> int:
        run = self.connection.execute
        with self.connection.transaction():
            row = run(
                "INSERT INTO floor_instance (state, variables) VALUES ('active', %s) RETURNING id", [self.variables]
            )
            (id,) = row.fetchone() or (0,)
            run(
                "INSERT INTO floor_element SELECT %s, n, e, now(), now() FROM unnest(%s::int[], %s::text[]) AS x(n, e)",
                [id, [1, 2, 3], ["start", "prepare", "large"]],
            )
            run("INSERT INTO floor_element (instance, number, element) VALUES (%s, 4, 'approve')", [id])
            (task,) = run(
                "INSERT INTO floor_task (instance, number, state) VALUES (%s, 4, 'ready') RETURNING id", [id]
            ).fetchone() or (0,)
            run("INSERT INTO floor_entry VALUES (7, %s, 50, NULL)", [task])
        return int(id)

    def tasks(self, ids: list[int]) -> list[int]:
        return ids

    def complete(self, id: int) -> None:
        run = self.connection.execute
        with self.connection.transaction():
            run("SELECT state, variables FROM floor_instance WHERE id = %s FOR NO KEY UPDATE", [id]).fetchone()
            (task,) = run(
                "UPDATE floor_task SET state = 'completed', output = %s, completed_by = 1, completed_at = now() "
                "WHERE instance = %s AND state = 'ready' RETURNING id",
                [json.dumps({"approved": True, "comment": "fine"}), id],
            ).fetchone() or (0,)
            run("DELETE FROM floor_entry WHERE task = %s", [task])
            run(
                "WITH gone AS (UPDATE floor_element SET left_at = now() WHERE instance = %s AND number = 4) "
                "INSERT INTO floor_element SELECT %s, n, e, now(), now() FROM unnest(%s::int[], %s::text[]) AS x(n, e)",
                [id, id, [5, 6], ["book", "end"]],
            )
            run(
                "UPDATE floor_instance SET state = 'completed', ended_at = now(), variables = variables || %s "
                "WHERE id = %s",
                ['{"approved": true, "comment": "fine"}', id],
            )


class Limit(Floor):
    """The same rows by a single statement a step, which the server has prepared: nobody can be quicker."""

    name = "one statement a step"

    def start(self) -> int:
        row = self.connection.execute(_START, [self.variables]).fetchone() or (0,)
        return int(row[0])

    def complete(self, id: int) -> None:
        given = json.dumps({"approved": True, "comment": "fine"})
        self.connection.execute(_COMPLETE, [id, given, given]).fetchone()


_START = """WITH i AS (INSERT INTO floor_instance (state, variables) VALUES ('active', %s) RETURNING id),
e AS (INSERT INTO floor_element (instance, number, element, left_at)
    SELECT i.id, n, e, CASE WHEN n < 4 THEN now() END
    FROM i, (VALUES (1, 'start'), (2, 'prepare'), (3, 'large'), (4, 'approve')) x(n, e)),
t AS (INSERT INTO floor_task (instance, number, state) SELECT id, 4, 'ready' FROM i RETURNING id),
n AS (INSERT INTO floor_entry SELECT 7, id, 50, NULL FROM t) SELECT id FROM i"""
_COMPLETE = """WITH i AS (SELECT id FROM floor_instance WHERE id = %s AND state = 'active' FOR NO KEY UPDATE),
t AS (UPDATE floor_task t SET state = 'completed', output = %s, completed_by = 1, completed_at = now() FROM i
    WHERE t.instance = i.id AND t.state = 'ready' RETURNING t.id),
n AS (DELETE FROM floor_entry USING t WHERE task = t.id),
l AS (UPDATE floor_element e SET left_at = now() FROM i WHERE e.instance = i.id AND e.number = 4),
e AS (INSERT INTO floor_element SELECT i.id, n, e, now(), now() FROM i, (VALUES (5, 'book'), (6, 'end')) x(n, e))
UPDATE floor_instance f SET state = 'completed', ended_at = now(), variables = variables || %s
FROM i WHERE f.id = i.id RETURNING f.id"""


class Piped:
    """A peer behind a pipe: the time of the pipe, some 20 microseconds a call, is on its account."""

    def __init__(self, argv: list[str]) -> None:
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def cpu(self) -> float:
        return tree_cpu(self.process.pid)

    def _ask(self, line: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        return int(self.process.stdout.readline())

    def start(self) -> int:
        return self._ask("start")

    def tasks(self, ids: list[int]) -> list[int]:
        return ids

    def complete(self, id: int) -> None:
        self._ask(f"complete {id}")


class Spiff(Piped):
    name = "SpiffWorkflow, JSON in PostgreSQL"

    def __init__(self, python: str) -> None:
        super().__init__([python, str(Path(__file__).resolve()), dsn()])


class Viewflow(Piped):
    name = "django-viewflow"

    def __init__(self, python: str) -> None:
        from django.db import connection

        where = connection.settings_dict
        super().__init__([python, "-m", "benchmarks.approval_viewflow", where["HOST"], where["USER"], "viewflow"])


class Dbos(Piped):
    name = "DBOS"

    def __init__(self, python: str) -> None:
        from django.db import connection

        where = connection.settings_dict
        super().__init__([python, "-m", "benchmarks.approval_dbos", where["HOST"], where["USER"]])


SPIFF_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
  <bpmn:process id="approval" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:scriptTask id="prepare"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
      <bpmn:script>gross = amount * 1.19</bpmn:script></bpmn:scriptTask>
    <bpmn:exclusiveGateway id="large" default="small"><bpmn:incoming>f2</bpmn:incoming>
      <bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>small</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:userTask id="approve"><bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f4</bpmn:outgoing></bpmn:userTask>
    <bpmn:scriptTask id="book"><bpmn:incoming>f4</bpmn:incoming><bpmn:incoming>small</bpmn:incoming>
      <bpmn:outgoing>f5</bpmn:outgoing><bpmn:script>booked = gross if approved else 0</bpmn:script></bpmn:scriptTask>
    <bpmn:endEvent id="end"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="prepare"/>
    <bpmn:sequenceFlow id="f2" sourceRef="prepare" targetRef="large"/>
    <bpmn:sequenceFlow id="f3" sourceRef="large" targetRef="approve">
      <bpmn:conditionExpression>amount &gt; 1000</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="small" sourceRef="large" targetRef="book"/>
    <bpmn:sequenceFlow id="f4" sourceRef="approve" targetRef="book"/>
    <bpmn:sequenceFlow id="f5" sourceRef="book" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>"""


def serve_spiff(dsn: str) -> None:
    """One line in, one number out: `start`, `complete <id>`."""
    import psycopg
    from lxml import etree
    from SpiffWorkflow import TaskState
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    connection = psycopg.connect(dsn, autocommit=True, prepare_threshold=1)
    connection.execute("CREATE TABLE IF NOT EXISTS spiff (id bigserial PRIMARY KEY, state text, ended bool)")
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(SPIFF_DIAGRAM.encode()))
    spec = parser.get_spec("approval")
    serializer = BpmnWorkflowSerializer()
    variables = {"amount": 12_500} | {f"variable{i}": f"some value of variable {i}" for i in range(9)}

    def start() -> int:
        workflow = BpmnWorkflow(spec)
        workflow.get_next_task(state=TaskState.READY).set_data(**variables)
        workflow.do_engine_steps()
        with connection.transaction():
            found: Any = connection.execute(
                "INSERT INTO spiff (state, ended) VALUES (%s, false) RETURNING id",
                [serializer.serialize_json(workflow)],
            ).fetchone()
        return int(found[0])

    def complete(id: str) -> int:
        with connection.transaction():
            found: Any = connection.execute("SELECT state FROM spiff WHERE id = %s FOR UPDATE", [id]).fetchone()
            workflow = serializer.deserialize_json(found[0])
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            task.set_data(approved=True, comment="fine")
            task.run()
            workflow.do_engine_steps()
            connection.execute(
                "UPDATE spiff SET state = %s, ended = %s WHERE id = %s",
                [serializer.serialize_json(workflow), workflow.completed, id],
            )
        assert workflow.completed
        return 1

    acts: dict[str, Any] = {"start": start, "complete": complete}
    for line in sys.stdin:
        name, *arguments = line.split()
        print(acts[name](*arguments), flush=True)


if __name__ == "__main__":
    serve_spiff(sys.argv[1])
