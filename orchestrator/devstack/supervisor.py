"""Runs the embedded services and the product's own processes as one unit: all of them, or none."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import FrameType
from typing import TextIO

from orchestrator.devstack import places, services
from orchestrator.devstack.places import ServiceError
from orchestrator.devstack.services import INFRASTRUCTURE, Service

COLOURS = {"postgres": 34, "valkey": 31, "web": 32, "worker": 33, "connectors": 36, "beat": 35}
RESTARTS, WITHIN = 5, 60.0  # a process of ours that falls more often is not worth another try


class Stopped(BaseException):
    """A signal came while we were still getting ready. No `except Exception` on the way may swallow it."""


class Supervisor:
    def __init__(self, state: Path, out: TextIO = sys.stdout) -> None:
        self.state, self.out = state, out
        self.started: list[Service] = []
        self.stopping = threading.Event()
        self.interruptible = True  # getting ready: a signal breaks off whatever is being done
        self.last_words = {name: deque[str](maxlen=20) for name in INFRASTRUCTURE}  # told when one of them fails
        self._falls: list[float] = []
        self._first_signal = 0.0
        self._out_lock = threading.Lock()

    def lock(self) -> None:
        """One of us per state folder. The kernel forgets the lock when we die, however we die."""
        places.private_dir(self.state)
        self._lock = (self.state / "supervisor.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            raise ServiceError(
                f"Baton runs already (process {self._lock.read().strip() or '?'}): use that one, stop it with Ctrl-C, "
                "or give this one a folder of its own with STATE_DIR=..."
            ) from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    # Signals

    def install_signal_handlers(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.stopping.is_set():
            self._first_signal = now
            self.stopping.set()
            if self.interruptible:
                raise Stopped
        elif now - self._first_signal > 1:  # make repeats the first one
            for service in self.started:
                service.kill()

    # Processes

    def start(self, service: Service) -> None:
        read, write = os.pipe()
        service.start(stdout=write)
        os.close(write)
        if service not in self.started:
            self.started.append(service)
        threading.Thread(target=self._pump, args=(service.name, read), daemon=True).start()

    def _pump(self, name: str, fd: int) -> None:
        label = f"{name:>10} | "
        if self.out.isatty():
            label = f"\x1b[{COLOURS.get(name, 0)}m{label}\x1b[0m"
        with os.fdopen(fd, errors="replace") as stream:
            for line in stream:
                if name in INFRASTRUCTURE:
                    self.last_words[name].append(label + line.rstrip("\n"))
                else:
                    self.say(label + line.rstrip("\n"))

    def say(self, line: str) -> None:
        """One whole line, whoever speaks. With nobody left to read it, we stop."""
        try:
            with self._out_lock:
                self.out.write(line + "\n")
                self.out.flush()
        except (OSError, ValueError):
            self.stopping.set()

    def start_services(self, *, postgres: bool = True, valkey: bool = True) -> None:
        """Valkey first: it is up while PostgreSQL's cluster is still being made."""
        vk = services.valkey(self.state) if valkey else None
        try:
            if vk:
                self.start(vk)
            if postgres:
                pg = services.postgres(self.state)
                self.start(pg)
                services.wait_for_postgres(self.state, pg)
            if vk:
                services.wait_for_valkey(self.state, vk)
        except ServiceError:
            self.tell_last_words()
            raise

    def tell_last_words(self) -> None:
        for words in self.last_words.values():
            for line in words:
                self.say(line)

    def wait(self) -> int:
        """Until a signal comes (0), or something has fallen that cannot be set up again (1)."""
        self.interruptible = False
        while not self.stopping.wait(0.3):
            for service in list(self.started):
                if service.ended is not None and not self._set_up_again(service):
                    self.tell_last_words()
                    self.say(f"{service.name} stopped (status {service.ended}); stopping the rest")
                    return 1
        return 0

    def _set_up_again(self, service: Service) -> bool:
        now = time.monotonic()
        self._falls = [fall for fall in self._falls if now - fall < WITHIN] + [now]
        if not service.needed:
            self.say(f"{service.name} stopped (status {service.ended}); everything else goes on")
            self.started.remove(service)
            return True
        if service.name == "postgres" or len(self._falls) > RESTARTS:
            return False
        self.say(f"{service.name} stopped (status {service.ended}); starting it again")
        time.sleep(0.5)
        self.start(service)
        return True

    def stop(self) -> None:
        """In the reverse order: a worker ends while its broker and its database are up."""
        self.interruptible = False
        self.stopping.set()
        for infrastructure in (False, True):
            group = [service for service in self.started if (service.name in INFRASTRUCTURE) is infrastructure]
            for service in group:
                service.stop()
            for service in group:
                service.wait()
