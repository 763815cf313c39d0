"""Versions of processes, forms and resources, with their pictures; who may start, see and administer them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from guardian.admin import GuardedModelAdminMixin

from orchestrator.admin.filters import NamedValues
from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import FormDefinition, ProcessDefinition, ProcessInstance, ResourceDefinition
from orchestrator.models.definitions import Definition
from orchestrator.runtime import definitions, permissions
from orchestrator.runtime.migration import other_versions


class DefinitionAdmin(ReadOnlyAdmin[Any]):
    """A version: what it is called, where it came from, the file as it was uploaded, and its picture."""

    list_display = ["name_or_key", "key", "version", "is_latest", "version_tag", "created_at"]
    list_filter = ["is_latest"]
    search_fields = ["key", "name"]
    list_select_related = ["resource__deployment"]
    fields: ClassVar[Any] = ("name", "key", "version", "version_tag", "is_latest", "created_at", "deployment", "file")
    change_form_template: ClassVar[Any] = "admin/orchestrator/definition.html"
    change_list_template: ClassVar[Any] = "admin/orchestrator/definitions.html"

    @admin.display(description="Name", ordering="name")
    def name_or_key(self, definition: Definition) -> str:
        return definition.name or definition.key

    @admin.display(description="Deployment")
    def deployment(self, definition: Definition) -> SafeString:
        deployment = definition.resource.deployment
        url = reverse("admin:orchestrator_deployment_change", args=[deployment.pk])
        return format_html('<a href="{}">{}</a> {}', url, deployment, deployment.note)

    @admin.display(description="File")
    def file(self, definition: Definition) -> SafeString:
        url = reverse("admin:orchestrator_resource_download", args=[definition.resource_id])
        return format_html('<a href="{}">{}</a>', url, definition.resource.name)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_urls(self) -> list[URLPattern]:
        name = f"orchestrator_{self.opts.model_name}_source"
        return [
            path("<int:pk>/source/", self.admin_site.admin_view(self.source_view), name=name),
            *super().get_urls(),
        ]

    def source_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the viewer on the page draws."""
        definition = self.get_object(request, str(pk))
        if definition is None or not self.has_view_permission(request, definition):
            raise Http404
        response = HttpResponse(bytes(definition.resource.content), content_type="application/xml")
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        definition = self.get_object(request, object_id)
        versions = self.model.objects.filter(key=definition.key).order_by("-version") if definition else ()
        context = {"versions": versions, **self.picture(definition), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def picture(self, definition: Any) -> dict[str, Any]:
        """Which viewer the page loads, and from where."""
        return {}

    def source_url(self, definition: Any) -> str:
        return reverse(f"admin:orchestrator_{self.opts.model_name}_source", args=[definition.pk])


@admin.register(ProcessDefinition)
class ProcessDefinitionAdmin(GuardedModelAdminMixin, DefinitionAdmin):
    list_display = ["name_or_key", "key", "version", "is_latest", "category", "running", "incidents", "created_at"]
    list_filter = ["is_latest", ("category", NamedValues)]
    fields: ClassVar[Any] = (*DefinitionAdmin.fields, "category", "description", "instances")
    # django-guardian brings a template of its own.
    change_form_template: ClassVar[Any] = DefinitionAdmin.change_form_template  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: ProcessDefinition | None = None) -> bool:
        """A version never changes; who may grant permissions on it is asked without one (django-guardian's pages)."""
        return obj is None and request.user.has_perm("orchestrator.change_processdefinition")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessDefinition]:
        active = Q(instances__state=ProcessInstance.State.ACTIVE)
        return ProcessDefinition.objects.select_related("resource__deployment").annotate(
            running_count=Count("instances", filter=active),
            incident_count=Count("instances", filter=Q(instances__open_incidents__gt=0)),
        )

    @admin.display(description="Running", ordering="running_count")
    def running(self, definition: Any) -> int:
        return int(definition.running_count)

    @admin.display(description="With incidents", ordering="incident_count")
    def incidents(self, definition: Any) -> int:
        return int(definition.incident_count)

    @admin.display(description="Instances")
    def instances(self, definition: ProcessDefinition) -> SafeString:
        url = reverse("admin:orchestrator_processinstance_changelist")
        return format_html('<a href="{}?definition__id__exact={}">Instances of this version</a>', url, definition.pk)

    def picture(self, definition: Any) -> dict[str, Any]:
        return {"diagram_xml_url": self.source_url(definition)} if definition else {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the versions to which an administrator can move what runs in this one."""
        definition = self.get_object(request, object_id)
        if definition is not None and permissions.may_administer(request.user, definition):  # type: ignore[arg-type]
            extra_context = {"targets": other_versions(definition), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)


@admin.register(FormDefinition)
class FormDefinitionAdmin(DefinitionAdmin):
    def picture(self, definition: Any) -> dict[str, Any]:
        return {"form_source": dumps(definitions.form_schema(definition))} if definition else {}


@admin.register(ResourceDefinition)
class ResourceDefinitionAdmin(DefinitionAdmin):
    """A file of any kind: it is downloaded, and never shown as if it were a page of ours."""

    def get_urls(self) -> list[URLPattern]:
        return super(DefinitionAdmin, self).get_urls()
