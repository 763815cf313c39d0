"""Whether somebody may still be told: asked when the notice is delivered, and once more when its mail goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib.auth.models import User

from orchestrator.models import Mail
from tasks_inbox import lifecycle
from tasks_inbox.models import HumanTask, TaskRead
from tasks_inbox.notices import kinds, preferences
from tasks_inbox.notices.letters import PERSON, PURPOSE, TASKS
from tasks_inbox.notices.links import DIGEST
from tasks_inbox.permissions import may_see, permitted_operations, visible_tasks


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


def _has_it(user: User, task: HumanTask) -> bool:
    """It is theirs, or theirs by name to take, and they have not looked at it."""
    if task.actual_owner_id not in (None, user.pk) or not _works(user, task):
        return False
    return not TaskRead.objects.filter(task=task, user=user).exists()


def _could_take_it(user: User, task: HumanTask) -> bool:
    return task.actual_owner_id is None and _has_it(user, task)


def _works(user: User, task: HumanTask) -> bool:
    return task.is_open and task.state != lifecycle.SUSPENDED and "complete" in permitted_operations(task, user)


def _sees(user: User, task: HumanTask) -> bool:
    return may_see(user, task)


_TASKS: dict[str, Callable[[User, HumanTask], bool]] = {
    kinds.ASSIGNED: _has_it,
    kinds.OFFERED: _could_take_it,
    kinds.MENTION: _sees,
    kinds.REASSIGNED: _sees,
    kinds.SUBSTITUTION: _sees,
}
