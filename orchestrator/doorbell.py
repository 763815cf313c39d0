"""Rings at a worker's door after the commit: "look now". The row is the truth; a ring that is lost costs a second.

Nobody waits for the broker: a thread of its own carries the rings, and a broker that is away or hangs makes it drop
them. Rings that say the same thing while one of them still waits are one ring.
"""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from typing import Any

from django.db import transaction

CAPACITY = 1000  # more than this means that nobody carries them; the workers' rounds find the rows
PAUSE = 1.0  # seconds of silence after a failure
STALE = 60  # seconds after which a ring is not worth answering

log = logging.getLogger(__name__)
Ring = tuple[str, tuple[Any, ...]]


def ring(task_name: str, *args: Any) -> None:
    """Asks for the Celery task once the current transaction has committed. Never raises, never waits."""
    transaction.on_commit(partial(_bell.put, (task_name, args)), robust=True)


class Bell:
    def __init__(self) -> None:
        self.waiting: dict[Ring, None] = {}  # in order of arrival
        self.changed = threading.Condition()
        self.carrier: threading.Thread | None = None
        self.broken = False

    def put(self, ring: Ring) -> None:
        with self.changed:
            if len(self.waiting) >= CAPACITY:
                return
            self.waiting[ring] = None
            if self.carrier is None:
                self.carrier = threading.Thread(target=self.carry, name="doorbell", daemon=True)
                self.carrier.start()
            self.changed.notify()

    def take(self) -> Ring:
        with self.changed:
            while not self.waiting:
                self.changed.wait()
            ring = next(iter(self.waiting))
            del self.waiting[ring]
            return ring

    def carry(self) -> None:
        from orchestrator.celery import app  # a process that never rings need not load it

        while True:
            name, args = self.take()
            try:
                app.send_task(name, args, expires=STALE, retry=False)
            except Exception as error:  # whatever the broker's trouble is, the answer is the same
                self.fail(error)
            else:
                self.recover()

    def fail(self, error: Exception) -> None:
        if not self.broken:
            log.warning("The broker does not answer (%s); the workers find their work by themselves", error)
        self.broken = True
        threading.Event().wait(PAUSE)
        with self.changed:
            self.waiting.clear()

    def recover(self) -> None:
        if self.broken:
            log.warning("The broker answers again")
        self.broken = False


_bell = Bell()


def _after_fork() -> None:
    """The carrying thread stays behind in the parent."""
    global _bell
    _bell = Bell()


os.register_at_fork(after_in_child=_after_fork)
