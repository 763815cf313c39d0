"""What the designers ask while somebody draws: is it sound, save it, what differs, deploy it."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from orchestrator.admin.designer import sent, starters, together, told
from orchestrator.admin.designer.access import Refused
from orchestrator.models import Draft, Resource
from orchestrator.runtime import drafts, inspection
from orchestrator.runtime.deployment import Definition, Deployed
from orchestrator.runtime.drafts import Drawn, Overtaken

MAX_NOTE = 500


def check(request: HttpRequest) -> JsonResponse:
    """What deployment would say. Nothing is stored."""
    judgement = drafts.judge(sent.drawing(request))
    return JsonResponse({"problems": told.listed(judgement.problems), "warnings": told.listed(judgement.warnings)})


def create(request: HttpRequest) -> JsonResponse:
    draft = drafts.create(sent.drawing(request), by=sent.somebody(request))
    return JsonResponse(told.saved_state(draft), status=201)


def save(request: HttpRequest, pk: int) -> JsonResponse:
    draft = drafts.save(pk, sent.drawing(request), version=sent.version(request), by=sent.somebody(request))
    return JsonResponse(told.saved_state(draft))


def discard(request: HttpRequest, pk: int) -> JsonResponse:
    """Only the version that the person sees: what somebody else drew meanwhile stays."""
    draft = Draft.objects.select_related("updated_by").get(pk=pk)
    if not Draft.objects.filter(pk=pk, version=sent.version(request)).delete()[0]:
        raise Overtaken(draft)
    messages.success(request, f"The draft {draft} is discarded.")
    return JsonResponse({"url": reverse("admin:orchestrator_draft_changelist")})


def difference(request: HttpRequest, pk: int) -> JsonResponse:
    """What deploying would change, with whom and what else it could take along."""
    draft = Draft.objects.select_related("base").get(pk=pk)
    what = drafts.drawn(draft)
    around = {"others": together.others(draft), "starters": starters.of_drawing(request, what)}
    latest = drafts.latest(what)
    if latest is None:
        return JsonResponse({"latest": None, **around})
    try:
        found = drafts.changes(what, latest)
        lines = drafts.line_changes(what, latest)
    except ValueError as error:
        raise Refused(422, f"The difference to {latest} cannot be told: {error}") from None
    return JsonResponse(
        {
            "latest": str(latest),
            # Somebody deployed since this draft was begun: deploying it takes their changes back.
            "newer": deployed_since(what, latest),
            "same": not found and drafts.text_of(latest.resource) == what.content,
            "added": [told.change(change) for change in found.added],
            "removed": [told.change(change) for change in found.removed],
            "changed": [told.change(change) for change in found.changed],
            "lines": lines,
            **around,
        }
    )


def deployed_since(what: Drawn, latest: Definition) -> str:
    if what.base is None or latest.resource_id == what.base.pk:
        return ""
    deployment = latest.resource.deployment
    who = told.person(deployment.deployed_by)
    return f"{latest} was deployed by {who} on {told.when(deployment.deployed_at)}, after this draft was begun."


def deploy(request: HttpRequest, pk: int) -> JsonResponse:
    """This draft, with others where some are named; and who may start what is deployed, where that is said."""
    note = request.POST.get("note", "").strip()
    if len(note) > MAX_NOTE:
        raise Refused(422, f"The note has more than {MAX_NOTE} characters: shorten it.")
    draft = Draft.objects.select_related("base").get(pk=pk)
    keys, kind = set(drafts.keys(drafts.drawn(draft))), inspection.TABLES[drafts.WHAT[Resource.Kind(draft.kind)]]
    chosen = {pk: sent.version(request), **together.named(request)}
    groups = starters.sent(request)
    with transaction.atomic():
        deployed = drafts.deploy(chosen, by=sent.somebody(request), note=note)
        own = [each for each in (*deployed.new, *deployed.unchanged) if each.key in keys and isinstance(each, kind)]
        starters.set_for(own, groups)
    definition = own[0]
    url = reverse(f"admin:orchestrator_{definition._meta.model_name}_change", args=[definition.pk])
    page = reverse("admin:orchestrator_designer_from", args=[definition.resource_id])
    return JsonResponse({"message": _said(deployed), "url": url, "base": definition.resource_id, "page": page})


def _said(deployed: Deployed) -> str:
    sentences = [f"{definition} is deployed." for definition in deployed.new]
    sentences += [f"{definition} is unchanged: no new version was made." for definition in deployed.unchanged]
    sentences += [f"{warning.message}." for warning in deployed.warnings]
    return " ".join(sentences)
