"""PostgreSQL's own protocol, for the few statements that every step runs.

Django's cursor over psycopg's takes several times the processor time of the protocol below it: `python -m
benchmarks.wire` measures both. Here a statement is prepared once per connection, and BEGIN travels with the first
statement of a transaction instead of in a message of its own. The transaction is Django's (`transaction.atomic`), and
so are the connection, its wrappers and its errors: statements of models and of this cursor mix freely.

What parameters may be, `wire_format` says. Rows come back as Django's cursor would give them.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import Atomic
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.errors import error_from_result

from orchestrator.runtime.wire_format import WRITERS, numbered

MOST_PREPARED = 200  # statements of one connection
MOST_KEPT = 100  # rows of a result

Parameters = Sequence[Any] | Mapping[str, Any]
Statement = tuple[str, Parameters]
Row = tuple[Any, ...]
Answer = tuple[int, list[Row]]  # how many rows a statement concerned, and those that it returns

_IDLE = pq.TransactionStatus.IDLE
_BAD = pq.ConnStatus.BAD
_ROWS, _FAILED, _SYNCHRONISED = pq.ExecStatus.TUPLES_OK, pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_SYNC


class Transaction(Atomic):
    """`transaction.atomic()` for a step, in a third of the time when nothing is around it: psycopg is told in one word
    that a transaction follows, and nothing is left to do when COMMIT travelled with the last statement.
    """

    def __init__(self) -> None:
        super().__init__(DEFAULT_DB_ALIAS, savepoint=True, durable=False)
        self.connection: Any = connections[DEFAULT_DB_ALIAS]

    def __enter__(self) -> None:
        connection = self.connection
        if connection.in_atomic_block or connection.connection is None or connection.queries_logged:
            return super().__enter__()
        connection.close_if_health_check_failed()
        if connection.connection is None or not connection.autocommit:
            return super().__enter__()
        if connection.connection.pgconn.transaction_status != _IDLE:
            return super().__enter__()
        connection.commit_on_exit, connection.needs_rollback = True, False
        connection.connection._autocommit = connection.autocommit = False
        connection.in_atomic_block = True
        connection.atomic_blocks.append(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        connection = self.connection
        if (
            kind is not None
            or connection.queries_logged
            or connection.savepoint_ids
            or connection.needs_rollback
            or connection.closed_in_transaction
            or not connection.commit_on_exit
            or connection.connection.pgconn.transaction_status != _IDLE
        ):
            return super().__exit__(kind, error, at)
        connection.atomic_blocks.pop()
        connection.in_atomic_block = connection.errors_occurred = False
        connection.connection._autocommit = connection.autocommit = True
        if connection.run_on_commit:
            connection.run_and_clear_commit_hooks()


class Cursor:
    """As much of Django's cursor as a step needs."""

    __slots__ = ("_ahead", "_connection", "_foretelling", "_last", "_rows", "rowcount")

    def __init__(self) -> None:
        self._connection: Any = connections[DEFAULT_DB_ALIAS]
        self._rows: list[Row] = []
        self._ahead: Statement | None = None
        self._foretelling: _Session | None = None
        self._last = False
        self.rowcount = -1

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._rows = []
        if self._foretelling is not None:
            self._foretelling.foretold = None  # who comes later may not be in the same transaction

    def execute(
        self, sql: str, parameters: Parameters = (), *, ahead: Statement | None = None, last: bool = False
    ) -> None:
        """Raises django.db.Error as Django's cursor does. `ahead`: the statement that comes next travels along and runs
        when this one has ended; whoever executes it within this cursor's block finds its answer here. `last`: nothing
        follows in the outermost `atomic`, and COMMIT travels with the statement; the hooks of the commit still run when
        the block ends.
        """
        self._ahead, self._last = ahead, last
        if not self._connection.execute_wrappers:
            return self._execute(sql, parameters)
        run: Callable[..., Any] = self._execute
        for wrapper in reversed(self._connection.execute_wrappers):
            run = partial(wrapper, run)
        run(sql, parameters, False, {"connection": self._connection, "cursor": self})

    def fetchall(self) -> list[Row]:
        found, self._rows = self._rows, []
        return found

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def _execute(self, sql: str, parameters: Parameters, *_: Any) -> None:
        connection = self._connection
        if connection.connection is None:
            connection.ensure_connection()
        if connection.needs_rollback:
            connection.validate_no_broken_transaction()
        logged = connection.queries_logged
        begun = time.monotonic() if logged else 0.0
        try:
            session = _session(connection)
            if self._ahead is not None:
                self._foretelling = session
            self.rowcount, rows = session.run(sql, parameters, self._ahead, last=self._last)
        except BaseException:
            with connection.wrap_database_errors:
                self._after_trouble()
                raise
        finally:
            if logged:
                connection.queries_log.append({"sql": sql, "time": f"{time.monotonic() - begun:.3f}"})
        self._rows = rows

    def _after_trouble(self) -> None:
        connection = self._connection
        if connection.connection.closed and not connection.in_atomic_block:
            connection.close()  # a transaction does so itself when it cannot be rolled back


def cursor() -> Cursor:
    return Cursor()


class _Prepared:
    """A statement as one connection knows it."""

    __slots__ = ("known", "name", "reader", "text")

    def __init__(self, name: bytes, text: bytes) -> None:
        self.name, self.text = name, text
        self.known = False  # to the server
        self.reader: Any = None  # psycopg's Transformer: knows the columns once they were seen


Message = list[tuple[_Prepared, list[bytes | None] | None]]  # each with its values


