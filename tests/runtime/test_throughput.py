"""What a step may cost: how many statements, how many messages, and what it reads under the lock."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orchestrator import doorbell
from orchestrator.models import Job, ProcessInstance
from orchestrator.runtime import storage, wire
from orchestrator.runtime.execution import start
from tasks_inbox import operations as inbox
from tasks_inbox.models import HumanTask
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed

pytestmark = pytest.mark.django_db(transaction=True)


def statements(act: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured if query["sql"] not in ("BEGIN", "COMMIT")]


def chain(length: int) -> bytes:
    """So many automated steps one after the other."""
    names = [f"n{i}" for i in range(length)]
    path = ["s", *names, "e"]
    flows = " ".join(f"{one}-{other}" for one, other in itertools.pairwise(path))
    return d.process(d.start(), *(d.script(name, "count + 1", "count") for name in names), d.end(), flows=flows)


def test_automated_steps_run_inside_the_step_that_reaches_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """No message, no job, no statement more, however many there are."""
    rung: list[Any] = []
    monkeypatch.setattr(doorbell, "ring", lambda *ring: rung.append(ring))
    short, long = deployed(chain(1).replace(b'id="p"', b'id="short"')), deployed(chain(60))
    for warm in (short, long):
        start(warm, {"count": 0})
    few = statements(lambda: start(short, {"count": 0}))
    many = statements(lambda: start(long, {"count": 0}))
    last = ProcessInstance.objects.filter(definition=long).latest("id")
    assert last.state == "completed"
    assert Case(last.pk).variables == {"count": 60}
    assert len(many) == len(few) == 2
    assert not rung
    assert not Job.objects.exists()


def test_a_persons_click_is_three_statements_with_history_permission_and_inbox(alice: User) -> None:
    alice.groups.add(Group.objects.create(name="Approvers"))
    candidates = '<zeebe:assignmentDefinition candidateGroups="Approvers"/>'
    drawing = d.process(
        d.start(), d.user("approve"), d.script("book", "1", "booked"), d.end(), flows="s-approve approve-book book-e"
    )
    definition = deployed(drawing.replace(b"<zeebe:userTask/>", b"<zeebe:userTask/>" + candidates.encode(), 1))
    start(definition, {})
    made = statements(lambda: start(definition, {}))
    assert len(made) == 3, made  # the next number, the names, the rows
    first, second = HumanTask.objects.order_by("id")
    inbox.complete(task=first, user=alice, data={})
    click = statements(lambda: inbox.complete(task=second, user=alice, data={"approved": True}))
    assert len(click) == 3, click  # the process with its lock, the task with its lock, the rows
    second.refresh_from_db()
    assert (second.state, second.completed_by, second.output) == ("completed", alice, {"approved": True})
    assert [event.kind for event in second.events.all()] == ["create", "claim", "start", "complete"]
    assert not second.entries.exists()
    assert Case(second.process_instance_id).state == "completed"


def test_a_step_in_somebodys_transaction_ends_with_it() -> None:
    """Its last statement commits only where the transaction is its own."""
    definition = deployed(chain(1))
    with transaction.atomic():
        start(definition, {"count": 0})
        with transaction.atomic():
            start(definition, {"count": 0})
        transaction.set_rollback(True)
    assert not ProcessInstance.objects.exists()
    start(definition, {"count": 0})
    assert ProcessInstance.objects.count() == 1


@pytest.mark.parametrize(("moved", "read"), [(True, False), (False, True)])
def test_what_is_read_with_the_lock_counts_only_when_nobody_was_faster(moved: bool, read: bool) -> None:
    """Who waits for the lock sees the database as it was before the wait: then it is read again."""
    case = Case(start(deployed(d.ONE_TASK), {}).pk)
    number, waiting, found = case.number("review"), threading.Event(), []

    def second() -> None:
        try:
            with transaction.atomic(), wire.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend.append(cursor.fetchone()[0])
                waiting.set()
                found.append(storage.take(cursor, case.pk, number))
        finally:
            connection.close()

    backend: list[int] = []
    thread = threading.Thread(target=second)
    with transaction.atomic(), wire.cursor() as cursor:
        storage.lock(cursor, case.pk)
        thread.start()
        assert waiting.wait(10)
        until_it_waits(cursor, backend[0])
        if moved:
            ProcessInstance.objects.filter(pk=case.pk).update(last_number=99)
    thread.join(10)
    ((instance, around),) = found
    assert instance.last_number == (99 if moved else case.instance.last_number)
    assert (around is not None) is read


def until_it_waits(cursor: Any, backend: int) -> None:
    for _ in range(500):
        cursor.execute("SELECT pg_sleep(0.02)")
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [backend])
        if cursor.fetchone()[0]:
            return
    raise AssertionError("nobody waits")
