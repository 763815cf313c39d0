"""One operation for many tasks: the 17 batch operations of WS-HumanTask 6.1.

Each task is its own transaction with its own result, and none is done by half: what one refuses, the others still do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404
from django.utils.translation import gettext as _

from orchestrator.engine import CommandRejected
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import governing, operations
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import get_task_or_404

MOST = 500  # tasks at once
NO_SUCH_TASK = "There is no such task."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task: done, or a sentence that says why not."""

    task: int
    title: str
    error: str = ""

    @property
    def done(self) -> bool:
        return not self.error


def each(
    tasks: Iterable[int],
    user: User,
    operation: Callable[..., Any],
    *,
    find: Callable[[User, int], HumanTask] = get_task_or_404,
    **arguments: Any,
) -> list[Result]:
    """The operation for each of these ids, in their order, each once. Raises InvalidForm when there are too many.

    `find` says which tasks there are for this person: those that they may look at.
    """
    wanted: Sequence[int] = list(dict.fromkeys(tasks))
    if len(wanted) > MOST:
        raise InvalidForm(
            {
                "tasks": [
                    _("At most %(most)s tasks at once; these are %(number)s.") % {"most": MOST, "number": len(wanted)}
                ]
            }
        )
    return [_one(pk, user, operation, find, arguments) for pk in wanted]


def _one(
    pk: int,
    user: User,
    operation: Callable[..., Any],
    find: Callable[[User, int], HumanTask],
    arguments: dict[str, Any],
) -> Result:
    try:
        task = find(user, pk)
    except Http404:
        return Result(pk, "", NO_SUCH_TASK)
    title = task.title
    try:
        operation(task=task, user=user, **arguments)
    except NotPermitted:
        return Result(pk, title, _("You may not do this with this task."))
    except (TooLate, InvalidForm, InvalidVariables) as refusal:
        return Result(pk, title, str(refusal))
    except CommandRejected:
        return Result(pk, title, _("Its process has gone on meanwhile."))
    return Result(pk, title)


def _batch(operation: Callable[..., Any]) -> Callable[..., list[Result]]:
    def many(*, tasks: Iterable[int], user: User, **arguments: Any) -> list[Result]:
        return each(tasks, user, operation, **arguments)

    many.__name__ = many.__qualname__ = f"batch_{operation.__name__}"
    many.__doc__ = f"`{operation.__name__}` for many tasks."
    return many


batch_activate = _batch(operations.activate)
batch_claim = _batch(operations.claim)
batch_complete = _batch(operations.complete)
batch_delegate = _batch(operations.delegate)
batch_fail = _batch(operations.fail)
batch_forward = _batch(operations.forward)
batch_nominate = _batch(operations.nominate)
batch_release = _batch(operations.release)
batch_remove = _batch(governing.remove)
batch_resume = _batch(operations.resume)
batch_set_generic_human_role = _batch(governing.set_generic_human_role)
batch_set_priority = _batch(operations.set_priority)
batch_skip = _batch(operations.skip)
batch_start = _batch(operations.start)
batch_stop = _batch(operations.stop)
batch_suspend = _batch(operations.suspend)
batch_suspend_until = _batch(operations.suspend_until)
