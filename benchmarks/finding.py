"""Finding at size: filters over attributes and variables, other orders, words, and the counts of saved views.

    python -m benchmarks.finding                          100,000 open tasks
    python -m benchmarks.finding --tasks 1000000

A person sees about thirteen thousand tasks, at either size: what grows is what the indexes have to pass over. Runs in a
PostgreSQL of its own, loaded as `benchmarks.inbox` does, and prints milliseconds.
"""

from __future__ import annotations

import argparse
import random
from typing import Any

from benchmarks.approval import database

FILTERS = {
    "variable, a rare number": "var.amount > 998",
    "variable, half of all": "var.amount > 500",
    "variable, nobody has it": 'var.customer.name = "nobody at all"',
    "variable, a rare text": 'var.reference = "ref-{}"',
    "attributes, rare": 'priority >= 80 and owner is empty and due before "in 2 days"',
    "attributes, half of all": "priority >= 40",
    "comments by somebody": 'commented_by = "person1"',
    "nested": '(priority >= 80 or overdue = yes) and (var.amount > 900 or title contains "vendor12")',
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=100_000, help="open tasks")
    chosen = options.parse_args()
    with database():
        run(chosen.tasks)


def run(tasks: int) -> None:
    from datetime import UTC, datetime

    from django.contrib.auth.models import User
    from django.db import connection

    from benchmarks.inbox_rounds import load, measure  # Django is configured only now
    from tasks_inbox import filters, queries

    random.seed(7)
    load(tasks, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestrator_elementinstance SET variables = variables || jsonb_build_object("
            "'amount', process_instance_id % 1000, 'reference', 'REF-' || process_instance_id) WHERE number = 1"
        )
        cursor.execute(
            "UPDATE tasks_inbox_humantask SET search = search || array_to_tsvector("
            "ARRAY['ref', process_instance_id::text]) WHERE completed_at IS NULL"
        )
        cursor.execute("VACUUM (ANALYZE) orchestrator_elementinstance, tasks_inbox_humantask")
    some = list(User.objects.order_by("?")[:100])

    def asked(text: str) -> Any:
        text = text.format(random.randrange(max(tasks // 10, 1)))
        return filters.compiled(filters.read(text), datetime.now(UTC), UTC)

    def anyone() -> User:
        return random.choice(some)

    print(f"{tasks:,} open tasks\n{'':<44} {'p50 ms':>9} {'p95 ms':>9}")
    for name, text in FILTERS.items():
        measure(f"page: {name}", lambda text=text: queries.page(anyone(), "all", filter=asked(text)), 60)
    for name, text in FILTERS.items():
        narrowed = lambda text=text: queries.Narrowing(filter=asked(text))  # noqa: E731
        measure(f"count to 100: {name}", lambda n=narrowed: queries.count(anyone(), "all", n(), most=100), 30)
    for sort in ("due", "-created", "title", "-var.amount"):
        measure(f"page by {sort}", lambda sort=sort: queries.page(anyone(), "all", sort=sort), 30)
    measure("search for a rare word", lambda: queries.page(anyone(), "all", search=f"ref {random.randrange(1000)}"), 60)
    measure("search for a common word", lambda: queries.page(anyone(), "all", search="invoice"), 60)


if __name__ == "__main__":
    main()
