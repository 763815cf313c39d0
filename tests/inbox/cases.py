"""Small cases for the inbox's tests: a process with user tasks, started, and the tasks that it offers."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Deployment, ProcessDefinition, ProcessInstance, Resource
from orchestrator.runtime import execution
from tasks_inbox.models import HumanTask, TaskRole
from tests.bpmn import draw

_versions = itertools.count(1)


def user_task(
    id: str = "n1",
    name: str = "Approve invoice",
    *,
    assignee: str = "",
    users: str = "",
    groups: str = "",
    due: str = "",
    priority: str = "",
    after: str = "",
    **properties: str,
) -> str:
    """A user task in BPMN. `after` goes behind its extension elements: loop characteristics, for example."""
    assignment = "".join(
        f" {key}={quoteattr(value)}"
        for key, value in {"assignee": assignee, "candidateUsers": users, "candidateGroups": groups}.items()
        if value
    )
    extensions = ["<zeebe:userTask/>"]
    if assignment:
        extensions.append(f"<zeebe:assignmentDefinition{assignment}/>")
    if due:
        extensions.append(f"<zeebe:taskSchedule dueDate={quoteattr(due)}/>")
    if priority:
        extensions.append(f"<zeebe:priorityDefinition priority={quoteattr(priority)}/>")
    if properties:
        inner = "".join(
            f"<zeebe:property name={quoteattr(key)} value={quoteattr(value)}/>" for key, value in properties.items()
        )
        extensions.append(f"<zeebe:properties>{inner}</zeebe:properties>")
    return draw.element("userTask", id, "".join(extensions), after, f"name={quoteattr(name)}")


def definition(xml: bytes, *, key: str = "p", name: str = "Invoice approval") -> ProcessDefinition:
    """The rows of a deployed process."""
    resource = Resource.objects.create(
        deployment=Deployment.objects.create(),
        name="test.bpmn",
        kind=Resource.Kind.BPMN,
        content=xml,
        sha256=hashlib.sha256(xml).hexdigest(),
    )
    ProcessDefinition.objects.filter(key=key).update(is_latest=False)
    return ProcessDefinition.objects.create(resource=resource, key=key, version=next(_versions), name=name)


def start(*nodes: str, by: User | None = None, business_key: str = "INV-1042", **variables: Any) -> ProcessInstance:
    """An instance of a process that goes through these nodes, at its first waits."""
    return execution.start(definition(draw.chain(*nodes)), variables, by=by, business_key=business_key)


def offer(*, by: User | None = None, business_key: str = "INV-1042", variables: Any = None, **task: Any) -> HumanTask:
    """The human task of a process that consists of one user task."""
    instance = start(user_task(**task), by=by, business_key=business_key, **(variables or {}))
    return HumanTask.objects.get(process_instance=instance, parent=None)


def put(task: HumanTask, state: str, owner: User | None = None) -> HumanTask:
    """The task as it would be in this state, whatever led there."""
    from django.utils import timezone

    from tasks_inbox import entries, lifecycle

    owned = state in (lifecycle.RESERVED, lifecycle.IN_PROGRESS)
    HumanTask.objects.filter(pk=task.pk).update(
        state=state,
        actual_owner=owner if owned else None,
        suspended_from=lifecycle.READY if state == lifecycle.SUSPENDED else "",
        completed_at=timezone.now() if state in lifecycle.FINAL else None,
    )
    task.refresh_from_db()
    if state in lifecycle.FINAL:
        task.entries.all().delete()
    else:
        entries.write([task.pk])
    return task


def give(task: HumanTask, role: str, *holders: User | Group) -> None:
    TaskRole.objects.bulk_create(
        TaskRole(task=task, role=role, **({"user": holder} if isinstance(holder, User) else {"group": holder}))
        for holder in holders
    )


def kinds(task: HumanTask) -> list[str]:
    """The history of a task in short."""
    return list(task.events.order_by("pk").values_list("kind", flat=True))


def ids(rows: Iterable[Any]) -> list[int]:
    return [row.id for row in rows]


_EVERYTHING = """
    SELECT ARRAY(
               SELECT t::text FROM tasks_inbox_humantask t WHERE %(task)s IN (t.id, t.parent_id) ORDER BY id
           ),
           ARRAY(SELECT r::text FROM tasks_inbox_taskrole r WHERE r.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT e::text FROM tasks_inbox_inboxentry e WHERE e.task_id = %(task)s ORDER BY principal),
           ARRAY(SELECT v::text FROM tasks_inbox_taskevent v WHERE v.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT d::text FROM tasks_inbox_taskdraft d WHERE d.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT c::text FROM tasks_inbox_taskcomment c WHERE c.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT a::text FROM tasks_inbox_taskattachment a WHERE a.task_id = %(task)s ORDER BY id),
           ARRAY(
               SELECT i::text FROM orchestrator_elementinstance i
               WHERE i.process_instance_id = %(instance)s ORDER BY number
           )
"""


def everything(task: HumanTask) -> tuple[Any, ...]:
    """All that an operation could have changed."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING, {"task": task.pk, "instance": task.process_instance_id})
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def statements(act: Callable[[], Any]) -> list[str]:
    """What goes to the database, without the savepoints that only a test makes."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
