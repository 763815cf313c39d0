"""A human task: look at it, claim it, fill in its form, decide, hand it on. Each is find, call, render."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orchestrator.runtime import definitions
from orchestrator.runtime.overlay import overlay
from tasks_inbox import following, forms, operations, people_search, queries, rows, spoken, undo, uploading
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import (
    get_task_or_404,
    permitted,
    permitted_operations,
    require,
    task_and_roles_or_404,
    task_to,
)
from tasks_inbox.uploading import Received
from tasks_inbox.views import detail
from tasks_inbox.views.answers import InvalidAnswers, page
from tasks_inbox.views.detail import PAGE_FIELDS, Sent
from tasks_inbox.views.form_pages import answers as with_files
from tasks_inbox.views.form_pages import receive, with_rows
from tasks_inbox.views.http import Request, answer, name
from tasks_inbox.views.listing import Lens

#: Operation -> what is said when it is done.
SAID = {
    "claim": _lazy("Claimed. The task is yours."),
    "release": _lazy("Put back. Others can claim the task again."),
    "resume": _lazy("Taken up again."),
    "skip": _lazy("Skipped."),
}
_OPERATIONS: dict[str, Callable[..., HumanTask]] = {
    "claim": operations.claim,
    "release": operations.release,
    "resume": operations.resume,
    "skip": operations.skip,
}
_PAST = {
    "accept": _lazy("Accepted"),
    "approve": _lazy("Approved"),
    "confirm": _lazy("Confirmed"),
    "decline": _lazy("Declined"),
    "refuse": _lazy("Refused"),
    "reject": _lazy("Rejected"),
    "release": _lazy("Released"),
    "return": _lazy("Returned"),
    "send": _lazy("Sent"),
    "submit": _lazy("Submitted"),
}


@page("GET")
def task(request: Request, pk: int) -> HttpResponse:
    found, roles = task_and_roles_or_404(request.user, pk)
    return detail.show(request, found, roles=roles)


@page("POST")
def operate(request: Request, pk: int, operation: str) -> HttpResponse:
    """Claim, release, take up again, skip."""
    found = get_task_or_404(request.user, pk)
    _OPERATIONS[operation](task=found, user=request.user)
    if operation in ("claim", "resume"):
        return _same(request, found, str(SAID[operation]))
    return _next(request, found, str(SAID[operation]).removesuffix("."))


@page("POST")
def suspend(request: Request, pk: int) -> HttpResponse:
    """Put the task aside, until a time or until somebody takes it up again."""
    found = get_task_or_404(request.user, pk)
    until = _moment(request, request.POST.get("until", ""))
    operations.suspend(task=found, user=request.user, until=until)
    return _next(
        request,
        found,
        _("Put aside until %(when)s") % {"when": spoken.short_moment(until)} if until else _("Put aside"),
    )


@page("POST")
def complete(request: Request, pk: int) -> HttpResponse:
    found = task_to("complete", request.user, pk)
    form = detail.form_of(found, request.user)
    variables = detail.variables_of(found, request.user) if form.components else {}
    received = receive(request, form, variables, found.process_instance)
    sent = Sent.of(request.POST)
    answers = _answers(request, found, sent, form, variables, received)
    with uploading.kept(form, answers.data, request.user, found.process_instance):
        held = undo.decide(
            task=found, user=request.user, data=answers.data, outcome=sent.outcome or None, comment=sent.comment
        )
    said = _decided(found, sent.outcome)
    return _undoable(_next(request, found, said), found, said, request) if held else _next(request, found, said)


@page("POST")
def fields(request: Request, pk: int) -> HttpResponse:
    """The form again after a change in it, or with a row or a file more or less. Nothing is checked; of what is typed
    nothing is stored.
    """
    found, roles = task_and_roles_or_404(request.user, pk)
    errors: dict[str, list[str]] = {}
    if "complete" in permitted(found, roles):
        form = detail.form_of(found, request.user)
        received = receive(
            request, form, detail.variables_of(found, request.user) if form.takes_files else {}, found.process_instance
        )
        uploading.remove(received.fields, request.user, found.process_instance)
        errors = received.errors
    sent = with_rows(Sent.of(request.POST))
    return detail.show(request, found, part="form", roles=roles, sent=sent, at_fields=errors)


@page("POST")
def draft(request: Request, pk: int) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    by_itself = request.htmx and request.htmx.target != "detail"
    errors = _files_of_draft(request, found)
    saved = operations.save_draft(task=found, user=request.user, data=Sent.of(request.POST).to_draft())
    saved.refresh_from_db(fields=["saved_at"])
    if errors and not by_itself:
        return detail.show(request, found, status=422, sent=Sent.of(request.POST), at_fields=errors)
    text = _("Draft saved %(when)s") % {"when": f"{saved.saved_at.astimezone(request.clock.zone):%H:%M}"}
    if by_itself:
        return HttpResponse(text, content_type="text/plain")
    return _same(request, found, f"{text}.")


@page("POST")
def read(request: Request, pk: int) -> HttpResponse:
    operations.mark_read(task=get_task_or_404(request.user, pk), user=request.user)
    return HttpResponse(status=204)


@page("GET", "POST")
def delegate(request: Request, pk: int) -> HttpResponse:
    """Choose a person to give the task to, or a group to offer it to."""
    found = get_task_or_404(request.user, pk)
    require(request.user, "delegate", found)
    may = permitted_operations(found, request.user)
    if request.method == "POST":
        return _hand_over(request, found)
    search = request.GET.get("person", "").replace("\x00", "")[:100]
    found_people = people_search.candidates(found, search, beside=request.user)
    lens = Lens.of(request)
    context = {
        "task": found,
        "people": [(person, _avatar(person)) for person in found_people],
        "groups": people_search.groups(search) if "forward" in may else [],
        "person": search,
        "lens": lens,
        "task_url": reverse("task", args=[pk]) + lens.query(),
        "delegate_url": reverse("task_delegate", args=[pk]) + lens.query(),
    }
    part = "people" if request.htmx and request.htmx.target == "people" else ""
    return answer(request, "inbox/delegate.html", part, context)


@page("GET")
def diagram(request: Request, pk: int) -> HttpResponse:
    """Where the case is, for the diagram's viewer."""
    found = get_task_or_404(request.user, pk)
    url = reverse("task_diagram_xml", args=[pk])
    return JsonResponse({"xml_url": url, **overlay(found.process_instance)})


