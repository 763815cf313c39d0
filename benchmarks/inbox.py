"""The inbox at size (W2): pages, counts, search and claims, beside a design that joins a table of candidates.

    python -m benchmarks.inbox                              100,000 open tasks, as many done ones
    python -m benchmarks.inbox --tasks 1000000 --done 5
    python -m benchmarks.inbox --tasks 1000000 --done 5 --data DIR     loaded once, measured again and again
    python -m benchmarks.inbox --only http                             pages and completions per second (W4)

Runs in a PostgreSQL of its own, loads it set-based and prints milliseconds, beside them processor time of the
application and of the database. Compare figures of one run; those of different machines or days do not compare.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.approval import database


@contextmanager
def loaded(tasks: int, done: int, data: Path | None) -> Iterator[Any]:
    """A database with that many tasks; yields the PostgreSQL service. In a folder that stays if one is named."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as passing:
        state = (data or Path(passing)).resolve()
        state.mkdir(parents=True, exist_ok=True)
        mark, wanted = state / "loaded.json", {"tasks": tasks, "done": done}
        if mark.exists() and json.loads(mark.read_text()) != wanted:
            raise SystemExit(f"{state} holds {mark.read_text()}: ask for as many, or name another folder.")
        if not mark.exists():
            fill(state, tasks, done)
            mark.write_text(json.dumps(wanted))
        with database(state) as service:
            yield service


def fill(state: Path, tasks: int, done: int) -> None:
    from benchmarks.inbox_load import LOADING, Size, load

    began = time.perf_counter()
    with database(state, LOADING):
        from django.db import connections

        size = Size(tasks, done)
        load(size)
        connections.close_all()
    os.sync()
    print(
        f"{tasks:,} open tasks, {tasks * done:,} done, {size.people:,} people, {size.groups} groups,"
        f" loaded in {time.perf_counter() - began:.0f} s",
        flush=True,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=100_000, help="open tasks")
    options.add_argument("--done", type=int, default=1, help="done tasks per open one")
    options.add_argument("--data", type=Path, metavar="DIR", help="keep the loaded database here, or use the one there")
    options.add_argument("--only", choices=["lists", "http"], help="half of the figures")
    options.add_argument("--seconds", type=float, default=10, help="of each figure over HTTP")
    options.add_argument("--json", type=Path, metavar="FILE")
    chosen = options.parse_args()
    with loaded(chosen.tasks, chosen.done, chosen.data) as service:
        from benchmarks import inbox_http, inbox_rounds  # Django is configured only now
        from benchmarks.gates import Report
        from benchmarks.inbox_load import Size

        report = Report()
        if chosen.only != "http":
            inbox_rounds.run(report, Size(chosen.tasks, chosen.done))
        if chosen.only != "lists":
            inbox_http.run(report, service.process.pid, chosen.seconds)
        report.write(chosen.json)


if __name__ == "__main__":
    main()
