"""A field as a page shows it. The templates stand in templates/inbox/form/, one per way of showing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasks_inbox.forms.files import File
from tasks_inbox.forms.tables import Table


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    token: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list."""

    token: str
    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """`template` shows it. What a way of showing does not need stays empty."""

    template: str
    id: str
    name: str = ""
    span: str = ""  # classes of its place in the grid
    label: str = ""
    help: str = ""
    required: bool = False
    errors: tuple[str, ...] = ()
    value: str = ""
    attributes: tuple[tuple[str, str], ...] = ()  # of the input
    prefix: str = ""
    suffix: str = ""
    choices: tuple[Choice, ...] = ()
    several: bool = False
    checked: bool = False
    html: str = ""  # safe
    table: Table | None = None
    outline: bool = False
    fields: tuple[Field, ...] = ()
    items: tuple[Item, ...] = ()
    can_change_rows: bool = False
    can_collapse: int = 0  # the items of a list behind this one are folded away
    open: bool = False  # they are shown all the same
    align: str = ""  # classes of a group's or an item's fields
    files: tuple[File, ...] = ()
    accept: str = ""
    most_bytes: int = 0  # of one file
    height: int = 0  # pixels; 0: as it comes
    title: str = ""
    date: str = ""  # of a date with a time, as two inputs
    time: str = ""
    date_label: str = ""
    time_label: str = ""
    view: str = ""  # how a request names the view of a table
    step: str = ""  # seconds, of a time
    filter: bool = False  # so many choices that they can be searched
    listed: str = ""  # id of the list of suggestions of an input

    @property
    def folded(self) -> int:
        """The items of a list that are not in sight."""
        return len(self.items) - self.can_collapse if self.can_collapse else 0

    @property
    def described_by(self) -> str:
        parts = [f"{self.id}-help" if self.help else "", f"{self.id}-error" if self.errors else ""]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the summary of errors; `id` is that of the element to go to."""

    id: str
    label: str
    message: str


def summary(shown: Iterable[Field]) -> list[Problem]:
    """Every error once, in the order of the page."""
    return [Problem(_target(one), one.label, error) for one in everything(shown) for error in one.errors]


def everything(shown: Iterable[Field]) -> Iterator[Field]:
    for one in shown:
        yield one
        yield from everything(one.fields)
        for item in one.items:
            yield from everything(item.fields)


def _target(one: Field) -> str:
    return one.choices[0].id if one.choices and one.template.endswith("choices.html") else one.id
