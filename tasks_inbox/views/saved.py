"""Saved views: keep the list that one looks at, change it, share it, put the views in order."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import queries, saved_views
from tasks_inbox.errors import InvalidForm
from tasks_inbox.filters import InvalidFilter
from tasks_inbox.models import Profile, SavedView
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer, name
from tasks_inbox.views.listing import LABELS, Lens

TEMPLATE = "inbox/views.html"


@page("GET", "POST")
def views(request: Request) -> HttpResponse:
    """The person's views in their order; a POST keeps the list of the address as a new one."""
    if request.method != "POST":
        return _page(request)
    lens = Lens.of(request)
    view = SavedView(
        tab=lens.tab or queries.ALL, search=lens.search, filter=lens.filter, columns=list(lens.columns), sort=lens.sort
    )
    return _keep(request, view)


@page("GET", "POST")
def edit(request: Request, pk: int) -> HttpResponse:
    """Name, colour and groups of one's own view; with a filter in the address also what it shows."""
    view = _own(request, pk)
    if request.method != "POST":
        return _page(request, view=view)
    if "keep" in request.POST:
        lens = Lens.of(request)
        view.tab, view.search, view.filter = lens.tab or queries.ALL, lens.search, lens.filter
        view.columns, view.sort = list(lens.columns), lens.sort
    return _keep(request, view)


@page("POST")
def delete(request: Request, pk: int) -> HttpResponse:
    view = _own(request, pk)
    view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect("views")


@page("POST")
def move(request: Request, pk: int) -> HttpResponse:
    """One place up or down: `to` is up or down."""
    if saved_views.visible(request.user, pk) is None:
        raise Http404("There is no such view.")
    saved_views.move(request.user, pk, request.POST.get("to", ""), request.look.view_order)
    return redirect(reverse("views") + f"#view-{pk}")


@page("POST")
def usual(request: Request) -> HttpResponse:
    """Columns and order of the address become what this person sees in every list."""
    lens = Lens.of(request)
    columns, sort = saved_views.usual(lens.columns, lens.sort)
    Profile.objects.update_or_create(user=request.user, defaults={"columns": columns, "sort": sort})
    messages.success(request, _("Your lists look like this from now on."))
    return redirect(reverse("inbox") + lens.query(cols="", sort=""))


@page("GET")
def counts(request: Request) -> HttpResponse:
    """How many tasks each view shows. Nothing when nothing has changed."""
    version = queries.version(request.user)
    minute = int(request.clock.now.timestamp()) // saved_views.COUNTS_LAST
    shown = saved_views.views_of(request.user, request.look.view_order)
    tag = f'W/"{version}-{minute}-{len(shown)}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        clock = request.clock
        found = saved_views.counts(request.user, shown, clock.now, clock.zone, version)
        response = answer(request, TEMPLATE, "counts", {"counts": found})
    response["ETag"] = tag
    return response


def _own(request: Request, pk: int) -> SavedView:
    view = saved_views.own(request.user, pk)
    if view is None:
        raise Http404("There is no such view.")
    return view


def _keep(request: Request, view: SavedView) -> HttpResponse:
    sent = request.POST
    new = view.pk is None
    view.name = sent.get("name", view.name).replace("\x00", "")
    view.colour = sent.get("colour", view.colour)
    chosen = {value for value in sent.getlist("groups") if value.isdecimal() and len(value) < 10}
    groups = list(request.user.groups.filter(pk__in=chosen))
    try:
        saved_views.keep(request.user, view, groups, request.clock.now, request.clock.zone)
    except InvalidForm as error:
        errors = {field: sentences[0] for field, sentences in error.errors.items()}
        return _page(request, view=view, errors=errors, status=422)
    except InvalidFilter as error:
        return _page(request, view=view, errors={"filter": str(error)}, status=400)
    said = _("The view “%(name)s” is saved.") if new else _("The view “%(name)s” is changed.")
    messages.success(request, said % {"name": view.name})
    return redirect(reverse("inbox") + Lens.of_view(view).query())


def _page(
    request: Request, *, view: SavedView | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    shown = saved_views.views_of(request.user, request.look.view_order)
    shared = set(view.groups.values_list("pk", flat=True)) if view is not None and view.pk else set()
    context: dict[str, Any] = {
        "views": [
            {
                "view": each,
                "url": reverse("inbox") + Lens.of_view(each).query(),
                "own": each.owner_id == request.user.pk,
                "owner": name(each.owner),
                "tab": LABELS.get(each.tab, ""),
                "first": place == 0,
                "last": place == len(shown) - 1,
            }
            for place, each in enumerate(shown)
        ],
        "view": view,
        "lens": Lens.of_view(view) if view is not None else None,
        "colours": SavedView.Colour.choices,
        "my_groups": [(group, group.pk in shared) for group in request.user.groups.order_by("name")],
        "errors": errors or {},
    }
    return answer(request, TEMPLATE, "", context, status=status)
