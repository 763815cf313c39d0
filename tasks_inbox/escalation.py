"""What happens to a task that is late: the levels of its escalation policy, each once, when its time has come.

Rows decide, the clock of Celery only ticks: a row is claimed together with its task under SKIP LOCKED and applied in
the same transaction, so two beats or a crash change nothing. While a task is suspended its clock keeps running, and
what fell due is applied when it is resumed. A task that has ended withdraws its rows (`storage`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from tasks_inbox import entries, lifecycle, mail, people, recipients
from tasks_inbox.models import Escalation, EscalationLevel, HumanTask, TaskEvent, TaskRole

logger = logging.getLogger(__name__)
AT_ONCE = 500  # levels that one tick applies


def escalate_due(now: datetime | None = None) -> int:
    """Apply every level that is due at `now` (None: the database's time); how many were applied.

    One that fails is logged, left for the next tick, and does not hold up the others.
    """
    applied, failed = 0, list[int]()
    while applied + len(failed) < AT_ONCE:
        escalation: Escalation | None = None
        try:
            with transaction.atomic():
                escalation = _claim(now, failed)
                if escalation is None:
                    return applied
                _apply(escalation)
            applied += 1
        except Exception:  # whatever is wrong with this one, the others are late too
            if escalation is None:
                raise
            logger.exception("Escalation %s of human task %s failed", escalation.pk, escalation.task_id)
            failed.append(escalation.pk)
    return applied


def resume_due(now: datetime | None = None) -> int:
    """Resume the tasks that were suspended until a time that has come."""
    resumed = 0
    while resumed < AT_ONCE:
        with transaction.atomic():
            due = HumanTask.objects.filter(suspended_until__lte=now or Now(), state=lifecycle.SUSPENDED)
            task = due.select_for_update(skip_locked=True).order_by("suspended_until").first()
            if task is None:
                break
            HumanTask.objects.filter(pk=task.pk).update(
                state=lifecycle.by_itself("resume", task.state, task.suspended_from),
                suspended_from="",
                suspended_until=None,
                version=F("version") + 1,
            )
            TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.RESUME)
            entries.write([task.pk])
        resumed += 1
    return resumed


def _claim(now: datetime | None, failed: list[int]) -> Escalation | None:
    """The next due row, locked with its task: whoever holds either is about to change it, so both are left for
    later.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.id FROM tasks_inbox_escalation e JOIN tasks_inbox_humantask t ON t.id = e.task_id
            WHERE e.state = 'due' AND e.due_at <= coalesce(%(now)s, now()) AND t.completed_at IS NULL
              AND t.state <> 'suspended' AND e.id <> ALL(%(failed)s::bigint[])
            ORDER BY e.due_at, e.id LIMIT 1
            FOR UPDATE OF e, t SKIP LOCKED
            """,
            {"now": now, "failed": failed},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    related = ("task__actual_owner", "task__process_instance__definition", "level__policy", "level__target_user")
    return Escalation.objects.select_related(*related, "level__target_group").get(pk=row[0])


def _apply(escalation: Escalation) -> None:
    task, level = escalation.task, escalation.level
    sentence = ACTIONS[EscalationLevel.Action(level.action)](task, level)
    HumanTask.objects.filter(pk=task.pk).update(escalated=True, version=F("version") + 1)
    Escalation.objects.filter(pk=escalation.pk).update(state=Escalation.State.DONE, done_at=Now())
    data: dict[str, Any] = {
        "text": sentence,
        "policy": level.policy.name,
        "level": level.position,
        "action": level.action,
    }
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.ESCALATED, data=data)
    entries.write([task.pk])


# The actions. Each returns the sentence that the history tells.


def _remind(task: HumanTask, level: EscalationLevel) -> str:
    reminded = recipients.of_reminder(task)
    mail.remind(task, reminded)
    return (
        f"Reminded {_names(reminded)}." if reminded else "Nobody could be reminded: no one who has it has an address."
    )


def _mail_manager(task: HumanTask, level: EscalationLevel) -> str:
    """Whoever is told may look at the task and give it to somebody else: a stakeholder, in the words of the
    standard.
    """
    managers = recipients.of_manager_mail(task)
    for manager in managers:
        TaskRole.objects.get_or_create(task=task, role=lifecycle.STAKEHOLDER, user=manager)
    mail.tell_managers(task, managers)
    return (
        f"Mailed {_names(managers)}."
        if managers
        else "Nobody could be mailed: no manager or administrator has an address."
    )


def _reassign(task: HumanTask, level: EscalationLevel) -> str:
    """The potential owners are replaced and the task is ready again (WS-HumanTask 4.9)."""
    TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    target = {"user": level.target_user} if level.target_user else {"group": level.target_group}
    TaskRole.objects.create(task=task, role=lifecycle.POTENTIAL_OWNER, **target)
    HumanTask.objects.filter(pk=task.pk).update(state=lifecycle.by_itself("reassign", task.state), actual_owner=None)
    sentence = f"Reassigned to {level.target_group or _names([level.target_user])}."
    return f"{sentence} {people.rescue(task)}".strip()


def _raise_priority(task: HumanTask, level: EscalationLevel) -> str:
    priority = max(task.priority, level.priority or 0)
    HumanTask.objects.filter(pk=task.pk).update(priority=priority)
    return f"Priority raised to {priority}." if priority > task.priority else f"The priority was already {priority}."


ACTIONS: dict[EscalationLevel.Action, Callable[[HumanTask, EscalationLevel], str]] = {
    EscalationLevel.Action.REMIND: _remind,
    EscalationLevel.Action.MAIL_MANAGER: _mail_manager,
    EscalationLevel.Action.REASSIGN: _reassign,
    EscalationLevel.Action.RAISE_PRIORITY: _raise_priority,
}


def _names(users: Sequence[User | None]) -> str:
    return ", ".join(user.get_full_name() or user.get_username() for user in users if user)
