"""How the inbox says no. Every message is a sentence for the person who clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tasks_inbox import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tasks_inbox.models import HumanTask

_WHAT_HAPPENED = {
    lifecycle.CREATED: "waits for somebody to say whose it is",
    lifecycle.READY: "is free again",
    lifecycle.RESERVED: "was claimed",
    lifecycle.IN_PROGRESS: "was started",
    lifecycle.SUSPENDED: "was suspended",
    lifecycle.COMPLETED: "was completed",
    lifecycle.FAILED: "was reported as failed",
    lifecycle.ERROR: "was ended by an error",
    lifecycle.EXITED: "was withdrawn by its process",
    lifecycle.OBSOLETE: "was skipped",
}


class NotPermitted(Exception):
    """This person may never do this with this task: answered like a task that does not exist."""


class TooLate(Exception):
    """It was possible, until `by` (None: the process itself) was first, at `at`."""

    def __init__(self, task: HumanTask, by: User | None, at: datetime | None) -> None:
        self.task, self.by, self.at = task, by, at
        who = f" by {by.get_full_name() or by.get_username()}" if by else ""
        super().__init__(f"“{task}” {_WHAT_HAPPENED[task.state]}{who}.")


_WHAT_IS_CHECKED = {
    "assigning": "is being assigned",
    "updating": "is being changed",
    "completing": "is being completed",
}


class InTransition(TooLate):
    """A task listener of the model has its say about what `by` asked at `at`; until then nobody changes the task."""

    def __init__(self, task: HumanTask, by: User | None, at: datetime | None) -> None:
        super().__init__(task, by, at)
        who = f" by {by.get_full_name() or by.get_username()}" if by else ""
        self.args = (f"“{task}” {_WHAT_IS_CHECKED[task.transition]}{who}; the process checks it first.",)


class InvalidForm(Exception):
    """What was sent is not acceptable; nothing was stored. `errors` maps a field to its sentences."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(sentences) for field, sentences in errors.items()}
        super().__init__(" ".join(sentence for sentences in self.errors.values() for sentence in sentences))
