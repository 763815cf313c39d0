"""A driver over the real runtime: rows, jobs claimed and run, deliveries carried. Django must be set up.

Time is virtual: what is due comes nearer, occurrence by occurrence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic

from orchestrator.connectors import BusinessError, JobRequest, Outcome, functions
from orchestrator.engine import commands, timers
from orchestrator.engine.errors import UNKNOWN
from orchestrator.engine.roles import is_body, is_round
from orchestrator.engine.state import LISTENING
from orchestrator.models import (
    ElementInstance,
    Incident,
    Job,
    JoinToken,
    Message,
    ProcessDefinition,
    ProcessInstance,
)
from orchestrator.runtime import definitions, jobs, messages, operations
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.performing import variables_of
from tests.conformance.protocol import Rejected

Event = tuple[str, str]


class Driver:
    def reset(self) -> None:
        """Few rows are sooner deleted than tables truncated; nobody asks who refers to them, because all of them go."""
        with atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(_deleting())
        definitions.forget()

    def deploy(self, paths: list[str]) -> None:
        try:
            deploy({Path(path).name: Path(path).read_bytes() for path in paths}, by=None)
        except DeploymentRefused as refused:
            raise Rejected(str(refused)) from None

    def start(self, process: str, variables: dict[str, Any]) -> int:
        definition = ProcessDefinition.objects.get(key=process, is_latest=True)
        instance = start(definition, variables)
        self._settle()
        return instance.pk

    def _settle(self) -> None:
        jobs.sweep(calls=False)

    # -- work

    def complete_job(self, type: str, variables: dict[str, Any], match: dict[str, Any] | None) -> None:
        self._work(type, lambda request: Outcome(variables), match)

    def throw_error(self, type: str, code: str, variables: dict[str, Any]) -> None:
        def throw(request: JobRequest) -> Outcome:
            raise BusinessError(code, "", variables)

        self._work(type, throw, None)

    def _work(self, type: str, work: Any, match: dict[str, Any] | None) -> None:
        for job in self._open_jobs(type):
            held = self._variables(job)
            if all(held.get(name) == value for name, value in (match or {}).items()):
                functions._WORKERS[type] = work
                Job.objects.filter(pk=job.pk).update(due_at=Now())
                assert jobs.run_now([job.pk]) == 1
                return self._settle()
        raise LookupError(f"no job of type {type}")

    def _open_jobs(self, type: str) -> list[Job]:
        return list(Job.objects.filter(kind="task", state="due", type=type).order_by("id"))

    def job_variables(self, type: str) -> dict[str, Any]:
        return dict(_plain(self._variables(self._open_jobs(type)[0])))

    def _variables(self, job: Job) -> dict[str, Any]:
        assert job.process_instance_id is not None
        assert job.number is not None
        return variables_of(job.process_instance_id, job.number)

    def complete_user_task(self, element: str, variables: dict[str, Any]) -> None:
        for row in self._user_tasks().filter(element=element).order_by("process_instance_id", "number"):
            execute(row.process_instance_id, commands.Complete(row.number, variables))
            return self._settle()
        raise LookupError(f"no user task {element}")

    def _user_tasks(self) -> Any:
        """Those that a person can do: not while a listener has its say."""
        return ElementInstance.objects.filter(
            element_type="userTask", state="active", phase="active", loop__isnull=True, incident=False
        ).exclude(data__has_key=LISTENING)

    def active_tasks(self) -> dict[str, int]:
        waiting = Counter(self._user_tasks().values_list("element", flat=True))
        waiting.update(Job.objects.filter(kind="task", state="due").values_list("element", flat=True))
        return dict(waiting)

    # -- what happens

    def publish_message(self, name: str, key: str, variables: dict[str, Any], ttl: str) -> None:
        messages.publish(name, key, variables, time_to_live=_lasting(ttl))
        self._settle()

    def broadcast_signal(self, name: str, variables: dict[str, Any]) -> None:
        messages.broadcast_signal(name, variables)
        self._settle()

    def advance(self, duration: str) -> None:
        left = _lasting(duration)
        while left > timedelta(0):
            step = min(left, max(self._next_due(), timedelta(0)) + timedelta(milliseconds=1))
            Job.objects.filter(state="due", kind__in=["timer", "start"]).update(due_at=F("due_at") - step)
            Message.objects.update(expires_at=F("expires_at") - step)
            left -= step
            self._settle()

    def _next_due(self) -> timedelta:
        row = Job.objects.filter(state="due", kind__in=["timer", "start"]).order_by("due_at")
        left = row.values_list(F("due_at") - Now(), flat=True).first()
        return timedelta.max / 2 if left is None else left

    def cancel(self, instance: int) -> None:
        operations.cancel(ProcessInstance.objects.get(pk=instance), by=None)
        self._settle()

    def set_variables(self, instance: int, variables: dict[str, Any]) -> None:
        operations.set_variables(ProcessInstance.objects.get(pk=instance), variables, by=None)
        self._settle()

    def activate_ad_hoc(self, element: str, activities: list[str]) -> None:
        row = ElementInstance.objects.filter(element=element, state="active").earliest("number")
        operations.activate_ad_hoc(row.process_instance, row.number, activities, by=None)
        self._settle()

    # -- what there is to see

    def instances(self, process: str) -> list[int]:
        return list(ProcessInstance.objects.filter(definition__key=process).order_by("id").values_list("pk", flat=True))

    def state(self, instance: int) -> str:
        """`incident` also for one in a called process instance. Tokens that wait for nobody are one with us alone:
        elsewhere such an instance is active.
        """
        row = ProcessInstance.objects.get(pk=instance)
        open_ones = [found for found in self.incidents(instance) if found["errorType"] != UNKNOWN]
        return "incident" if open_ones and row.state == "active" else row.state

    def variables(self, instance: int) -> dict[str, Any]:
        return dict(_plain(ElementInstance.objects.get(process_instance=instance, scope=None).variables))

    def incidents(self, instance: int) -> list[dict[str, str]]:
        rows = Incident.objects.filter(process_instance=instance, resolved_at=None)
        found = [{"element": row.element, "errorType": row.kind, "message": row.message} for row in rows]
        for called in ProcessInstance.objects.filter(parent=instance):
            found += self.incidents(called.pk)
        return found

    def history(self, instance: int) -> list[Event]:
        found = [event for _, event in sorted(self._events(instance), key=lambda item: item[0])]
        waiting = JoinToken.objects.filter(process_instance=instance)
        return found + [(token.flow, "taken") for token in waiting for _ in range(token.count)]

    def _events(self, instance: int) -> Iterator[tuple[tuple[float, int], Event]]:
        called = {child.parent_number: child.pk for child in ProcessInstance.objects.filter(parent=instance)}
        process = definitions.process_of(ProcessInstance.objects.get(pk=instance).definition_id)
        rows: Any = {row.number: row for row in ElementInstance.objects.filter(process_instance=instance)}
        for row in rows.values():
            yield from (((row.number, 0), (flow, "taken")) for flow in row.entered_by)
            node = process.nodes.get(row.element, process)
            if is_body(node, row) or is_round(node, rows, row):
                continue  # not the activity itself
            yield (row.number, 1), (row.element, "activated")
            if row.number in called:
                yield from (((row.number, 2 + n), event) for n, event in enumerate(self.history(called[row.number])))
            if row.left_number is not None:
                yield (row.left_number, 0), (row.element, row.state)


@cache
def _deleting() -> str:
    tables = [name for name in connection.introspection.table_names() if name.startswith(("orch", "tasks_"))]
    return ";".join(f'DELETE FROM "{name}"' for name in tables)


def _lasting(duration: str) -> timedelta:
    now = datetime.now(UTC)
    return timers.after(duration, now) - now


def _plain(value: Any) -> Any:
    """Decimals as the numbers of a JSON file."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
