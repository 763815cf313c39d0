"""What a person may start, and starting it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator.bpmn.model import StartEvent
from orchestrator.engine import CommandRejected
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions, execution, permissions
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import forms
from tasks_inbox.forms.schema import EMPTY
from tasks_inbox.views import detail
from tasks_inbox.views.answers import logger, page
from tasks_inbox.views.detail import PAGE_FIELDS, FormPage, Sent
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.tasks import with_rows

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
    sent = Sent.of(request.POST)
    answers = forms.submission(start_form(definition), {}, request.clock, sent.fields, page=PAGE_FIELDS)
    if not answers.valid:
        if answers.refused:
            logger.warning("%s sent fields that are not theirs to %s: %s", request.user, request.path, answers.refused)
        return _page(request, definition, status=422, sent=sent, submission=answers)
    try:
        instance = execution.start(definition, answers.data, by=request.user)
    except (CommandRejected, InvalidVariables) as error:
        return _page(request, definition, status=422, sent=sent, problem=str(error))
    messages.success(request, _("Your request was sent. Here you see where it is."))
    return redirect("case", instance.pk)


@page("POST")
def start_fields(request: Request, key: str) -> HttpResponse:
    """The start form again after a change in it, or with a row more or less. Nothing is checked, nothing stored."""
    return _page(request, _startable_or_404(request, key), sent=with_rows(Sent.of(request.POST)))


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
) -> HttpResponse:
    url = reverse("start_fields", args=[definition.key])
    form: FormPage = detail.form_page(start_form(definition), request, fields_url=url, sent=sent, submission=submission)
    context = {"definition": definition, "form": form, "problem": problem}
    return answer(request, "inbox/start.html", "form", context, status=status)
