"""Variables as people read them: “Cost centre: 4711”, lists as tables, dates as days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from orchestrator.runtime import feelers
from tasks_inbox.forms.schema import FIELDS, Form, everything
from tasks_inbox.forms.tables import Cell, Table, grouped

MOST = 100  # facts
LONGEST = 2_000  # characters of one
DEEPEST = 4
MOST_ROWS = 50

_TOLD_ELSEWHERE = frozenset(["initiator"])  # who started the case stands above its data

_BORDERS = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|[_\s]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Fact:
    """A text, a table, or more facts."""

    label: str
    text: str = ""
    table: Table | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What a form calls its variables, and the options among their values."""

    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # variable -> text of a value -> label


def facts(variables: Mapping[str, Any], zone: tzinfo, words: Words | None = None) -> list[Fact]:
    """One fact per variable that says something: first those that a form has words for, then by name."""
    said = words or Words()
    known = said.labels
    order = {name: place for place, name in enumerate(known)}
    names = sorted(variables.keys() - _TOLD_ELSEWHERE, key=lambda name: (order.get(name, len(order)), name))
    found = (
        _fact(known.get(name) or humanised(name), _in_words(variables[name], said.options.get(name, {})), zone, 1)
        for name in names
    )
    return [fact for fact in found if fact is not None][:MOST]


def words(form: Form) -> Words:
    """The words of a form, where they are plain texts."""
    named, options = {}, {}
    for component in everything(form.components):
        label = component.get("label") or component.get("dateLabel") or component.get("timeLabel")
        plain = isinstance(label, str) and label and not label.startswith("=") and "{{" not in label
        if plain and component.type in FIELDS and len(component.path) == 1:
            named[component.path[0]] = label
            values = component.get("values")
            options[component.path[0]] = {
                str(one["value"]): str(one["label"])
                for one in (values if isinstance(values, list) else ())
                if isinstance(one, dict) and one.get("label")
            }
    return Words(named, options)


def _in_words(value: Any, options: Mapping[str, str]) -> Any:
    if isinstance(value, list) and options:
        return [_in_words(item, options) for item in value]
    return options.get(str(value), value) if options and isinstance(value, str | int | Decimal) else value


def humanised(name: str) -> str:
    """“costCentre” -> “Cost centre”."""
    parts = [part for part in _BORDERS.split(name) if part]
    text = " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts) or name
    return text[:1].upper() + text[1:]


def _fact(label: str, value: Any, zone: tzinfo, depth: int) -> Fact | None:
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, Mapping) and depth < DEEPEST:
        inner = (_fact(humanised(str(key)), item, zone, depth + 1) for key, item in value.items())
        return Fact(label, facts=tuple(fact for fact in inner if fact is not None)[:MOST])
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return Fact(label, table=_table([item for item in value if isinstance(item, Mapping)], zone))
    return Fact(label, text=_text(value, zone))


def _table(items: list[Mapping[str, Any]], zone: tzinfo) -> Table:
    keys = list(dict.fromkeys(str(key) for item in items[:MOST_ROWS] for key in item))[:12]
    rows = tuple(tuple(_cell(item.get(key), zone) for key in keys) for item in items[:MOST_ROWS])
    numeric = [all(row[place].number or not row[place].text for row in rows) for place in range(len(keys))]
    return Table(
        columns=tuple(Cell(humanised(key), number) for key, number in zip(keys, numeric, strict=True)),
        rows=tuple(tuple(_aligned(row, numeric)) for row in rows),
        more=max(len(items) - MOST_ROWS, 0),
    )


def _aligned(row: Iterable[Cell], numeric: list[bool]) -> Iterable[Cell]:
    return (replace(cell, number=number) for cell, number in zip(row, numeric, strict=True))


def _cell(value: Any, zone: tzinfo) -> Cell:
    return Cell(_text(value, zone), isinstance(value, int | Decimal) and not isinstance(value, bool))


def _text(value: Any, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | Decimal):
        return grouped(Decimal(value))
    if isinstance(value, str):
        return _time(value, zone) or _short(value)
    if isinstance(value, list):
        return _short(", ".join(_text(item, zone) for item in value))
    return _short(feelers.readable(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _time(text: str, zone: tzinfo) -> str:
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return f"{day.day} {day:%B %Y}"
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            local = moment.astimezone(zone) if moment.tzinfo else moment
            return f"{local.day} {local:%B %Y}, {local:%H:%M}"
    except (ValueError, OverflowError):
        pass
    return ""
