"""What happens to a task that is late: the levels of its escalation policy, when their time has come.

Rows decide, the clock of Celery only ticks: a row is claimed together with its task under SKIP LOCKED and applied in
the same transaction, so two beats or a crash change nothing. A level whose deadline was met, or whose condition does
not hold, does nothing; one that repeats moves on to its next time, and what was missed meanwhile is passed over.

While a task, or its process instance, is suspended, or a task listener is asked about it, nothing is applied: what fell
due is when it goes on, unless the policy stops the clock meanwhile (`deadlines.resumed`). A task that has ended
withdraws its rows (`storage`).
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

from orchestrator.engine import timers
from orchestrator.runtime import definitions
from orchestrator.runtime.zone import local
from orchestrator.working_time import is_working_time
from tasks_inbox import conditions, deadlines, entries, lifecycle, mail, people, recipients
from tasks_inbox.models import Escalation, EscalationLevel, HumanTask, TaskEvent, TaskRole
from tasks_inbox.models.escalations import MOST_REPEATS
from tasks_inbox.notices import telling

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
                claimed = _claim(now, failed)
                if claimed is None:
                    return applied
                escalation = claimed[0]
                _apply(*claimed)
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
            TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.RESUME, data=deadlines.resumed(task))
            entries.write([task.pk])
        resumed += 1
    return resumed


def _claim(now: datetime | None, failed: list[int]) -> tuple[Escalation, datetime] | None:
    """The next due row, locked with its task: whoever holds either is about to change it, so both are left for
    later. And the present, by the database's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.id, coalesce(%(now)s, now())
            FROM tasks_inbox_escalation e JOIN tasks_inbox_humantask t ON t.id = e.task_id
            WHERE e.state = 'due' AND e.due_at <= coalesce(%(now)s, now()) AND t.completed_at IS NULL
              AND t.state <> 'suspended' AND t.transition = '' AND e.id <> ALL(%(failed)s::bigint[])
              AND NOT EXISTS (
                  SELECT FROM orchestrator_processinstance i
                  WHERE i.id = t.process_instance_id AND i.suspended_at IS NOT NULL
              )
            ORDER BY e.due_at, e.id LIMIT 1
            FOR UPDATE OF e, t SKIP LOCKED
            """,
            {"now": now, "failed": failed},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    related = ("task__actual_owner", "task__process_instance__definition", "level__policy", "level__target_user")
    return Escalation.objects.select_related(*related, "level__target_group").get(pk=row[0]), row[1]


def _apply(escalation: Escalation, now: datetime) -> None:
    task, level = escalation.task, escalation.level
    if met(level, task):
        return _conclude(escalation, Escalation.State.MET)
    held, why = conditions.holds(level, task, now)
    again, missed = _again(escalation, now)
    if held:
        _act(task, level, escalation.times, missed)
    elif why:
        text = f"Level {level.position} of “{level.policy}” did nothing. {why}"
        TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": text})
    if again is None:
        return _conclude(escalation, Escalation.State.DONE if held else Escalation.State.SKIPPED)
    Escalation.objects.filter(pk=escalation.pk).update(due_at=again, times=F("times") + 1, done_at=Now())


def met(level: EscalationLevel, task: HumanTask) -> bool:
    """Was the deadline kept? That of completion is while the task is open not."""
    return MET[EscalationLevel.Deadline(level.deadline)](task)


MET: dict[EscalationLevel.Deadline, Callable[[HumanTask], bool]] = {
    EscalationLevel.Deadline.COMPLETION: lambda task: not task.is_open,
    EscalationLevel.Deadline.START: lambda task: task.started_at is not None,
    EscalationLevel.Deadline.CLAIM: lambda task: task.actual_owner_id is not None,
}


def _act(task: HumanTask, level: EscalationLevel, times: int, missed: int) -> None:
    sentence = ACTIONS[EscalationLevel.Action(level.action)](task, level)
    if missed:
        sentence += f" Since then {missed} time{'s' if missed > 1 else ''} passed over."
    HumanTask.objects.filter(pk=task.pk).update(escalated=True, version=F("version") + 1)
    data: dict[str, Any] = {
        "text": sentence,
        "policy": level.policy.name,
        "level": level.position,
        "action": level.action,
        **({"time": times + 1} if level.repeat_every else {}),
        **({"missed": missed} if missed else {}),
    }
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.ESCALATED, data=data)
    entries.write([task.pk])


def _conclude(escalation: Escalation, state: Escalation.State) -> None:
    Escalation.objects.filter(pk=escalation.pk).update(state=state, done_at=Now(), times=F("times") + 1)


def _again(escalation: Escalation, now: datetime) -> tuple[datetime | None, int]:
    """When a level that repeats comes next, and how many of its times were missed."""
    level, task = escalation.level, escalation.task
    left = (level.repeat_times or MOST_REPEATS) - escalation.times
    if not level.repeat_every or left <= 1:
        return None, 0
    definition = task.process_instance.definition_id
    calendar = None
    if is_working_time(level.repeat_every):
        calendar = deadlines.calendar_of(escalation.calendar or deadlines.of_process(definition))
    process = definitions.process_of(definition)
    due, here = local(escalation.due_at, process), local(now, process)
    again, missed = timers.catch_up(f"R/{level.repeat_every.strip()}", due, left, here, calendar)
    return (again.due if again else None), (missed.count if missed else 0)


# The actions. Each returns the sentence that the history tells.


def _remind(task: HumanTask, level: EscalationLevel) -> str:
    reminded = recipients.of_reminder(task)
    unwilling = mail.remind(task, reminded)
    if not reminded:
        return "Nobody could be reminded: no one who has it has an address."
    return _told("Reminded", reminded, unwilling)


def _mail_manager(task: HumanTask, level: EscalationLevel) -> str:
    """Whoever is told may look at the task and give it to somebody else: a stakeholder, in the words of the
    standard.
    """
    managers, away = recipients.managers(task)
    for manager in managers:
        TaskRole.objects.get_or_create(task=task, role=lifecycle.STAKEHOLDER, user=manager)
    unwilling = mail.tell_managers(task, managers)
    if not managers:
        return "Nobody could be mailed: no manager or administrator has an address."
    absent = f" {_names(away)} {'is' if len(away) == 1 else 'are'} away." if away else ""
    return _told("Mailed", managers, unwilling) + absent


def _notify(task: HumanTask, level: EscalationLevel) -> str:
    """The notification of the standard: whoever is told may look."""
    target = {"user": level.target_user} if level.target_user else {"group": level.target_group}
    TaskRole.objects.get_or_create(task=task, role=lifecycle.STAKEHOLDER, **target)
    told = recipients.of_target(level)
    unwilling = mail.notify(task, told)
    chat = " " + telling.tell_channel(level.target_group, task) if level.target_group else ""
    if not told and not chat.strip():
        return f"Nobody could be mailed: {level.target} has no address."
    return ((_told("Mailed", told, unwilling) if told else "") + chat).strip()


def _reassign(task: HumanTask, level: EscalationLevel) -> str:
    """The potential owners are replaced and the task is ready again (WS-HumanTask 4.9)."""
    TaskRole.objects.filter(task=task, role=lifecycle.POTENTIAL_OWNER).delete()
    target = {"user": level.target_user} if level.target_user else {"group": level.target_group}
    TaskRole.objects.create(task=task, role=lifecycle.POTENTIAL_OWNER, **target)
    HumanTask.objects.filter(pk=task.pk).update(state=lifecycle.by_itself("reassign", task.state), actual_owner=None)
    telling.tell_former(task.actual_owner, task)
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
    EscalationLevel.Action.NOTIFY: _notify,
}


def _told(how: str, users: Sequence[User], unwilling: Sequence[User]) -> str:
    """Who was mailed; and who was not, because they have switched such mails off."""
    mailed = [user for user in users if user not in unwilling]
    sentence = f"{how} {_names(mailed)}." if mailed else ""
    off = f"Without a mail, as they want it: {_names(unwilling)}." if unwilling else ""
    return f"{sentence} {off}".strip()


def _names(users: Sequence[User | None]) -> str:
    return ", ".join(user.get_full_name() or user.get_username() for user in users if user)
