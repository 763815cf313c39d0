"""What administrators do on the page of a process instance: pause it, move its timers and tokens, correct it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from orchestrator.admin import migrating, modifying
from orchestrator.engine import CommandRejected
from orchestrator.models import Job, ProcessInstance
from orchestrator.runtime import definitions, operations, permissions
from orchestrator.runtime.preview import foresee
from orchestrator.runtime.variables import InvalidVariables

Refused = (CommandRejected, InvalidVariables, ValueError)


class Operations(admin.ModelAdmin[ProcessInstance]):
    """Mixed into the admin of process instances. To whoever does not administer the process, none of it exists."""

    find: Callable[[HttpRequest, int | str], ProcessInstance]

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "orchestrator_processinstance"
        acts = {"cancel": self.cancel_view, "suspend": self.suspend_view, "resume": self.resume_view}
        acts |= {"variables": self.variables_view}
        return [
            *(path(f"<int:pk>/{act}/", wrap(require_POST(view)), name=f"{name}_{act}") for act, view in acts.items()),
            path("<int:pk>/timer/<int:job>/", wrap(require_POST(self.timer_view)), name=f"{name}_timer"),
            path(
                "migrate/<int:source>/<int:target>/",
                wrap(partial(migrating.view, self.admin_site)),
                name=f"{name}_migrate",
            ),
            path("<int:pk>/modify/", wrap(self.modify_view), name=f"{name}_modify"),
            *super().get_urls(),
        ]

    def administered(self, request: HttpRequest, pk: int) -> ProcessInstance:
        instance = self.find(request, pk)
        if not permissions.may_administer(request.user, instance.definition):  # type: ignore[arg-type]
            raise Http404
        return instance

    def act(self, request: HttpRequest, pk: int, done: str, act: Callable[..., Any], **given: Any) -> HttpResponse:
        """Does it, or says why not; back to the page."""
        instance = self.administered(request, pk)
        try:
            act(instance, by=request.user, **given)
            messages.success(request, f"{instance} {done}.")
        except Refused as refused:
            messages.warning(request, f"{str(refused).removesuffix('.')}.")
        return HttpResponseRedirect(reverse("admin:orchestrator_processinstance_change", args=[pk]))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.act(request, pk, "is cancelled", operations.cancel, reason=_reason(request))

    def suspend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.act(request, pk, "is paused", operations.suspend, reason=_reason(request))

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.act(request, pk, "goes on", operations.resume, reason=_reason(request))

    def variables_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def set_them(instance: ProcessInstance, **given: Any) -> None:
            wrong: list[str] = []
            found = modifying.variables(request.POST.get("variables", ""), wrong)
            if wrong or not found:
                raise ValueError(wrong[0] if wrong else "Write the variables that shall change, as a JSON object")
            operations.set_variables(instance, found, **given)

        return self.act(request, pk, "has the new variables", set_them, reason=_reason(request))

    def timer_view(self, request: HttpRequest, pk: int, job: int) -> HttpResponse:
        instance = self.administered(request, pk)
        timer = get_object_or_404(Job, pk=job, process_instance=instance, kind__in=operations.CHANGEABLE)

        def change(_: ProcessInstance, **given: Any) -> None:
            operations.change_due_date(timer, moment(request.POST.get("due_at", "")), **given)

        return self.act(request, pk, f"waits anew at {timer.element}", change, reason=_reason(request))

    def modify_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose, look at what would happen, do it."""
        instance = self.administered(request, pk)
        posted = request.POST if request.method == "POST" else None
        given = modifying.chosen(posted) if posted is not None else modifying.Chosen()
        foreseen = None
        if posted is not None and not given.errors:
            act = partial(
                operations.modify,
                instance,
                by=request.user,  # type: ignore[arg-type]
                terminate=given.terminate,
                activate=given.activate,
                move=given.move,
                reason=given.reason,
            )
            try:
                if posted.get("do") == "apply":
                    act()
                    messages.success(request, f"The tokens of {instance} are moved.")
                    return HttpResponseRedirect(reverse("admin:orchestrator_processinstance_change", args=[pk]))
                foreseen = foresee(instance, act)
            except Refused as refused:
                given.errors.append(f"{str(refused).removesuffix('.')}.")
        process = definitions.process_of(instance.definition_id)
        rows = modifying.standing(instance, process, posted)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Move the tokens of {instance}",
            "instance": instance,
            "standing": rows,
            "places": modifying.places(process),
            "activations": _activations(posted),
            "reason": given.reason,
            "errors": given.errors,
            "foreseen": foreseen,
            "overlay_url": reverse("admin:orchestrator_processinstance_overlay", args=[pk]),
        }
        status = 422 if given.errors else 200
        return TemplateResponse(request, "admin/orchestrator/modify.html", context, status=status)


def _activations(posted: Any) -> list[tuple[str, str, str]]:
    """The rows in which elements are activated, as they were filled in."""
    lists = [posted.getlist(name) if posted is not None else [] for name in ("activate", "inside", "variables")]
    rows = [tuple(values[row] if row < len(values) else "" for values in lists) for row in range(modifying.ROWS)]
    return rows  # type: ignore[return-value]


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()


def moment(text: str) -> Any:
    """What a person typed or a date picker gave, in the zone of this site. Raises ValueError with a sentence."""
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise ValueError("Write the time like 2026-12-24 18:00")
    return found if found.tzinfo is not None else timezone.make_aware(found)
