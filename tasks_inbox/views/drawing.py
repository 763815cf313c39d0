"""What people's work adds to the designers: a form as people will see it, and whom and what a human task may name.

Whoever may deploy may draw. For the others there is nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.runtime import documents
from orchestrator.runtime import forms as form_rules
from tasks_inbox import drawn_choices, forms, framing, outcomes, uploading
from tasks_inbox.forms.schema import EMPTY
from tasks_inbox.forms.shown import Problem, summary
from tasks_inbox.views.answers import page
from tasks_inbox.views.detail import Sent
from tasks_inbox.views.form_pages import FormPage, with_rows
from tasks_inbox.views.form_pages import answers as with_files
from tasks_inbox.views.http import Request

PERMISSION = "orchestrator.add_deployment"
# What the designer says about the form, and sends again with it: how much of each is read.
SAID = {"schema": 1_000_000, "variables": 1_000_000, "outcomes": 5_000, "title": 500, "description": 2_000, "act": 50}
TRIED = "documents"  # the references to the files that were chosen so far: their content is kept nowhere
OWN = ("csrfmiddlewaretoken", "filled", "by", "outcome", "comment", *SAID)
MOST_TRIED = 100
COMMENT_ID = "drawing-comment"

View = Callable[[Request], HttpResponse]


def for_drawers(view: View) -> View:
    @wraps(view)
    def checked(request: Request) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise Http404("There is no such page.")
        return view(request)

    return checked


@page("GET")
@for_drawers
def choices(request: Request) -> HttpResponse:
    """What a human task may name; with `people`, the people whose names begin so."""
    if "people" in request.GET:
        return JsonResponse({"people": drawn_choices.people(request.GET["people"][:100])})
    return JsonResponse(drawn_choices.everything())


# The designer shows the page in a frame of its own.
@csp_replace({"frame-ancestors": ["'self'"]})
@xframe_options_sameorigin
@page("POST")
@for_drawers
def form(request: Request) -> HttpResponse:
    """A form file as people see it. Filled in, it answers with what a process would learn; nothing is stored."""
    said = {name: request.POST.get(name, "").replace("\x00", "")[:most] for name, most in SAID.items()}
    found, variables, wrong = _read(said)
    received = uploading.receive(
        found,
        variables,
        request.clock,
        dict(request.POST.lists()),
        request.FILES,
        uploads=_tried(request.POST.get(TRIED, "")),
        store=lambda content, name, variable: documents.tried(content, name),
    )
    said[TRIED] = dumps(list(received.uploads.values()))
    sent = replace(Sent.of(request.POST), fields=received.fields)
    buttons, by = outcomes.parse(said["outcomes"]), request.POST.get("by", "").replace("\x00", "")[:150]
    context = {
        "said": said,
        "wrong": wrong,
        "buttons": buttons,
        "by": by,
        "comment": sent.comment,
    }
    if "fields" in request.GET:
        filled = forms.fill(found, variables, request.clock, with_rows(sent).fields, uploads=received.uploads)
        shown = _shown(request, filled, found, errors=received.errors)
        return render(request, "inbox/drawing_form.html#form", {**context, "form": shown})
    if "filled" not in request.POST or wrong:
        shown = _shown(request, forms.fill(found, variables, request.clock, None), found)
        return render(request, "inbox/drawing_form.html", {**context, "form": shown})
    submission = forms.submission(
        found, variables, request.clock, sent.fields, page=(*OWN, TRIED), uploads=received.uploads
    )
    answers = with_files(submission, received)
    needed = _comment_needed(buttons, sent)
    if answers.valid and not needed:
        taken = {"by": by.strip(), "outcome": sent.outcome, "comment": sent.comment.strip()}
        return render(
            request, "inbox/drawing_form.html", {"answers": json.dumps({**taken, "data": dumps(answers.data)})}
        )
    shown = _shown(request, answers.filled, found, answers.errors, answers.refused, needed)
    return render(request, "inbox/drawing_form.html", {**context, "form": shown, "needed": needed}, status=422)


def _shown(
    request: Request,
    filled: forms.Filled,
    form: forms.Form,
    errors: Mapping[str, Sequence[str]] | None = None,
    refused: Sequence[str] = (),
    needed: str = "",
) -> FormPage:
    fields = forms.fields(filled, errors, framed=partial(framing.address, request.user))
    comment = [Problem(COMMENT_ID, _("Comment"), needed)] if needed else []
    url = reverse("drawing_form") + "?fields"
    return FormPage(fields, (*summary(fields), *comment), tuple(refused), url, form.live, form.takes_files)


def _tried(text: str) -> dict[str, Any]:
    """The references that the page sent again; none, if they cannot be read."""
    try:
        found = list(documents.references(loads(text or "[]")))
    except ValueError:
        return {}
    return {one["documentId"]: {**one, "storeId": documents.NOWHERE} for one in found[:MOST_TRIED]}


def _read(said: dict[str, str]) -> tuple[forms.Form, dict[str, Any], list[str]]:
    """The form, the variables that it reads, and what is wrong with either."""
    wrong: list[str] = []
    variables: Any = {}
    try:
        variables = loads(said["variables"] or "{}")
    except ValueError as error:
        wrong.append(_("The variables cannot be read: %(why)s") % {"why": error})
    if not isinstance(variables, dict):
        wrong.append(_("The variables must be an object, such as {“amount”: 12}."))
        variables = {}
    if not said["schema"]:
        return EMPTY, variables, wrong
    problems = form_rules.problems(said["schema"].encode())
    if problems:
        wrong += [f"{element}: {message}" if element else message for element, message in problems]
        return EMPTY, variables, wrong
    return forms.read(json.loads(said["schema"])), variables, wrong


def _comment_needed(buttons: list[outcomes.Outcome], sent: Sent) -> str:
    """The sentence that asks for a comment; "" where none is needed."""
    chosen = next((each for each in buttons if each["value"] == sent.outcome), None)
    if chosen is None or not chosen["comment_required"] or sent.comment.strip():
        return ""
    return _("“%(label)s” needs a comment.") % {"label": chosen["label"]}
