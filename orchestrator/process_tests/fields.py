"""Reading JSON by a table of fields: every mistake gets its place and a sentence, and unknown names a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orchestrator.engine import timers


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: `test` by name and its `number` in the file, `step` counts from 1 within its test, `field` is a
    dotted path within that. `line` is known of a text that has several.
    """

    file: str
    test: str = ""
    step: int | None = None
    field: str = ""
    number: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        parts = [self.file]
        parts += [f"line {self.line}"] if self.line is not None else []
        parts += [f"test “{self.test}”"] if self.test else []
        parts += [f"step {self.step}"] if self.step is not None else []
        parts += [self.field] if self.field else []
        return ", ".join(parts)

    def at(self, name: str | int) -> Place:
        """A place one level deeper."""
        inner = f"{self.field}[{name}]" if isinstance(name, int) else f"{self.field}.{name}".removeprefix(".")
        return replace(self, field=inner)

    @property
    def address(self) -> str:
        """The way to it from the top of the file, such as “tests[2].steps[1].expect.active”."""
        parts = [f"tests[{self.number}]"] if self.number is not None else []
        parts += [f"steps[{self.step}]"] if self.step is not None else []
        return ".".join([*parts, *([self.field] if self.field else [])])


@dataclass(frozen=True, slots=True)
class Mistake:
    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InvalidTests(ValueError):
    """A file that cannot be used; `mistakes` holds every one of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


@dataclass
class Mistakes:
    """Collects what is wrong, so that a modeller sees all of it at once."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        self.found.append(Mistake(place, message))


Reader = Callable[[Any, Place, Mistakes], Any]  # the value read; after a mistake anything


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A half sentence to append: the nearest known name, or the known ones when they are few."""
    names = sorted(known)
    if near := difflib.get_close_matches(name, names, 1, 0.6):
        return f"; did you mean “{near[0]}”?"
    if not names:
        return ""
    return f"; known: {', '.join(names)}" if len(names) <= 12 else ""


def kind(value: Any) -> str:
    kinds = ((type(None), "null"), (bool, "true or false"), (str, "a text"), (int | Decimal, "a number"))
    named = next((name for type_, name in kinds if isinstance(value, type_)), "")
    return named or ("a list" if isinstance(value, list) else "an object")


# Readers of single values


def anything(value: Any, place: Place, mistakes: Mistakes) -> Any:
    return value


def text(value: Any, place: Place, mistakes: Mistakes) -> str:
    if isinstance(value, str):
        return value
    mistakes.add(place, f"Here stands {kind(value)}, but a text is needed")
    return ""


def name(value: Any, place: Place, mistakes: Mistakes) -> str:
    if isinstance(value, str) and not value.strip():
        mistakes.add(place, "This text is empty")
    return text(value, place, mistakes)


def flag(value: Any, place: Place, mistakes: Mistakes) -> bool:
    if not isinstance(value, bool):
        mistakes.add(place, f"Here stands {kind(value)}, but true or false is needed")
    return value is True


def true(value: Any, place: Place, mistakes: Mistakes) -> bool:
    if value is not True:
        mistakes.add(place, "Only true may stand here; leave it out otherwise")
    return True


def number(value: Any, place: Place, mistakes: Mistakes) -> int:
    """A whole number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    mistakes.add(place, "Here a whole number of 1 or more is needed")
    return 1


def mapping(value: Any, place: Place, mistakes: Mistakes) -> dict[str, Any]:
    """An object of any names, such as variables."""
    if isinstance(value, dict):
        return value
    mistakes.add(place, f"Here stands {kind(value)}, but an object with names and values is needed")
    return {}


def duration(value: Any, place: Place, mistakes: Mistakes) -> str:
    found = text(value, place, mistakes)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        if timers.after(found, start) < start:
            mistakes.add(place, f"“{found}” leads back in time")
    except timers.InvalidTimer as error:
        if isinstance(value, str):
            mistakes.add(place, str(error))
    return found


def moment(value: Any, place: Place, mistakes: Mistakes) -> datetime:
    """A date and time; UTC where the text names no offset."""
    found = text(value, place, mistakes)
    try:
        return timers.date(found, datetime(2026, 1, 1, tzinfo=UTC))
    except timers.InvalidTimer as error:
        if isinstance(value, str):
            mistakes.add(place, str(error))
        return datetime(2026, 1, 1, tzinfo=UTC)


def one_of(*known: str) -> Reader:
    def read(value: Any, place: Place, mistakes: Mistakes) -> str:
        found = text(value, place, mistakes)
        if isinstance(value, str) and found not in known:
            mistakes.add(place, f"“{found}” is not known{did_you_mean(found, known)}")
        return found

    return read


# Readers made of readers


def list_of(item: Reader) -> Reader:
    def read(value: Any, place: Place, mistakes: Mistakes) -> list[Any]:
        if not isinstance(value, list):
            mistakes.add(place, f"Here stands {kind(value)}, but a list is needed: [ ... ]")
            return []
        return [item(each, place.at(index), mistakes) for index, each in enumerate(value, 1)]

    return read


def named(key: Reader, value_of: Reader) -> Reader:
    """An object whose names are read by `key` and whose values by `value_of`."""

    def read(value: Any, place: Place, mistakes: Mistakes) -> dict[str, Any]:
        entries = mapping(value, place, mistakes).items()
        return {key(k, place.at(k), mistakes): value_of(v, place.at(k), mistakes) for k, v in entries}

    return read


def object_of(fields: Mapping[str, Reader], required: Iterable[str] = ()) -> Reader:
    """An object with these fields and no others; only those that stand there are in the result."""

    def read(value: Any, place: Place, mistakes: Mistakes) -> dict[str, Any]:
        return take(value, fields, place, mistakes, required)

    return read


def take(
    value: Any, fields: Mapping[str, Reader], place: Place, mistakes: Mistakes, required: Iterable[str] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        mistakes.add(place, f"Here stands {kind(value)}, but an object is needed: {{ ... }}")
        return {}
    for unknown in [each for each in value if each not in fields]:
        mistakes.add(place.at(unknown), f"“{unknown}” is not known here{did_you_mean(unknown, fields)}")
    for missing in [each for each in required if each not in value]:
        mistakes.add(place, f"“{missing}” is missing")
    return {key: read(value[key], place.at(key), mistakes) for key, read in fields.items() if key in value}
