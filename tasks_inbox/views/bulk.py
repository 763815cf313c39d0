"""The same for many tasks at once: each succeeds or fails alone, and the answer says which did and why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator.engine import CommandRejected
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import forms, operations, people_search, queries
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.forms.shown import summary
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import get_task_or_404, require
from tasks_inbox.views import detail
from tasks_inbox.views.answers import page
from tasks_inbox.views.detail import PAGE_FIELDS, Sent
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import Lens

MOST = 200  # tasks at once
TEMPLATE = "inbox/bulk.html"
_STYLES = {"approve": "primary", "reject": "danger"}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task: `problem` is '' when it was done."""

    id: int
    title: str
    url: str
    problem: str = ""


@page("POST")
def bulk(request: Request) -> HttpResponse:
    """`operation`, and `task` once per task."""
    operation = request.POST.get("operation", "")
    act = ACTS.get(operation)
    if act is None:
        raise Http404("There is no such operation.")
    chosen = [int(pk) for pk in dict.fromkeys(request.POST.getlist("task")) if pk.isdecimal() and len(pk) < 19]
    results = [_one(request, pk, act) for pk in chosen[:MOST]]
    done = sum(not result.problem for result in results)
    said = _said(request, operation, done, len(results))
    failed = [result for result in results if result.problem]
    if not request.htmx:
        messages.success(request, said)
        for result in failed[:20]:
            messages.warning(request, f"{result.title}: {result.problem}")
        return redirect(reverse("inbox") + Lens.of(request).query())
    response = answer(request, TEMPLATE, "results", {"results": results, "failed": failed, "said": said})
    response["HX-Trigger"] = json.dumps({"announce": said, "tasks-changed": "", "bulk-done": [r.id for r in failed]})
    return response


def _said(request: Request, operation: str, done: int, asked: int) -> str:
    left = queries.counts(request.user)
    lens = Lens.of(request)
    number = getattr(left, lens.tab, left.all)
    what = PAST[operation] % {"number": done}
    of = "" if done == asked else " " + _("%(number)s not.") % {"number": asked - done}
    return f"{what}.{of} " + (_("%(number)s left.") % {"number": number} if number else _("Nothing is left."))


def _one(request: Request, pk: int, act: Callable[[Request, HumanTask], None]) -> Result:
    """Raises nothing: whatever a task's own rules say is its result."""
    try:
        task = get_task_or_404(request.user, pk)
    except Http404:
        return Result(pk, _("Task %(number)s") % {"number": pk}, "", _("This is no longer here, or it is not for you."))
    result = Result(pk, str(task), reverse("task", args=[pk]) + Lens.of(request).query())
    try:
        act(request, task)
    except tuple(PROBLEMS) as error:
        kind = next(kind for kind in type(error).__mro__ if kind in PROBLEMS)
        return Result(pk, result.title, result.url, PROBLEMS[kind](error))
    return result


def _decide(request: Request, task: HumanTask, style: str) -> None:
    """With the form as it stands: what it requires and nobody has filled in must be filled in first."""
    require(request.user, "complete", task)
    outcome = next((one for one in task.outcomes if one["style"] == style), None)
    if outcome is None and (task.outcomes or style != "primary"):
        raise InvalidForm({"outcome": [_("This task offers no such decision. Open it.")]})
    comment = request.POST.get("comment", "").replace("\x00", "").replace("\r\n", "\n")
    if outcome and outcome["comment_required"] and not comment.strip():
        raise InvalidForm({"comment": [_("“%(label)s” needs a comment.") % {"label": outcome["label"]}]})
    draft = detail.draft_of(task, request)
    sent = Sent.draft(draft.data) if draft else Sent({})
    form = detail.form_of(task)
    answers = forms.submission(form, detail.variables_of(task), request.clock, sent.fields, page=PAGE_FIELDS)
    if not answers.valid:
        raise InvalidForm({"form": [_sentence(answers)]})
    operations.complete(
        task=task,
        user=request.user,
        data=answers.data,
        outcome=outcome["value"] if outcome else None,
        comment=comment or sent.comment,
    )


def _sentence(answers: forms.Submission) -> str:
    first = next(iter(summary(forms.fields(answers.filled, answers.errors))), None)
    if first is None:
        return _("Its form cannot be sent as it is. Open it.")
    return _("Open it. %(label)s: %(text)s") % {"label": first.label, "text": first.message}


def _approve(request: Request, task: HumanTask) -> None:
    _decide(request, task, "primary")


def _reject(request: Request, task: HumanTask) -> None:
    _decide(request, task, "danger")


def _claim(request: Request, task: HumanTask) -> None:
    operations.claim(task=task, user=request.user)


def _release(request: Request, task: HumanTask) -> None:
    operations.release(task=task, user=request.user)


def _suspend(request: Request, task: HumanTask) -> None:
    operations.suspend(task=task, user=request.user)


def _delegate(request: Request, task: HumanTask) -> None:
    name = request.POST.get("to", "").strip().replace("\x00", "")
    found = [one for one in people_search.candidates(task, name, beside=request.user) if one.get_username() == name]
    if not found:
        raise InvalidForm({"to": [_("“%(name)s” cannot have this task.") % {"name": name[:60]}]})
    operations.delegate(task=task, user=request.user, to=found[0])


def _priority(request: Request, task: HumanTask) -> None:
    text = request.POST.get("priority", "")
    if not (text.isdecimal() and len(text) < 4):
        raise InvalidForm({"priority": [_("A priority is a whole number from 0 to 100.")]})
    operations.set_priority(task=task, user=request.user, priority=int(text))


#: Operation -> what is done to each task.
ACTS: dict[str, Callable[[Request, HumanTask], None]] = {
    "approve": _approve,
    "reject": _reject,
    "claim": _claim,
    "release": _release,
    "suspend": _suspend,
    "delegate": _delegate,
    "priority": _priority,
}
PAST = {
    "approve": "%(number)s approved",
    "reject": "%(number)s rejected",
    "claim": "%(number)s claimed",
    "release": "%(number)s put back",
    "suspend": "%(number)s put aside",
    "delegate": "%(number)s delegated",
    "priority": "%(number)s changed",
}


def _refused(error: Exception) -> str:
    return _("You may not do this with this task.")


def _late(error: TooLate) -> str:
    return f"{str(error).removesuffix('.')}."


def _overtaken(error: Exception) -> str:
    return _("Its process has gone on meanwhile.")


def _wrong(error: InvalidForm) -> str:
    return next((sentence for sentences in error.errors.values() for sentence in sentences), str(error))


PROBLEMS: dict[type[Exception], Callable[..., str]] = {
    NotPermitted: _refused,
    TooLate: _late,
    CommandRejected: _overtaken,
    InvalidForm: _wrong,
    InvalidVariables: str,
}
