"""The inbox at size (W2): pages, counts, search and claims, beside a design that joins a table of candidates.

    python -m benchmarks.inbox                              100,000 open tasks, as many done ones
    python -m benchmarks.inbox --tasks 1000000 --done 5

Runs in a PostgreSQL of its own, loads it set-based and prints milliseconds. Compare figures of one run; those of
different machines or days do not compare.
"""

from __future__ import annotations

import argparse

from benchmarks.approval import database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=100_000, help="open tasks")
    options.add_argument("--done", type=int, default=1, help="done tasks per open one")
    chosen = options.parse_args()
    with database():
        from benchmarks.inbox_rounds import run  # Django is configured only now

        run(chosen.tasks, chosen.done)


if __name__ == "__main__":
    main()
