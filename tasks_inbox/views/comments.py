"""What people write beside a task, and whom they mention."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import mentions, operations, rows
from tasks_inbox.permissions import get_task_or_404
from tasks_inbox.views import detail
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, name
from tasks_inbox.views.listing import Lens
from tasks_inbox.views.tasks import announced


@page("POST")
def comment(request: Request, pk: int) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    operations.add_comment(task=found, user=request.user, text=text)
    said = _said(mentions.mentioned(found, text))
    if request.htmx:
        return announced(detail.show(request, found, part="conversation"), said)
    messages.success(request, said)
    return redirect(f"{reverse('task', args=[pk])}{Lens.of(request).query()}#conversation")


@page("GET")
def people(request: Request, pk: int) -> HttpResponse:
    """Who can be mentioned in this task, by the beginning of a name."""
    found = get_task_or_404(request.user, pk)
    search = request.GET.get("q", "").replace("\x00", "")[:100]
    able = mentions.candidates(found, search, beside=request.user)
    avatars = [rows.avatar(one.pk, one.first_name, one.last_name, one.username) for one in able]
    told = [
        {"username": one.username, "name": name(one), "initials": avatar.initials, "colour": avatar.colour}
        for one, avatar in zip(able, avatars, strict=True)
        if avatar is not None
    ]
    return JsonResponse({"people": told})


def _said(found: mentions.Mentioned) -> str:
    said = [_("Comment added.")]
    if found.people:
        said.append(_("%(names)s will be told.") % {"names": ", ".join(map(name, found.people))})
    if found.others:
        others = ", ".join(f"@{other}" for other in found.others)
        said.append(_("Nobody who may see this task is called %(names)s.") % {"names": others})
    return " ".join(said)
