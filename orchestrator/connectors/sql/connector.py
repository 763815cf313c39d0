"""One SQL statement on a PostgreSQL database that an operator has named; values are bound, never pasted.

`BATON_SQL_<NAME>` in the environment, or settings.CONNECTOR_DATABASES, holds the address. Statements read only, unless
`BATON_SQL_<NAME>_WRITE` is 1 and the step says so too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from orchestrator.connectors import results, secrets
from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome

PREFIX = "BATON_SQL_"
MAX_ROWS = 1_000
MODES = ("read", "write")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
# What another attempt can mend: connections, deadlocks, serialization, resources, time limits.
_TRY_AGAIN = ("08", "40", "53", "55", "57")


class SqlConnector:
    name = "sql"
    title = "SQL query"
    description = "Asks a database that the operator has named, and keeps the rows."
    inputs = (
        Input("connection", "Database", required=True, static=True, description=f"The NAME of {PREFIX}NAME"),
        Input("query", "Statement", "text", required=True, static=True, description="Parameters as %(name)s"),
        Input("parameters", "Parameters", "context", description="Their values, by name"),
        Input("mode", "May write", "choice", default="read", choices=MODES, static=True),
        Input("maxRows", "Most rows", "number", default=str(MAX_ROWS)),
    )
    headers: tuple[Header, ...] = ()

    def call(self, request: JobRequest) -> Outcome:
        address, query, parameters, writes, most = _asked(request)
        try:
            rows, count = _run(address, query, parameters, writes, most, request.timeout)
        except psycopg.Error as error:
            raise _failure(error, address) from None
        answer = {"rows": rows, "count": count, "first": rows[0] if rows else None}
        results.raise_for_error_expression(request, answer)
        return Outcome(results.variables(request, answer))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        _, query, parameters, writes, most = _asked(request)
        return {"query": query, "parameters": parameters, "mode": MODES[writes], "maxRows": most}


def _asked(request: JobRequest) -> tuple[str, str, dict[str, Any], bool, int]:
    given = request.inputs
    name, query = str(given.get("connection") or ""), str(given.get("query") or "").strip()
    if not query:
        raise ConnectorError("The input “query” is empty", permanent=True)
    parameters = given.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise ConnectorError("The input “parameters” must be a context", permanent=True)
    writes = given.get("mode") == "write"
    most = given.get("maxRows") or MAX_ROWS
    if not str(most).isdigit() or not 1 <= int(most) <= MAX_ROWS:
        raise ConnectorError(f"The input “maxRows” must be a number from 1 to {MAX_ROWS}", permanent=True)
    return (
        _address(name, writes),
        query,
        {str(key): _bound(value) for key, value in parameters.items()},
        writes,
        int(most),
    )


def _address(name: str, writes: bool) -> str:
    if not _NAME.fullmatch(name):
        raise ConnectorError("The name of a database has letters, digits and underscores only", permanent=True)
    known: dict[str, str] = getattr(settings, "CONNECTOR_DATABASES", {})
    address = known.get(name) or os.environ.get(PREFIX + name.upper())
    if not address:
        raise ConnectorError(f"There is no database {name}: an operator sets {PREFIX}{name.upper()}", permanent=True)
    if not address.startswith(("postgresql://", "postgres://")):
        raise ConnectorError(f"The database {name} is no PostgreSQL, which is what this connector asks", permanent=True)
    if writes and (known.get(f"{name}_WRITE") or os.environ.get(f"{PREFIX}{name.upper()}_WRITE")) != "1":
        raise ConnectorError(
            f"The database {name} is for reading: {PREFIX}{name.upper()}_WRITE=1 would change that", True
        )
    return address


def _bound(value: Any) -> Any:
    """Contexts go in as JSON."""
    return Jsonb(value) if isinstance(value, Mapping) else value


def _run(
    address: str, query: str, parameters: Mapping[str, Any], writes: bool, most: int, timeout: float
) -> tuple[list[dict[str, Any]], int]:
    """The rows, and how many the statement touched. A statement of its own kind: `prepare` allows only one."""
    options = f"-c statement_timeout={int(timeout * 1000)} -c default_transaction_read_only={'off' if writes else 'on'}"
    with (
        psycopg.connect(address, connect_timeout=3, options=options, row_factory=dict_row) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query, parameters, prepare=True)
        if cursor.description is None:
            return [], cursor.rowcount
        rows = cursor.fetchmany(most + 1)
        if len(rows) > most:
            raise ConnectorError(f"The answer has more than {most} rows: narrow the query, or ask for fewer", True)
        return [{name: _value(value) for name, value in row.items()} for row in rows], cursor.rowcount


def _value(value: Any) -> Any:
    """What FEEL and JSON know: dates and times as ISO 8601 texts."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, float):
        return Decimal(repr(value))
    if value is None or isinstance(value, str | int | bool | Decimal):
        return value
    raise ConnectorError(f"A column holds a {type(value).__name__}, which no variable can hold: cast it to text", True)


def _failure(error: psycopg.Error, address: str) -> ConnectorError:
    """The database's own sentence; a password in it is blotted out."""
    parts = psycopg.conninfo.conninfo_to_dict(address)
    text = secrets.blot(str(error).strip().partition("\n")[0], [str(parts.get("password") or ""), address])
    state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
    return ConnectorError(f"The database answers: {text}", permanent=not state.startswith(_TRY_AGAIN))
