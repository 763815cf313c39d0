"""How the inbox says no. Every message is a sentence for the person who clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tasks_inbox import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tasks_inbox.models import HumanTask

_WHAT_HAPPENED = {
    lifecycle.CREATED: _lazy("“%(task)s” waits for somebody to say whose it is"),
    lifecycle.READY: _lazy("“%(task)s” is free again"),
    lifecycle.RESERVED: _lazy("“%(task)s” was claimed"),
    lifecycle.IN_PROGRESS: _lazy("“%(task)s” was started"),
    lifecycle.SUSPENDED: _lazy("“%(task)s” was suspended"),
    lifecycle.COMPLETED: _lazy("“%(task)s” was completed"),
    lifecycle.FAILED: _lazy("“%(task)s” was reported as failed"),
    lifecycle.ERROR: _lazy("“%(task)s” was ended by an error"),
    lifecycle.EXITED: _lazy("“%(task)s” was withdrawn by its process"),
    lifecycle.OBSOLETE: _lazy("“%(task)s” was skipped"),
}


def _said(sentence: str | Promise, task: HumanTask, by: User | None) -> str:
    told = str(sentence) % {"task": task}
    if by is None:
        return told
    return _("%(what)s by %(who)s") % {"what": told, "who": by.get_full_name() or by.get_username()}


class NotPermitted(Exception):
    """This person may never do this with this task: answered like a task that does not exist."""


class TooLate(Exception):
    """It was possible, until `by` (None: the process itself) was first, at `at`."""

    def __init__(self, task: HumanTask, by: User | None, at: datetime | None) -> None:
        self.task, self.by, self.at = task, by, at
        super().__init__(f"{_said(_WHAT_HAPPENED[task.state], task, by)}.")


_WHAT_IS_CHECKED = {
    "assigning": _lazy("“%(task)s” is being assigned"),
    "updating": _lazy("“%(task)s” is being changed"),
    "completing": _lazy("“%(task)s” is being completed"),
}


class InTransition(TooLate):
    """A task listener of the model has its say about what `by` asked at `at`; until then nobody changes the task."""

    def __init__(self, task: HumanTask, by: User | None, at: datetime | None) -> None:
        super().__init__(task, by, at)
        told = _said(_WHAT_IS_CHECKED[task.transition], task, by)
        self.args = (_("%(what)s; the process checks it first.") % {"what": told},)


class InvalidForm(Exception):
    """What was sent is not acceptable; nothing was stored. `errors` maps a field to its sentences."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(sentences) for field, sentences in errors.items()}
        super().__init__(" ".join(sentence for sentences in self.errors.values() for sentence in sentences))
