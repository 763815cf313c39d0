"""A form with data in it: the values, and what of it a person sees and may write.

What somebody types may hide or show other fields, and what is hidden has no value. So data and verdicts are worked out
in turns until they agree: values that are allowed are put in, expressions are computed, conditions are asked.

Rule of the file: a value that was sent counts only in a field that is declared, visible and writable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from orchestrator import feel
from orchestrator.runtime import documents, feelers
from tasks_inbox.forms import paths, values
from tasks_inbox.forms.options import by_label, options, token
from tasks_inbox.forms.schema import FIELDS, INPUTS, PREFIX, Component, Form
from tasks_inbox.forms.values import Clock, Unreadable

Posted = Mapping[str, Sequence[str]]
Uploads = Mapping[str, documents.Reference]  # by the token that stands for each in a request: its document's id

MOST_ROWS = 200  # of one list
_ROUNDS = 5
_NEW_ROW = re.compile(r"n\d{1,4}")
_SEVERAL = frozenset(["checklist", "taglist"])
_CHOICES = frozenset(["select", "radio", *_SEVERAL])


@dataclass(frozen=True, slots=True)
class Spot:
    """A component at one place: in the form, or in one item of a list. `scope` is what FEEL sees there."""

    component: Component
    name: str  # in a request: “f.customer.name”, “f.items[0].price”
    path: tuple[str, ...]  # from the form or from the item of the list around it
    scope: Mapping[str, Any]
    hidden: bool
    fixed: bool  # read-only or disabled: shown, not to be written
    value: Any = None
    rows: tuple[Row, ...] = ()  # of a group (one) and of a list

    @property
    def writable(self) -> bool:
        return not (self.hidden or self.fixed)

    @property
    def view(self) -> str:
        """How a request says which part of a table is looked at: nothing that is taken."""
        return f"view.{self.name}{self.component.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """`token` tells the items of a list apart, in whatever order: “0” for what was there, “n0” for a new one."""

    token: str
    spots: tuple[Spot, ...]


@dataclass(slots=True)
class Filled:
    """`data` are all variables with the form's values in them; `unreadable` says why the text of a name is no value."""

    spots: tuple[Spot, ...]
    data: dict[str, Any]
    clock: Clock
    environment: feel.Environment
    sent: Posted = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # lists whose rows were tampered with

    def everywhere(self) -> Iterator[Spot]:
        return flat(self.spots)


def flat(spots: Sequence[Spot]) -> Iterator[Spot]:
    """All spots, those within others too."""
    for spot in spots:
        yield spot
        for row in spot.rows:
            yield from flat(row.spots)


def fill(
    form: Form,
    variables: Mapping[str, Any],
    clock: Clock,
    sent: Posted | None = None,
    *,
    uploads: Uploads | None = None,
) -> Filled:
    """The form with variables in it, and with what was sent, if anything was. `uploads` are the files that may be."""
    return _Filling(form, variables, clock, sent or {}, uploads or {}).fill()


