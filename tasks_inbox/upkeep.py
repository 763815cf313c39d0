"""What time does to an inbox: owners leave, groups empty, old changes are no longer needed."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from orchestrator.engine import CommandRejected
from orchestrator.engine.commands import Complete
from orchestrator.models import ProcessInstance
from orchestrator.runtime import execution
from tasks_inbox import absence, entries, lifecycle, people
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.permissions import roles_of

AT_ONCE = 500  # tasks, per run
BATCH = 20_000  # changes, per statement

# Claimed by somebody who is no longer active, who is away while nobody acts for them, or who held it through a group
# and is in none of its groups any more.
_WITHOUT_THEIR_OWNER = f"""
    SELECT t.id FROM auth_user o JOIN tasks_inbox_humantask t ON t.actual_owner_id = o.id
    WHERE NOT o.is_active AND t.completed_at IS NULL AND t.state IN ('reserved', 'in_progress')
    UNION
    SELECT t.id FROM tasks_inbox_inboxentry e JOIN tasks_inbox_humantask t ON t.id = e.task_id
    WHERE e.mine AND e.guarded AND t.state IN ('reserved', 'in_progress') AND NOT EXISTS (
        SELECT FROM tasks_inbox_taskrole r
        WHERE r.task_id = t.id AND r.role IN ('potential_owner', 'business_administrator') AND (
            r.user_id = t.actual_owner_id
            OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = t.actual_owner_id)
        )
    )
    UNION
    SELECT t.id FROM auth_user u JOIN tasks_inbox_humantask t ON t.actual_owner_id = u.id
    WHERE {absence.AWAY} AND t.completed_at IS NULL AND t.state IN ('reserved', 'in_progress')
      AND t.held_until IS NULL AND NOT {absence.ATTENDED}
    LIMIT %s
"""

# Offered only to people who are no longer active, or away with nobody to act for them, and to groups without an active
# member.
_OFFERED_TO_NOBODY = f"""
    WITH gone(id) AS (
        SELECT u.id FROM auth_user u WHERE NOT u.is_active
        UNION
        SELECT u.id FROM auth_user u WHERE {absence.AWAY} AND NOT EXISTS (
            SELECT FROM {absence.ACTIVE} WHERE b.user_id = u.id
        )
    ),
    idle(principal) AS (
        SELECT 2 * id FROM gone
        UNION ALL
        SELECT 2 * g.id + 1 FROM auth_group g WHERE NOT EXISTS (
            SELECT FROM auth_user_groups m WHERE m.group_id = g.id AND m.user_id NOT IN (SELECT id FROM gone)
        )
    )
    SELECT DISTINCT e.task_id FROM idle JOIN tasks_inbox_inboxentry e ON e.principal = idle.principal AND e.offered
    WHERE NOT EXISTS (
        SELECT FROM tasks_inbox_inboxentry x
        WHERE x.task_id = e.task_id AND x.offered AND x.principal NOT IN (SELECT principal FROM idle)
    )
    LIMIT %s
"""

_PRUNE = """
    DELETE FROM tasks_inbox_inboxchange WHERE id IN (
        SELECT id FROM (SELECT id, at FROM tasks_inbox_inboxchange ORDER BY id LIMIT %(batch)s) oldest
        WHERE at < now() - interval '1 hour'
    )
"""


def rescue_orphans() -> int:
    """No task stays with somebody who left: it is offered again, and when nobody is left, to the administrators."""
    return sum(_rescue(pk) for statement in (_WITHOUT_THEIR_OWNER, _OFFERED_TO_NOBODY) for pk in _ids(statement))


def expire_due() -> int:
    """End the tasks that were not done until they expire: their process goes on without them."""
    due = HumanTask.objects.filter(expires_at__lte=Now(), completed_at=None, parent=None).order_by("expires_at", "pk")
    return sum(_expire(task) for task in due[:AT_ONCE])


def _expire(task: HumanTask) -> bool:
    def settle(instance: ProcessInstance) -> None:
        TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.EXPIRE)

    try:
        execution.execute(task.process_instance_id, Complete(task.number, {}), before=settle)
    except CommandRejected:
        return False  # it has ended by other means
    return True


def prune_changes() -> int:
    """Forget what changed more than an hour ago: whoever looks now reads the lists anew anyway."""
    pruned: int = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PRUNE, {"batch": BATCH})
            pruned += int(cursor.rowcount)
            if cursor.rowcount < BATCH:
                return pruned


def _ids(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [AT_ONCE])
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def _rescue(pk: int) -> bool:
    task = HumanTask.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, completed_at=None).first()
    if task is None:
        return False
    owner = task.actual_owner
    if owner is not None:
        gone = absence.unattended(task, [owner.pk])
        if (
            lifecycle.ACTUAL_OWNER in roles_of(owner, task) and not gone
        ):  # an administrator of the process may have it all the same
            return False
        ready = lifecycle.by_itself("reassign", task.state)
        HumanTask.objects.filter(pk=pk).update(state=ready, actual_owner=None, version=F("version") + 1)
        why = "is away" if gone else "can no longer have this task"
        text = f"{owner.get_username()} {why}."
        TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.RELEASE, data={"text": text})
    sentence = people.rescue(task)
    told = not sentence or task.events.filter(kind=TaskEvent.Kind.UNRESOLVED, data={"text": sentence}).exists()
    if not told:
        TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.UNRESOLVED, data={"text": sentence})
    entries.write([pk])
    return owner is not None or not told
