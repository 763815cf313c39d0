"""Attaching to a task, and the files themselves, for whoever may look at the task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator.runtime import sniffing
from tasks_inbox import operations
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask, TaskAttachment
from tasks_inbox.permissions import get_task_or_404, permitted_operations
from tasks_inbox.views import detail, documents
from tasks_inbox.views.answers import page
from tasks_inbox.views.attached import panel
from tasks_inbox.views.http import Request
from tasks_inbox.views.listing import Lens
from tasks_inbox.writing import check_file

MOST_AT_ONCE = 10
TEMPLATE = "inbox/attachments.html"


@page("POST")
def attach(request: Request, pk: int) -> HttpResponse:
    """Files, or an address: all of them or none."""
    task = get_task_or_404(request.user, pk)
    files = request.FILES.getlist("file")
    url = request.POST.get("url", "").strip().replace("\x00", "")
    try:
        if len(files) > MOST_AT_ONCE:
            raise InvalidForm({"file": [_("Attach at most %(most)s files at once.") % {"most": MOST_AT_ONCE}]})
        with transaction.atomic():
            for file in files:
                check_file(file.name or "", file.size or 0)  # before it is read
                name = sniffing.file_name(file.name or "")
                operations.add_attachment(task=task, user=request.user, name=name, content=file.read())
            if url or not files:
                operations.add_attachment(task=task, user=request.user, name=url[:255] or "-", url=url)
    except InvalidForm as error:
        return _refused(request, task, error.errors)
    return _done(request, task, _("Attached."))


@page("POST")
def attachment_delete(request: Request, pk: int) -> HttpResponse:
    found, task = _attachment_or_404(request, pk)
    operations.delete_attachment(task=task, user=request.user, attachment=found)
    return _done(request, task, _("Removed."))


@page("GET")
def attachment(request: Request, pk: int) -> HttpResponse:
    found = _file_or_404(request, pk)
    return documents.served(bytes(found.content or b""), found.content_type or sniffing.UNKNOWN, found.name)


@page("GET")
def attachment_preview(request: Request, pk: int) -> HttpResponse:
    found = _file_or_404(request, pk)
    return documents.previewed(bytes(found.content or b""), found.content_type, found.name)


def _attachment_or_404(request: Request, pk: int) -> tuple[TaskAttachment, HumanTask]:
    found = TaskAttachment.objects.filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such attachment.")
    return found, get_task_or_404(request.user, found.task_id)


def _file_or_404(request: Request, pk: int) -> TaskAttachment:
    found, _task = _attachment_or_404(request, pk)
    if found.access_type != TaskAttachment.AccessType.INLINE:
        raise Http404("This is an address and no file.")
    return found


def _refused(request: Request, task: HumanTask, errors: Mapping[str, Sequence[str]]) -> HttpResponse:
    """Why nothing was attached: in the panel, or above the task for a browser without script."""
    if not request.htmx:
        return detail.show(request, task, status=422, errors=errors)
    shown = panel(task, request, permitted_operations(task, request.user), errors)
    return render(request, TEMPLATE, {"panel": shown}, status=422)


def _done(request: Request, task: HumanTask, said: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, said)
        return redirect(f"{reverse('task', args=[task.pk])}{Lens.of(request).query()}#attachments")
    shown = panel(task, request, permitted_operations(task, request.user))
    response = render(request, TEMPLATE, {"panel": shown})
    response["HX-Trigger"] = json.dumps({"announce": said})
    return response
