"""When the levels of a task's escalation policy are due: planned with the task, moved when it is put aside.

A level counts from the task's creation or from its due date, by the clock or in a business calendar: that of the
policy, else of the task, else of the process. What cannot be planned is told in the history of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from orchestrator.engine import timers
from orchestrator.engine.calendars import CALENDAR
from orchestrator.runtime import calendars, definitions
from orchestrator.working_time import Amount, Calendar, WorkingTimeError, add, between, parse
from tasks_inbox.models import Escalation, EscalationPolicy, HumanTask, TaskEvent


def plan(tasks: Sequence[int], *, again: bool = False) -> None:
    """A waiting row per level of the policy that each of these tasks names, in one statement unless a level counts
    working time. A level relative to a due date that the task does not have is none. `again`: those that have none yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, {"tasks": list(tasks), "again": again})
        working = cursor.fetchall()
    planned, told = [], []
    for task, level, name, base, amount, named, definition in working:
        calendar = named or of_process(definition)
        try:
            due = add(calendar_of(calendar), base, parse(amount))
        except WorkingTimeError as error:
            text = f"A level of the escalation policy “{name}” is not planned. {amount}: {error}."
            told.append(TaskEvent(task_id=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": text}))
        else:
            planned.append(Escalation(task_id=task, level_id=level, due_at=due, calendar=calendar))
    Escalation.objects.bulk_create(planned)
    TaskEvent.objects.bulk_create(told)


def of_process(definition: int) -> str:
    """The name of the calendar of a process, or ''."""
    named = definitions.process_of(definition).properties.get(CALENDAR)
    return named.strip() if isinstance(named, str) else ""


def calendar_of(name: str) -> Calendar:
    """Raises WorkingTimeError, also when none is named."""
    if not name:
        raise WorkingTimeError(timers.NO_CALENDAR)
    return calendars.calendar(name)


def policies_counting_in(calendar: str) -> list[str]:
    """The escalation policies that count in a calendar."""
    names = EscalationPolicy.objects.filter(calendar__name=calendar).values_list("name", flat=True)
    return [f"Escalation policy {name}" for name in names]


def clock_runs(task: HumanTask) -> bool | None:
    """Do the deadlines of this task go on while it is put aside? None when it has none."""
    runs = Escalation.objects.filter(task=task, state=Escalation.State.DUE)
    return runs.values_list("level__policy__clock_runs_while_suspended", flat=True).first()


def resumed(task: HumanTask) -> dict[str, str]:
    """The task goes on: what stood still meanwhile is due that much later. What the history says of it."""
    if not task.properties.get("escalation") or clock_runs(task) is not False:
        return {}
    suspensions = TaskEvent.objects.filter(task=task, kind__in=[TaskEvent.Kind.SUSPEND, TaskEvent.Kind.SUSPEND_UNTIL])
    since, now = suspensions.aggregate(since=Max("at"))["since"], database_time()
    if since is None or now <= since:
        return {}
    for row in Escalation.objects.filter(task=task, state=Escalation.State.DUE).select_related("level"):
        Escalation.objects.filter(pk=row.pk).update(due_at=_later(row, since, now))
    return {"text": f"Its deadlines stood still for {str(now - since).partition('.')[0]}."}


def due_date_changed(task: HumanTask, before: datetime | None, reference: str = "due") -> None:
    """The due date of an open task (or with `start_by` the time by which it has to be begun) is another one: what is
    relative to it moves along, and is planned if the task had none. What has been done is not done again.
    """
    now = task.start_by if reference == "start_by" else task.due_at
    if not task.properties.get("escalation") or now == before:
        return
    rows = Escalation.objects.filter(task=task, level__relative_to=reference)
    if now is None:
        rows.filter(state=Escalation.State.DUE).update(state=Escalation.State.WITHDRAWN, done_at=Now())
    elif before is None:
        rows.filter(state=Escalation.State.WITHDRAWN, times=0).delete()
        plan([task.pk], again=True)
    else:
        for row in rows.filter(state=Escalation.State.DUE).select_related("level"):
            Escalation.objects.filter(pk=row.pk).update(due_at=_relative(row, now, before))


def _relative(row: Escalation, due: datetime, before: datetime) -> datetime:
    if not row.times and row.level.working_time:
        with suppress(WorkingTimeError):  # its calendar is gone: by the clock, rather than not at all
            return add(calendar_of(row.calendar), due, parse(row.level.working_time))
    return row.due_at + (due - before)


def _later(row: Escalation, since: datetime, now: datetime) -> datetime:
    """By the clock the same span later; of working time, as much is left as there was."""
    if row.due_at <= since:
        return row.due_at  # was due before the clock stopped
    if not row.level.working_time:
        return row.due_at + (now - since)
    try:
        calendar = calendar_of(row.calendar)
        left = between(calendar, since, row.due_at)
        return add(calendar, now, Amount(seconds=int(left.total_seconds())))
    except WorkingTimeError:  # its calendar is gone: by the clock, rather than not at all
        return row.due_at + (now - since)


def database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    return now


_PLAN = """
    WITH task AS (
        SELECT id, process_instance_id, created_at, due_at, start_by,
               properties ->> 'escalation' AS policy, properties ->> 'calendar' AS calendar
        FROM tasks_inbox_humantask WHERE id = ANY(%(tasks)s)
    ),
    unknown AS (
        INSERT INTO tasks_inbox_taskevent (task_id, kind, data)
        SELECT t.id, 'unresolved', jsonb_build_object(
            'text', format('There is no escalation policy named “%%s”. Nobody will be reminded of this task.', t.policy)
        )
        FROM task t WHERE NOT EXISTS (SELECT FROM tasks_inbox_escalationpolicy p WHERE p.name = t.policy)
    ),
    level AS (
        SELECT t.id AS task, l.id AS level, p.name, l.after, l.working_time,
               b.base,
               coalesce(c.name, nullif(btrim(t.calendar), ''), '') AS calendar,
               t.process_instance_id
        FROM task t
        JOIN tasks_inbox_escalationpolicy p ON p.name = t.policy
        JOIN tasks_inbox_escalationlevel l ON l.policy_id = p.id
        LEFT JOIN orchestrator_businesscalendar c ON c.id = p.calendar_id
        CROSS JOIN LATERAL (
            SELECT CASE l.relative_to WHEN 'due' THEN t.due_at WHEN 'start_by' THEN t.start_by ELSE t.created_at END
        ) b(base)
        WHERE b.base IS NOT NULL AND NOT (
            %(again)s AND EXISTS (SELECT FROM tasks_inbox_escalation e WHERE e.task_id = t.id AND e.level_id = l.id)
        )
    ),
    planned AS (
        INSERT INTO tasks_inbox_escalation (task_id, level_id, due_at, state, calendar)
        SELECT task, level, base + after, 'due', calendar FROM level WHERE after IS NOT NULL
    )
    SELECT l.task, l.level, l.name, l.base, l.working_time, l.calendar, i.definition_id
    FROM level l JOIN orchestrator_processinstance i ON i.id = l.process_instance_id
    WHERE l.working_time <> ''
"""
