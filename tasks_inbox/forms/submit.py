"""What is taken from a form that somebody sent: the data, the errors at their fields, and what is refused.

Only declared, visible and writable fields are taken. A field that the page had shown, and that another answer then hid,
is left aside; everything else that was sent is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tasks_inbox.forms import files, paths, validation
from tasks_inbox.forms.fill import Filled, Posted, Spot, Uploads, fill
from tasks_inbox.forms.schema import FIELDS, Form
from tasks_inbox.forms.values import Clock

_ONCE = frozenset(["textfield", "textarea", "number", "datetime", "select", "radio"])


@dataclass(slots=True)
class Submission:
    """`data` is to be merged into the variables: each variable whole, with what the form does not declare untouched."""

    filled: Filled
    data: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)  # name -> sentences
    refused: list[str] = field(default_factory=list)  # names as they were sent

    @property
    def valid(self) -> bool:
        return not self.errors and not self.refused


def submission(
    form: Form,
    variables: Mapping[str, Any],
    clock: Clock,
    sent: Posted,
    *,
    page: Iterable[str] = (),
    draft: Posted | None = None,
    uploads: Uploads | None = None,
) -> Submission:
    """Read what was sent. `page` names what the page around the form sends; `draft` is what the form was shown with."""
    filled = fill(form, variables, clock, sent, uploads=uploads)
    found = Submission(filled)
    found.refused = _refused(form, variables, clock, filled, set(page), draft)
    for spot in filled.everywhere():
        if sentences := _wrong(spot, filled):
            found.errors[spot.name] = sentences
    if found.valid:
        found.data = _taken(filled, variables)
    return found


def _wrong(spot: Spot, filled: Filled) -> list[str]:
    if not spot.writable or spot.component.type not in FIELDS:
        return []
    if spot.name in filled.unreadable:
        return [filled.unreadable[spot.name]]
    found = validation.sentences(spot.component, spot.value, spot.scope, filled.environment)
    return found + files.sentences(spot, filled.environment) if spot.component.type == "filepicker" else found


def _taken(filled: Filled, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Each variable that a field writes into, whole."""
    data: dict[str, Any] = {}
    for spot in filled.spots:
        _take(spot, data, variables)
    return data


def _take(spot: Spot, data: dict[str, Any], before: Mapping[str, Any]) -> None:
    kind = spot.component.type
    if kind == "group":
        for inner in spot.rows[0].spots:
            _take(inner, data, before)
    elif kind == "dynamiclist" and not spot.hidden:
        _put(data, before, spot.path, _items(spot, paths.get(before, spot.path)))
    elif (kind in FIELDS and spot.writable) or (kind == "expression" and not spot.hidden):
        _put(data, before, spot.path, spot.value)


def _items(spot: Spot, before: Any) -> list[dict[str, Any]]:
    """The items of a list; one that was there keeps what the form does not write."""
    items = []
    for row in spot.rows:
        known = before[int(row.token)] if row.token.isdigit() else None
        item = deepcopy(known) if isinstance(known, dict) else {}
        for inner in row.spots:
            _take(inner, item, item)
        items.append(item)
    return items


def _put(data: dict[str, Any], before: Mapping[str, Any], path: tuple[str, ...], value: Any) -> None:
    first = path[0]
    if len(path) > 1 and first not in data and isinstance(before.get(first), dict):
        data[first] = deepcopy(before[first])
    paths.put(data, path, value)


# Refusals


def _refused(
    form: Form, variables: Mapping[str, Any], clock: Clock, filled: Filled, page: set[str], draft: Posted | None
) -> list[str]:
    accepted = _names(filled)
    strange = [name for name in filled.sent if name not in page and name not in accepted]
    if strange:
        shown = _names(fill(form, variables, clock, draft))
        empty = _hidden(filled)
        strange = [name for name in strange if name not in shown and not (name in empty and not any(filled.sent[name]))]
    once = [spot.name for spot in filled.everywhere() if spot.component.type in _ONCE]
    twice = [name for base in once for name in (base, f"{base}:time") if len(filled.sent.get(name, ())) > 1]
    return [*strange, *twice, *filled.refused]


def _names(filled: Filled) -> set[str]:
    """What may be sent for the fields that can be written now."""
    writable = [spot for spot in filled.everywhere() if spot.writable]
    fields = {spot.name for spot in writable if spot.component.type in FIELDS}
    lists = {spot.name for spot in writable if spot.component.type == "dynamiclist"}
    times = {f"{spot.name}:time" for spot in writable if spot.component.get("subtype") == "datetime"}
    views = {spot.view for spot in filled.everywhere() if spot.component.type == "table"}
    return fields | {f"{name}?" for name in fields} | lists | times | views


def _hidden(filled: Filled) -> set[str]:
    """What may be sent without a value: nothing is lost by leaving it aside."""
    hidden = {spot.name for spot in filled.everywhere() if spot.hidden and spot.component.type in FIELDS}
    return hidden | {f"{name}:time" for name in hidden}