@page("GET")
def diagram_xml(request: Request, pk: int) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    return xml(definitions.diagram_xml(found.process_instance.definition), found.process_key)


def xml(content: bytes, key: str) -> HttpResponse:
    """A diagram to be read by script; a browser that is sent here saves it."""
    safe = "".join(letter for letter in key if letter.isascii() and (letter.isalnum() or letter in "-_")) or "diagram"
    disposition = f'attachment; filename="{safe}.bpmn"'
    return HttpResponse(content, content_type="application/xml", headers={"Content-Disposition": disposition})


# The parts they are made of


def _hand_over(request: Request, found: HumanTask) -> HttpResponse:
    if "group" in request.POST:
        group = people_search.group_by_id(request.POST["group"])
        if group is None:
            raise InvalidForm({"group": [_("Choose one of the groups in the list.")]})
        operations.forward(task=found, user=request.user, to=group)
        return _next(request, found, _("Forwarded to %(who)s") % {"who": group})
    to = people_search.by_id(found, request.POST.get("to", ""))
    if to is None:
        raise InvalidForm({"to": [_("Choose one of the people in the list.")]})
    operations.delegate(task=found, user=request.user, to=to, keep_data="anew" not in request.POST)
    return _next(request, found, _("Delegated to %(who)s") % {"who": name(to)})


