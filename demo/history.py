"""A month of work at Brightwater: real cases, played through the product's own doors, then moved back in time.

Whatever is played happens now; `Clock` remembers which moment of the month each step stands for, and `move_back` shifts
the rows of all steps in one statement per table. The same seed plays the same month.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from demo import cases
from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution, jobs
from tasks_inbox import operations
from tasks_inbox.models import HumanTask, TaskRole

DAYS = 30
SEED = 7
FAVOURITE = "yara.osei"  # whose desk is full, for a newcomer to clear


@dataclass
class Clock:
    """What was played when, and for which moment it stands: (instance, real begin, real end, shift)."""

    rounds: list[tuple[int, datetime, datetime, timedelta]] = field(default_factory=list)

    def played(self, instance: int, begin: datetime, moment: datetime) -> None:
        self.rounds.append((instance, begin, timezone.now(), moment - begin))


def play(users: dict[str, User], *, days: int = DAYS) -> int:
    """Play the month; the number of cases. Cases of the last days stay open."""
    random_ = random.Random(SEED)
    clock = Clock()
    now = timezone.now()
    played = 0
    for day in range(days, -1, -1):
        for start in cases.of_a_day(random_, day):
            _play_case(start, users, clock, random_, now)
            played += 1
    _claim_some(users, random_)
    move_back(clock)
    return played


def _play_case(start: cases.Start, users: dict[str, User], clock: Clock, random_: random.Random, now: datetime) -> None:
    definition = ProcessDefinition.objects.get(key=start.process, is_latest=True)
    moment = now - start.ago
    begin = timezone.now()
    instance = execution.start(definition, start.variables, by=users[start.by])
    _run_jobs()
    clock.played(instance.pk, begin, moment)
    patience = start.patience
    while patience > 0 and (task := _next_task(instance, random_)) is not None:
        moment += timedelta(minutes=random_.randint(20, 60 * 22))
        if moment >= now - timedelta(minutes=5):
            break
        patience -= 1
        owner = _owner(task, random_)
        if owner is None:
            break
        data, outcome, comment = cases.answer(task.element, task.process_instance, random_, owner.username)
        begin = timezone.now()
        operations.complete(task=task, user=owner, data=data, outcome=outcome, comment=comment)
        _run_jobs()
        clock.played(instance.pk, begin, moment)
        for child in ProcessInstance.objects.filter(parent=instance).values_list("pk", flat=True):
            clock.played(child, begin, moment)


def _claim_some(users: dict[str, User], random_: random.Random) -> None:
    """People have a few tasks of their groups on their desks already, with a word about them."""
    for task in HumanTask.objects.filter(completed_at=None, actual_owner=None).order_by("pk"):
        owner = _owner(task, random_, favourite=users[FAVOURITE])
        if owner is not None and random_.random() < 0.6:
            operations.claim(task=task, user=owner)
            if random_.random() < 0.4:
                operations.add_comment(task=task, user=owner, text=random_.choice(cases.REMARKS))


def _run_jobs() -> None:
    """Mails, the credit check, called processes: everything that is due, until nothing is."""
    while jobs.sweep():
        pass


def _next_task(instance: ProcessInstance, random_: random.Random) -> HumanTask | None:
    open_ = HumanTask.objects.filter(
        Q(process_instance=instance) | Q(process_instance__parent=instance), completed_at=None
    ).select_related("process_instance")
    tasks = list(open_.order_by("number"))
    return random_.choice(tasks) if tasks else None


def _owner(task: HumanTask, random_: random.Random, favourite: User | None = None) -> User | None:
    """Somebody who may do the task; the favourite gets it more often."""
    roles = list(TaskRole.objects.filter(task=task).select_related("user", "group"))
    excluded = {role.user_id for role in roles if role.role == TaskRole.Role.EXCLUDED_OWNER}
    if task.actual_owner_id and task.actual_owner_id not in excluded:
        return task.actual_owner
    owners = [role for role in roles if role.role == TaskRole.Role.POTENTIAL_OWNER]
    people = {user for role in owners for user in _people(role.user, role.group) if user.pk not in excluded}
    if favourite in people and random_.random() < 0.6:
        return favourite
    return random_.choice(sorted(people, key=lambda user: user.username)) if people else None


def _people(user: User | None, group: Group | None) -> Iterator[User]:
    if user is not None:
        yield user
    if group is not None:
        yield from group.user_set.all()


# Moving back. Each table: how its rows lead to a process instance, its time columns, and the columns that keep their
# distance to another one.

_OF_INSTANCE = "t.process_instance_id"
_OF_TASK = "(SELECT h.process_instance_id FROM tasks_inbox_humantask h WHERE h.id = t.task_id)"
_TABLES: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
    ("orchestrator_processinstance", "t.id", ("started_at", "ended_at"), {}),
    ("orchestrator_elementinstance", _OF_INSTANCE, ("entered_at", "left_at"), {}),
    ("orchestrator_historyevent", _OF_INSTANCE, ("at",), {}),
    ("orchestrator_incident", _OF_INSTANCE, ("raised_at", "resolved_at"), {}),
    ("orchestrator_job", _OF_INSTANCE, ("created_at", "finished_at"), {"due_at": "created_at"}),
    ("orchestrator_mail", _OF_INSTANCE, ("created_at", "sent_at"), {"due_at": "created_at"}),
    ("orchestrator_subscription", _OF_INSTANCE, ("created_at",), {}),
    (
        "tasks_inbox_inboxentry",
        _OF_TASK,
        (),
        {"due_at": "(SELECT h.created_at FROM tasks_inbox_humantask h WHERE h.id = t.task_id)"},
    ),
    (
        "tasks_inbox_escalation",
        _OF_TASK,
        ("done_at",),
        {"due_at": "(SELECT h.created_at FROM tasks_inbox_humantask h WHERE h.id = t.task_id)"},
    ),
    ("tasks_inbox_taskevent", _OF_TASK, ("at",), {}),
    (
        "tasks_inbox_humantask",
        _OF_INSTANCE,
        ("created_at", "activated_at", "started_at", "completed_at"),
        {"due_at": "created_at"},
    ),
)


def move_back(clock: Clock) -> None:
    """Shift every row of every step to the moment that it stands for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE demo_rounds (instance bigint, begun timestamptz, ended timestamptz, shift interval)"
        )
        rounds: list[Any] = list(clock.rounds)
        cursor.executemany("INSERT INTO demo_rounds VALUES (%s, %s, %s, %s)", rounds)
        cursor.execute("CREATE INDEX ON demo_rounds (instance, begun)")
        cursor.execute("ANALYZE demo_rounds")
        for table, instance, columns, followers in _TABLES:
            moved = [f"{column} = {_moved(column, column, instance)}" for column in columns]
            moved += [f"{column} = {_moved(column, other, instance)}" for column, other in followers.items()]
            cursor.execute(
                f"UPDATE {table} t SET {', '.join(moved)} WHERE {instance} IN (SELECT instance FROM demo_rounds)"
            )
        cursor.execute("DROP TABLE demo_rounds")


def _moved(column: str, decided_by: str, instance: str) -> str:
    reference = decided_by if decided_by.startswith("(") else f"t.{decided_by}"
    return (
        f"t.{column} + COALESCE((SELECT r.shift FROM demo_rounds r WHERE r.instance = {instance} "
        f"AND r.begun <= {reference} ORDER BY r.begun DESC LIMIT 1), '0')"
    )
