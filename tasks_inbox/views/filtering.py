"""The page on which a list is narrowed down, sorted and given columns. Everything on it stands in its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import facets, filters, saved_views
from tasks_inbox.filters import builder, columns
from tasks_inbox.filters.builder import Row, Rows
from tasks_inbox.filters.criteria import (
    ABOUT,
    CHOICE,
    CRITERIA,
    FLAG,
    NUMBER,
    TIME,
    VARIABLE,
    VARIABLE_PREFIX,
    Criterion,
    criterion,
)
from tasks_inbox.filters.language import OPERATORS
from tasks_inbox.models import SavedView
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import LABELS, Lens

TEMPLATE = "inbox/filter.html"


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A condition as the page shows it."""

    place: int
    group: int
    number: int  # for its labels, from 1
    names: list[tuple[str, list[Choice]]]
    variable: str | None  # its name, when one has to be typed
    operators: list[Choice]
    value: str
    values: list[Choice]  # to choose from
    takes_value: bool
    hint: str


@page("GET")
def filter_tasks(request: Request) -> HttpResponse:
    """The form; `do` says which button was pressed. “apply” leads to the list."""
    lens, sentence = Lens.of(request), ""
    do = request.GET.get("do", "")
    try:
        tree = filters.read(lens.filter)
    except filters.InvalidFilter as error:
        tree, sentence = None, str(error)
    by_text = do == "apply-text" or sentence != ""
    rows = builder.rows_of(tree)
    if "c" in request.GET and not by_text:
        rows = _pressed(builder.read_rows({key: request.GET.getlist(key) for key in request.GET}), do)
        tree = builder.tree_of(rows)
        lens = replace(lens, filter=filters.write(tree))
    lens = replace(lens, columns=_columns(lens.columns or request.look.columns, request.GET.getlist("col"), do))
    lens = replace(lens, sort=_sort(request, lens), after="", view="" if do.startswith("apply") else lens.view)
    if not sentence:
        sentence = _problem(request, lens)
    if do.startswith("apply") and not sentence:
        return redirect(reverse("inbox") + lens.query())
    names = [f"{VARIABLE_PREFIX}{name}" for name in facets.variables(request.user)]
    context = {
        "lens": lens,
        "sentence": sentence,
        "tabs": [Choice(tab, str(label), tab == (lens.tab or "all")) for tab, label in LABELS.items()],
        "groups": _groups(rows, names) if rows is not None else None,
        "join": rows.join if rows else builder.ALL,
        "columns": [(place, _names(name, names, columns=True)) for place, name in enumerate([*lens.columns, ""])],
        "sort": _names(lens.sort.removeprefix("-"), names, columns=True),
        "descending": lens.sort.startswith("-"),
        "back_url": reverse("inbox") + lens.query(),
        "view": _own(request, lens),
        "colours": SavedView.Colour.choices,
        "my_groups": list(request.user.groups.order_by("name")),
        "many": len(CRITERIA),
    }
    part = "form" if request.htmx and request.htmx.target == "filter-form" else ""
    return answer(request, TEMPLATE, part, context, status=400 if sentence and do.startswith("apply") else 200)


def _problem(request: Request, lens: Lens) -> str:
    try:
        lens.narrowed(request)
        if lens.sort:
            filters.ordering(lens.sort)
        columns.checked(lens.columns)
    except filters.InvalidFilter as error:
        return str(error)
    return ""


def _own(request: Request, lens: Lens) -> SavedView | None:
    return saved_views.own(request.user, int(lens.view)) if lens.view else None


def _pressed(rows: Rows, do: str) -> Rows:
    """A condition more or less."""
    kind, _dash, number = do.rpartition("-")
    place = int(number) if number.isdecimal() and len(number) < 4 else -1
    if do == "add":
        following = max((row.group for row in rows.rows), default=-1) + 1
        return replace(rows, rows=(*rows.rows, Row(following)))
    if kind == "add":
        return replace(rows, rows=(*rows.rows, Row(place)))
    if kind == "remove":
        return replace(rows, rows=tuple(row for index, row in enumerate(rows.rows) if index != place))
    return rows


