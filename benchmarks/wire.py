"""What a statement of a step costs around the statement: Django's cursor, psycopg's, and `runtime.wire`.

    python -m benchmarks.wire                         3,000 of each, in a PostgreSQL of its own

Prints microseconds of the application's processor time and of wall time, and the ratio to Django's cursor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from benchmarks.approval import database

SQL = "SELECT %s::int + 1, statement_timestamp()"


def measure(act: Callable[[], object], count: int) -> tuple[float, float]:
    """Microseconds of processor time and of wall time."""
    for _ in range(50):
        act()
    processor, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        act()
    return (time.process_time() - processor) / count * 1e6, (time.perf_counter() - wall) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3000)
    count = parser.parse_args().n
    with database():
        from django.db import connection, transaction

        from orchestrator.runtime import wire

        def by_django() -> None:
            with connection.cursor() as cursor:
                cursor.execute(SQL, [5])
                cursor.fetchone()

        def by_psycopg() -> None:
            connection.connection.execute(SQL, [5]).fetchone()

        def by_wire() -> None:
            with wire.cursor() as cursor:
                cursor.execute(SQL, [5])
                cursor.fetchone()

        def inside(act: Callable[[], None]) -> Callable[[], None]:
            def acting() -> None:
                with transaction.atomic():
                    act()

            return acting

        connection.ensure_connection()
        acts = {"Django's cursor": by_django, "psycopg's cursor": by_psycopg, "runtime.wire": by_wire}
        acts |= {f"a transaction of one, {name}": inside(acts[name]) for name in ("Django's cursor", "runtime.wire")}
        found = {name: measure(act, count) for name, act in acts.items()}
    base = found["Django's cursor"][0]
    print(f"{'':<44}{'CPU us':>8}{'wall us':>9}{'ratio':>7}")
    for name, (processor, wall) in found.items():
        print(f"{name:<44}{processor:>8.1f}{wall:>9.1f}{processor / base:>7.2f}")


if __name__ == "__main__":
    main()
