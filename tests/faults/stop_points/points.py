"""Stop points: named lines of the product, and what can be made to happen there.

`BATON_STOP_POINT=name:act` arms one; `BATON_STOP_POINT=@FILE` reads the same words from a file each time, so that a
running process can be hurt. With a third part, `name:act:0.2`, the point stays armed and acts with that probability;
without it the first who comes there takes it, alone. A file FILE.bites tells who acted: name, act, process, and by how
many seconds their clock is ahead of the time since the machine was started.
"""

from __future__ import annotations

import importlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from psycopg import errors


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after this function; `when` looks at its result (after) or at its arguments (before)."""

    module: str
    function: str
    after: bool = True
    when: Callable[..., Any] = lambda *seen: True


POINTS: dict[str, Point] = {
    "claim committed": Point("orchestrator.runtime.claims", "_claim", when=bool),
    "before the call": Point("orchestrator.runtime.performing", "call", after=False),
    "call sent, no answer": Point("orchestrator.connectors.http.connector", "_read", after=False),
    "answer read": Point("orchestrator.runtime.performing", "_complete", after=False),
    "instance locked": Point("orchestrator.runtime.suspension", "check", after=False),
    "timer row locked": Point("orchestrator.runtime.jobs", "_next_occurrence", after=False),
    "join counted": Point(
        "orchestrator.runtime.saving", "_tokens", after=False, when=lambda writes, pending, step, *_: bool(step.joins)
    ),
    "rows ready": Point("orchestrator.runtime.saving", "_open"),
    "inbox told": Point("orchestrator.runtime.execution", "_tell"),
    "task ended": Point("tasks_inbox.storage", "end"),
    "committed, not rung": Point("orchestrator.doorbell", "Bell.put", after=False),
    "rung": Point("orchestrator.celery", "app.send_task"),
    "mail accepted": Point(
        "orchestrator.runtime.mails", "_close", after=False, when=lambda mail, state, *_: state == "sent"
    ),
}


def trouble(code: str) -> Callable[[], None]:
    """What the database says when another transaction stands in the way."""

    def act() -> None:
        raise OperationalError(f"stop point: {code}") from errors.lookup(code)(f"stop point: {code}")

    return act


def drop() -> None:
    """The connection to the database is gone; the next statement finds out."""
    with connection.wrap_database_errors:
        connection.ensure_connection()
    connection.connection.close()


def fail() -> None:
    raise RuntimeError("stop point")


ACTS: dict[str, Callable[[], object]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "raise": fail,
    "drop": drop,
    "sleep": lambda: time.sleep(1),
    "look": lambda: None,  # who comes here, and by which clock?
    **{code: trouble(code) for code in ("40001", "40P01", "55P03")},
}


class Control:
    """What is armed now."""

    def __init__(self, text: str) -> None:
        self.file = Path(text[1:]) if text.startswith("@") else None
        self.armed = "" if self.file else text
        self.bitten: list[str] = []  # without a file

    def arm(self, text: str) -> None:
        self.armed = text

    def reach(self, name: str) -> None:
        try:
            text = self.file.read_text() if self.file else self.armed
        except FileNotFoundError:
            return
        for line in text.splitlines():
            point, act, *chance = line.split(":")
            if point == name and self._mine(chance):
                self._note(f"{name}:{act}:{os.getpid()}:{time.time() - time.monotonic():.3f}")
                ACTS[act]()

    def _mine(self, chance: list[str]) -> bool:
        if chance:
            return random.random() < float(chance[0])
        if self.file is None:
            self.armed = ""
            return True
        try:
            self.file.rename(self.file.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}"))  # one takes it
        except FileNotFoundError:
            return False
        return True

    def _note(self, text: str) -> None:
        if self.file is None:
            self.bitten.append(text)
            return
        with self.file.with_suffix(".bites").open("a") as bites:
            bites.write(text + "\n")
            bites.flush()


def install(control: Control) -> Callable[[], None]:
    """Wraps the functions; gives back what unwraps them. A point whose function is gone is an error here."""
    undo: list[tuple[Any, str, Any]] = []
    for name, point in POINTS.items():
        owner: Any = importlib.import_module(point.module)
        *path, attribute = point.function.split(".")
        for part in path:
            owner = getattr(owner, part)
        undo.append((owner, attribute, getattr(owner, attribute)))
        setattr(owner, attribute, _wrapped(getattr(owner, attribute), name, point, control))

    def uninstall() -> None:
        for owner, attribute, function in undo:
            setattr(owner, attribute, function)

    return uninstall


def _wrapped(function: Callable[..., Any], name: str, point: Point, control: Control) -> Callable[..., Any]:
    @wraps(function)
    def stopping(*args: Any, **kwargs: Any) -> Any:
        if not point.after and point.when(*args):
            control.reach(name)
        result = function(*args, **kwargs)
        if point.after and point.when(result):
            control.reach(name)
        return result

    return stopping
