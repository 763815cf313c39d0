"""The designers: full-screen pages on which drafts are drawn, judged as deployment judges them, saved and deployed.

Whoever may deploy may draw. Nobody else learns that these pages exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from orchestrator.admin.offered import offered
from orchestrator.bpmn.difference import Change
from orchestrator.models import Draft, Resource
from orchestrator.runtime import drafts
from orchestrator.runtime.deployment import Definition, DeploymentRefused
from orchestrator.runtime.drafts import Drawn, Overtaken
from orchestrator.runtime.inspection import MAX_BYTES, DeploymentProblem

PERMISSION = "orchestrator.add_deployment"
BUNDLES = {Resource.Kind.BPMN: "bpmn-modeler", Resource.Kind.DMN: "dmn-modeler", Resource.Kind.FORM: "form-editor"}
LISTS = {
    Resource.Kind.BPMN: "processdefinition",
    Resource.Kind.DMN: "decisiondefinition",
    Resource.Kind.FORM: "formdefinition",
}
NAMES = {Resource.Kind.BPMN: "New process", Resource.Kind.DMN: "New decision", Resource.Kind.FORM: "New form"}
TOO_BIG = f"This is larger than {MAX_BYTES // 1024 // 1024} MB, which is the most that is saved and deployed."
GONE = "Somebody deployed or discarded this draft meanwhile."

View = Callable[..., HttpResponseBase]


class Refused(Exception):
    """What was sent cannot be used; the sentence says why."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@admin.register(Draft)
class DraftAdmin(admin.ModelAdmin[Draft]):
    """The list of drafts, and below it the designers."""

    list_display = ["title", "kind", "based_on", "updated_at", "updated_by"]
    list_display_links = None
    list_filter = ["kind"]
    search_fields = ["name"]
    list_select_related = ["base", "updated_by"]
    change_list_template = "admin/orchestrator/drafts.html"

    @admin.display(description="Name", ordering="name")
    def title(self, draft: Draft) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:orchestrator_designer", args=[draft.pk]), draft.name)

    @admin.display(description="Began with")
    def based_on(self, draft: Draft) -> str:
        return str(draft.base or "–")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_draw(request)

    def has_view_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return may_draw(request)

    def has_delete_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return may_draw(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draft]:
        return super().get_queryset(request).defer("content", "base__content")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Drafts", **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        draft = self.get_object(request, object_id)
        if draft is None or not may_draw(request):
            raise Http404
        return HttpResponseRedirect(reverse("admin:orchestrator_designer", args=[draft.pk]))

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: View, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(guarded(require_safe(view))), name=name)

        def act(route: str, view: View, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(guarded(require_POST(answering(view)))), name=name)

        return [
            page("new/<slug:kind>/", new_page, "orchestrator_designer_new"),
            page("from/<int:resource>/", from_page, "orchestrator_designer_from"),
            page("<int:pk>/design/", draft_page, "orchestrator_designer"),
            page("<int:pk>/difference/", answering(difference_view), "orchestrator_draft_difference"),
            act("check/", check_view, "orchestrator_draft_check"),
            act("create/", create_view, "orchestrator_draft_create"),
            act("<int:pk>/save/", save_view, "orchestrator_draft_save"),
            act("<int:pk>/deploy/", deploy_view, "orchestrator_draft_deploy"),
            act("<int:pk>/discard/", discard_view, "orchestrator_draft_discard"),
            *super().get_urls(),
        ]


def may_draw(request: HttpRequest) -> bool:
    return request.user.has_perm(PERMISSION)


def guarded(view: View) -> View:
    """For the others there is nothing here."""

    def checked(request: HttpRequest, **where: Any) -> HttpResponseBase:
        if not may_draw(request):
            raise Http404
        return view(request, **where)

    return checked