def _moment(request: Request, text: str) -> datetime | None:
    """A time to come, as the browser's field writes it; None for an empty text. Raises InvalidForm."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=request.clock.zone)
    except ValueError:
        raise InvalidForm({"until": [_("Enter a date and a time such as 2026-12-04T09:30.")]}) from None
    if moment <= request.clock.now:
        raise InvalidForm({"until": [_("This time has passed.")]})
    return moment


def _files_of_draft(request: Request, found: HumanTask) -> dict[str, list[str]]:
    """Store the files that come with a draft, if any do; what is wrong with them, at their fields."""
    if not request.FILES:
        return {}
    require(request.user, "save_draft", found)
    return receive(
        request, detail.form_of(found, request.user), detail.variables_of(found, request.user), found.process_instance
    ).errors


def _answers(
    request: Request,
    found: HumanTask,
    sent: Sent,
    form: forms.Form,
    variables: dict[str, Any],
    received: Received,
) -> forms.Submission:
    """What the form takes. Raises InvalidAnswers with everything that is wrong, the missing comment too."""
    saved = detail.draft_of(found, request) if form.components else None
    submission = forms.submission(
        form,
        variables,
        request.clock,
        sent.fields,
        page=PAGE_FIELDS,
        draft=Sent.draft(saved.data).fields if saved else None,
        uploads=received.uploads,
    )
    answers = with_files(submission, received)
    missing = _missing_comment(found, sent)
    if answers.valid and not missing:
        return answers
    raise InvalidAnswers(answers, missing)


def _missing_comment(found: HumanTask, sent: Sent) -> dict[str, list[str]]:
    chosen = next((one for one in found.outcomes if one["value"] == sent.outcome), None)
    if chosen is None or not chosen["comment_required"] or sent.comment.strip():
        return {}
    return {"comment": [_("Say why: “%(outcome)s” needs a comment.") % {"outcome": chosen["label"]}]}


def _decided(found: HumanTask, outcome: str) -> str:
    label = next((one["label"] for one in found.outcomes if one["value"] == outcome), "")
    known = _PAST.get(label.lower())
    if known is not None:
        return str(known)
    return _("“%(outcome)s” sent") % {"outcome": label} if label else _("Completed")


def _next(request: Request, done: HumanTask, said: str) -> HttpResponse:
    """The task that follows in the list, and a word about the one that went."""
    lens = Lens.of(request)
    tab = lens.tab if lens.tab in (queries.MINE, queries.GROUPS, queries.ALL) else queries.MINE
    lens, narrowed = lens.usable(request)
    behind: int | None
    if wanted := _wanted(request, done):
        behind, left = wanted[0].pk, queries.count(request.user, tab, narrowed)
    else:
        behind, left = queries.next_and_left(request.user, done, tab, narrowed, lens.ordered(request))
    said = (
        _("%(said)s. %(number)s left.") % {"said": said, "number": left}
        if left
        else _("%(said)s. Nothing is left.") % {"said": said}
    )
    if not request.htmx:
        messages.success(request, said)
        return redirect((reverse("task", args=[behind]) if behind else reverse("inbox")) + lens.query())
    if behind is None:
        response = detail.nothing(request, _("All done"), _("Nothing is left in this list."), icon="circle-check")
        response["HX-Push-Url"] = reverse("inbox") + lens.query()
    else:
        following_one, roles = wanted or task_and_roles_or_404(request.user, behind)
        response = detail.show(request, following_one, roles=roles)
        response["HX-Push-Url"] = reverse("task", args=[behind]) + lens.query()
    return announced(response, said)


def _undoable(response: HttpResponse, found: HumanTask, said: str, request: Request) -> HttpResponse:
    """The decision is held: for a few seconds a button takes it back."""
    seconds = int(undo.seconds(found))
    if not request.htmx:
        messages.info(
            request,
            _("%(said)s. It is applied in %(seconds)s seconds: %(url)s")
            % {"said": said, "seconds": seconds, "url": reverse("task", args=[found.pk])},
        )
        return response
    told = json.loads(response["HX-Trigger"])
    offered = {"url": reverse("task_undo", args=[found.pk]), "label": f"{said}: {found.title}", "seconds": seconds}
    response["HX-Trigger"] = json.dumps({**told, "undo-available": offered})
    return response


def _wanted(request: Request, done: HumanTask) -> tuple[HumanTask, frozenset[str]] | None:
    """The task that the person wants to do next, with their roles in it: like this one, of this case, or behind it in
    the list as they see it, when it is still there.
    """
    chosen = following.next_of(request.user, done, request.POST.get("then", ""))
    text = request.POST.get("next", "")
    if chosen is None and text.isdecimal() and len(text) < 19 and int(text) != done.pk:
        chosen = int(text)
    if chosen is None:
        return None
    try:
        task, roles = task_and_roles_or_404(request.user, chosen)
    except Http404:
        return None
    return (task, roles) if task.is_open else None


def _same(request: Request, found: HumanTask, said: str) -> HttpResponse:
    if request.htmx:
        return announced(detail.show(request, get_task_or_404(request.user, found.pk)), said)
    messages.success(request, said)
    return redirect(reverse("task", args=[found.pk]) + Lens.of(request).query())


def announced(response: HttpResponse, said: str) -> HttpResponse:
    """For the live region, and for the list, which asks again."""
    response["HX-Trigger"] = json.dumps({"announce": said, "tasks-changed": ""})
    patch_cache_control(response, no_store=True)
    return response


def _avatar(person: User) -> rows.Avatar | None:
    return rows.avatar(person.pk, person.first_name, person.last_name, person.username)
