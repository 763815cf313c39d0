"""The broker is disposable: it goes away under a running task, it never was there, it forgets everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest
import redis

from orchestrator.celery import app
from orchestrator.devstack import places, services
from orchestrator.devstack.services import Service
from tests.stack.product import ROOT, wait_until

COMMAND = "celery --app orchestrator --quiet worker --queues engine --concurrency 2 --include tests.stack.probe_tasks"


class Broker:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.log = (state / "valkey.log").open("a")
        self.url = places.broker_url(places.valkey_url(state))
        self.service: Service | None = None

    def start(self) -> None:
        self.service = services.valkey(self.state, throw_away=True)
        self.service.start(self.log.fileno())
        services.wait_for_valkey(self.state, self.service)

    def stop(self) -> None:
        if self.service:
            self.service.stop()
            self.service.wait()
            self.service = None

    def send(self, name: str, *args: object) -> None:
        with app.connection_for_write(self.url) as connection:
            app.send_task(name, args, connection=connection)


class Worker:
    def __init__(self, state: Path) -> None:
        self.log, self.notes = state / "worker.log", state / "notes"
        self.notes.touch()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    *COMMAND.split(),
                    "--without-gossip",
                    "--without-mingle",
                    "--loglevel",
                    "WARNING",
                ],
                cwd=ROOT,
                env={
                    **os.environ,
                    "REDIS_URL": places.valkey_url(state),
                    "PROBE_FILE": str(self.notes),
                    "BATON_PROCESS": "worker",
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for(self, note: str, seconds: float = 30) -> None:
        def noted() -> bool:
            assert self.process.poll() is None, f"the worker exited: {self.log.read_text()[-2000:]}"
            return note in self.notes.read_text().splitlines()

        wait_until(noted, seconds, note)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.stop()
    broker.log.close()


@pytest.fixture
def worker(tmp_path: Path, broker: Broker) -> Iterator[Worker]:
    worker = Worker(tmp_path)
    yield worker
    os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()


def test_a_worker_survives_a_broker_that_goes_away_under_a_running_task(broker: Broker, worker: Worker) -> None:
    broker.start()
    broker.send("tests.probe", "first", 4)
    worker.wait_for("start first")
    broker.stop()
    sleep(2)  # away, not blinking; and one of the two children is free: this killed Celery 5.7.0
    broker.start()
    broker.send("tests.probe", "second")
    worker.wait_for("end second", 40)
    worker.wait_for("end first")


def test_a_worker_without_a_broker_keeps_the_time_itself(worker: Worker) -> None:
    worker.wait_for("tick", 20)
    ticks = worker.notes.read_text().count("tick")
    sleep(3)
    assert worker.notes.read_text().count("tick") >= ticks + 2
    assert worker.process.poll() is None


def test_a_worker_goes_back_to_the_ticks_of_the_broker(broker: Broker, worker: Worker) -> None:
    worker.wait_for("tick", 20)
    broker.start()

    def ticks_are_back() -> bool:
        broker.send("tests.probe", "tick of the beat")
        sleep(1)
        return "The ticks are back" in worker.log.read_text()

    wait_until(ticks_are_back, 30, "the ticks of the broker")


def test_rubbish_in_the_queue_stops_nobody(broker: Broker, worker: Worker) -> None:
    broker.start()
    broker.send("tests.probe", "before")
    worker.wait_for("end before")
    with redis.Redis.from_url(places.valkey_url(broker.state)) as client:
        for rubbish in (b"\x80\x04K\x01.", b"{}", b"not even json", b"[[], {}, {}]"):
            client.lpush("baton:engine", rubbish)
    broker.send("tests.unknown")
    broker.send("tests.probe", "after")
    worker.wait_for("end after", 40)
