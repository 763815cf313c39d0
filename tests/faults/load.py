"""The load: requesters start processes, clerks claim and complete what they find, all over HTTP, until it is over."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.journal import UNKNOWN
from tests.faults.models import LOAD
from tests.faults.people import Person

AGAIN = 3  # times that somebody repeats what got no answer
_numbers = itertools.count(1)


def mark(fault: str) -> str:
    """What no other act of the run writes into the system."""
    return f"{fault}-{next(_numbers)}"


class Load:
    """`pace` is the pause of each person between two acts, in seconds."""

    def __init__(self, fault: str, requesters: list[Person], clerks: list[Person], pace: float = 0.12) -> None:
        self.fault, self.pace, self.over = fault, pace, threading.Event()
        self.random = random.Random(fault)
        self.threads = [
            *(threading.Thread(target=self._request, args=(person,), daemon=True) for person in requesters),
            *(threading.Thread(target=self._work, args=(person,), daemon=True) for person in clerks),
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def _request(self, person: Person) -> None:
        waiting: list[str] = []
        for process in itertools.cycle(LOAD):
            if self.over.wait(self.pace * (0.5 + self.random.random())):
                return
            ref = mark(self.fault)
            person.start(self.fault, process, ref)
            if process == "waits":
                waiting.append(ref)
            if waiting and self.random.random() < 0.3:
                person.start(self.fault, "tells", mark(self.fault), to=waiting.pop())

    def _work(self, person: Person) -> None:
        while not self.over.wait(self.pace * (0.5 + self.random.random())):
            tasks = person.offered()
            if not tasks:
                continue
            task = self.random.choice(tasks)
            if self.random.random() < 0.5:
                person.claim(self.fault, task)
            complete_surely(person, self.fault, task, mark(self.fault))


def complete_surely(person: Person, fault: str, task: int, note: str) -> None:
    """As a person does who got no answer: the same again."""
    for _ in range(AGAIN):
        if person.complete(fault, task, note).answer != UNKNOWN:
            return
        time.sleep(0.3)


@contextmanager
def running(fault: str, requesters: list[Person], clerks: list[Person], pace: float = 0.12) -> Iterator[Load]:
    load = Load(fault, requesters, clerks, pace)
    load.start()
    try:
        yield load
    finally:
        load.stop()
