"""The library: every process with its picture, templates to start from, and a door for files from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from lxml import etree

from orchestrator import camunda7, safexml
from orchestrator.admin.deployments import FilesField, ManyFiles
from orchestrator.admin.designer.sent import somebody
from orchestrator.bpmn.picture import picture
from orchestrator.camunda7 import Note
from orchestrator.models import Draft, ProcessDefinition, ProcessInstance, Resource
from orchestrator.runtime import definitions, drafts, inspection
from orchestrator.runtime.drafts import SUFFIXES, Drawn
from orchestrator.runtime.process_templates import ProcessTemplate, process_templates

KINDS = {suffix: kind for kind, suffix in SUFFIXES.items()}
MOST = 200  # processes on the page
TOO_BIG = f"It is larger than {inspection.MAX_BYTES // 1024 // 1024} MB, which is the most that is saved and deployed."


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that became a draft, or the sentence that says why it did not."""

    name: str
    draft: Draft | None = None
    refused: str = ""
    converted: bool = False
    notes: tuple[Note, ...] = ()


def page(request: HttpRequest) -> HttpResponse:
    return _page(request, ())


def _page(request: HttpRequest, imported: Iterable[Imported], *, status: int = 200) -> HttpResponse:
    active = Q(instances__state=ProcessInstance.State.ACTIVE)
    latest = ProcessDefinition.objects.filter(is_latest=True).select_related("resource").defer("resource__content")
    processes = latest.annotate(running=Count("instances", filter=active)).order_by("category", "name", "key")
    context = {
        **admin.site.each_context(request),
        "title": "Library",
        "opts": Draft._meta,
        "processes": processes[:MOST],
        "templates": process_templates().values(),
        "imported": list(imported),
        "files": ManyFiles(
            attrs={"accept": ".bpmn,.dmn,.form", "multiple": True, "id": "files", "required": True}
        ).render("files", None),
    }
    return TemplateResponse(request, "admin/orchestrator/library.html", context, status=status)


def process_picture(request: HttpRequest, pk: int) -> HttpResponse:
    return _picture(definitions.diagram_xml(get_object_or_404(ProcessDefinition, pk=pk)))


def template_picture(request: HttpRequest, key: str) -> HttpResponse:
    return _picture(_template_or_404(key).diagram)


def start_from(request: HttpRequest, key: str) -> HttpResponse:
    """Drafts of the template's files; the designer opens with its process."""
    template = _template_or_404(key)
    made = [_draft(request, name, content) for name, content in template.files.items()]
    messages.success(request, f"{template.name}: {len(made)} drafts, ready to be changed and deployed together.")
    return HttpResponseRedirect(reverse("admin:orchestrator_designer", args=[made[0].pk]))


def take(request: HttpRequest) -> HttpResponse:
    """Files become drafts: those of Camunda 8 as they are, those of Camunda 7 rewritten and reported."""
    files = FilesField(widget=ManyFiles())
    try:
        uploads = files.clean(request.FILES.getlist("files"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _page(request, (), status=422)
    imported = [result for upload in uploads for result in _import(request, upload.name, upload.read())]
    return _page(request, imported, status=422 if all(each.refused for each in imported) else 200)


def _import(request: HttpRequest, name: str, content: bytes) -> list[Imported]:
    kind = KINDS.get(PurePath(name).suffix.lower())
    if kind is None:
        return [Imported(name, refused="It is neither a .bpmn, nor a .dmn, nor a .form file.")]
    if len(content) > inspection.MAX_BYTES:
        return [Imported(name, refused=TOO_BIG)]
    try:
        if kind == Resource.Kind.FORM or not camunda7.is_camunda7(content):
            return [Imported(name, _draft(request, name, content))]
        found = camunda7.convert(content)
    except (safexml.XmlRefused, UnicodeDecodeError) as error:
        return [Imported(name, refused=f"It cannot be read: {error}.")]
    drawn = Imported(name, _draft(request, name, found.content), converted=True, notes=found.notes)
    return [drawn, *(Imported(form, _draft(request, form, schema)) for form, schema in found.forms.items())]


def _draft(request: HttpRequest, name: str, content: bytes) -> Draft:
    kind = KINDS[PurePath(name).suffix.lower()]
    text = content.decode("utf-8-sig") if kind == Resource.Kind.FORM else _xml(content)
    title = PurePath(name).stem[:255]
    return drafts.create(Drawn(kind, title, text), by=somebody(request))


def _xml(content: bytes) -> str:
    """As it is, whatever its encoding; refused when it is no XML."""
    root = safexml.read(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return etree.tostring(root, encoding="unicode")


def _template_or_404(key: str) -> ProcessTemplate:
    try:
        return process_templates()[key]
    except KeyError:
        raise Http404("There is no such template.") from None


def _picture(content: bytes) -> HttpResponse:
    drawn = picture(content)
    if drawn is None:
        raise Http404("This process has no diagram.")
    return HttpResponse(drawn, content_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})
