"""A form on a page: of a task, of a start, or of a drawing that is tried; and the files that come with what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from orchestrator.models import ProcessInstance
from tasks_inbox import forms, framing, uploading
from tasks_inbox.forms.fill import Posted
from tasks_inbox.forms.shown import Field, Problem, summary
from tasks_inbox.forms.tables import View
from tasks_inbox.uploading import Received
from tasks_inbox.views.http import Request

if TYPE_CHECKING:
    from tasks_inbox.views.detail import Sent


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form of a task or of a start, as its template shows it. `fields_url` answers with it anew after a change."""

    fields: tuple[Field, ...]
    problems: tuple[Problem, ...] = ()
    refused: tuple[str, ...] = ()
    fields_url: str = ""
    live: bool = False
    takes_files: bool = False


def form_page(
    form: forms.Form,
    variables: Mapping[str, Any],
    request: Request,
    *,
    fields_url: str,
    sent: Posted | None = None,
    submission: forms.Submission | None = None,
    at_fields: Mapping[str, Sequence[str]] | None = None,
    beside: Sequence[Problem] = (),
    locked: bool = False,
    instance: ProcessInstance | None = None,
) -> FormPage:
    """`at_fields` are errors at their fields that no submission knows of, `beside` those of what stands around them."""
    found = {**(submission.errors if submission else {}), **(at_fields or {})}
    if submission:
        filled = submission.filled
    else:
        uploads = uploading.known(form, request.user, instance)
        filled = forms.fill(form, variables, request.clock, sent, uploads=uploads)
    fields = forms.fields(filled, found, locked=locked, framed=partial(framing.address, request.user))
    return FormPage(
        fields=fields,
        problems=(*summary(fields), *beside),
        refused=tuple(submission.refused) if submission else (),
        fields_url=fields_url,
        live=form.live,
        takes_files=form.takes_files,
    )


def receive(
    request: Request, form: forms.Form, variables: Mapping[str, Any], instance: ProcessInstance | None
) -> Received:
    """Store the files of the request, whose `POST` names them from now on, whatever becomes of the rest of it.

    Raises NotPermitted for a document that is not this person's to name.
    """
    received = uploading.receive(
        form,
        variables,
        request.clock,
        dict(request.POST.lists()),
        request.FILES,
        uploads=uploading.known(form, request.user, instance),
        store=uploading.for_person(request.user, instance),
    )
    if request.FILES:
        named = request.POST.copy()
        for name, texts in received.fields.items():
            named.setlist(name, texts)
        request.POST = named  # type: ignore[assignment]
    return received


def answers(submission: forms.Submission, received: Received) -> forms.Submission:
    """The submission with what is wrong with its files."""
    for name, sentences in received.errors.items():
        submission.errors.setdefault(name, []).extend(sentences)
    submission.refused.extend(name for name in received.refused if name not in submission.refused)
    if not submission.valid:
        submission.data = {}
    return submission


def with_rows(sent: Sent) -> Sent:
    """What was sent, as the button asks that brings the form anew: add=LIST, remove=LIST TOKEN (or FIELD FILE), or
    turn=TABLE and where to.
    """
    fields = {key: list(values) for key, values in sent.fields.items()}
    for wanted in fields.pop("add", ()):
        tokens = fields.setdefault(wanted, [])
        used = {int(token[1:]) for token in tokens if token[:1] == "n" and token[1:].isdigit()}
        tokens.append(f"n{max(used, default=-1) + 1}")
    for wanted in fields.pop("remove", ()):
        key, _, token = wanted.partition(" ")
        fields[key] = [one for one in fields.get(key, []) if one != token] or [""]
    for wanted in fields.pop("turn", ()):
        key, _table, act = wanted.partition(" ")
        if key.startswith("view."):
            fields[key] = [str(View.read(fields.get(key, [""])[-1]).turned(act))]
    return replace(sent, fields=fields)
