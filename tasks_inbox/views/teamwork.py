"""Others are drawn in: ask somebody, ask one more approver, give a part away, send back, and take a decision back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_inbox import operations, people_search, returning, rows, undo
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import get_task_or_404, permitted_operations
from tasks_inbox.views import detail
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import Lens

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEMPLATE = "inbox/teamwork_page.html"
Act = Callable[[Request, HumanTask], str]


@dataclass(frozen=True, slots=True)
class Page:
    """One thing to do: its operation, what the page says, and what it asks for."""

    operation: str
    title: StrOrPromise
    lead: StrOrPromise
    text: StrOrPromise  # label of the text field; empty: there is none
    button: StrOrPromise
    act: Act
    groups: bool = False
    required: bool = True
    steps: bool = False  # an earlier step is chosen, and not a person
    alone: bool = False  # nobody is chosen: whoever the process says


@page("GET", "POST")
def act(request: Request, pk: int, word: str) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    shown = PAGES[word]
    if shown.operation not in permitted_operations(found, request.user):
        raise NotPermitted(shown.operation)
    if request.method == "POST":
        try:
            said = shown.act(request, found)
        except InvalidForm as refusal:
            return _show(request, found, word, errors=[one for every in refusal.errors.values() for one in every])
        messages.success(request, said)
        found = HumanTask.objects.get(pk=pk)
        back = reverse("task", args=[pk]) if found.is_open else reverse("inbox")
        return redirect(back + Lens.of(request).query())
    return _show(request, found, word)


@page("POST")
def take_back(request: Request, pk: int) -> HttpResponse:
    """Undo a decision that is still held."""
    found = get_task_or_404(request.user, pk)
    undo.undo(task=found, user=request.user)
    said = _("Taken back. Nothing was decided.")
    if request.htmx:
        response = detail.show(request, get_task_or_404(request.user, pk))
        response["HX-Trigger"] = json.dumps({"announce": said, "tasks-changed": ""})
        response["HX-Push-Url"] = reverse("task", args=[pk]) + Lens.of(request).query()
        return response
    messages.success(request, said)
    return redirect(reverse("task", args=[pk]) + Lens.of(request).query())


def _show(request: Request, found: HumanTask, word: str, errors: list[str] | None = None) -> HttpResponse:
    shown = PAGES[word]
    search = request.GET.get("person", "").replace("\x00", "")[:100]
    query = Lens.of(request).query()
    context = {
        "task": found,
        "page": shown,
        "word": word,
        "steps": returning.earlier_steps(found).items() if shown.steps else (),
        "people": []
        if shown.steps or shown.alone
        else [(one, _avatar(one)) for one in _people(request, found, search)],
        "groups": people_search.groups(search) if shown.groups else [],
        "person": search,
        "typed": request.POST.get("text", ""),
        "chosen": request.POST.get("to", ""),
        "errors": errors or [],
        "url": reverse(f"task_{word}", args=[found.pk]) + query,
        "task_url": reverse("task", args=[found.pk]) + query,
    }
    return answer(request, TEMPLATE, "people", context, status=422 if errors else 200)


def _people(request: Request, found: HumanTask, search: str) -> list[User]:
    return people_search.candidates(found, search, beside=request.user)


def _avatar(person: User) -> rows.Avatar | None:
    return rows.avatar(person.pk, person.first_name, person.last_name, person.username)


# What each does; the sentence that is said then


def _ask(request: Request, task: HumanTask) -> str:
    to = _person(request, task)
    operations.request_information(task=task, user=request.user, to=to, question=_text(request))
    return _("%(person)s was asked. The answer comes to this task.") % {"person": _name(to)}


def _approver(request: Request, task: HumanTask) -> str:
    to = _person_or_group(request, task)
    operations.add_approver(task=task, user=request.user, to=to)
    return _("%(who)s decides too.") % {"who": _name(to)}


def _subtask(request: Request, task: HumanTask) -> str:
    to = _person_or_group(request, task)
    operations.instantiate_subtask(task=task, user=request.user, to=to, name=_text(request))
    return _("%(who)s has a part of it.") % {"who": _name(to)}


def _send_back(request: Request, task: HumanTask) -> str:
    operations.send_back(task=task, user=request.user, to=request.POST.get("to", ""), reason=_text(request))
    return _("Sent back.")


def _redo(request: Request, task: HumanTask) -> str:
    operations.redo(task=task, user=request.user, reason=_text(request))
    return _("It is to be done once more.")


def _person(request: Request, task: HumanTask) -> User:
    to = people_search.by_id(task, request.POST.get("to", "").removeprefix("u"))
    if to is None:
        raise InvalidForm({"to": [_("Choose one of the people in the list.")]})
    return to


def _person_or_group(request: Request, task: HumanTask) -> User | Group:
    chosen = request.POST.get("to", "")
    group = people_search.group_by_id(chosen.removeprefix("g")) if chosen.startswith("g") else None
    return group or _person(request, task)


def _text(request: Request) -> str:
    return request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")


def _name(who: User | Group) -> str:
    return who.get_full_name() or who.get_username() if isinstance(who, User) else str(who)


#: Word of a page -> its address.
ADDRESSES = {"ask": "ask", "approver": "approver", "subtask": "subtask", "send_back": "send-back", "redo": "redo"}

PAGES: dict[str, Page] = {
    "ask": Page(
        "request_information",
        gettext_lazy("Ask somebody"),
        gettext_lazy(
            "They find your question in their inbox, with this case. You keep the task, and hear the answer there."
        ),
        gettext_lazy("Your question"),
        gettext_lazy("Ask"),
        _ask,
    ),
    "approver": Page(
        "add_approver",
        gettext_lazy("Ask one more approver"),
        gettext_lazy("They decide this beside the others, or after those who were asked already."),
        "",
        gettext_lazy("Ask for approval"),
        _approver,
        groups=True,
    ),
    "subtask": Page(
        "instantiate_subtask",
        gettext_lazy("Give a part of it to somebody"),
        gettext_lazy("You keep the task; what they hand in becomes part of its result."),
        gettext_lazy("What is to be done"),
        gettext_lazy("Give it away"),
        _subtask,
        groups=True,
    ),
    "send_back": Page(
        "send_back",
        gettext_lazy("Send back to an earlier step"),
        gettext_lazy("Whoever did that step gets it once more, with your reason. This task ends."),
        gettext_lazy("What is missing"),
        gettext_lazy("Send back"),
        _send_back,
        steps=True,
    ),
    "redo": Page(
        "redo",
        gettext_lazy("Have it done once more"),
        gettext_lazy(
            "A new task of this step begins, beside whatever the case waits for now. This one stays as it is."
        ),
        gettext_lazy("Why"),
        gettext_lazy("Do it once more"),
        _redo,
        alone=True,
    ),
}