def answering(view: View) -> View:
    """Whatever goes wrong is a JSON answer with a sentence."""

    def answered(request: HttpRequest, **where: Any) -> HttpResponseBase:
        try:
            return view(request, **where)
        except Refused as refused:
            return JsonResponse({"error": str(refused)}, status=refused.status)
        except Overtaken as overtaken:
            return JsonResponse({"conflict": saved_state(overtaken.draft)}, status=409)
        except DeploymentRefused as refused:
            return JsonResponse({"problems": listed(refused.problems)}, status=422)
        except Draft.DoesNotExist:
            return JsonResponse({"error": GONE, "gone": True}, status=410)

    return answered


# Pages: looking changes nothing. A draft is made by the first change that a person draws.


def new_page(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in Resource.Kind:
        raise Http404
    what = Resource.Kind(kind)
    blank = render_to_string(f"admin/orchestrator/designer_blank.{kind}", {"id": secrets.token_hex(4)})
    return designer(request, Drawn(what, NAMES[what], blank))


def from_page(request: HttpRequest, resource: int) -> HttpResponse:
    """A deployed file, or the draft that somebody has begun with it."""
    base = get_object_or_404(Resource, pk=resource)
    draft = Draft.objects.filter(base=base).order_by("-updated_at").first()
    if draft is not None:
        return HttpResponseRedirect(reverse("admin:orchestrator_designer", args=[draft.pk]))
    what = Drawn(Resource.Kind(base.kind), base.name, drafts.text_of(base), base)
    return designer(request, what)


def draft_page(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(Draft.objects.select_related("base", "updated_by"), pk=pk)
    return designer(request, drafts.drawn(draft), draft)


def designer(request: HttpRequest, what: Drawn, draft: Draft | None = None) -> HttpResponse:
    settings = {
        "kind": what.kind,
        "name": what.name,
        "content": what.content,
        "base": what.base.pk if what.base else None,
        "draft": saved_state(draft) if draft else None,
        "offered": offered(what.kind),
        "maxBytes": MAX_BYTES,
        "urls": {
            "check": reverse("admin:orchestrator_draft_check"),
            "create": reverse("admin:orchestrator_draft_create"),
            "list": reverse("admin:orchestrator_draft_changelist"),
        },
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


# Answers


def check_view(request: HttpRequest) -> JsonResponse:
    """What deployment would say. Nothing is stored."""
    return JsonResponse({"problems": listed(drafts.problems(sent(request)))})


def create_view(request: HttpRequest) -> JsonResponse:
    return JsonResponse(saved_state(drafts.create(sent(request), by=somebody(request))), status=201)


def save_view(request: HttpRequest, pk: int) -> JsonResponse:
    draft = drafts.save(pk, sent(request), version=seen_version(request), by=somebody(request))
    return JsonResponse(saved_state(draft))


def discard_view(request: HttpRequest, pk: int) -> JsonResponse:
    """Only the version that the person sees: what somebody else drew meanwhile stays."""
    draft = Draft.objects.select_related("updated_by").get(pk=pk)
    if not Draft.objects.filter(pk=pk, version=seen_version(request)).delete()[0]:
        raise Overtaken(draft)
    messages.success(request, f"The draft {draft} is discarded.")
    return JsonResponse({"url": reverse("admin:orchestrator_draft_changelist")})


def difference_view(request: HttpRequest, pk: int) -> JsonResponse:
    what = drafts.drawn(Draft.objects.select_related("base").get(pk=pk))
    latest = drafts.latest(what)
    if latest is None:
        return JsonResponse({"latest": None})
    try:
        found = drafts.changes(what, latest)
    except ValueError as error:
        raise Refused(422, f"The difference to {latest} cannot be told: {error}") from None
    return JsonResponse(
        {
            "latest": str(latest),
            # Somebody deployed since this draft was begun: deploying it takes their changes back.
            "newer": deployed_since(what, latest),
            "same": not found and drafts.text_of(latest.resource) == what.content,
            "added": [told(change) for change in found.added],
            "removed": [told(change) for change in found.removed],
            "changed": [told(change) for change in found.changed],
        }
    )


def deployed_since(what: Drawn, latest: Definition) -> str:
    if what.base is None or latest.resource_id == what.base.pk:
        return ""
    deployment = latest.resource.deployment
    who = person(deployment.deployed_by)
    return f"{latest} was deployed by {who} on {when(deployment.deployed_at)}, after this draft was begun."


def told(change: Change) -> dict[str, Any]:
    return {"id": change.id, "what": change.what, "name": change.name, "parts": change.parts}


def deploy_view(request: HttpRequest, pk: int) -> JsonResponse:
    note = request.POST.get("note", "").strip()
    if len(note) > 500:
        raise Refused(422, "The note has more than 500 characters: shorten it.")
    deployed = drafts.deploy(pk, version=seen_version(request), by=somebody(request), note=note)
    definition = [*deployed.new, *deployed.unchanged][0]
    sentence = f"{definition} is deployed." if deployed.new else f"{definition} is unchanged: no new version was made."
    url = reverse(f"admin:orchestrator_{definition._meta.model_name}_change", args=[definition.pk])
    page = reverse("admin:orchestrator_designer_from", args=[definition.resource_id])
    return JsonResponse({"message": sentence, "url": url, "base": definition.resource_id, "page": page})


# What was sent, what is told


def sent(request: HttpRequest) -> Drawn:
    """The content travels as a file, so that the limit for forms does not meet it. Raises Refused."""
    upload = request.FILES.get("content")
    if upload is None:
        raise Refused(400, "Nothing was sent: reload the page.")
    if (upload.size or 0) > MAX_BYTES:
        raise Refused(413, TOO_BIG)
    kind = request.POST.get("kind", "")
    if kind not in Resource.Kind:
        raise Refused(400, "It is not known whether this is a process, a decision or a form: reload the page.")
    try:
        content = upload.read().decode()
    except UnicodeDecodeError:
        raise Refused(400, "What was sent is no text in UTF-8.") from None
    if "\x00" in content:
        raise Refused(400, "What was sent holds a NUL character, which no file may hold.")
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())[:255]
    return Drawn(Resource.Kind(kind), name or NAMES[Resource.Kind(kind)], content, sent_base(request, kind))


def sent_base(request: HttpRequest, kind: str) -> Resource | None:
    base = request.POST.get("base", "")
    if not base:
        return None
    found = Resource.objects.filter(pk=int(base), kind=kind).first() if base.isdecimal() and len(base) < 19 else None
    if found is None:
        raise Refused(400, "The deployed file that this began with does not exist: reload the page.")
    return found


def seen_version(request: HttpRequest) -> int:
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Refused(400, "The version of the draft was not sent: reload the page.")
    return int(version)


def saved_state(draft: Draft) -> dict[str, Any]:
    urls = {name: reverse(f"admin:orchestrator_draft_{name}", args=[draft.pk]) for name in ACTIONS}
    return {
        "version": draft.version,
        "by": person(draft.updated_by),
        "at": when(draft.updated_at),
        "urls": {**urls, "page": reverse("admin:orchestrator_designer", args=[draft.pk])},
    }


ACTIONS = ("save", "deploy", "discard", "difference")


def somebody(request: HttpRequest) -> AbstractBaseUser:
    """Who asks; nobody comes this far without having signed in."""
    assert isinstance(request.user, AbstractBaseUser)
    return request.user


def person(user: Any) -> str:
    return str(user.get_full_name() or user.get_username()) if user is not None else "somebody"


def when(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j M, H:i")


def listed(problems: Any) -> list[dict[str, Any]]:
    return [entry(problem) for problem in problems]


def entry(problem: DeploymentProblem) -> dict[str, Any]:
    return {"element": problem.element, "message": problem.message, "line": problem.line}
