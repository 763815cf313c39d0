"""The inbox: the list beside the open task."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse

from tasks_inbox import queries
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import Lens, context, etag, listing

TEMPLATE = "inbox/inbox.html"


@page("GET")
def inbox(request: Request) -> HttpResponse:
    """The list; a wide screen asks for the first task itself."""
    shown = listing(request, Lens.of(request))
    first = shown.page.rows[0] if shown.page.rows else None
    response = answer(request, TEMPLATE, "list", context(request, shown, first=first), counts=shown.counts)
    if request.htmx:
        response["ETag"] = shown.etag
    return response


@page("GET")
def inbox_list(request: Request) -> HttpResponse:
    """The list alone, for whoever asks again and again: nothing when nothing has changed."""
    lens = Lens.of(request)
    if not request.htmx:
        return redirect(reverse("inbox") + lens.query())
    version = queries.version(request.user)
    tag = etag(request, lens, version)
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = answer(request, TEMPLATE, "list", context(request, listing(request, lens, version)))
    response["ETag"] = tag
    return response
