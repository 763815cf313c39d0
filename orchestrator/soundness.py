"""What the database is not asked about at every step, and may be asked at any time: `manage.py check_rows`.

A rule that every write of a step would have to prove costs that step; see docs/decisions/0014. Each rule here is a
question that finds the rows that break it. Apps add theirs when they are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

SHOWN = 5  # rows that break a rule


@dataclass(frozen=True, slots=True)
class Rule:
    """`rows` is a query for those that break it: one text column that says which."""

    sentence: str
    rows: str


@dataclass(frozen=True, slots=True)
class Broken:
    rule: Rule
    count: int
    examples: tuple[str, ...]


_rules: list[Rule] = []


def add(*rules: Rule) -> None:
    _rules.extend(rule for rule in rules if rule not in _rules)


def orphans(table: str, column: str, parent: str) -> Rule:
    """Every row of `table` belongs to a row of `parent`."""
    return Rule(
        f"{table}.{column} is a row of {parent}",
        f"SELECT c.{column}::text FROM {table} c WHERE c.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM {parent} p WHERE p.id = c.{column})",
    )


def known(table: str, column: str, values: Iterable[str]) -> Rule:
    """The column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in sorted(values))
    return Rule(
        f"{table}.{column} is one of {words}",
        f"SELECT c.{column} FROM {table} c WHERE c.{column} NOT IN ({words})",
    )


def broken() -> Iterator[Broken]:
    """The rules that do not hold, each by one scan of a table."""
    with connection.cursor() as cursor:
        for rule in _rules:
            cursor.execute(f"SELECT count(*), (array_agg(which))[1:{SHOWN}] FROM ({rule.rows}) AS found(which)")
            count, examples = cursor.fetchone()
            if count:
                yield Broken(rule, count, tuple(map(str, examples)))


add(
    orphans("orchestrator_elementinstance", "process_instance_id", "orchestrator_processinstance"),
    orphans("orchestrator_loopitem", "process_instance_id", "orchestrator_processinstance"),
    orphans("orchestrator_historyevent", "process_instance_id", "orchestrator_processinstance"),
    known("orchestrator_processinstance", "state", ("active", "completed", "terminated")),
    known("orchestrator_elementinstance", "state", ("active", "completed", "terminated")),
    Rule(
        "A process instance ends when it is no longer active",
        "SELECT id::text FROM orchestrator_processinstance WHERE (ended_at IS NULL) <> (state = 'active')",
    ),
    Rule(
        "An element is left after it was entered",
        "SELECT process_instance_id || ':' || number FROM orchestrator_elementinstance WHERE left_number <= number",
    ),
    Rule(
        "Nothing is counted below zero",
        "SELECT process_instance_id || ':' || number FROM orchestrator_elementinstance"
        " WHERE children < 0 OR tokens < 0 OR iteration < 0",
    ),
    Rule(
        "What is inside a case that has ended has ended",
        "SELECT e.process_instance_id || ':' || e.number FROM orchestrator_elementinstance e"
        " JOIN orchestrator_processinstance i ON i.id = e.process_instance_id"
        " WHERE e.state = 'active' AND i.state <> 'active'",
    ),
    Rule(
        "A process instance counts its open incidents",
        "SELECT i.id::text FROM orchestrator_processinstance i WHERE i.state = 'active' AND i.open_incidents <>"
        " (SELECT count(*) FROM orchestrator_incident o WHERE o.process_instance_id = i.id AND o.resolved_at IS NULL)",
    ),
)
