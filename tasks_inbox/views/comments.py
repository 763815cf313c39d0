"""What people write beside a task, and whom they mention."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import mentions, operations, rows
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import get_task_or_404
from tasks_inbox.views import detail
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, name
from tasks_inbox.views.listing import Lens
from tasks_inbox.views.tasks import announced


@page("POST")
def comment(request: Request, pk: int) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    said = _written(request, found)
    if request.htmx:
        return announced(detail.show(request, found, part="conversation"), said)
    messages.success(request, said)
    return redirect(f"{reverse('task', args=[pk])}{Lens.of(request).query()}#conversation")


def _written(request: Request, task: HumanTask) -> str:
    """A new comment, or with `comment`, the number of one's own, a change or, with `delete`, its end."""
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    if "comment" not in request.POST:
        operations.add_comment(task=task, user=request.user, text=text)
        return _said(_("Comment added."), mentions.mentioned(task, text))
    number = request.POST["comment"]
    before = task.comments.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if before is None:
        raise Http404("There is no such comment.")
    if "delete" in request.POST:
        operations.delete_comment(task=task, user=request.user, comment=before)
        return _("Comment deleted.")
    operations.update_comment(task=task, user=request.user, comment=before, text=text)
    return _said(_("Comment changed."), mentions.mentioned(task, text))


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


def _said(done: str, found: mentions.Mentioned) -> str:
    said = [done]
    if found.people:
        said.append(_("%(names)s will be told.") % {"names": ", ".join(map(name, found.people))})
    if found.others:
        others = ", ".join(f"@{other}" for other in found.others)
        said.append(_("Nobody who may see this task is called %(names)s.") % {"names": others})
    return " ".join(said)
