"""A human task with whatever its page begins with, in one statement: its process instance, its form, its people.

Through Django's models that took a third of the time of a completion: the query of six tables was built anew each time.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from orchestrator.models import FormDefinition, ProcessDefinition, ProcessInstance
from orchestrator.runtime import wire
from orchestrator.runtime.made import columns, made, selected
from tasks_inbox.models import HumanTask

LARGEST = 2**63 - 1  # id

#: Alias of a table -> the alias of the one that refers to it, by which field, and whose rows it has.
_BESIDE: dict[str, tuple[str, str, type[Model]]] = {
    "i": ("t", "process_instance", ProcessInstance),
    "d": ("i", "definition", ProcessDefinition),
    "f": ("t", "form", FormDefinition),
    "o": ("t", "actual_owner", User),
    "c": ("t", "completed_by", User),
    "n": ("t", "initiator", User),
}


def read(pk: int, user: int, further: str) -> tuple[HumanTask, tuple[Any, ...]] | None:
    """The task, and the values of the SQL expressions `further`, which may name %(task)s and %(user)s.

    Beside what its row refers to, the task knows `has_attachments`, and whether this user has a decision that waits to
    be applied: `holds_earlier`.
    """
    if pk > LARGEST:
        return None
    with wire.cursor() as cursor:
        cursor.execute(_statement(further), {"task": pk, "user": user})
        row = cursor.fetchone()
    if row is None:
        return None
    width = len(columns(HumanTask))
    task = made(HumanTask, row[:width])
    rows: dict[str, Model] = {"t": task}
    for alias, (holder, field, model) in _BESIDE.items():
        begin, width = width, width + len(columns(model))
        if row[begin] is not None:
            rows[alias] = made(model, row[begin:width])
        rows[holder]._state.fields_cache[field] = rows.get(alias)
    task.has_attachments, task.holds_earlier = row[width : width + 2]  # type: ignore[attr-defined]
    return task, row[width + 2 :]


@cache
def _statement(further: str) -> str:
    tables: dict[str, type[Model]] = {"t": HumanTask, **{alias: model for alias, (_, _, model) in _BESIDE.items()}}
    joins = [
        f'LEFT JOIN "{model._meta.db_table}" {alias} ON {alias}.id = {holder}."{field}_id"'
        for alias, (holder, field, model) in _BESIDE.items()
    ]
    return f"""
        SELECT {", ".join(selected(model, alias) for alias, model in tables.items())},
            EXISTS (SELECT FROM tasks_inbox_taskattachment a WHERE a.task_id = t.id),
            EXISTS (SELECT FROM tasks_inbox_helddecision h WHERE h.user_id = %(user)s), {further}
        FROM tasks_inbox_humantask t {" ".join(joins)} WHERE t.id = %(task)s
    """
