"""Empties the tables after a test whose commits were real.

Django's flush truncates every table, filled or not, and then has every content type and permission made again. Here the
rows go of the tables that have any; content types and permissions stay. Where a test changed those, Django's flush is
called after all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = ("django_content_type", "auth_permission", "django_migrations")
LARGE = 256 * 1024  # bytes; rows that are deleted stay in the file until it is truncated

Teardown = Callable[[TransactionTestCase], None]


def instead_of(flush: Teardown) -> Teardown:
    """The end of a test with commits, for `TransactionTestCase._fixture_teardown`."""

    def teardown(case: TransactionTestCase) -> None:
        if fingerprints() == made():
            empty()
        else:
            flush(case)
            made.cache_clear()
            made()

    return teardown


def fingerprints() -> list[str]:
    """Of what is kept."""
    asked = "SELECT md5(string_agg(each::text, ',' ORDER BY id)) FROM {} AS each"
    with connection.cursor() as cursor:
        return [cursor.execute(asked.format(table)).fetchone()[0] for table in KEPT]


made = functools.cache(fingerprints)  # call it before the first test


@functools.cache
def tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - set(KEPT))


def empty() -> None:
    filled = " UNION ALL ".join(
        f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})" for table in tables()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        sizes = cursor.execute(filled).fetchall()
        large = [table for table, size in sizes if size > LARGE]
        if large:
            cursor.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        for table, _ in sizes:  # in any order: references are looked at when the transaction ends
            if table not in large:
                cursor.execute(f"DELETE FROM {table}")
