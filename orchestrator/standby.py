"""While no tick comes through the broker, the worker keeps the time itself.

Redis, the beat and every message are disposable: a worker of the engine's queue that has heard nothing for a few
seconds runs the schedule in a thread of its own, straight on the database, until the ticks are back.

A worker of the connectors' queue hears no ticks. It looks every second for automated tasks whose doorbell was lost, in
a few threads: they wait for others, and one slow neighbour must not hold up the rest.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import Celery, bootsteps, signals
from django.db import connections

QUEUE, CONNECTORS = "engine", "connectors"
SEEKERS = 4
PATIENCE = 4.0  # seconds without a tick
ROUND = 1.0

STANDING_IN = f"No tick for {PATIENCE:.0f} s: this worker keeps the time itself"
STANDING_BACK = "The ticks are back"

log = logging.getLogger(__name__)


class Standby(bootsteps.StartStopStep):
    """A step of the worker's start that does not wait for the broker."""

    def __init__(self, worker: Any, **options: Any) -> None:
        self.app: Celery = worker.app
        self.ended = threading.Event()
        self.heard = time.monotonic()
        self.last_run: dict[str, float] = {}
        self.standing_in = False
        self.failing: set[str] = set()

    def include_if(self, worker: Any) -> bool:
        return QUEUE in worker.app.amqp.queues.consume_from

    def start(self, worker: Any) -> None:
        signals.task_received.connect(self.hear, weak=False)
        threading.Thread(target=self.run, name="standby", daemon=True).start()

    def stop(self, worker: Any) -> None:
        self.ended.set()

    def terminate(self, worker: Any) -> None:
        self.ended.set()

    def hear(self, **kwargs: Any) -> None:
        self.heard = time.monotonic()

    def run(self) -> None:
        while not self.ended.wait(ROUND):
            silent = time.monotonic() - self.heard > PATIENCE
            if silent != self.standing_in:
                self.standing_in = silent
                log.warning(STANDING_IN if silent else STANDING_BACK)
            if silent:
                self.round()

    def round(self) -> None:
        """Whatever the schedule has due, here and now."""
        for name, entry in self.app.conf.beat_schedule.items():
            if time.monotonic() - self.last_run.get(name, 0.0) < float(entry["schedule"]):
                continue
            self.last_run[name] = time.monotonic()
            self.attempt(entry["task"])
        connections.close_all()

    def attempt(self, task: str) -> None:
        try:
            self.app.tasks[task].run()
        except Exception:  # one broken errand must not stop the others, nor the next round
            if task not in self.failing:
                log.exception("%s fails; the next rounds try it again", task)
            self.failing.add(task)
        else:
            self.failing.discard(task)


class Seekers(bootsteps.StartStopStep):
    """What a worker of the connectors' queue does about rings that never came."""

    TASK = "orchestrator.tasks.run_forgotten"

    def __init__(self, worker: Any, **options: Any) -> None:
        self.app: Celery = worker.app
        self.ended = threading.Event()
        self.failing = False

    def include_if(self, worker: Any) -> bool:
        return CONNECTORS in worker.app.amqp.queues.consume_from

    def start(self, worker: Any) -> None:
        for number in range(SEEKERS):
            threading.Thread(target=self.run, name=f"seeker {number}", daemon=True).start()

    def stop(self, worker: Any) -> None:
        self.ended.set()

    def terminate(self, worker: Any) -> None:
        self.ended.set()

    def run(self) -> None:
        """One after the other while there are any; then a look every second."""
        while not self.ended.wait(ROUND):
            while not self.ended.is_set() and self.attempt():
                pass
            connections.close_all()

    def attempt(self) -> bool:
        try:
            found = bool(self.app.tasks[self.TASK].run())
        except Exception:  # the database may be away; so may be what the task needs
            if not self.failing:
                log.exception("%s fails; the next rounds try it again", self.TASK)
            self.failing = True
            return False
        self.failing = False
        return found


def join(app: Celery) -> None:
    app.steps["worker"].update({Standby, Seekers})
