"""What the pages have in common: the request, the person's clock, the frame around every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from tasks_inbox import queries, rows, shortcuts
from tasks_inbox.forms.values import Clock
from tasks_inbox.queries import Counts
from tasks_inbox.visitors import Look


class Request(HttpRequest):
    """A request of somebody who has signed in, with the time, their time zone, and how they want their pages."""

    user: User
    htmx: HtmxDetails
    clock: Clock
    look: Look


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
    mine = counts.mine if counts else queries.count(request.user, queries.MINE, queries.Narrowing())
    frame = {
        "me": me(request.user),
        "inbox_count": str(mine) if mine else "",
        "look": request.look,
        "keys": json.dumps(shortcuts.keys(request.look.keys)),
        "shortcuts": shortcuts.help_of(request.look.keys),
    }
    return render(request, template, {**frame, **context}, status=status)


def me(user: User) -> rows.Avatar | None:
    return rows.avatar(user.pk, user.first_name, user.last_name, user.username)


def name(user: User | None) -> str:
    return user.get_full_name() or user.get_username() if user else ""
