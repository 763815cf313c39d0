"""What the pages have in common: the request, the person's clock, the frame around every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from orchestrator.runtime import wire
from tasks_inbox import leading, queries, rows, shortcuts
from tasks_inbox.forms.values import Clock
from tasks_inbox.queries import Counts
from tasks_inbox.zones import zone


@dataclass(frozen=True, slots=True)
class Look:
    """How a person wants their pages: colours, density, keys, columns, orders, language."""

    theme: str = "system"
    density: str = "compact"
    shortcuts: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    sort: str = ""
    view_order: tuple[int, ...] = ()
    language: str = ""
    leads: bool = False  # other people: there is a page about their work


class Request(HttpRequest):
    """A request of somebody who has signed in, with the time, their time zone, and how they want their pages."""

    user: User
    htmx: HtmxDetails
    clock: Clock
    look: Look


_LOOK = ("theme", "density", "shortcuts", "keys", "columns", "sort", "view_order", "language")


def clock_and_look(user: User) -> tuple[Clock, Look]:
    """The database's time, the time zone of the person's profile or else the server's, and what else it says."""
    sql, given = _asked()
    with wire.cursor() as cursor:
        cursor.execute(sql, [user.pk if one is _WHO else one for one in given])
        row = cursor.fetchone()
    if row is None:
        raise User.DoesNotExist
    now, leads, name, profile, *look = row
    if profile is None:
        return Clock(now, zone(name)), Look(leads=leads)
    theme, density, shortcuts, keys, shown, sort, order, language = look
    keys, shown, order = json.loads(keys), json.loads(shown), json.loads(order)
    return Clock(now, zone(name)), Look(
        theme, density, shortcuts, keys, tuple(shown), sort, tuple(order), language, leads
    )


_WHO = -(2**31) + 1  # stands for the person in the statement


@cache
def _asked() -> tuple[str, tuple[Any, ...]]:
    """The statement, built once: every page asks it."""
    columns = ("profile__time_zone", "profile__user", *(f"profile__{name}" for name in _LOOK))
    found = User.objects.filter(pk=_WHO).values_list(Now(), leading.LEADS_SOMEBODY, *columns)
    sql, given = found.query.sql_with_params()
    return sql, tuple(_WHO if one == _WHO else one for one in given)


def answer(
    request: Request,
    template: str,
    part: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    counts: Counts | None = None,
) -> HttpResponse:
    """The part of the page for htmx, else the page with its frame. `counts` if they are known already."""
    if request.htmx and part and not request.htmx.history_restore_request:
        return render(request, f"{template}#{part}", dict(context), status=status)
    known = counts or queries.counts(request.user)
    frame = {
        "me": me(request.user),
        "inbox_count": str(known.mine) if known.mine else "",
        "look": request.look,
        "keys": json.dumps(shortcuts.keys(request.look.keys)),
        "shortcuts": shortcuts.shown(request.look.keys),
    }
    return render(request, template, {**frame, **context}, status=status)


def me(user: User) -> rows.Avatar | None:
    return rows.avatar(user.pk, user.first_name, user.last_name, user.username)


def name(user: User | None) -> str:
    return user.get_full_name() or user.get_username() if user else ""
