"""What a row shows beside its title: the values of chosen criteria as texts, one statement for a page of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from orchestrator.feel.jsonnumbers import loads
from tasks_inbox import facts, rows
from tasks_inbox.filters.criteria import FLAG, PERSON, TIME, VARIABLE, Criterion
from tasks_inbox.filters.sql import Compiled, known, variable
from tasks_inbox.rows import Cell

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 8  # columns
LONGEST = 80  # characters of a value
MOST_VALUES = 5  # of a criterion with several

_NAME = (
    "(SELECT coalesce(nullif(trim(concat(n.first_name, ' ', n.last_name)), ''), n.username)"
    " FROM auth_user n WHERE n.username = {})"
)


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once. Raises InvalidFilter for one that is not in the table."""
    return tuple(dict.fromkeys(known(name).name for name in names if name))[:MOST]


def cells(
    user: User, tasks: Sequence[int], names: Sequence[str], now: datetime, zone: tzinfo
) -> dict[int, tuple[Cell, ...]]:
    """Task -> its cells, in the order of `names`; what is empty is left out."""
    chosen = [known(name) for name in names]
    if not chosen or not tasks:
        return {}
    made = Compiled(prefix="c")
    columns = ", ".join(_selected(one, made) for one in chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id, {columns} FROM tasks_inbox_humantask t WHERE t.id = ANY(%(tasks)s)",
            {**made.parameters, "user": user.pk, "tasks": list(tasks)},
        )
        found = cursor.fetchall()
    return {pk: tuple(_cells(chosen, values, now, zone)) for pk, *values in found}


def label(found: Criterion) -> str:
    return facts.humanised(str(found.label).rpartition(".")[2]) if found.kind == VARIABLE else str(found.label)


def _selected(found: Criterion, made: Compiled) -> str:
    if found.kind == VARIABLE:
        return f"({variable(found, made)})::text"
    value = _NAME.format(found.sql) if found.kind == PERSON else found.sql
    if not found.within:
        return value
    return f"ARRAY(SELECT DISTINCT ({value})::text FROM {found.within} ORDER BY 1 LIMIT {MOST_VALUES})"


def _cells(chosen: Sequence[Criterion], values: Sequence[Any], now: datetime, zone: tzinfo) -> list[Cell]:
    texts = [(one, _text(one, value, now, zone)) for one, value in zip(chosen, values, strict=True)]
    return [Cell(label(one), text if len(text) <= LONGEST else f"{text[:LONGEST]}…") for one, text in texts if text]


def _text(found: Criterion, value: Any, now: datetime, zone: tzinfo) -> str:
    if value is None:
        return ""
    if found.kind == VARIABLE:
        return _variable(value, zone)
    if found.kind == TIME:
        return rows.day(value, now, zone)
    if found.kind == FLAG:
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, Decimal | float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value).replace("_", " ") if found.choices else str(value)


def _variable(value: str, zone: tzinfo) -> str:
    fact = next(iter(facts.facts({"value": loads(value)}, zone)), None)
    if fact is None:
        return ""
    if fact.table is not None:
        return _("%(number)s rows") % {"number": len(fact.table.rows)}
    return fact.text or ", ".join(inner.text for inner in fact.facts if inner.text)
