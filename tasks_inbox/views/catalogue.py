"""What a person may start, and starting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator.bpmn.model import StartEvent
from orchestrator.engine import CommandRejected
from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import definitions, documents, execution, permissions
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import forms, starting, uploading
from tasks_inbox.forms.schema import EMPTY
from tasks_inbox.views.answers import logger, page
from tasks_inbox.views.detail import PAGE_FIELDS, Sent
from tasks_inbox.views.form_pages import answers as with_files
from tasks_inbox.views.form_pages import form_page, receive, with_rows
from tasks_inbox.views.http import Request, answer

MOST = 200


@page("GET")
def catalogue(request: Request) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "")[:100]
    found = permissions.startable(request.user).order_by("category", "name", "key")
    for word in search.split()[:4]:
        found = found.filter(name__icontains=word) | found.filter(description__icontains=word)
    return answer(request, "inbox/catalogue.html", "cards", {"processes": found[:MOST], "search": search})


@page("GET", "POST")
def start_process(request: Request, key: str) -> HttpResponse:
    definition = _startable_or_404(request, key)
    if request.method == "GET":
        return _page(request, definition)
    form = start_form(definition)
    received = receive(request, form, {}, None)
    sent = Sent.of(request.POST)
    answers = with_files(
        forms.submission(form, {}, request.clock, sent.fields, page=PAGE_FIELDS, uploads=received.uploads), received
    )
    if not answers.valid:
        if answers.refused:
            logger.warning("%s sent fields that are not theirs to %s: %s", request.user, request.path, answers.refused)
        return _page(request, definition, status=422, sent=sent, submission=answers)
    try:
        instance, new = starting.once(
            request.user,
            definition,
            request.POST.get(starting.FIELD, ""),
            answers.data,
            lambda: _start(request, definition, form, answers.data),
        )
    except (CommandRejected, InvalidVariables) as error:
        return _page(request, definition, status=422, sent=sent, problem=str(error))
    said = _("Your request was sent. Here you see where it is.")
    messages.success(request, said if new else _("You have sent this already. Here you see where it is."))
    return redirect("case", instance.pk)


@page("POST")
def start_fields(request: Request, key: str) -> HttpResponse:
    """The start form again after a change in it, or with a row more or less. Nothing is checked, nothing stored."""
    definition = _startable_or_404(request, key)
    received = receive(request, start_form(definition), {}, None)
    uploading.remove(received.fields, request.user, None)
    return _page(request, definition, sent=with_rows(Sent.of(request.POST)), at_fields=received.errors)


def _start(request: Request, definition: ProcessDefinition, form: forms.Form, data: dict[str, Any]) -> ProcessInstance:
    """The process, and with it the files that were sent: both or neither."""
    if not form.takes_files:
        return execution.start(definition, data, by=request.user)
    with transaction.atomic():
        instance = execution.start(definition, data, by=request.user)
        documents.keep(data, by=request.user, instance=instance)
    return instance


def start_form(definition: ProcessDefinition) -> forms.Form:
    """The form of the start event that people use; one without fields, if it has none."""
    process = definitions.process(definition)
    starts = [start for start in process.start_events.get(process.id, ()) if start.definition is None]
    reference = next((start.form for start in starts if isinstance(start, StartEvent)), None)
    found = definitions.form_for(definitions.row(definition.pk), reference)
    return forms.read(definitions.form_schema(found)) if found else EMPTY


def _startable_or_404(request: Request, key: str) -> ProcessDefinition:
    found = permissions.startable(request.user).filter(key=key).first()
    if found is None:
        raise Http404("There is no such process.")
    return found


def _page(
    request: Request,
    definition: ProcessDefinition,
    *,
    status: int = 200,
    sent: Sent | None = None,
    submission: forms.Submission | None = None,
    problem: str = "",
    at_fields: Mapping[str, Sequence[str]] | None = None,
) -> HttpResponse:
    form = form_page(
        start_form(definition),
        {},
        request,
        fields_url=reverse("start_fields", args=[definition.key]),
        sent=sent.fields if sent else None,
        submission=submission,
        at_fields=at_fields,
    )
    once = starting.key(request.POST.get(starting.FIELD, ""))
    context = {"definition": definition, "form": form, "problem": problem, "once": once}
    return answer(request, "inbox/start.html", "form", context, status=status)
