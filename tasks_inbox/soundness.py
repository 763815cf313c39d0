"""The inbox's rules for `manage.py check_rows`."""

from __future__ import annotations

from orchestrator.soundness import Rule, add, known, orphans
from tasks_inbox import lifecycle
from tasks_inbox.models.records import EventKind

_TASK = "tasks_inbox_humantask"

add(
    orphans(_TASK, "process_instance_id", "orchestrator_processinstance"),
    orphans("tasks_inbox_taskrole", "task_id", _TASK),
    orphans("tasks_inbox_inboxentry", "task_id", _TASK),
    orphans("tasks_inbox_taskevent", "task_id", _TASK),
    orphans("tasks_inbox_taskevent", "actor_id", "auth_user"),
    orphans("tasks_inbox_taskevent", "on_behalf_of_id", "auth_user"),
    known(_TASK, "state", lifecycle.STATES),
    known("tasks_inbox_taskevent", "kind", EventKind.values),
    known("tasks_inbox_taskrole", "role", lifecycle.ASSIGNABLE_ROLES),
    Rule(
        "A role in a human task is held by a user or by a group",
        "SELECT id::text FROM tasks_inbox_taskrole WHERE num_nonnulls(user_id, group_id) <> 1",
    ),
    Rule(
        "A human task ends when its state is final",
        f"SELECT id::text FROM {_TASK} WHERE (completed_at IS NOT NULL)"
        f" <> (state IN ({', '.join(map(repr, sorted(lifecycle.FINAL)))}))",
    ),
    Rule(
        "A claimed human task has an actual owner",
        f"SELECT id::text FROM {_TASK} WHERE state IN ('{lifecycle.RESERVED}', '{lifecycle.IN_PROGRESS}')"
        " AND actual_owner_id IS NULL AND NOT composite",
    ),
    Rule(
        "The initiator of a human task has started its process instance",
        f"SELECT t.id::text FROM {_TASK} t JOIN orchestrator_processinstance i ON i.id = t.process_instance_id"
        " WHERE t.initiator_id IS DISTINCT FROM i.started_by_id",
    ),
    Rule("A priority is 0 to 100", f"SELECT id::text FROM {_TASK} WHERE priority NOT BETWEEN 0 AND 100"),
    Rule(
        "A suspended human task knows where it resumes",
        f"SELECT id::text FROM {_TASK} WHERE state = 'suspended'"
        f" AND suspended_from NOT IN ({', '.join(map(repr, sorted(lifecycle.SUSPENDABLE)))})",
    ),
    Rule(
        "A part of a human task is of a kind, and nothing else is",
        f"SELECT id::text FROM {_TASK} WHERE (parent_id IS NULL) <> (part = '')",
    ),
    Rule(
        "Only open human tasks stand in lists",
        f"SELECT t.id::text FROM {_TASK} t WHERE t.completed_at IS NOT NULL AND EXISTS"
        " (SELECT FROM tasks_inbox_inboxentry e WHERE e.task_id = t.id)",
    ),
    Rule(
        "A human task is open as long as its element instance is",
        f"SELECT t.id::text FROM {_TASK} t JOIN orchestrator_elementinstance e"
        " ON e.process_instance_id = t.process_instance_id AND e.number = t.number"
        " WHERE t.completed_at IS NULL AND e.state <> 'active'",
    ),
)
