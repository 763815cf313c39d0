"""Incidents: where somebody must help. Retry repeats exactly what failed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from orchestrator.admin import modifying
from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.engine import CommandRejected
from orchestrator.models import Incident
from orchestrator.runtime import permissions
from orchestrator.runtime.incidents import retry
from orchestrator.runtime.variables import InvalidVariables


class Open(admin.SimpleListFilter):
    title = "state"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", "Open"), ("no", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        if self.value() is None:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "yes")


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin[Incident]):
    list_display = ["__str__", "instance", "kind", "raised_at", "resolved_at", "resolved_by"]
    list_filter = [Open, "kind"]
    list_select_related = ["process_instance__definition", "resolved_by"]
    search_fields = ["element", "message", "process_instance__business_key"]
    fields = (
        "instance", "element", "kind", "message", "job", "raised_at", "resolved_at", "resolved_by",
    )  # fmt: skip
    readonly_fields = fields
    actions = ["retry_selected"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return super().get_queryset(request).filter(process_instance__in=permissions.visible_instances(request.user))  # type: ignore[arg-type]

    @admin.display(description="Instance")
    def instance(self, incident: Incident) -> SafeString:
        url = reverse("admin:orchestrator_processinstance_change", args=[incident.process_instance_id])
        return format_html('<a href="{}">{}</a>', url, incident.process_instance)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.retry_view))
        return [path("<int:pk>/retry/", view, name="orchestrator_incident_retry"), *super().get_urls()]

    @admin.action(description="Retry the selected incidents", permissions=["view"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Incident]) -> None:
        for incident in queryset.filter(resolved_at=None).select_related("process_instance__definition"):
            self.retry(request, incident)

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        incident = get_object_or_404(self.get_queryset(request), pk=pk)
        if not permissions.may_administer(request.user, incident.process_instance.definition):  # type: ignore[arg-type]
            raise Http404
        wrong: list[str] = []
        given: dict[str, Any] = {"variables": modifying.variables(request.POST.get("variables", ""), wrong)}
        if (attempts := request.POST.get("attempts", "")).isdecimal():
            given["attempts"] = int(attempts[:9])
        given["reason"] = request.POST.get("reason", "").replace("\x00", "").strip()
        if wrong:
            messages.error(request, wrong[0])
        else:
            self.retry(request, incident, **given)
        return HttpResponseRedirect(
            reverse("admin:orchestrator_processinstance_change", args=[incident.process_instance_id])
        )

    def retry(self, request: HttpRequest, incident: Incident, **given: Any) -> None:
        if not permissions.may_administer(request.user, incident.process_instance.definition):  # type: ignore[arg-type]
            messages.error(request, f"{incident.process_instance}: you do not administer this process.")
            return
        try:
            retry(incident, by=request.user, **given)  # type: ignore[arg-type]
            messages.success(request, f"{incident.process_instance}: {incident.element} is tried again.")
        except (CommandRejected, InvalidVariables) as late:
            messages.warning(request, f"{incident.process_instance}: {late}")
