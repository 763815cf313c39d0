"""How a process works, for people who will never open a designer; and its picture."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from orchestrator.bpmn.picture import picture
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions, permissions
from tasks_inbox import handbook
from tasks_inbox.permissions import involved
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer


@page("GET")
def process_handbook(request: Request, key: str) -> HttpResponse:
    found = _definition_or_404(request, key)
    context = {"handbook": handbook.handbook(found), "may_start": permissions.may_start(request.user, found)}
    return answer(request, "inbox/handbook.html", "", context)


@page("GET")
def process_picture(request: Request, key: str) -> HttpResponse:
    found = _definition_or_404(request, key)
    drawn = picture(definitions.diagram_xml(found))
    if drawn is None:
        raise Http404("This process has no diagram.")
    return HttpResponse(drawn, content_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})


def _definition_or_404(request: Request, key: str) -> ProcessDefinition:
    """Whoever may start it, may see any of its cases, or had work in one, may read how it works."""
    found = ProcessDefinition.objects.filter(key=key, is_latest=True).first()
    if found is None or not (permissions.may_start(request.user, found) or _sees_cases(request, key)):
        raise Http404("There is no such process.")
    return found


def _sees_cases(request: Request, key: str) -> bool:
    granted = permissions.overseen(request.user).filter(key=key).exists()
    cases = permissions.visible_instances(request.user, involved(request.user))
    return granted or cases.filter(definition__key=key).exists()
