"""The process offers work, and takes it back: both inside the transaction of the step that says so.

A task is never lost to a name that nobody has: it is made all the same, its history says what was not found, and when nobody
else can take it, it is offered to those who administer the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Func, Value
from django.db.models.functions import Now

from orchestrator.bpmn.model import Process, UserTask
from orchestrator.engine.effects import CreateUserTask
from orchestrator.models import FormDefinition, ProcessInstance
from orchestrator.runtime import definitions
from tasks_inbox import allocation, entries, lifecycle, outcomes, people, words
from tasks_inbox.models import HumanTask, TaskEvent, TaskRole

_WITHDRAWN = {"completed": lifecycle.OBSOLETE}  # every other reason: EXITED


def create(
    sender: type[ProcessInstance],
    instance: ProcessInstance,
    process: Process,
    tasks: Sequence[CreateUserTask],
    **_: Any,
) -> None:
    """Signal `user_tasks_created`. A handful of statements for any number of tasks."""
    resolved = people.resolve(tasks)
    rows = HumanTask.objects.bulk_create(
        _human_task(instance, process, effect, who) for effect, who in zip(tasks, resolved, strict=True)
    )
    stranded = [who for who in resolved if not who.can_be_done]
    administrators = people.administrators(instance.definition) if stranded else []
    for who in stranded:
        who.offer_to(administrators)
    TaskRole.objects.bulk_create(
        TaskRole(task=row, role=role, user_id=user, group_id=group)
        for row, who in zip(rows, resolved, strict=True)
        for role, user, group in who.roles
    )
    allocated = [
        allocation.allocate(row) for row in rows if row.state == lifecycle.READY and row.properties.get("allocation")
    ]
    entries.write([row.pk for row in rows])
    TaskEvent.objects.bulk_create(
        [
            *(TaskEvent(task=row, kind=TaskEvent.Kind.CREATE) for row in rows),
            *(
                TaskEvent(task=row, kind=TaskEvent.Kind.UNRESOLVED, data={"text": sentence})
                for row, who in zip(rows, resolved, strict=True)
                for sentence in who.sentences
            ),
            *(event for event in allocated if event is not None),
        ]
    )
    _plan_escalations(rows)


def withdraw(
    sender: type[ProcessInstance], instance: ProcessInstance, numbers: Sequence[int], reason: str, **_: Any
) -> None:
    """Signal `user_tasks_withdrawn`. A task that a person has just completed is closed already and stays as it is."""
    entries.withdraw(instance.pk, numbers, _WITHDRAWN.get(reason, lifecycle.EXITED), reason)


def _human_task(instance: ProcessInstance, process: Process, effect: CreateUserTask, who: people.Resolved) -> HumanTask:
    node = process.nodes[effect.element]
    properties = effect.properties
    name = node.name or effect.element
    subject = _text(properties.get("subject"))
    process_name = process.name or process.id
    return HumanTask(
        process_instance=instance,
        number=effect.instance,
        element=effect.element,
        name=name[:255],
        subject=subject[:500],
        description=_text(properties.get("description")) or node.documentation,
        state=lifecycle.RESERVED if who.assignee else lifecycle.READY,
        actual_owner_id=who.assignee,
        priority=min(max(effect.priority, 0), 100),
        activated_at=Now(),
        due_at=effect.due_date,
        follow_up_at=effect.follow_up_date,
        process_key=process.id,
        process_name=process_name[:255],
        business_key=instance.business_key,
        initiator_id=instance.started_by_id,
        form=_form(instance, node) if isinstance(node, UserTask) else None,
        outcomes=outcomes.parse(_text(properties.get("outcomes"))),
        outcome_variable=_text(properties.get("outcomeVariable")) or "outcome",
        skippable=_is_true(properties.get("skippable")),
        properties=properties,
        search=Func(
            Value(words.lexemes(subject, name, instance.business_key, process_name)),
            function="array_to_tsvector",
            template="%(function)s(%(expressions)s::text[])",
            output_field=SearchVectorField(),
        ),
    )


def _form(instance: ProcessInstance, node: UserTask) -> FormDefinition | None:
    return definitions.form_for(instance.definition, node.form) if node.form else None


def _plan_escalations(rows: Iterable[HumanTask]) -> None:
    """One waiting row per level of the policy that a task names. A level relative to a due date that does not exist is none."""
    tasks = [row.pk for row in rows if row.properties.get("escalation")]
    if not tasks:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tasks_inbox_escalation (task_id, level_id, due_at, state)
            SELECT t.id, l.id, CASE l.relative_to WHEN 'due' THEN t.due_at ELSE t.created_at END + l.after, 'due'
            FROM tasks_inbox_humantask t
            JOIN tasks_inbox_escalationpolicy p ON p.name = t.properties ->> 'escalation'
            JOIN tasks_inbox_escalationlevel l ON l.policy_id = p.id
            WHERE t.id = ANY(%(tasks)s) AND (l.relative_to = 'created' OR t.due_at IS NOT NULL)
            """,
            {"tasks": tasks},
        )
        cursor.execute(
            """
            INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
            SELECT t.id, 'unresolved', jsonb_build_object('text', format(
                'There is no escalation policy named “%%s”. Nobody will be reminded of this task.', t.properties ->> 'escalation'
            ))
            FROM tasks_inbox_humantask t
            WHERE t.id = ANY(%(tasks)s)
              AND NOT EXISTS (SELECT FROM tasks_inbox_escalationpolicy p WHERE p.name = t.properties ->> 'escalation')
            """,
            {"tasks": tasks},
        )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _is_true(value: Any) -> bool:
    return value is True or _text(value).strip().lower() == "true"
