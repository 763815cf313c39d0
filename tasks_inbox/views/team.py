"""The team of somebody who leads: whose work is how much, and what a manager may do with it. For everybody else there
is no such page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_inbox import batch, csv_file, operations, people, people_search, rows, team
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask
from tasks_inbox.permissions import visible_tasks
from tasks_inbox.sparkline import Sparkline, sparkline
from tasks_inbox.team import Member, Team
from tasks_inbox.views.answers import page
from tasks_inbox.views.bulk import ACTS as OF_ANYBODY
from tasks_inbox.views.http import Request, answer

TEMPLATE, PERSON = "inbox/team.html", "inbox/team_person.html"
PAGE = 50
MOST = 200  # tasks of a person on their page, and at once
TOLD = 20  # results that are told where there is no script
ORDERS = {"name": gettext_lazy("Name"), "open": gettext_lazy("Open"), "overdue": gettext_lazy("Overdue")}


@dataclass(frozen=True, slots=True)
class Row:
    member: Member
    trend: Sparkline
    url: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task of somebody, as their manager sees it; `url` only where they may look into it."""

    id: int
    title: str
    process: str
    ref: str
    state: str
    priority: int
    stripe: str
    due_text: str
    due_class: str
    due_exact: str
    since: str
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many."""

    title: str
    problem: str


@page("GET")
def overview(request: Request) -> HttpResponse:
    order = request.GET.get("sort", "name")
    found = _team_or_404(request, order)
    shown, start = _slice(request, found)
    shown = team.told(shown, request.clock)
    top = max((max(member.done) for member in shown), default=0)
    home = reverse("team")
    at = f"&sort={order}" if order in ORDERS and order != "name" else ""
    context = {
        "rows": [
            Row(member, sparkline(member.done, top), reverse("team_person", args=[member.id])) for member in shown
        ],
        "size": len(found.members),
        "more": found.more,
        "totals": [
            (_("Open"), found.total("open"), ""),
            (_("Overdue"), found.total("overdue"), "late"),
            (_("Due today"), found.total("due_today"), "soon"),
        ],
        "orders": [(word, label, word == order) for word, label in ORDERS.items()],
        "newer": f"{home}?from={max(start - PAGE, 0)}{at}" if start else "",
        "older": f"{home}?from={start + PAGE}{at}" if start + PAGE < len(found.members) else "",
        "pages": _("%(first)s to %(last)s of %(all)s")
        % {"first": start + 1, "last": start + len(shown), "all": len(found.members)},
        "weeks": team.WEEKS,
    }
    return answer(request, TEMPLATE, "", context)


@page("GET")
def export(request: Request) -> HttpResponse:
    """The same table as a file."""
    found = _team_or_404(request, request.GET.get("sort", "name"))
    response = HttpResponse(csv_file.written(_lines(request, found)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="team.csv"'
    return response


@page("GET")
def person(request: Request, pk: int) -> HttpResponse:
    return _show(request, _member_or_404(request, pk))


@page("POST")
def act(request: Request, pk: int) -> HttpResponse:
    """`operation`, and `task` once per task of this person. Each succeeds or fails alone."""
    member = _member_or_404(request, pk)
    operation = request.POST.get("operation", "")
    if operation not in ACTS:
        raise Http404("There is no such operation.")
    chosen = [int(one) for one in dict.fromkeys(request.POST.getlist("task")) if one.isdecimal() and len(one) < 19]
    results = batch.each(chosen[:MOST], request.user, partial(ACTS[operation], request), find=_of(pk))
    outcomes = [_outcome(result) for result in results]
    done = sum(result.done for result in results)
    said = (
        _("%(done)s of %(all)s done.") % {"done": done, "all": len(results)} if results else _("Choose a task first.")
    )
    if not request.htmx:
        messages.success(request, said) if done else messages.warning(request, said)
        for one in [one for one in outcomes if one.problem][:TOLD]:
            messages.warning(request, f"{one.title}: {one.problem}")
        return redirect("team_person", pk=pk)
    response = _show(request, _member_or_404(request, pk) if done else member, outcomes=outcomes, said=said)
    told = {"announce": said, "bulk-done": [result.task for result in results if not result.done]}
    response["HX-Trigger-After-Swap"] = json.dumps(told)
    return response


def _show(request: Request, member: Member, **more: Any) -> HttpResponse:
    found = list(team.tasks_of(member.id)[: MOST + 1])
    seen = set(visible_tasks(request.user).filter(pk__in=[task.pk for task in found]).values_list("pk", flat=True))
    context = {
        "member": member,
        "trend": sparkline(member.done),
        "tasks": [_task(request, task, open_to_them=task.pk in seen) for task in found[:MOST]],
        "more": len(found) > MOST,
        "colleagues": [one for one in team.team(request.user, request.clock).members if one.id != member.id],
        "weeks": team.WEEKS,
        **more,
    }
    return answer(request, PERSON, "work", context)


def _task(request: Request, task: HumanTask, *, open_to_them: bool) -> Task:
    now, zone = request.clock.now, request.clock.zone
    text, style = rows.due(task.due_at, now, zone)
    return Task(
        task.pk,
        task.title,
        task.process_name,
        task.business_key,
        str(task.get_state_display()),
        task.priority,
        rows.stripe(task.priority),
        text,
        style,
        rows.exact(task.due_at, zone),
        rows.span(now - task.created_at),
        task.get_absolute_url() if open_to_them else "",
    )


def _team_or_404(request: Request, order: str) -> Team:
    found = team.team(request.user, request.clock, order)
    if not found.members:
        raise Http404("There is no such page.")
    return found


def _member_or_404(request: Request, pk: int) -> Member:
    found = team.member(request.user, pk, request.clock)
    if found is None:
        raise Http404("There is no such page.")
    return found


def _slice(request: Request, found: Team) -> tuple[list[Member], int]:
    text = request.GET.get("from", "")
    start = int(text) if text.isdecimal() and len(text) < 5 else 0
    start = start if start < len(found.members) else 0
    return found.members[start : start + PAGE], start


def _lines(request: Request, found: Team) -> list[list[object]]:
    zone = request.clock.zone
    weeks = [_("Done, %(weeks)s weeks ago") % {"weeks": ago} for ago in range(team.WEEKS - 1, 0, -1)]
    head: list[object] = [
        *(_("Name"), _("User name"), _("Led by"), _("Open"), _("Overdue"), _("Due today"), _("Of high priority")),
        *(
            _("Oldest since"),
            *weeks,
            _("Done in the last seven days"),
            _("Away from"),
            _("Away until"),
            _("Substitutes"),
        ),
    ]
    return [
        head,
        *(
            _line(one, lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "")
            for one in team.told(found.members, request.clock)
        ),
    ]


def _line(member: Member, told: Callable[[datetime | None], str]) -> list[object]:
    away = member.away
    return [
        *(member.name, member.username, member.through, member.open, member.overdue, member.due_today, member.urgent),
        *(told(member.oldest), *member.done),
        *(told(away.since) if away else "", told(away.until) if away else ""),
        ", ".join(away.substitutes) if away else "",
    ]


def _outcome(result: batch.Result) -> Outcome:
    if result.error == batch.NO_SUCH_TASK:
        return Outcome(
            _("Task %(number)s") % {"number": result.task}, _("This is no longer here, or it is not for you.")
        )
    return Outcome(result.title, result.error)


# What a manager does with each


def _of(person: int) -> Callable[[User, int], HumanTask]:
    def find(user: User, pk: int) -> HumanTask:
        found = team.find(user, pk)
        if found is None or found.actual_owner_id != person:
            raise Http404("There is no such task.")
        return found

    return find


def _reassign(request: Request, *, task: HumanTask, user: User) -> None:
    """To somebody who could have it anyway, or to somebody in the same team."""
    typed = request.POST.get("to", "").strip().replace("\x00", "")
    name = typed.rsplit("(", 1)[-1].rstrip(")") if typed.endswith(")") else typed
    found = User.objects.filter(username=name).first()
    if (
        found is None
        or found.pk == task.actual_owner_id
        or people_search.by_id(task, str(found.pk)) is None
        or not (found.pk in people.candidates(task) or team.member(user, found.pk, request.clock))
    ):
        raise InvalidForm({"to": [_("“%(name)s” cannot have this task.") % {"name": typed[:60]}]})
    operations.delegate(task=task, user=user, to=found)


def _due(request: Request, *, task: HumanTask, user: User) -> None:
    try:
        deadline = datetime.fromisoformat(request.POST.get("due", "")).replace(tzinfo=request.clock.zone)
    except ValueError:
        raise InvalidForm({"due": [_("Enter a day and a time.")]}) from None
    operations.set_task_completion_deadline_expression(task=task, user=user, deadline=deadline)


#: Operation -> what is done to each task.
ACTS: dict[str, Callable[..., None]] = {
    "delegate": _reassign,
    "priority": OF_ANYBODY["priority"],
    "due": _due,
    "release": OF_ANYBODY["release"],
}
