"""Several drafts that need each other are deployed together: chosen in the list, or from one of their designers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from orchestrator import bpmn
from orchestrator.admin.designer import starters
from orchestrator.admin.designer.access import Refused
from orchestrator.admin.designer.sent import is_key, somebody
from orchestrator.bpmn.difference import Difference
from orchestrator.models import Draft, Resource
from orchestrator.runtime import deployment, drafts
from orchestrator.runtime.deployment import Definition, DeploymentRefused, Judgement
from orchestrator.runtime.drafts import Overtaken
from orchestrator.runtime.inspection import DeploymentProblem, references

MAX_DRAFTS = 50
MAX_NOTE = 500


def named(request: HttpRequest) -> dict[int, int]:
    """`with` of a request, “7:2,9:1”: drafts to take along, each with the version that was seen."""
    found: dict[int, int] = {}
    for pair in filter(None, request.POST.get("with", "").split(",")):
        pk, _, version = pair.partition(":")
        if not (is_key(pk) and is_key(version)) or len(found) >= MAX_DRAFTS:
            raise Refused(400, "It is not known which drafts are meant: reload the page.")
        found[int(pk)] = int(version)
    return found


def others(draft: Draft) -> list[dict[str, Any]]:
    """The other drafts, those first that this one names and those that name this one."""
    mine = _Ends.of(draft)
    found = [
        {
            "pk": other.pk,
            "version": other.version,
            "name": other.name,
            "kind": drafts.WHAT[Resource.Kind(other.kind)],
            "needed": mine.needs(_Ends.of(other)),
            "page": reverse("admin:orchestrator_designer", args=[other.pk]),
        }
        for other in Draft.objects.exclude(pk=draft.pk).select_related("base")[:MAX_DRAFTS]
    ]
    return sorted(found, key=lambda each: (not each["needed"], str(each["name"]).lower()))


@dataclass(frozen=True, slots=True)
class _Ends:
    """What a draft defines, and what it names: (process | decision | form, key)."""

    defined: frozenset[tuple[str, str]]
    named: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, draft: Draft) -> _Ends:
        what = drafts.drawn(draft)
        kind = drafts.WHAT[what.kind]
        return cls(frozenset((kind, key) for key in drafts.keys(what)), frozenset(_named(what)))

    def needs(self, other: _Ends) -> bool:
        return bool(self.named & other.defined)


def _named(what: drafts.Drawn) -> Iterator[tuple[str, str]]:
    if what.kind != Resource.Kind.BPMN:
        return
    try:
        diagram = bpmn.parse(what.content.encode())
    except bpmn.BpmnError:
        return
    for process in diagram.processes.values():
        for reference in references(process):
            yield reference.what, reference.key


# The page


@dataclass(frozen=True, slots=True)
class Row:
    """A draft on the page: what it would change, and what stands in the way."""

    draft: Draft
    file: str
    what: str
    latest: Definition | None
    changes: Difference | None
    lines: list[str]
    problems: list[DeploymentProblem]
    warnings: list[DeploymentProblem]
    starters: list[dict[str, Any]]
    url: str


def page(request: HttpRequest) -> HttpResponse:
    """GET shows what would be deployed, POST deploys it."""
    given = request.POST if request.method == "POST" else request.GET
    keys = [key for key in given.getlist("draft") if is_key(key)][:MAX_DRAFTS]
    chosen = list(Draft.objects.filter(pk__in=keys).select_related("base", "updated_by").order_by("name"))
    note = given.get("note", "").strip()[:MAX_NOTE]
    if request.method == "POST" and chosen and "deploy" in given:
        done = _deploy(request, chosen, note)
        if done is not None:
            return done
    rows = list(_rows(request, chosen))
    context = {
        **admin.site.each_context(request),
        "title": "Deploy drafts together",
        "opts": Draft._meta,
        "rows": rows,
        "note": note,
        "can_deploy": bool(rows) and not any(row.problems for row in rows),
        "others": Draft.objects.exclude(pk__in=[draft.pk for draft in chosen]).order_by("name")[:MAX_DRAFTS],
    }
    status = 422 if request.method == "POST" and not context["can_deploy"] else 200
    return TemplateResponse(request, "admin/orchestrator/deploy_together.html", context, status=status)


def _deploy(request: HttpRequest, chosen: list[Draft], note: str) -> HttpResponse | None:
    """None where the page has to say why not. The versions are those that the page showed."""
    seen = {pk: version for pk, _, version in (each.partition(":") for each in request.POST.getlist("seen"))}
    versions = {draft.pk: int(v) if is_key(v := seen.get(str(draft.pk), "")) else draft.version for draft in chosen}
    try:
        with transaction.atomic():
            deployed = drafts.deploy(versions, by=somebody(request), note=note)
            _set_starters(request, chosen, [*deployed.new, *deployed.unchanged])
    except DeploymentRefused:
        return None
    except Overtaken as overtaken:
        messages.error(request, f"{overtaken}. Nothing was deployed: look at what differs now.")
        return None
    except Draft.DoesNotExist:
        messages.error(request, "Somebody deployed or discarded one of these drafts meanwhile. Nothing was deployed.")
        return None
    for definition in deployed.new:
        messages.success(request, f"{definition} is deployed.")
    for definition in deployed.unchanged:
        messages.info(request, f"{definition} is unchanged: no new version was made.")
    for warning in deployed.warnings:
        messages.warning(request, str(warning))
    if deployed.deployment is None:
        return HttpResponseRedirect(reverse("admin:orchestrator_draft_changelist"))
    return HttpResponseRedirect(reverse("admin:orchestrator_deployment_change", args=[deployed.deployment.pk]))


def _set_starters(request: HttpRequest, chosen: list[Draft], definitions: list[Definition]) -> None:
    """For each process of which the page said who may start it."""
    for draft in chosen:
        if f"starting-{draft.pk}" in request.POST and starters.may_grant(request):
            groups = {int(key) for key in request.POST.getlist(f"starters-{draft.pk}") if is_key(key)}
            keys = drafts.keys(drafts.drawn(draft))
            starters.set_for([each for each in definitions if each.key in keys], groups)


def _starters(request: HttpRequest, draft: Draft, what: drafts.Drawn) -> list[dict[str, Any]]:
    """The groups with what was ticked, where the page comes back."""
    groups = starters.of_drawing(request, what) or []
    if f"starting-{draft.pk}" not in request.POST:
        return groups
    ticked = set(request.POST.getlist(f"starters-{draft.pk}"))
    return [{**group, "may": str(group["id"]) in ticked} for group in groups]


def _rows(request: HttpRequest, chosen: list[Draft]) -> Iterator[Row]:
    drawings = [drafts.drawn(draft) for draft in chosen]
    files = drafts.files(drawings)
    judgement = deployment.judge(files) if files else Judgement([], [])
    for draft, what, file in zip(chosen, drawings, files, strict=True):
        latest = drafts.latest(what)
        try:
            changes = drafts.changes(what, latest) if latest else None
            lines = drafts.line_changes(what, latest) if latest else []
        except ValueError:  # it stands among the problems
            changes, lines = None, []
        yield Row(
            draft=draft,
            file=file,
            what=drafts.WHAT[what.kind],
            latest=latest,
            changes=changes,
            lines=lines,
            starters=_starters(request, draft, what),
            problems=[problem for problem in judgement.problems if problem.file in (file, "")],
            warnings=[warning for warning in judgement.warnings if warning.file == file],
            url=reverse("admin:orchestrator_designer", args=[draft.pk]),
        )
