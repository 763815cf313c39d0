"""What can be wrong with working time; every str() is a sentence for a modeller or an administrator."""

from __future__ import annotations


class WorkingTimeError(ValueError):
    """A text says no working time, or counting it leads nowhere."""


class UnknownCalendar(WorkingTimeError):
    """Nobody keeps a business calendar of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no business calendar “{name}”: an administrator can add it")
        self.name = name
