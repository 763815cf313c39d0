"""Variables as people read them: “Cost centre: 4711”, lists as tables, dates as days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orchestrator.runtime import feelers
from tasks_inbox import spoken
from tasks_inbox.forms.files import File, shown_all
from tasks_inbox.forms.schema import FIELDS, Component, Form
from tasks_inbox.forms.tables import Cell, Table, grouped
from tasks_inbox.handbook.words import duration

MOST = 100  # facts
LONGEST = 2_000  # characters of one
DEEPEST = 4
MOST_ROWS = 50

_TOLD_ELSEWHERE = frozenset(["initiator"])  # who started the case stands above its data

_BORDERS = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|[_\s]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_SPAN = re.compile(r"P(?=.*\d)[\dYMWDTHS]+")
_DOCUMENT = "camunda.document.type"  # a key of a reference to a document, as form-js writes it


@dataclass(frozen=True, slots=True)
class Fact:
    """A text, a table, or more facts; documents are texts that lead to their files."""

    label: str
    text: str = ""
    files: tuple[File, ...] = ()
    table: Table | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What forms call their variables, and the options among their values. Keys are dotted: `items.price` is the price
    in every item of a list.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # variable -> text of a value -> label

    def over(self, others: Words) -> Words:
        """With what only the others know."""
        return Words({**others.labels, **self.labels}, {**others.options, **self.options})


def facts(variables: Mapping[str, Any], zone: tzinfo, words: Words | None = None) -> list[Fact]:
    """One fact per variable that says something: first those that a form has words for, then by name."""
    said = words or Words()
    order = {name: place for place, name in enumerate(said.labels)}
    names = sorted(variables.keys() - _TOLD_ELSEWHERE, key=lambda name: (order.get(name, len(order)), name))
    writer = _Writer(zone, said)
    found = (writer.fact((name,), variables[name]) for name in names)
    return [fact for fact in found if fact is not None][:MOST]


def words(form: Form) -> Words:
    """The words of a form, where they are plain texts."""
    named: dict[str, str] = {}
    options: dict[str, Mapping[str, str]] = {}
    for path, component in _named(form.components, ()):
        label = component.get("label") or component.get("dateLabel") or component.get("timeLabel")
        if component.type in (*FIELDS, "dynamiclist") and _is_plain(label):
            named[".".join(path)] = label
            options[".".join(path)] = _options(component)
    return Words(named, options)


def _named(components: Iterable[Component], around: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Component]]:
    for component in components:
        path = (*around, *component.path)
        if component.path:
            yield path, component
        yield from _named(component.components, path if component.type == "dynamiclist" else around)


def _is_plain(label: Any) -> bool:
    return isinstance(label, str) and bool(label) and not label.startswith("=") and "{{" not in label


def _options(component: Component) -> dict[str, str]:
    values = component.get("values")
    return {
        str(one["value"]): str(one["label"])
        for one in (values if isinstance(values, list) else ())
        if isinstance(one, dict) and one.get("label") and "value" in one
    }


def humanised(name: str) -> str:
    """“costCentre” -> “Cost centre”."""
    parts = [part for part in _BORDERS.split(name) if part]
    text = " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts) or name
    return text[:1].upper() + text[1:]


class _Writer:
    def __init__(self, zone: tzinfo, words: Words) -> None:
        self.zone, self.words = zone, words

    def label(self, path: tuple[str, ...]) -> str:
        return self.words.labels.get(".".join(path)) or humanised(path[-1])

    def fact(self, path: tuple[str, ...], value: Any) -> Fact | None:
        if value is None or value == "" or value == [] or value == {}:
            return None
        if isinstance(value, Mapping) and len(path) < DEEPEST and _DOCUMENT not in value:
            inner = (self.fact((*path, str(key)), item) for key, item in value.items())
            return Fact(self.label(path), facts=tuple(fact for fact in inner if fact is not None)[:MOST])
        if isinstance(value, list) and any(isinstance(item, Mapping) and _DOCUMENT not in item for item in value):
            return Fact(self.label(path), table=self.table(path, [i for i in value if isinstance(i, Mapping)]))
        return Fact(self.label(path), text=self.text(path, value), files=shown_all(value))

    def table(self, path: tuple[str, ...], items: list[Mapping[str, Any]]) -> Table:
        keys = list(dict.fromkeys(str(key) for item in items[:MOST_ROWS] for key in item))[:12]
        rows = tuple(tuple(self.cell((*path, key), item.get(key)) for key in keys) for item in items[:MOST_ROWS])
        numeric = [all(row[place].number or not row[place].text for row in rows) for place in range(len(keys))]
        return Table(
            columns=tuple(Cell(self.label((*path, key)), number) for key, number in zip(keys, numeric, strict=True)),
            rows=tuple(tuple(_aligned(row, numeric)) for row in rows),
            more=max(len(items) - MOST_ROWS, 0),
        )

    def cell(self, path: tuple[str, ...], value: Any) -> Cell:
        return Cell(self.text(path, value), isinstance(value, int | Decimal) and not isinstance(value, bool))

    def text(self, path: tuple[str, ...], value: Any) -> str:
        options = self.words.options.get(".".join(path))
        if options and isinstance(value, list):
            return _short(", ".join(self.text(path, item) for item in value))
        if options and isinstance(value, str | int | Decimal) and (label := options.get(str(value))):
            return label
        return written(value, self.zone)


def _aligned(row: Iterable[Cell], numeric: list[bool]) -> Iterable[Cell]:
    return (replace(cell, number=number) for cell, number in zip(row, numeric, strict=True))


def written(value: Any, zone: tzinfo) -> str:
    """One value in the person's language; times in this zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | Decimal):
        return grouped(Decimal(value))
    if isinstance(value, str):
        return _time(value, zone) or _short(value)
    if isinstance(value, list):
        return _short(", ".join(written(item, zone) for item in value))
    if isinstance(value, Mapping) and _DOCUMENT in value:
        return _document(value)
    return _short(feelers.readable(value))


def _document(reference: Mapping[str, Any]) -> str:
    about = reference.get("metadata")
    name = about.get("fileName") if isinstance(about, Mapping) else None
    return _short(str(name)) if name else _("A document")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _time(text: str, zone: tzinfo) -> str:
    try:
        if _DAY.fullmatch(text):
            return spoken.day(date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            local = moment.astimezone(zone) if moment.tzinfo else moment
            return spoken.moment(local)
    except (ValueError, OverflowError):
        return ""
    return duration(text) if len(text) < 30 and _SPAN.fullmatch(text) else ""
