"""Whether somebody may still be told: asked when the notice is delivered, and once more when its mail goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib.auth.models import User
from django.db import connection

from orchestrator.models import Mail
from tasks_inbox.models import HumanTask
from tasks_inbox.notices import kinds, preferences
from tasks_inbox.notices.links import DIGEST, PERSON, PURPOSE, TASKS
from tasks_inbox.permissions import may_see, visible_tasks


def is_told(kind: str, user: User, task: HumanTask | None) -> bool:
    """They can be reached, and the task is still what the notice says it is to them."""
    return user.is_active and (task is None or _TASKS.get(kind, _sees)(user, task))


def of_mail(mail: Mail) -> bool:
    """A mail that was not written to a person is none of ours, and may go."""
    if PERSON not in mail.headers:
        return True
    user = User.objects.filter(pk=mail.headers[PERSON], email__in=mail.to, is_active=True).first()
    if user is None:
        return False
    purpose = mail.headers.get(PURPOSE, "")
    chosen = preferences.of(user)
    kind = kinds.of_purpose(purpose)
    if (kind and not kinds.wants(chosen.kinds, kind)) or (purpose == DIGEST and chosen.digest == chosen.Digest.OFF):
        return False
    if not sees_all(user, (int(pk) for pk in mail.headers.get(TASKS, "").split())):
        return False
    if kind == purpose in _TASKS and mail.human_task_id is not None:
        task = HumanTask.objects.select_related("process_instance__definition").filter(pk=mail.human_task_id).first()
        return task is not None and is_told(kind, user, task)
    return True


def sees_all(user: User, tasks: Iterable[int]) -> bool:
    wanted = set(tasks)
    return not wanted or visible_tasks(user).filter(pk__in=wanted).count() == len(wanted)


def having(user: User, tasks: Iterable[int]) -> set[int]:
    """Which of these tasks are theirs, or theirs to take, and were not looked at by them: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HAVING, {"user": user.pk, "tasks": list(tasks)})
        return {pk for (pk,) in cursor.fetchall()}


_HAVING = """
    SELECT t.id FROM tasks_inbox_humantask t
    WHERE t.id = ANY(%(tasks)s::bigint[]) AND t.completed_at IS NULL AND t.state IN ('ready', 'reserved', 'in_progress')
      AND (t.actual_owner_id IS NULL OR t.actual_owner_id = %(user)s) AND t.held_until IS NULL AND NOT t.composite
      AND NOT EXISTS (SELECT FROM tasks_inbox_taskread d WHERE d.task_id = t.id AND d.user_id = %(user)s)
      AND EXISTS (
          SELECT FROM tasks_inbox_taskrole r
          WHERE r.task_id = t.id AND (
              r.user_id = %(user)s
              OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %(user)s)
          )
          HAVING bool_or(r.role IN ('potential_owner', 'business_administrator'))
             AND NOT bool_or(r.role = 'excluded_owner')
      )
"""


def _has_it(user: User, task: HumanTask) -> bool:
    return bool(having(user, [task.pk]))


def _could_take_it(user: User, task: HumanTask) -> bool:
    return task.actual_owner_id is None and _has_it(user, task)


def _sees(user: User, task: HumanTask) -> bool:
    return may_see(user, task)


_TASKS: dict[str, Callable[[User, HumanTask], bool]] = {
    kinds.ASSIGNED: _has_it,
    kinds.OFFERED: _could_take_it,
    kinds.MENTION: _sees,
    kinds.REASSIGNED: _sees,
    kinds.SUBSTITUTION: _sees,
}