def _columns(known: Sequence[str], sent: Sequence[str], do: str) -> tuple[str, ...]:
    """Columns as the form sends them; one place up or down, or one less."""
    if not sent:
        return tuple(known)
    found = [name for name in dict.fromkeys(sent) if name][: columns.MOST]
    kind, _dash, number = do.rpartition("-")
    place = int(number) if number.isdecimal() and len(number) < 4 else -1
    if 0 <= place < len(found):
        if kind == "column-up" and place:
            found[place - 1 : place + 1] = found[place], found[place - 1]
        elif kind == "column-down" and place + 1 < len(found):
            found[place : place + 2] = found[place + 1], found[place]
        elif kind == "column-remove":
            del found[place]
    return tuple(found)


def _sort(request: Request, lens: Lens) -> str:
    if "by" not in request.GET:
        return lens.sort
    name = request.GET["by"].replace("\x00", "")[:250]
    return f"-{name}" if name and request.GET.get("descending") else name


def _groups(rows: Rows, variables: Sequence[str]) -> list[tuple[int, list[Line]]]:
    shown = rows if rows.rows else Rows(rows.join, (Row(0),))
    number, found = 0, []
    for group in shown.groups():
        lines = []
        for place, row in group:
            number += 1
            lines.append(_line(place, number, row, variables))
        found.append((group[0][1].group, lines))
    return found


def _line(place: int, number: int, row: Row, variables: Sequence[str]) -> Line:
    known = criterion(row.name)
    typed = row.name.startswith(VARIABLE_PREFIX) and row.name not in variables
    allowed = known.operators if known else tuple(OPERATORS)
    operator = row.operator if row.operator in allowed else allowed[0]
    return Line(
        place,
        row.group,
        number,
        _names(VARIABLE_PREFIX if typed else row.name, variables),
        row.name.removeprefix(VARIABLE_PREFIX) if typed else None,
        [Choice(each, operator_label(each), each == operator) for each in allowed],
        row.value,
        _values(known, row.value) if operator in ("=", "!=") else [],
        OPERATORS[operator] != 0,
        _hint(known, operator),
    )


def _names(chosen: str, variables: Sequence[str], *, columns: bool = False) -> list[tuple[str, list[Choice]]]:
    """The criteria in their groups."""
    found = [
        (
            str(label),
            [Choice(one.name, str(one.label), one.name == chosen) for one in CRITERIA.values() if one.about == about],
        )
        for about, label in ABOUT.items()
    ]
    extra = [chosen] if columns and chosen.startswith(VARIABLE_PREFIX) and chosen not in variables else []
    names = [Choice(name, name.removeprefix(VARIABLE_PREFIX), name == chosen) for name in (*extra, *variables)]
    if not columns:
        names.append(Choice(VARIABLE_PREFIX, _("another variable …"), chosen == VARIABLE_PREFIX))
    return [*found, (_("Variables of the case"), names)]


def _values(known: Criterion | None, value: str) -> list[Choice]:
    if known is None or known.kind not in (FLAG, CHOICE):
        return []
    if known.kind == FLAG:
        return [Choice("yes", _("yes"), value == "yes"), Choice("no", _("no"), value == "no")]
    return [Choice(one, one.replace("_", " "), one == value) for one in known.choices]


def _hint(known: Criterion | None, operator: str) -> str:
    if OPERATORS[operator] is None:
        return _("a, b, c")
    if known is None:
        return ""
    hints = {
        TIME: _("today, in 3 days, 2026-12-24"),
        NUMBER: _("a number"),
        VARIABLE: _("a text, a number, yes, no"),
        "person": _("a user name, or me"),
        "group": _("the name of a group"),
    }
    return hints.get(known.kind, "")


def operator_label(operator: str) -> str:
    said = {
        "=": _("is"),
        "!=": _("is not"),
        "contains": _("contains"),
        "does not contain": _("does not contain"),
        "begins with": _("begins with"),
        "in": _("is one of"),
        "not in": _("is none of"),
        "before": _("before"),
        "after": _("after"),
        "on": _("on"),
        "is empty": _("is empty"),
        "is not empty": _("is not empty"),
    }
    return said.get(operator, operator)