class _Session:
    """One connection, and what it has prepared."""

    def __init__(self, psycopg_connection: Any) -> None:
        self.connection = psycopg_connection
        self.pgconn = psycopg_connection.pgconn
        self.statements: dict[str, _Prepared] = {}
        self.begin, self.commit = _Prepared(b"_baton_begin", b"BEGIN"), _Prepared(b"_baton_commit", b"COMMIT")
        self.number = 0
        self.foretold: tuple[Statement, Answer] | None = None
        self.adapters = _adapters(psycopg_connection)
        self.poll = select.poll()
        self.poll.register(self.pgconn.socket, select.POLLIN)
        self._share_what_is_forgotten(psycopg_connection._prepared)

    def _share_what_is_forgotten(self, others: Any) -> None:
        """psycopg has the server forget all prepared statements after a rollback and after a change of the schema, ours
        among them.
        """
        clear = others.clear

        def clear_all() -> bool:
            forgets: bool = clear()
            if forgets:
                self.statements.clear()
                self.begin.known = self.commit.known = False
            return forgets

        others.clear = clear_all

    def run(self, sql: str, parameters: Parameters, ahead: Statement | None = None, *, last: bool = False) -> Answer:
        """Raises psycopg.Error."""
        foretold, self.foretold = self.foretold, None
        idle = self.pgconn.transaction_status == _IDLE
        if foretold is not None and foretold[0] == (sql, parameters) and not idle:
            return foretold[1]
        begins = idle and not self.connection.autocommit
        message: Message = [(self.begin, None)] if begins else []
        message.append(self._bound(sql, parameters))
        if ahead is not None:
            message.append(self._bound(*ahead))
        if last:
            message.append((self.commit, None))
        results = iter(self._exchange(message))
        answers = []
        for statement, _ in message:
            if not statement.known:
                _sound(next(results))
                statement.known = True
            answers.append(self._read(_sound(next(results)), statement))
        if ahead is not None:
            self.foretold = ahead, answers[begins + 1]
        return answers[begins]

    def _bound(self, sql: str, parameters: Parameters) -> tuple[_Prepared, list[bytes | None]]:
        text, names = numbered(sql)
        given = [parameters[name] for name in names] if names else parameters  # type: ignore[call-overload]
        values = [WRITERS[type(value)](value) for value in given]
        statement = self.statements.get(sql)
        return self._new(sql, text) if statement is None else statement, values

    def _exchange(self, message: Message) -> list[Any]:
        """All of it in one go; what the server answers."""
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        try:
            for statement, values in message:
                if not statement.known:
                    pgconn.send_prepare(statement.name, statement.text)
                pgconn.send_query_prepared(statement.name, values)
            pgconn.pipeline_sync()
            results = self._results()
            pgconn.exit_pipeline_mode()
        except BaseException:
            self._abandon()  # nobody can go on between two messages
            raise
        return results

    def _results(self) -> list[Any]:
        """What the server answers until it has synchronised; an error is one of the results."""
        pgconn, poll = self.pgconn, self.poll.poll
        results: list[Any] = []
        while pgconn.flush():  # more than the socket takes at once
            writable = select.poll()
            writable.register(pgconn.socket, select.POLLIN | select.POLLOUT)
            writable.poll()
            pgconn.consume_input()
        while True:
            while pgconn.is_busy():
                poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                continue  # the end of one statement
            if result.status == _SYNCHRONISED:
                return results
            results.append(result)
            if pgconn.status == _BAD:
                raise error_from_result(result)

    def _abandon(self) -> None:
        try:
            if self.pgconn.status != _BAD:
                self.pgconn.get_cancel().cancel()
        finally:
            self.pgconn.finish()

    def _new(self, sql: str, text: bytes) -> _Prepared:
        self.number += 1
        statement = self.statements[sql] = _Prepared(b"_baton_%d" % self.number, text)
        if len(self.statements) > MOST_PREPARED:
            oldest = self.statements.pop(next(iter(self.statements)))
            if oldest.known:
                self.pgconn.exec_(b"DEALLOCATE " + oldest.name)
        return statement

    def _read(self, result: Any, statement: _Prepared) -> Answer:
        if result.status != _ROWS:
            return result.command_tuples or 0, []
        reader = statement.reader
        if reader is None:
            reader = statement.reader = Transformer(self)
            reader.set_pgresult(result, set_loaders=True)
        else:
            reader.set_pgresult(result, set_loaders=False)
        rows: list[Row] = reader.load_rows(0, result.ntuples, tuple)
        if result.ntuples > MOST_KEPT:
            statement.reader = None  # it would hold the result until it reads the next one
        return result.ntuples, rows


class _Time(Loader):
    """PostgreSQL's ISO style is Python's."""

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


def _adapters(psycopg_connection: Any) -> AdaptersMap:
    """How this connection reads values; times quicker, where they come in the usual style."""
    adapters = AdaptersMap(psycopg_connection.adapters)
    if (psycopg_connection.pgconn.parameter_status(b"DateStyle") or b"").startswith(b"ISO"):
        adapters.register_loader("timestamptz", _Time)
    return adapters


def _sound(result: Any) -> Any:
    """What the server answered to one message, or its error raised."""
    if result.status == _FAILED:
        raise error_from_result(result)
    return result


def _session(connection: Any) -> _Session:
    """Kept at Django's connection, for as long as it is connected as now."""
    session: _Session | None = connection.__dict__.get("baton_wire")
    if session is None or session.connection is not connection.connection:
        session = connection.__dict__["baton_wire"] = _Session(connection.connection)
    return session
