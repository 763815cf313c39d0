"""Pages: looking changes nothing. A draft is made by the first change that a person draws."""

from __future__ import annotations

import secrets
from io import BytesIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from orchestrator.admin.designer import told
from orchestrator.admin.designer.sent import NAMES
from orchestrator.admin.offered import offered
from orchestrator.models import Draft, Resource
from orchestrator.runtime import drafts
from orchestrator.runtime.drafts import Drawn
from orchestrator.runtime.inspection import MAX_BYTES

BUNDLES = {Resource.Kind.BPMN: "bpmn-modeler", Resource.Kind.DMN: "dmn-modeler", Resource.Kind.FORM: "form-editor"}
LISTS = {
    Resource.Kind.BPMN: "processdefinition",
    Resource.Kind.DMN: "decisiondefinition",
    Resource.Kind.FORM: "formdefinition",
}
URLS = {
    "check": "admin:orchestrator_draft_check",
    "create": "admin:orchestrator_draft_create",
    "list": "admin:orchestrator_draft_changelist",
    "try": "admin:orchestrator_draft_try",
    "tryStep": "admin:orchestrator_step_try",
    "tests": "admin:orchestrator_process_tests",
    "testsFile": "admin:orchestrator_process_tests_file",
    "testsRun": "admin:orchestrator_process_tests_run",
    "testsSave": "admin:orchestrator_process_tests_save",
    "testsImport": "admin:orchestrator_process_tests_import",
    "together": "admin:orchestrator_draft_deploy_together",
    # What people's work adds: forms as people see them, and whom and what a human task may name.
    "form": "drawing_form",
    "choices": "drawing_choices",
}


def new_page(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in BUNDLES:
        raise Http404
    what = Resource.Kind(kind)
    blank = render_to_string(f"admin/orchestrator/designer_blank.{kind}", {"id": secrets.token_hex(4)})
    return designer(request, Drawn(what, NAMES[what], blank))


def from_page(request: HttpRequest, resource: int) -> HttpResponse:
    """A deployed file, or the draft that somebody has begun with it."""
    base = get_object_or_404(Resource, pk=resource, kind__in=list(BUNDLES))
    draft = Draft.objects.filter(base=base).order_by("-updated_at").first()
    if draft is not None:
        return HttpResponseRedirect(reverse("admin:orchestrator_designer", args=[draft.pk]))
    what = Drawn(Resource.Kind(base.kind), base.name, drafts.text_of(base), base)
    return designer(request, what)


def draft_page(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(Draft.objects.select_related("base", "updated_by"), pk=pk)
    return designer(request, drafts.drawn(draft), draft)


def draft_file(request: HttpRequest, pk: int) -> FileResponse:
    """The draft as a file, as it is now."""
    [(name, content)] = drafts.drawn(get_object_or_404(Draft.objects.select_related("base"), pk=pk)).files.items()
    return FileResponse(BytesIO(content), as_attachment=True, filename=name)


def designer(request: HttpRequest, what: Drawn, draft: Draft | None = None) -> HttpResponse:
    settings = {
        "kind": what.kind,
        "name": what.name,
        "content": what.content,
        "base": what.base.pk if what.base else None,
        "draft": told.saved_state(draft) if draft else None,
        "offered": offered(what.kind),
        "maxBytes": MAX_BYTES,
        "me": request.user.get_username(),
        "now": timezone.now().replace(second=0, microsecond=0).isoformat(),
        "urls": dict(_urls()),
    }
    context = {
        "title": what.name,
        "kind": what.kind,
        "kind_name": drafts.WHAT[what.kind],
        "bundle_css": f"dist/{BUNDLES[what.kind]}.css",
        "bundle_js": f"dist/{BUNDLES[what.kind]}.js",
        "back": reverse(f"admin:orchestrator_{LISTS[what.kind]}_changelist"),
        "settings": settings,
    }
    return TemplateResponse(request, "admin/orchestrator/designer.html", context)


def _urls() -> list[tuple[str, str]]:
    found = []
    for name, route in URLS.items():
        try:
            found.append((name, reverse(route)))
        except NoReverseMatch:  # a project without people's inbox draws all the same
            found.append((name, ""))
    return found
