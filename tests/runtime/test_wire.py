"""The cursor of the hot path gives what Django's gives, in the same transaction, and survives what that survives."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import TransactionStatus

from orchestrator.models import Deployment
from orchestrator.runtime import wire
from tests.runtime.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str, *parameters: Any) -> Any:
    with wire.cursor() as cursor:
        cursor.execute(sql, parameters)
        (row,) = cursor.fetchall()
    return row if len(row) > 1 else row[0]


@pytest.mark.parametrize(
    ("sql", "parameter"),
    [
        ("SELECT %s::bigint", 2**40),
        ("SELECT %s::text", 'grüße "\\ {x}'),
        ("SELECT %s::bool", True),
        ("SELECT %s::numeric", Decimal("0.10")),
        ("SELECT %s::float8", 1.5),
        ("SELECT %s::text", None),
        ("SELECT %s::timestamptz", datetime(2026, 3, 1, 12, 30, 15, 125, tzinfo=UTC)),
        ("SELECT %s::bigint[]", [3, 1, 2]),
        ("SELECT %s::text[]", ["a", 'b"\\{},', "", None]),
        ("SELECT %s::jsonb", '{"a": 1.10}'),
    ],
)
def test_values_come_back_as_through_the_cursor_of_django(sql: str, parameter: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [parameter])
        (expected,) = cursor.fetchone()
    for _ in range(2):  # the second time the statement is known
        assert ask(sql, parameter) == expected


def test_what_cannot_travel_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="A dict is no parameter"):
        ask("SELECT %s::jsonb", {"a": 1})
    assert ask("SELECT 1") == 1


def test_names_may_stand_more_than_once_and_percent_signs_stay() -> None:
    with wire.cursor() as cursor:
        cursor.execute("SELECT %(a)s::int + %(b)s::int * %(a)s::int, '100 %%'", {"a": 2, "b": 3})
        assert cursor.fetchone() == (8, "100 %")
        assert cursor.fetchone() is None


def test_it_is_in_the_transaction_of_the_models() -> None:
    with transaction.atomic():
        ask("INSERT INTO orchestrator_deployment (note) VALUES ('x') RETURNING id")
        assert Deployment.objects.count() == 1
        transaction.set_rollback(True)
    assert not Deployment.objects.exists()
    with transaction.atomic():
        Deployment.objects.create()
        assert ask("SELECT count(*) FROM orchestrator_deployment") == 1


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 1/0", DataError),
        ("SELECT nothing", ProgrammingError),
        ("SELEKT", ProgrammingError),
        ("INSERT INTO orchestrator_job (kind) VALUES (NULL)", IntegrityError),
    ],
)
def test_errors_are_those_of_django_and_the_connection_goes_on(sql: str, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error), transaction.atomic():
            ask(sql)
    with pytest.raises(error):
        ask(sql)
    assert ask("SELECT 1") == 1


def test_a_broken_transaction_says_so() -> None:
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            ask("SELECT 1/0")
        assert ask("SELECT 1") == 1
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            ask("SELECT 1")


def test_statements_that_the_server_was_told_to_forget_are_prepared_again() -> None:
    """psycopg forgets all after a rollback, also of a savepoint, and after a change of the schema."""
    for _ in range(3):
        with connection.cursor() as cursor:  # so that psycopg has something to forget
            cursor.execute("SELECT 'theirs'")
            cursor.execute("SELECT 'theirs'")
        assert ask("SELECT 'ours'") == "ours"
        with transaction.atomic():
            ask("SELECT 'ours'")
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert ask("SELECT 'ours'") == "ours"
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE passing (a int)")
            cursor.execute("DROP TABLE passing")
        assert ask("SELECT 'ours'") == "ours"


def test_few_statements_stay_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setattr(wire, "MOST_PREPARED", 5)
    for _ in range(2):
        for number in range(20):
            assert ask(f"SELECT {number}") == number
    assert ask("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '\\_baton\\_%%'") <= 7


def test_much_goes_both_ways() -> None:
    much = "x" * 30_000_000
    assert ask("SELECT %s::text", much) == much
    with wire.cursor() as cursor:
        cursor.execute("SELECT n FROM generate_series(1, 100000) n")
        assert len(cursor.fetchall()) == 100_000


def test_it_is_counted_and_wrapped_like_any_other() -> None:
    with CaptureQueriesContext(connection) as queries:
        ask("SELECT 1")
    assert [query["sql"] for query in queries] == ["SELECT 1"]
    seen = []

    def wrapper(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        seen.append((sql, tuple(parameters), many, context["connection"].alias))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(wrapper):
        assert ask("SELECT %s::int", 5) == 5
    assert seen == [("SELECT %s::int", (5,), False, "default")]


def test_a_lost_connection_is_an_error_and_the_next_request_has_a_new_one() -> None:
    number = ask("SELECT pg_backend_pid()")
    ender = threading.Timer(0.2, _end, [number])
    ender.start()
    with pytest.raises(OperationalError):
        ask("SELECT pg_sleep(20)")
    ender.join()
    connection.close_if_unusable_or_obsolete()
    assert ask("SELECT 1") == 1


def _end(number: int) -> None:
    try:
        ask("SELECT pg_terminate_backend(%s::int)", number)
    finally:
        connection.close()


def test_whoever_is_interrupted_while_waiting_leaves_no_half_read_answer() -> None:
    class Enough(Exception):
        pass

    def ring(*_: Any) -> None:
        raise Enough

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Enough):
            ask("SELECT pg_sleep(20)")
    finally:
        signal.signal(signal.SIGALRM, before)
    connection.close_if_unusable_or_obsolete()
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%%'"
    eventually(lambda: ask(asleep) == 0, seconds=10)  # the server was told, and nobody waits for it


# COMMIT that travels with the last statement


def test_the_last_statement_of_a_step_commits_and_hooks_run_afterwards() -> None:
    seen: list[object] = []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(ask("SELECT count(*) FROM orchestrator_deployment")))
        with wire.cursor() as cursor:
            cursor.execute("INSERT INTO orchestrator_deployment (note) VALUES ('x') RETURNING note", last=True)
            assert cursor.fetchall() == [("x",)]
        assert connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
        assert not seen
    assert seen == [1]


@transaction.atomic
def deploy_and_fail() -> None:
    ask("INSERT INTO orchestrator_deployment (note) VALUES ('x') RETURNING id")
    wire.cursor().execute("INSERT INTO orchestrator_job (kind) VALUES (NULL)", last=True)


def test_a_last_statement_that_fails_commits_nothing() -> None:
    with pytest.raises(IntegrityError):
        deploy_and_fail()
    assert not Deployment.objects.exists()


def test_what_is_proved_only_at_the_commit_fails_there_and_leaves_nothing() -> None:
    nobody = "INSERT INTO orchestrator_deployment (note, deployed_by_id) VALUES ('x', 7000000)"
    for _ in range(2):
        with pytest.raises(IntegrityError), transaction.atomic():
            wire.cursor().execute(nobody, last=True)
    assert not Deployment.objects.exists()
    assert ask("SELECT 1") == 1


# The transaction of a step


@pytest.mark.parametrize("again", [False, True])
def test_a_step_begins_with_whatever_comes_first_and_ends_with_it(again: bool) -> None:
    if again:
        ask("SELECT 1")
    seen: list[int] = []
    with wire.Transaction():
        Deployment.objects.create()  # a model, not the cursor
        assert connection.connection.pgconn.transaction_status == TransactionStatus.INTRANS
        transaction.on_commit(lambda: seen.append(Deployment.objects.count()))
        with pytest.raises(ZeroDivisionError):
            _fail_after(Deployment.objects.create)
        assert not seen
        wire.cursor().execute("DELETE FROM orchestrator_deployment", last=True)
        assert connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
    assert seen == [0]
    assert connection.get_autocommit()
    assert connection.connection.autocommit
    assert not connection.in_atomic_block


def test_a_step_that_raises_leaves_nothing_whatever_it_began_with() -> None:
    for first in (
        Deployment.objects.create,
        lambda: ask("INSERT INTO orchestrator_deployment (note) VALUES ('x') RETURNING 1"),
    ):
        with pytest.raises(ZeroDivisionError):
            _fail_after(first)
        assert not Deployment.objects.exists()
        assert connection.connection.autocommit
    with wire.Transaction():
        pass
    with wire.Transaction():
        Deployment.objects.create()
    assert Deployment.objects.count() == 1


def _fail_after(first: Callable[[], Any]) -> None:
    with wire.Transaction():
        first()
        transaction.on_commit(lambda: pytest.fail("nothing was committed"))
        raise ZeroDivisionError


def test_a_step_inside_a_transaction_is_a_part_of_it() -> None:
    with transaction.atomic():
        with wire.Transaction():
            Deployment.objects.create()
        with pytest.raises(ZeroDivisionError):
            _fail_after(Deployment.objects.create)
        assert Deployment.objects.count() == 1
        transaction.set_rollback(True)
    assert not Deployment.objects.exists()


def test_a_step_whose_connection_dies_is_an_error_and_the_next_one_has_a_new_one() -> None:
    with pytest.raises(OperationalError), wire.Transaction():
        _end(ask("SELECT pg_backend_pid()"))
    with wire.Transaction():
        assert ask("SELECT 1") == 1


# A statement that travels with the one before it

INSERTED = "INSERT INTO orchestrator_deployment (note) VALUES (%s)"
NOTED = "SELECT count(*), clock_timestamp() FROM orchestrator_deployment WHERE note = %s"
COUNTED = NOTED, ("x",)


def test_what_travels_ahead_runs_after_what_it_travels_with_and_answers_when_it_is_executed() -> None:
    with transaction.atomic(), wire.cursor() as cursor:
        for expected in (1, 2):  # the second time both are known to the server
            cursor.execute(INSERTED, ["x"], ahead=COUNTED)
            with connection.cursor() as other:
                other.execute("SELECT clock_timestamp()")
                (asked_at,) = other.fetchone()
            count, answered_at = ask(NOTED, "x")
            assert count == expected
            assert answered_at < asked_at


def test_an_answer_is_given_once_and_to_the_same_question_alone() -> None:
    with transaction.atomic(), wire.cursor() as cursor:
        cursor.execute(INSERTED, ["x"], ahead=COUNTED)
        first = ask(NOTED, "x")
        assert ask(NOTED, "x") > first  # asked again, later
        cursor.execute(INSERTED, ["x"], ahead=COUNTED)
        assert ask(NOTED, "y")[0] == 0
        cursor.execute(INSERTED, ["x"], ahead=COUNTED)
        cursor.execute(INSERTED, ["x"])  # something came between
        assert ask(NOTED, "x")[0] == 4


def test_an_answer_does_not_outlive_the_block_in_which_it_was_expected() -> None:
    with transaction.atomic():
        with wire.cursor() as cursor:
            cursor.execute(INSERTED, ["x"], ahead=COUNTED)
        transaction.set_rollback(True)
    with transaction.atomic():
        Deployment.objects.exists()  # a transaction that somebody else began
        assert ask(NOTED, "x")[0] == 0


@pytest.mark.parametrize("sql", [INSERTED, "SELECT 1/0 WHERE %s <> ''"])
def test_the_error_of_either_is_the_error_of_both(sql: str) -> None:
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic(), wire.cursor() as cursor:
            cursor.execute(sql, ["x"], ahead=("SELECT 1/0", []))
    assert not Deployment.objects.exists()
    assert ask("SELECT 1") == 1
