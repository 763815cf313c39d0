"""The lab with people in it: what every fault is given, and what is measured around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import django
import psycopg

from tests.faults import models, oracles
from tests.faults.journal import ACKNOWLEDGED, Call, Journal
from tests.faults.lab import Lab, until
from tests.faults.load import Load, mark, running
from tests.faults.people import PASSWORD, Person

USUAL = 15.0  # seconds to start everything on two idle cores
REQUESTERS, CLERKS = ("rita", "rob"), ("ana", "ben", "cleo")


@dataclass(slots=True)
class Result:
    """What a fault did. `bites` counts what it really hit: without one it has proved nothing. `hits`: how many times
    one call to a neighbour may have been hit.
    """

    bites: int = 0
    what: str = ""  # the bites, in words
    hits: int = 0
    deadlocks: bool = False  # it is about them
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: object, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)


@dataclass(slots=True)
class Row:
    """A line of the report."""

    fault: str
    title: str
    result: Result
    calls: list[Call]
    found: oracles.Findings
    seconds: float

    @property
    def wrong(self) -> list[str]:
        bite = [] if self.result.bites else [f"it did not bite: {self.result.what or 'nothing was hit'}"]
        return [*bite, *self.result.wrong, *self.found.wrong]

    @property
    def acknowledged(self) -> int:
        return sum(call.answer == ACKNOWLEDGED for call in self.calls)

    @property
    def p99(self) -> float:
        return percentile([call.seconds for call in self.calls if call.answer == ACKNOWLEDGED], 0.99)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


LEFT = """SELECT kind, type, attempts, due_at - now(), locked_until - now(), last_error FROM orchestrator_job
WHERE state = 'due' AND due_at <= now()
UNION ALL SELECT 'mail', subject, attempts, due_at - now(), locked_until - now(), last_error
FROM orchestrator_mail WHERE state = 'due' LIMIT 5"""


class Bench:
    """Set up once; `run` hurts it."""

    def __init__(self, folder: Path) -> None:
        self.lab = Lab(folder)
        self.journal = Journal(folder / "journal.jsonl")
        self.fault = ""
        self.slow = (
            1.0  # how many times longer everything takes here, now; what is a matter of seconds gets as many more
        )

    def open(self) -> None:
        begun = time.monotonic()
        self.lab.start_services()
        django.setup()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        self._furnish()
        self.lab.start_product()
        self.requesters = [self._person(name) for name in REQUESTERS]
        self.clerks = [self._person(name) for name in CLERKS]
        assert until(lambda: self._steady(), 60), "the workers do not work"
        self.slow = max(1.0, (time.monotonic() - begun) / USUAL)

    def _furnish(self) -> None:
        from django.contrib.auth.models import Group, User
        from guardian.shortcuts import assign_perm

        from orchestrator.models import ProcessDefinition

        clerks = Group.objects.create(name=models.GROUP)
        requesters = Group.objects.create(name="Requesters")
        for name in REQUESTERS:
            User.objects.create_user(name, f"{name}@example.com", PASSWORD).groups.add(requesters)
        for name in CLERKS:
            User.objects.create_user(name, f"{name}@example.com", PASSWORD).groups.add(clerks)
        User.objects.create_superuser("root", "root@example.com", PASSWORD)
        self.deploy(models.files(f"http://{self.lab.sink.host}"))
        for definition in ProcessDefinition.objects.all():
            assign_perm("orchestrator.start_processdefinition", requesters, definition)

    def _person(self, name: str) -> Person:
        return Person(name, self.lab.port, self.journal).sign_in()

    def _steady(self) -> bool:
        """The workers have come up when a whole process has gone through."""
        number = self.requesters[0].start("warm", "many", f"warm-{time.monotonic_ns()}")
        return number is not None and until(lambda: self.ended(number), 10, 0.1)

    def close(self) -> None:
        self.lab.close()
        self.journal.close()

    # What faults use

    def deploy(self, files: dict[str, bytes]) -> Any:
        from orchestrator.runtime.deployment import deploy

        return deploy(files, by=None)

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.lab.dsn(), autocommit=True) as db:
            done = db.execute(sql, parameters or None)
            return done.fetchall() if done.description else []

    def number(self, sql: str, *parameters: Any) -> int:
        return int(self.ask(sql, *parameters)[0][0] or 0)

    def ended(self, instance: int) -> bool:
        return bool(
            self.ask("SELECT 1 FROM orchestrator_processinstance WHERE id = %s AND state <> 'active'", instance)
        )

    def load(self, pace: float = 0.12) -> AbstractContextManager[Load]:
        return running(self.fault, self.requesters, self.clerks, pace)

    def begin(self, process: str) -> int:
        """A new case, to be hurt. On a busy machine the first try may get no answer."""
        for _ in range(5):
            case = self.requesters[0].start(self.fault, process, mark(self.fault))
            if case is not None:
                return case
            time.sleep(1)
        raise RuntimeError(f"nobody can start {process}")

    def calls(self) -> list[Call]:
        return self.journal.of(self.fault)

    def tasks_of(self, instance: int) -> list[int]:
        sql = "SELECT id FROM tasks_inbox_humantask WHERE process_instance_id = %s AND completed_at IS NULL ORDER BY id"
        return [task for (task,) in self.ask(sql, instance)]

    def run(self, fault: str, title: str, inject: Callable[[Bench], Result]) -> Row:
        """Hurt, wait until everything is quiet, look."""
        from django.db import connections

        self.fault, begun = fault, time.monotonic()
        since: datetime = self.ask("SELECT now()")[0][0]
        place = self.lab.place()
        try:
            result = inject(self)
        except Exception as error:
            result = Result(wrong=[f"it could not be carried out: {type(error).__name__} {error}"])
        finally:
            self.lab.disarm()
        quiet = oracles.quiesce(self.lab, self.slow)
        connections.close_all()
        found = oracles.judge(
            self.lab, self.calls(), since, hits=result.hits, place=place, deadlocks=result.deadlocks, slow=self.slow
        )
        found.expect(quiet, f"I4: what was due was not done in time: {self.ask(LEFT)}")
        return Row(fault, title, result, self.calls(), found, time.monotonic() - begun)
