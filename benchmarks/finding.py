"""Finding at size: filters over attributes and variables, other orders, words, and the counts of saved views.

    python -m benchmarks.finding                          100,000 open tasks
    python -m benchmarks.finding --tasks 1000000

A person sees about thirteen thousand tasks, at either size: what grows is what the indexes have to pass over. Runs in a
PostgreSQL of its own, loaded as `benchmarks.inbox` does, and prints milliseconds.
"""

from __future__ import annotations

import argparse
import random
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.inbox import loaded

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
    options.add_argument("--done", type=int, default=0, help="done tasks per open one")
    options.add_argument("--data", type=Path, metavar="DIR", help="keep the loaded database here, or use the one there")
    chosen = options.parse_args()
    with loaded(chosen.tasks, chosen.done, chosen.data):
        run(chosen.tasks)


def run(tasks: int) -> None:
    from datetime import UTC, datetime

    from django.contrib.auth.models import User

    from benchmarks.gates import Report  # Django is configured only now
    from tasks_inbox import filters, queries

    random.seed(7)
    report = Report()
    measure = report.measure
    some = list(User.objects.filter(username__startswith="person").order_by("?")[:100])

    def asked(text: str) -> Any:
        text = text.format(random.randrange(max(tasks // 10, 1)))
        return filters.compiled(filters.read(text), datetime.now(UTC), UTC)

    def anyone() -> User:
        return random.choice(some)

    report.head(f"{tasks:,} open tasks")

    def page(text: str) -> Any:
        return queries.page(anyone(), "all", filter=asked(text))

    def count(text: str) -> Any:
        return queries.count(anyone(), "all", queries.Narrowing(filter=asked(text)), most=100)

    def ordered(sort: str) -> Any:
        return queries.page(anyone(), "all", sort=sort)

    for name, text in FILTERS.items():
        measure(f"page: {name}", partial(page, text), 60, gate=200)
    for name, text in FILTERS.items():
        measure(f"count to 100: {name}", partial(count, text), 30)
    for sort in ("due", "-created", "title", "-var.amount"):
        measure(f"page by {sort}", partial(ordered, sort), 30)
    measure("search for a rare word", lambda: queries.page(anyone(), "all", search=f"ref {random.randrange(1000)}"), 60)
    measure("search for a common word", lambda: queries.page(anyone(), "all", search="invoice"), 60)


if __name__ == "__main__":
    main()
