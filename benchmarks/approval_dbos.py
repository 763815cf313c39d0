"""DBOS doing the approval workload: a durable workflow that waits for a message, in a database of its own.

Run by `benchmarks.approval` with another interpreter; one line in, one number out: `start`, `complete <id>`. A start is
done when the workflow has stored its first two steps and waits, a completion when its outcome is stored.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

VARIABLES = {"amount": 12_500} | {f"variable{i}": f"some value of variable {i}" for i in range(9)}
NAME = "dbos_approval"


def database(host: str, user: str) -> None:
    import psycopg

    with psycopg.connect(f"host={host} user={user} dbname=postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE DATABASE {NAME}")


def serve(host: str, user: str) -> None:
    from dbos import DBOS, SetWorkflowID

    database(host, user)
    url = f"postgresql+psycopg://{user}@/{NAME}?host={host}"
    DBOS(config={"name": "approval", "system_database_url": url, "log_level": "ERROR"})
    waits: dict[str, threading.Event] = {}

    @DBOS.step()  # type: ignore[untyped-decorator]
    def prepare(variables: dict[str, Any]) -> float:
        return float(variables["amount"]) * 1.19

    @DBOS.step()  # type: ignore[untyped-decorator]
    def offer(id: str) -> str:
        return "Approvers"

    @DBOS.step()  # type: ignore[untyped-decorator]
    def book(gross: float, approved: bool) -> float:
        return gross if approved else 0

    @DBOS.workflow()  # type: ignore[untyped-decorator]
    def approval(id: str, variables: dict[str, Any]) -> float:
        gross = prepare(variables)
        approved = True
        if variables["amount"] > 1000:
            offer(id)
            waits[id].set()
            approved = DBOS.recv("approve", timeout_seconds=600)["approved"]
        return float(book(gross, approved))

    DBOS.launch()
    handles: dict[str, Any] = {}

    def start(number: int) -> int:
        id = str(number)
        waits[id] = threading.Event()
        with SetWorkflowID(id):
            handles[id] = DBOS.start_workflow(approval, id, VARIABLES)
        assert waits[id].wait(60)
        del waits[id]
        return number

    def complete(id: str) -> int:
        DBOS.send(id, {"approved": True, "comment": "fine"}, topic="approve")
        assert handles.pop(id).get_result() > 0
        return 1

    for number, line in enumerate(sys.stdin, start=1):
        name, *arguments = line.split()
        print(start(number) if name == "start" else complete(*arguments), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    serve(*sys.argv[1:])
