"""Process instances as an operator sees them: where they stand, what happened, what they know. Acting is by buttons."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from orchestrator.admin.instance_operations import Operations
from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import ElementInstance, ProcessInstance
from orchestrator.runtime import permissions, restricted
from orchestrator.runtime.definitions import process
from orchestrator.runtime.doubts import doubts
from orchestrator.runtime.migration import other_versions
from orchestrator.runtime.overlay import overlay
from orchestrator.runtime.suspension import suspended
from orchestrator.runtime.timeline import entries
from orchestrator.runtime.waiting import reasons


class Paused(admin.SimpleListFilter):
    title = "paused"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProcessInstance]) -> QuerySet[ProcessInstance]:
        return suspended(queryset) if self.value() == "yes" else queryset


class HasIncident(admin.SimpleListFilter):
    title = "incidents"
    parameter_name = "incidents"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "With open incidents")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProcessInstance]) -> QuerySet[ProcessInstance]:
        return queryset.filter(open_incidents__gt=0) if self.value() == "open" else queryset


@admin.register(ProcessInstance)
class ProcessInstanceAdmin(Operations, ReadOnlyAdmin[ProcessInstance]):
    change_list_template = "admin/orchestrator/instances.html"
    list_display = [
        "__str__",
        "process_name",
        "version",
        "state",
        "open_incidents",
        "started_at",
        "started_by",
        "ended_at",
    ]
    list_filter = ["state", Paused, HasIncident, "definition__key"]
    list_select_related = ["definition", "started_by"]
    search_fields = ["business_key", "subject", "definition__name", "definition__key"]
    date_hierarchy = "started_at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessInstance]:
        """Staff see the instances of the processes that they may see; nobody else's exist for them."""
        return permissions.visible_instances(request.user)  # type: ignore[arg-type]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        administers = permissions.administered(request.user).exists()  # type: ignore[arg-type]
        return super().changelist_view(request, {"administers": administers, **(extra_context or {})})

    @admin.display(description="Process", ordering="definition__name")
    def process_name(self, instance: ProcessInstance) -> str:
        return instance.definition.name or instance.definition.key

    @admin.display(description="Version")
    def version(self, instance: ProcessInstance) -> int:
        return instance.definition.version

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/overlay/", wrap(self.overlay_view), name="orchestrator_processinstance_overlay"),
            path("<int:pk>/diagram/", wrap(self.diagram_view), name="orchestrator_processinstance_diagram"),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, pk: int | str) -> ProcessInstance:
        instance = self.get_object(request, str(pk))
        if instance is None or not self.has_view_permission(request, instance):
            raise Http404
        return instance

    def overlay_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        instance = self.find(request, pk)
        url = reverse("admin:orchestrator_processinstance_diagram", args=[pk])
        return JsonResponse({"xml_url": url, **overlay(instance)})

    def diagram_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        instance = self.find(request, pk)
        return HttpResponse(bytes(instance.definition.resource.content), content_type="application/xml")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        instance = self.find(request, object_id)
        administers = permissions.may_administer(request.user, instance.definition)  # type: ignore[arg-type]
        operates = administers and instance.state == ProcessInstance.State.ACTIVE
        hidden = restricted.hidden(request.user, instance.definition_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(instance),
            "instance": instance,
            "entries": entries(instance, reader=request.user),  # type: ignore[arg-type]
            "scopes": scopes(instance, hidden),
            "hidden": bool(hidden),
            "incidents": instance.incidents.select_related("resolved_by").order_by("-id")[:50],
            "jobs": instance.jobs.order_by("-id")[:50],
            "children": instance.children.select_related("definition").order_by("-id")[:50],
            "overlay_url": reverse("admin:orchestrator_processinstance_overlay", args=[instance.pk]),
            "reasons": reasons(instance, reader=request.user),  # type: ignore[arg-type]
            "doubts": doubts(instance),
            "operates": operates,
            "targets": other_versions(instance.definition) if operates else (),
            "may_retry": administers,
        }
        return TemplateResponse(request, "admin/orchestrator/instance.html", context)


def scopes(instance: ProcessInstance, hidden: Collection[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The variables of each scope that has some, the process first: (element's name, [(variable, JSON text)]); without
    those that are kept from the reader.
    """
    nodes = process(instance.definition).nodes
    rows = (
        ElementInstance.objects.filter(process_instance=instance)
        .exclude(variables={})
        .order_by("number")
        .values_list("element", "scope", "variables")[:100]
    )
    named = []
    for element, scope, variables in rows:
        node = nodes.get(element)
        name = "Process" if scope is None else (node.name or element) if node else element
        seen = restricted.without(variables, hidden)
        if seen:
            named.append((name, [(variable, dumps(value)) for variable, value in sorted(seen.items())]))
    return named
