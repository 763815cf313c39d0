"""Deployment: files become versions of processes, decisions, forms and resources, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from orchestrator.bpmn import restricted
from orchestrator.bpmn.model import Process
from orchestrator.models import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    Job,
    ProcessDefinition,
    Resource,
    ResourceDefinition,
    Subscription,
)
from orchestrator.runtime import decision_files, inspection, starts, webhooks
from orchestrator.runtime.inspection import Defined, DeploymentProblem, File, references
from orchestrator.runtime.zone import local

Definition = ProcessDefinition | DecisionDefinition | FormDefinition | ResourceDefinition

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('deployment', 20100524)), statement_timestamp()"


class DeploymentRefused(Exception):
    """Nothing was stored; `problems` holds every reason."""

    def __init__(self, problems: Iterable[DeploymentProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Judgement:
    """`problems` stand in the way of deploying, `warnings` do not."""

    problems: list[DeploymentProblem]
    warnings: list[DeploymentProblem]


@dataclass(frozen=True, slots=True)
class Deployed:
    """`deployment` is None when every file was deployed before with the same content."""

    deployment: Deployment | None
    new: list[Definition] = field(default_factory=list)
    unchanged: list[Definition] = field(default_factory=list)
    warnings: list[DeploymentProblem] = field(default_factory=list)


def deploy(files: Mapping[str, bytes], *, by: AbstractBaseUser | None, note: str = "") -> Deployed:
    """New versions of what changed. Raises DeploymentRefused."""
    with transaction.atomic():
        now = _lock()
        found = inspection.read(files)
        judgement = _judge(found, now)
        if judgement.problems:
            raise DeploymentRefused(judgement.problems)
        return replace(_store(found, by, note, now), warnings=judgement.warnings)


def judge(files: Mapping[str, bytes]) -> Judgement:
    """What `deploy` would say of these files at this moment. Nothing is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return _judge(inspection.read(files), local(now))


def _judge(files: list[File], now: datetime) -> Judgement:
    """What reading found; only when that stands in nobody's way, what the time says."""
    read = [problem for file in files for problem in file.problems]
    problems = read or [problem for file in files for problem in (*starts.problems(file, now), *_doors(file))]
    return Judgement(problems, [warning for file in files for warning in file.warnings])


def _doors(file: File) -> Iterator[DeploymentProblem]:
    for process in file.processes:
        for element, message in webhooks.problems(process):
            yield DeploymentProblem(file.name, element, message)


def _lock() -> datetime:
    """Deployments take turns, so that versions are counted without gaps or doubles."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        now: datetime = cursor.fetchone()[1]
    return local(now)


def _store(files: list[File], by: AbstractBaseUser | None, note: str, now: datetime) -> Deployed:
    known = {file.name: _latest_of(file) for file in files}
    changed = [file for file in files if known[file.name] is None]
    if changed and _belong_together(files):
        changed = files
    unchanged = [row for file in files if file not in changed for row in known[file.name] or ()]
    if not changed:
        return Deployed(None, [], unchanged)
    deployment = Deployment.objects.create(deployed_by_id=None if by is None else by.pk, note=note[:500])
    new = [row for file in changed for row in _store_file(file, deployment, now)]
    return Deployed(deployment, new, unchanged)


def _latest_of(file: File) -> list[Definition] | None:
    """The latest versions of what the file defines, if all of them came from this very content."""
    rows: list[Any] = []
    if not file.defines:  # a file for others to import
        newest = Resource.objects.filter(name=file.name, kind=file.kind).order_by("-pk").first()
        return rows if newest is not None and newest.sha256 == file.sha256 else None
    for defined in file.defines:
        row = (
            inspection.TABLES[defined.what]
            ._default_manager.filter(
                key=defined.key, is_latest=True, resource__sha256=file.sha256, resource__name=file.name
            )
            .first()
        )
        if row is None:
            return None
        rows.append(row)
    return rows


def _belong_together(files: list[File]) -> bool:
    """Does a file mean another one of this very deployment?"""
    if any(_binds_to_others(file) for file in files):
        return True
    return decision_files.are_linked({file.name: file.content for file in files if file.kind == Resource.Kind.DMN})


def _binds_to_others(file: File) -> bool:
    own = {(defined.what, defined.key) for defined in file.defines}
    bound = (r for process in file.processes for r in references(process) if r.binding.type == "deployment")
    return any((reference.what, reference.key) not in own for reference in bound)


def _store_file(file: File, deployment: Deployment, now: datetime) -> list[Definition]:
    resource = Resource.objects.create(
        deployment=deployment, name=file.name, kind=file.kind, content=file.content, sha256=file.sha256
    )
    return [_new_version(defined, resource, now) for defined in file.defines]


def _new_version(defined: Defined, resource: Resource, now: datetime) -> Definition:
    table = inspection.TABLES[defined.what]
    versions = table._default_manager.filter(key=defined.key)
    newest = versions.aggregate(newest=Max("version"))["newest"] or 0
    versions.filter(is_latest=True).update(is_latest=False)
    created: Any = table._default_manager.create(
        resource=resource,
        key=defined.key,
        version=newest + 1,
        version_tag=defined.version_tag[:100],
        name=defined.name[:255],
        is_latest=True,
        **(_columns(defined.process) if defined.process is not None else {}),
    )
    row: Definition = created
    if isinstance(row, ProcessDefinition) and defined.process is not None:
        _move_starts(row, defined.process, now)
    return row


def _columns(process: Process) -> dict[str, Any]:
    start = process.none_start
    return {
        "category": _static(process, "category")[:100],
        "description": _static(process, "description") or process.documentation,
        "start_form_key": start.form.form_id if start is not None and start.form is not None else "",
        "is_startable": start is not None,
        "restricted": {name: list(groups) for name, groups in restricted.variables(process).items()},
    }


def _static(process: Process, name: str) -> str:
    value = process.properties.get(name, "")
    return value if isinstance(value, str) else ""


def _move_starts(row: ProcessDefinition, process: Process, now: datetime) -> None:
    """From now on messages, signals and timers start the new version."""
    Subscription.objects.filter(definition__key=row.key).delete()
    Job.objects.filter(definition__key=row.key, kind=Job.Kind.START, type="timer", state=Job.State.DUE).update(
        state=Job.State.WITHDRAWN, finished_at=Now()
    )
    Subscription.objects.bulk_create(starts.subscriptions(row, process))
    Job.objects.bulk_create(starts.timers(row, process, now))
    webhooks.renew(row, process)
