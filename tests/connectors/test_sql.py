"""The SQL connector against the real PostgreSQL: values are bound, reading is all it does unless it may more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from orchestrator.connectors import CONNECTORS, BusinessError, ConnectorError, JobRequest

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., JobRequest]
SQL = CONNECTORS["sql"]


@pytest.fixture(autouse=True)
def _stock(settings: Settings) -> Iterator[None]:
    """A table of the company's own, in the test database."""
    held = connection.get_connection_params()
    address = psycopg.conninfo.make_conninfo(
        **{name: held[name] for name in ("dbname", "user", "password", "host", "port") if held.get(name)}
    )
    query = "&".join(f"{name}={value}" for name, value in psycopg.conninfo.conninfo_to_dict(address).items())
    settings.CONNECTOR_DATABASES = {
        "stock": f"postgresql://?{query}",
        "books": f"postgresql://?{query}",
        "books_WRITE": "1",
    }
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE connector_stock (name text, price numeric, since date, tags jsonb)")
        cursor.execute(
            "INSERT INTO connector_stock VALUES ('nut', 0.10, '2026-11-24', '[1.50]'), ('bolt', 12, NULL, NULL)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE connector_stock")


def call(request_for: Make, query: str, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    inputs = {"connection": "stock", "query": query, **more}
    return dict(SQL.call(request_for(headers or {"resultVariable": "found"}, **inputs)).variables)


def test_rows_come_back_exactly(request_for: Make) -> None:
    found = call(request_for, "SELECT * FROM connector_stock ORDER BY name DESC")["found"]
    assert found["count"] == 2
    assert found["first"] == {"name": "nut", "price": Decimal("0.10"), "since": "2026-11-24", "tags": [Decimal("1.5")]}


def test_values_are_bound_and_never_pasted(request_for: Make) -> None:
    query = "SELECT count(*) AS n FROM connector_stock WHERE name = %(name)s"
    evil = "'; DROP TABLE connector_stock; --"
    assert call(request_for, query, parameters={"name": evil})["found"]["first"] == {"n": 0}
    assert call(request_for, query, parameters={"name": "nut"})["found"]["first"] == {"n": 1}


def test_a_result_expression_and_an_error_expression_see_the_rows(request_for: Make) -> None:
    query = "SELECT price FROM connector_stock WHERE name = %(name)s"
    headers = {"resultExpression": "={price: first.price}"}
    assert call(request_for, query, headers, parameters={"name": "nut"}) == {"price": Decimal("0.10")}
    missing = {"errorExpression": '=if count = 0 then {code: "UNKNOWN"} else null'}
    with pytest.raises(BusinessError, match="UNKNOWN"):
        call(request_for, query, missing, parameters={"name": "gold"})


@pytest.mark.parametrize(
    ("query", "inputs", "sentence"),
    [
        ("DELETE FROM connector_stock", {}, "read-only"),
        ("SELECT 1; DELETE FROM connector_stock", {}, "multiple commands"),
        ("SELECT 1; SELECT 2", {"parameters": {"a": 1}}, "multiple commands"),
        ("SELECT nothing FROM connector_stock", {}, "does not exist"),
        ("DELETE FROM connector_stock", {"mode": "write"}, "is for reading"),
        ("SELECT generate_series(1, 5)", {"maxRows": 4}, "more than 4 rows"),
        ("SELECT 1", {"connection": "nowhere"}, "There is no database nowhere"),
        ("SELECT 1", {"connection": "a b"}, "letters, digits"),
        ("SELECT 1", {"maxRows": 0.5}, "maxRows"),
        ("SELECT 1", {"parameters": [1]}, "must be a context"),
        (" ", {}, "is empty"),
    ],
)
def test_what_it_does_not_do_is_said_and_not_tried_again(
    request_for: Make, query: str, inputs: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConnectorError, match=sentence) as raised:
        call(request_for, query, **inputs)
    assert raised.value.permanent
    assert call(request_for, "SELECT count(*) AS n FROM connector_stock")["found"]["first"] == {"n": 2}


def test_writing_needs_the_step_and_the_operator(request_for: Make) -> None:
    found = call(request_for, "DELETE FROM connector_stock WHERE name = 'nut'", connection="books", mode="write")[
        "found"
    ]
    assert found == {"rows": [], "count": 1, "first": None}
    with pytest.raises(ConnectorError, match="read-only"):
        call(request_for, "DELETE FROM connector_stock", connection="books")


def test_a_slow_statement_and_a_database_that_is_away_are_tried_again(request_for: Make, settings: Settings) -> None:
    request = request_for({}, 0.2, connection="stock", query="SELECT pg_sleep(5)")
    with pytest.raises(ConnectorError, match="timeout") as raised:
        SQL.call(request)
    assert not raised.value.permanent
    settings.CONNECTOR_DATABASES = {"stock": "postgresql://u:hush-hush@127.0.0.1:1/x"}
    with pytest.raises(ConnectorError) as raised:
        call(request_for, "SELECT 1")
    assert not raised.value.permanent
    assert "hush-hush" not in str(raised.value)


def test_a_preview_asks_nobody(request_for: Make) -> None:
    shown = SQL.preview(request_for({}, connection="stock", query="SELECT %(a)s", parameters={"a": 1}))
    assert shown == {"query": "SELECT %(a)s", "parameters": {"a": 1}, "mode": "read", "maxRows": 1000}
    assert os.environ.get("BATON_SQL_STOCK") is None
