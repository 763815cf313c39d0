"""Deploying: files go up together, problems come back together, and nothing is stored until there are none."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from orchestrator.models import Deployment, Resource
from orchestrator.runtime.deployment import Deployed, DeploymentRefused, deploy
from orchestrator.runtime.rollback import deploy_again

MAX_FILES = 100
CONTENT_TYPES = {
    Resource.Kind.BPMN: "application/xml",
    Resource.Kind.DMN: "application/xml",
    Resource.Kind.FORM: "application/json",
    Resource.Kind.FILE: "application/octet-stream",
}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploaded files: name -> content."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads = (data if isinstance(data, list | tuple) else [data]) or [None]
        if len(uploads) > MAX_FILES:
            raise forms.ValidationError(f"At most {MAX_FILES} files are deployed together.")
        files = [super(FilesField, self).clean(upload, initial) for upload in uploads]
        names = [file.name for file in files]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise forms.ValidationError(f"Two files are called {twice}: rename one.")
        return files


class DeployForm(forms.Form):
    resources = FilesField(
        label="Files",
        help_text="BPMN (.bpmn), DMN (.dmn) and form (.form) files, and any others that tasks link, up to 5 MB each."
        " Related files go up together.",
        widget=ManyFiles(attrs={"multiple": True}),
    )
    note = forms.CharField(
        label="Note", max_length=500, required=False, help_text="What changes, for those who come after you."
    )


class ResourceInline(admin.TabularInline[Resource, Deployment]):
    model = Resource
    fields = ("file", "kind", "sha256")
    readonly_fields = fields
    extra = 0
    can_delete = False

    @admin.display(description="File")
    def file(self, resource: Resource) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:orchestrator_resource_download", args=[resource.pk]), resource.name
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Deployment)
class DeploymentAdmin(admin.ModelAdmin[Deployment]):
    list_display = ["__str__", "deployed_at", "deployed_by", "note"]
    list_select_related = ["deployed_by"]
    date_hierarchy = "deployed_at"
    readonly_fields = ["deployed_at", "deployed_by", "note"]
    inlines = [ResourceInline]

    def has_change_permission(self, request: HttpRequest, obj: Deployment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Deployment | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resource_view)
        again = self.admin_site.admin_view(require_POST(self.again_view))
        return [
            path("resource/<int:pk>/", view, name="orchestrator_resource_download"),
            path("resource/<int:pk>/again/", again, name="orchestrator_deployment_again"),
            *super().get_urls(),
        ]

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An older file in force again, by one click: its definitions get new versions."""
        if not self.has_add_permission(request):
            raise Http404
        resource = get_object_or_404(Resource, pk=pk)
        note = request.POST.get("note", "").replace("\x00", "").strip()
        try:
            return self.deployed(request, deploy_again(resource, by=request.user, note=note))  # type: ignore[arg-type]
        except DeploymentRefused as refused:
            for problem in refused.problems[:10]:
                messages.error(request, str(problem))
        return HttpResponseRedirect(reverse("admin:orchestrator_deployment_changelist"))

    def resource_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file, byte for byte as it was uploaded."""
        if not self.has_view_permission(request):
            raise Http404
        resource = get_object_or_404(Resource, pk=pk)
        return FileResponse(
            BytesIO(bytes(resource.content)),
            as_attachment=True,
            filename=resource.name,
            content_type=CONTENT_TYPES[Resource.Kind(resource.kind)],
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Deploy files: the one door for every definition."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = DeployForm(request.POST or None, request.FILES or None)
        refused = None
        if request.method == "POST" and form.is_valid():
            try:
                return self.deployed(request, self.deploy(request, form))
            except DeploymentRefused as error:
                refused = error
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Deploy files",
            "form": form,
            "problems": refused.problems if refused else (),
        }
        return TemplateResponse(
            request, "admin/orchestrator/deploy.html", context, status=422 if refused or form.errors else 200
        )

    def deploy(self, request: HttpRequest, form: DeployForm) -> Deployed:
        files = {upload.name: upload.read() for upload in form.cleaned_data["resources"]}
        return deploy(files, by=request.user, note=form.cleaned_data["note"])  # type: ignore[arg-type]

    def deployed(self, request: HttpRequest, deployed: Deployed) -> HttpResponseRedirect:
        for definition in deployed.new:
            messages.success(request, f"{definition} is deployed.")
        for definition in deployed.unchanged:
            messages.info(request, f"{definition} is unchanged: no new version was made.")
        for warning in deployed.warnings:
            messages.warning(request, f"In {warning}")  # a message begins with a capital, a file's name may not
        if deployed.deployment is None:
            return HttpResponseRedirect(reverse("admin:orchestrator_deployment_changelist"))
        return HttpResponseRedirect(reverse("admin:orchestrator_deployment_change", args=[deployed.deployment.pk]))
