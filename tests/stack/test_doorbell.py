"""A ring is made after the commit, and nobody waits for the broker."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from orchestrator import doorbell
from orchestrator.celery import app
from orchestrator.devstack import places, services
from orchestrator.devstack.services import Service
from tests.stack.product import wait_until


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
    """What reaches the broker."""
    calls: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr(doorbell, "_bell", doorbell.Bell())
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: calls.append((name, args)))
    return calls


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A Valkey of its own that the bell rings through, to be mistreated."""
    log = (tmp_path / "log").open("w")
    service = services.valkey(tmp_path, throw_away=True)
    service.start(log.fileno())
    services.wait_for_valkey(tmp_path, service)
    monkeypatch.setattr(doorbell, "_bell", doorbell.Bell())
    url = places.broker_url(places.valkey_url(tmp_path))
    send = app.send_task
    connection = app.connection_for_write(url)
    monkeypatch.setattr(app, "send_task", lambda *args, **options: send(*args, connection=connection, **options))
    yield service
    service.kill()
    service.wait()
    log.close()


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit(heard: list[object]) -> None:
    with transaction.atomic():
        doorbell.ring("tests.look", 7)
        time.sleep(0.1)
        assert heard == []
    wait_until(lambda: heard, 3, "the ring")
    assert heard == [("tests.look", (7,))]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_does_not_ring(heard: list[object]) -> None:
    with transaction.atomic():
        doorbell.ring("tests.look", 7)
        transaction.set_rollback(True)
    doorbell.ring("tests.look", 8)
    wait_until(lambda: heard, 3, "the ring")
    assert heard == [("tests.look", (8,))]


def test_the_same_ring_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = doorbell.Bell()
    monkeypatch.setattr(bell, "carry", threading.Event().wait)  # nobody carries
    for number in (1, 2, 1):
        bell.put(("tests.look", (number,)))
    assert list(bell.waiting) == [("tests.look", (1,)), ("tests.look", (2,))]


def test_a_bell_that_nobody_carries_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = doorbell.Bell()
    bell.carrier = threading.current_thread()
    for number in range(doorbell.CAPACITY + 50):
        bell.put(("tests.look", (number,)))
    assert len(bell.waiting) == doorbell.CAPACITY


@pytest.mark.parametrize("trouble", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "hung"])
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_broker_in_trouble(
    broker: Service, trouble: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    assert broker.process is not None
    broker.process.send_signal(trouble)
    begun = time.monotonic()
    for number in range(100):
        with transaction.atomic():
            doorbell.ring("tests.look", number)
    assert time.monotonic() - begun < 0.3
    wait_until(lambda: caplog.records, 10, "a word about it")
    for _ in range(3):
        doorbell.ring("tests.look")
        time.sleep(0.5)
    assert len([record for record in caplog.records if "does not answer" in record.message]) == 1


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_again_when_the_broker_is_back(broker: Service, caplog: pytest.LogCaptureFixture) -> None:
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    doorbell.ring("tests.look")
    wait_until(lambda: "does not answer" in caplog.text, 10, "a word about it")
    broker.process.send_signal(signal.SIGCONT)
    wait_until(lambda: (doorbell.ring("tests.look"), "answers again" in caplog.text)[1], 10, "recovery")
