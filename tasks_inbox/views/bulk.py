"""The same for many tasks at once: each succeeds or fails alone, and the answer says which did and why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_inbox import batch, forms, operations, people_search, queries, undo, uploading
from tasks_inbox.errors import InvalidForm
from tasks_inbox.forms.shown import summary
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import require
from tasks_inbox.views import detail
from tasks_inbox.views.answers import page
from tasks_inbox.views.detail import PAGE_FIELDS, Sent
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import Lens

MOST = 200  # tasks at once
TEMPLATE = "inbox/bulk.html"


@dataclass(frozen=True, slots=True)
class Line:
    """A task that was not done: its page, and why."""

    title: str
    url: str
    problem: str


@page("POST")
def bulk(request: Request) -> HttpResponse:
    """`operation`, and `task` once per task."""
    operation = request.POST.get("operation", "")
    act = ACTS.get(operation)
    if act is None:
        raise Http404("There is no such operation.")
    if operation in DECISIONS:
        undo.apply_earlier(request.user)  # what was decided before is behind them
    results = batch.each(_chosen(request.POST), request.user, partial(act, request))
    failed = [result for result in results if not result.done]
    said = _said(request, operation, len(results) - len(failed), len(results))
    lines = [_line(request, result) for result in failed]
    held = _held(request, results) if operation in DECISIONS else {}
    if not request.htmx:
        messages.success(request, said)
        for line in lines[:20]:
            messages.warning(request, f"{line.title}: {line.problem}")
        return redirect(reverse("inbox") + Lens.of(request).query())
    response = answer(request, TEMPLATE, "results", {"failed": lines, "said": said})
    told = {"announce": said, "tasks-changed": "", "bulk-done": [result.task for result in failed]}
    offered = {"undo-available": _offer(held, said)} if held else {}
    response["HX-Trigger"] = json.dumps(told | offered)
    return response


@page("POST")
def take_back(request: Request) -> HttpResponse:
    """Undo what was decided together, as long as it is held: `task` once per task, in the address."""
    chosen = _chosen(request.GET)
    if not chosen:
        raise Http404("There is nothing to take back.")
    results = batch.each(chosen, request.user, undo.undo)
    done = sum(result.done for result in results)
    said = _("Taken back: %(number)s of %(all)s. Nothing was decided there.") % {"number": done, "all": len(results)}
    if not request.htmx:
        messages.success(request, said)
        return redirect(reverse("inbox") + Lens.of(request).query())
    response = detail.nothing(request, _("Taken back"), said, icon="undo-2")
    response["HX-Trigger"] = json.dumps({"announce": said, "tasks-changed": ""})
    return response


def _chosen(sent: QueryDict) -> list[int]:
    return [int(pk) for pk in dict.fromkeys(sent.getlist("task")) if pk.isdecimal() and len(pk) < 19][:MOST]


def _held(request: Request, results: Sequence[batch.Result]) -> dict[int, int]:
    """Those of them that can still be taken back, and for how many seconds each."""
    decided = [result.task for result in results if result.done]
    tasks = HumanTask.objects.filter(pk__in=decided, held_until__isnull=False).only("pk", "properties")
    return {task.pk: int(undo.seconds(task)) for task in tasks}


def _offer(held: Mapping[int, int], said: str) -> dict[str, object]:
    """One button for all of them, for as long as all can be taken back."""
    named = urlencode([("task", pk) for pk in held])
    return {"url": f"{reverse('bulk_undo')}?{named}", "label": said, "seconds": min(held.values())}


def _line(request: Request, result: batch.Result) -> Line:
    """What one may not see has no page, and nobody says whether it exists."""
    if result.error == batch.NO_SUCH_TASK:
        number = _("Task %(number)s") % {"number": result.task}
        return Line(number, "", _("This is no longer here, or it is not for you."))
    return Line(result.title, reverse("task", args=[result.task]) + Lens.of(request).query(), result.error)


def _said(request: Request, operation: str, done: int, asked: int) -> str:
    left = queries.counts(request.user)
    lens = Lens.of(request)
    number = getattr(left, lens.tab, left.all)
    what = PAST[operation] % {"number": done}
    of = "" if done == asked else " " + _("%(number)s not.") % {"number": asked - done}
    return f"{what}.{of} " + (_("%(number)s left.") % {"number": number} if number else _("Nothing is left."))


def _decide(request: Request, task: HumanTask, user: User, style: str) -> None:
    """With the form as it stands: what it requires and nobody has filled in must be filled in first."""
    require(user, "complete", task)
    outcome = next((one for one in task.outcomes if one["style"] == style), None)
    if outcome is None and (task.outcomes or style != "primary"):
        raise InvalidForm({"outcome": [_("This task offers no such decision. Open it.")]})
    comment = request.POST.get("comment", "").replace("\x00", "").replace("\r\n", "\n")
    if outcome and outcome["comment_required"] and not comment.strip():
        raise InvalidForm({"comment": [_("“%(label)s” needs a comment.") % {"label": outcome["label"]}]})
    draft = detail.draft_of(task, request)
    sent = Sent.draft(draft.data) if draft else Sent({})
    form = detail.form_of(task, user)
    variables, uploads = detail.variables_of(task, user), uploading.known(form, user, task.process_instance)
    answers = forms.submission(form, variables, request.clock, sent.fields, page=PAGE_FIELDS, uploads=uploads)
    if not answers.valid:
        raise InvalidForm({"form": [_sentence(answers)]})
    with uploading.kept(form, answers.data, user, task.process_instance):
        undo.hold(
            task=task,
            user=user,
            data=answers.data,
            outcome=outcome["value"] if outcome else None,
            comment=comment or sent.comment,
        )


def _sentence(answers: forms.Submission) -> str:
    first = next(iter(summary(forms.fields(answers.filled, answers.errors))), None)
    if first is None:
        return _("Its form cannot be sent as it is. Open it.")
    return _("Open it. %(label)s: %(text)s") % {"label": first.label, "text": first.message}


def _approve(request: Request, *, task: HumanTask, user: User) -> None:
    _decide(request, task, user, "primary")


def _reject(request: Request, *, task: HumanTask, user: User) -> None:
    _decide(request, task, user, "danger")


def _claim(request: Request, *, task: HumanTask, user: User) -> None:
    operations.claim(task=task, user=user)


def _release(request: Request, *, task: HumanTask, user: User) -> None:
    operations.release(task=task, user=user)


def _suspend(request: Request, *, task: HumanTask, user: User) -> None:
    operations.suspend(task=task, user=user)


def _delegate(request: Request, *, task: HumanTask, user: User) -> None:
    name = request.POST.get("to", "").strip().replace("\x00", "")
    found = [one for one in people_search.candidates(task, name, beside=user) if one.get_username() == name]
    if not found:
        raise InvalidForm({"to": [_("“%(name)s” cannot have this task.") % {"name": name[:60]}]})
    operations.delegate(task=task, user=user, to=found[0])


def _priority(request: Request, *, task: HumanTask, user: User) -> None:
    text = request.POST.get("priority", "")
    if not (text.isdecimal() and len(text) < 4):
        raise InvalidForm({"priority": [_("A priority is a whole number from 0 to 100.")]})
    operations.set_priority(task=task, user=user, priority=int(text))


#: Operation -> what is done to each task.
ACTS: dict[str, Callable[..., None]] = {
    "approve": _approve,
    "reject": _reject,
    "claim": _claim,
    "release": _release,
    "suspend": _suspend,
    "delegate": _delegate,
    "priority": _priority,
}
DECISIONS = ("approve", "reject")
PAST = {
    "approve": "%(number)s approved",
    "reject": "%(number)s rejected",
    "claim": "%(number)s claimed",
    "release": "%(number)s put back",
    "suspend": "%(number)s put aside",
    "delegate": "%(number)s delegated",
    "priority": "%(number)s changed",
}
