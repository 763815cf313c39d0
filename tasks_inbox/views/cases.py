"""A case as its people see it: where it is, with whom, what has happened. Only for those whom it concerns."""

from __future__ import annotations

from django.db.models import F
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator.models import ElementInstance, ProcessInstance
from orchestrator.runtime import definitions, permissions
from orchestrator.runtime.overlay import overlay
from tasks_inbox import case_data, case_words, facts, queries, rows
from tasks_inbox.models import HumanTask
from tasks_inbox.my_requests import waiting
from tasks_inbox.origin.in_words import Language
from tasks_inbox.permissions import visible_tasks
from tasks_inbox.related import related
from tasks_inbox.usual import Outlook, outlook, usual
from tasks_inbox.usual.past import STEPS
from tasks_inbox.views import attached
from tasks_inbox.views.answers import page
from tasks_inbox.views.history import story
from tasks_inbox.views.http import Request, answer, name
from tasks_inbox.views.tasks import xml

PAGE = 50
MOST_TASKS = 200  # of one case that its history tells of: the latest
_CHIPS = {
    ProcessInstance.State.ACTIVE: ("chip-info", "circle-play"),
    ProcessInstance.State.COMPLETED: ("chip-good", "circle-check"),
    ProcessInstance.State.TERMINATED: ("", "ban"),
}


def get_case_or_404(request: Request, pk: int) -> ProcessInstance:
    """For who started it, who has or had a task in it, and who may see the instances of its process."""
    return _case_and_tasks(request, pk)[0]


def _case_and_tasks(request: Request, pk: int) -> tuple[ProcessInstance, set[int]]:
    """The case, and the ids of the tasks in it that this person may look at, the open ones first."""
    found = (
        ProcessInstance.objects.filter(pk=pk).select_related("definition", "started_by", "parent__definition").first()
    )
    tasks = visible_tasks(request.user).filter(process_instance=pk).order_by(F("completed_at").desc(nulls_first=True))
    seen = set(tasks.values_list("pk", flat=True)[:MOST_TASKS]) if found else set()
    if found is None or not (seen or permissions.may_see(request.user, found)):
        raise Http404("There is no such case.")
    return found, seen


@page("GET")
def case(request: Request, pk: int) -> HttpResponse:
    found, seen = _case_and_tasks(request, pk)
    tasks = list(HumanTask.objects.filter(process_instance=found).order_by("-id")[:MOST_TASKS])[::-1]
    style, icon = _CHIPS[ProcessInstance.State(found.state)]
    if found.open_incidents:
        style, icon = "chip-danger", "triangle-alert"
    words = case_words.words(found.definition, request.clock.now)
    return answer(
        request,
        "inbox/case.html",
        "",
        {
            "case": found,
            "process": found.definition.name or found.definition.key,
            "chip": {"style": style, "icon": icon, "text": _state(found)},
            "waits": _waits(request, found, seen),
            "outlook": _outlook(request, found),
            "attachments": attached.of_tasks(seen, request),
            "started_by": name(found.started_by),
            "facts": facts.facts(case_data.variables(pk, reader=request.user), request.clock.zone, words),
            "history": story(found, tasks, request.user, talk=False),
            "related_url": reverse("case_related", args=[pk]),
        },
    )


def _waits(request: Request, case: ProcessInstance, seen: set[int]) -> list[dict[str, object]]:
    """Where it is, with whom, since when; with a link for whoever may see the task."""
    if case.state != ProcessInstance.State.ACTIVE:
        return []
    return [
        {
            "title": wait.title,
            "who": wait.who,
            "since": rows.span(request.clock.now - wait.since),
            "late": wait.late,
            "url": reverse("task", args=[wait.pk]) if wait.pk in seen else "",
        }
        for wait in waiting([case.pk]).get(case.pk, [])
    ]


@page("GET")
def case_related(request: Request, pk: int) -> HttpResponse:
    """Cases that have something in common with this one; `by` is a variable that the reader has chosen."""
    found = get_case_or_404(request, pk)
    by = request.GET.get("by", "").replace("\x00", "")[:255]
    variables = case_data.variables(pk, reader=request.user)
    language = Language(request.clock.zone, case_words.words(found.definition, request.clock.now))
    shown = related(found, request.user, variables, language, by)
    context = {
        "case": found,
        "process": found.definition.name or found.definition.key,
        "by": by,
        "offered": shown.offered,
        "groups": [(group.title, [_row(request, one) for one in group.cases]) for group in shown.groups],
        "related_url": reverse("case_related", args=[pk]),
    }
    return answer(request, "inbox/related.html", "found", context)


def _row(request: Request, case: ProcessInstance) -> dict[str, object]:
    style, icon = _CHIPS[ProcessInstance.State(case.state)]
    return {
        "url": reverse("case", args=[case.pk]),
        "title": case.subject or case.definition.name or case.definition.key,
        "ref": str(case),
        "who": name(case.started_by),
        "started": rows.day(case.started_at, request.clock.now, request.clock.zone),
        "chip": {"style": style, "icon": icon, "text": case.get_state_display()},
    }


@page("GET")
def case_diagram(request: Request, pk: int) -> HttpResponse:
    found = get_case_or_404(request, pk)
    return JsonResponse({"xml_url": reverse("case_diagram_xml", args=[pk]), **overlay(found)})


@page("GET")
def case_diagram_xml(request: Request, pk: int) -> HttpResponse:
    found = get_case_or_404(request, pk)
    return xml(definitions.diagram_xml(found.definition), found.definition.key)


@page("GET")
def my_requests(request: Request) -> HttpResponse:
    text = request.GET.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 19 else None
    found = queries.my_requests(request.user, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    older = f"?after={shown[-1].id}" if len(found) > PAGE else ""
    context = {"requests": shown, "older": older, "newer": reverse("my_requests") if after else ""}
    return answer(request, "inbox/requests.html", "", context)


def _outlook(request: Request, case: ProcessInstance) -> Outlook | None:
    """What usually happens next; nothing for a case that is over or needs help first."""
    if case.state != ProcessInstance.State.ACTIVE or case.open_incidents:
        return None
    active = ElementInstance.objects.filter(process_instance=case, state="active", element_type__in=STEPS)
    open_steps = dict(active.order_by("-entered_at").values_list("element", "entered_at")[:PAGE])
    process, now = definitions.process(case.definition), request.clock.now
    return outlook(usual(case.definition, now), process, open_steps, now, request.clock.zone, case.started_at)


def _state(case: ProcessInstance) -> str:
    return _("Needs help from an administrator") if case.open_incidents else case.get_state_display()