class _Filling:
    def __init__(self, form: Form, variables: Mapping[str, Any], clock: Clock, sent: Posted, uploads: Uploads) -> None:
        self._form, self._variables, self._clock, self._sent = form, variables, clock, sent
        self._uploads = uploads
        self._environment = feel.Environment(now=clock.now.astimezone(clock.zone))
        self._hidden: set[str] = set()
        self._fixed: set[str] = set()
        self._rows: dict[str, list[str]] = {}
        self._unreadable: dict[str, str] = {}
        self._refused: list[str] = []

    def fill(self) -> Filled:
        for _round in range(_ROUNDS):
            self._rows, self._unreadable, self._refused = {}, {}, []
            data = deepcopy(dict(self._variables))
            self._build(self._form.components, data, self._variables, PREFIX)
            self._settle(self._form.components, data, data, PREFIX)
            spots = self._survey(self._form.components, data, data, PREFIX)
            hidden = {spot.name for spot in flat(spots) if spot.hidden}
            fixed = {spot.name for spot in flat(spots) if spot.fixed}
            if (hidden, fixed) == (self._hidden, self._fixed):
                break
            self._hidden, self._fixed = hidden, fixed
        return Filled(spots, data, self._clock, self._environment, self._sent, self._unreadable, self._refused)

    # The values, as far as they may be sent

    def _build(self, components: Sequence[Component], data: dict[str, Any], before: Any, around: str) -> None:
        """Fill `data`, the form's or a list item's, which was `before`."""
        for component in components:
            name = component.name(around)
            if component.type == "group":
                self._build(component.components, data, before, around)
            elif component.type == "dynamiclist":
                self._build_list(component, data, before, name)
            elif component.type in FIELDS:
                self._build_value(component, data, before, name)

    def _build_value(self, component: Component, data: dict[str, Any], before: Any, name: str) -> None:
        if name in self._hidden:
            return paths.drop(data, component.path)
        known = paths.get(before, component.path)
        if known is paths.MISSING:
            known = component.get("defaultValue")
        if name in self._fixed:
            return None if known is None else paths.put(data, component.path, known)
        value = values.sanitised(component, known)
        if (sent := self._answer(name)) is not None:
            try:
                value = values.coerced(component, sent, self._clock)
                if component.type == "filepicker":
                    value = self._files(known, value)
            except Unreadable as error:
                self._unreadable[name] = str(error)
                value = None
        return paths.put(data, component.path, value)

    def _files(self, known: Any, tokens: Sequence[str]) -> list[Any] | None:
        """The files that were chosen: of those that the process knows, and of this person's uploads."""
        offered = {found["documentId"]: found for found in documents.references(known)} | dict(self._uploads)
        if any(one not in offered for one in tokens):
            raise Unreadable(_("A file is no longer there. Choose it again."))
        return [offered[one] for one in tokens] or None

    def _answer(self, name: str) -> Sequence[str] | None:
        """What was sent for a field. Of boxes without a tick nothing is sent; `name?` says that they stood there. A day
        and its time come apart, the time as `name:time`.
        """
        if (at := self._sent.get(f"{name}:time")) is not None:
            day = self._sent.get(name) or [""]
            return [f"{day[-1]}T{at[-1]}" if day[-1] or at[-1] else ""]
        if name in self._sent:
            return self._sent[name]
        return [""] if f"{name}?" in self._sent else None

    def _build_list(self, component: Component, data: dict[str, Any], before: Any, name: str) -> None:
        if name in self._hidden:
            return paths.drop(data, component.path)
        known = paths.get(before, component.path)
        items = [item if isinstance(item, dict) else {} for item in known] if isinstance(known, list) else None
        tokens = self._tokens(component, name, items)
        built = []
        for row in tokens:
            item_before = items[int(row)] if items and row.isdigit() else {}
            item = deepcopy(item_before)
            self._build(component.components, item, item_before, f"{name}[{row}].")
            built.append(item)
        self._rows[name] = tokens
        return paths.put(data, component.path, built)

    def _tokens(self, component: Component, name: str, items: list[Any] | None) -> list[str]:
        """The rows of a list: those that were sent, if they were there before or are new and may be."""
        there = [str(index) for index in range(len(items))] if items is not None else self._repetitions(component)
        sent = self._sent.get(name)
        if sent is None:
            return there
        rows = [row for row in dict.fromkeys(sent) if row]
        if rows == there:
            return there
        known = set(there)
        fits = all(row in known or _NEW_ROW.fullmatch(row) for row in rows) and len(rows) <= MOST_ROWS
        if not fits or component.get("allowAddRemove") is False:
            self._refused.append(name)
            return there
        return rows

    @staticmethod
    def _repetitions(component: Component) -> list[str]:
        many = component.get("defaultRepetitions")
        return [f"n{index}" for index in range(1 if many is None else many)]

    # What follows from the values

    def _settle(
        self, components: Sequence[Component], data: dict[str, Any], scope: dict[str, Any], around: str
    ) -> None:
        """Choices become values, expressions are computed: in the form's order, each may use those before it."""
        for component in components:
            name = component.name(around)
            if component.type == "group":
                self._settle(component.components, data, scope, around)
            elif component.type == "dynamiclist":
                for row, item, inner in self._items(component, data, scope, name):
                    self._settle(component.components, item, inner, f"{name}[{row}].")
            elif component.type not in INPUTS:
                continue  # it has no value of its own, and its path is that of what is around it
            elif name in self._hidden:
                paths.drop(data, component.path)
            elif component.type == "expression":
                value = feelers.evaluate(component.get("expression"), _within(scope, data), self._environment)
                paths.put(data, component.path, feel.to_json(value))
            elif component.type in _CHOICES and name not in self._fixed:
                self._choose(component, data, _within(scope, data), name)

    def _choose(self, component: Component, data: dict[str, Any], scope: Mapping[str, Any], name: str) -> None:
        offered = options(component, scope, self._environment)
        value = paths.get(data, component.path)
        sent = self._answer(name) is not None
        tokens = value if sent else [token(one) for one in (value if component.type in _SEVERAL else [value])]
        tokens = tokens if isinstance(tokens, list) else [tokens] if tokens is not None else []
        if sent and component.type == "select" and component.get("searchable"):
            labels = by_label(offered)
            tokens = [labels.get(one, one) for one in tokens]
        strange = [one for one in tokens if one not in offered]
        if sent and strange:
            self._unreadable[name] = _("“%(value)s” is not one of the options.") % {"value": strange[0][:60]}
        chosen = [offered[one].value for one in tokens if one in offered]
        paths.put(data, component.path, chosen if component.type in _SEVERAL else (chosen or [None])[0])

    def _items(
        self, component: Component, data: dict[str, Any], scope: Mapping[str, Any], name: str
    ) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """The rows of a list: token, item, and what FEEL sees in it (this, parent, i, and all around)."""
        found = paths.get(data, component.path)
        items = found if isinstance(found, list) else []  # a hidden list has no value
        indexes = list(scope.get("i") or []) if "_i_" in scope else []
        for number, (row, item) in enumerate(zip(self._rows.get(name, ()), items, strict=False), 1):
            local = {"this": item, "parent": data, "i": [*indexes, number]}
            aliases = {f"_{key}_": value for key, value in local.items()}
            yield row, item, {**scope, **item, **local, **aliases}

    # Who sees what

    def _survey(
        self,
        components: Sequence[Component],
        data: dict[str, Any],
        scope: Mapping[str, Any],
        around: str,
        hidden: bool = False,
    ) -> tuple[Spot, ...]:
        seen = _within(scope, data)
        return tuple(self._spot(component, data, seen, around, hidden) for component in components)

    def _spot(
        self, component: Component, data: dict[str, Any], scope: Mapping[str, Any], around: str, hidden: bool
    ) -> Spot:
        name = component.name(around)
        hidden = hidden or self._flag(component, "conditional.hide", scope)
        fixed = self._flag(component, "readonly", scope) or self._flag(component, "disabled", scope)
        rows: tuple[Row, ...] = ()
        if component.type == "group":
            rows = (Row("", self._survey(component.components, data, scope, around, hidden)),)
        elif component.type == "dynamiclist":
            rows = tuple(
                Row(row, self._survey(component.components, item, inner, f"{name}[{row}].", hidden))
                for row, item, inner in self._items(component, data, scope, name)
            )
        value = paths.get(data, component.path) if component.path else None
        return Spot(
            component=component,
            name=name,
            path=component.path,
            scope=scope,
            hidden=hidden,
            fixed=fixed,
            value=None if value is paths.MISSING else value,
            rows=rows,
        )

    def _flag(self, component: Component, name: str, scope: Mapping[str, Any]) -> bool:
        """Is this true here? A condition that wants too much to be answered hides and protects."""
        rule = component.get(name)
        if not feelers.is_expression(rule):
            return rule is True
        try:
            return feelers.expression(rule).evaluate(scope, environment=self._environment).value is True
        except feel.LimitExceeded:
            return True


def _within(scope: Mapping[str, Any], data: dict[str, Any]) -> Mapping[str, Any]:
    """The scope with what has been computed since; an item of a list hides what is around it."""
    return scope if scope is data else {**scope, **data}
