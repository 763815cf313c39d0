"""The page on which running instances are moved to another version: the plan, the dry run, the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from orchestrator.bpmn.model import Process
from orchestrator.engine.migration import kind
from orchestrator.models import Batch, ProcessDefinition, ProcessInstance
from orchestrator.runtime import batches, definitions, migration, permissions
from orchestrator.runtime.batches import InvalidBatch
from orchestrator.runtime.migration import MigrationRefused, Report

LOOKED_AT = 200  # instances of one dry run
ROWS = 500  # elements on the page; a browser sends no more than a thousand fields
SHOWN = 50  # of them on the page, those that do not fit first


@dataclass(frozen=True, slots=True)
class Row:
    """One element of the source, and what it becomes. `options` are the elements of the same kind in the target."""

    id: str
    name: str
    kind: str
    active: int
    becomes: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """`told` and `misfits` count the instances to which each sentence applies."""

    looked_at: int
    fitting: int
    all: int
    told: tuple[tuple[str, int], ...]
    misfits: tuple[tuple[str, int], ...]
    reports: tuple[Report, ...]


def view(site: AdminSite, request: HttpRequest, source: int, target: int) -> HttpResponse:
    """All running instances of a version, or one: `?instance=`."""
    old = get_object_or_404(permissions.administered(request.user), pk=source)  # type: ignore[arg-type]
    new = get_object_or_404(ProcessDefinition, pk=target, key=old.key)
    if old.pk == new.pk:
        raise Http404
    instances = ProcessInstance.objects.filter(definition=old, state=ProcessInstance.State.ACTIVE)
    asked = request.GET.get("instance", "")
    if asked:
        instances = instances.filter(pk=int(asked) if asked.isdigit() and len(asked) < 19 else 0)
    one = instances.first() if asked else None
    if asked and one is None:
        raise Http404
    posted = request.method == "POST"
    mapped = _mapped(request, migration.propose(old, new))
    dry, errors = None, []
    if posted:
        errors = [misfit.message for misfit in migration.problems(old, new, mapped)]
    if posted and not errors:
        if request.POST.get("do") == "apply":
            try:
                return _run(request, old, new, one, mapped)
            except (MigrationRefused, InvalidBatch) as refused:
                errors = [str(refused)]
        else:
            dry = dry_run(instances, new, mapped)
    context = {
        **site.each_context(request),
        "opts": ProcessInstance._meta,
        "title": f"Migrate to version {new.version}",
        "source": old,
        "target": new,
        "instance": one,
        "running": instances.count(),
        "rows": rows(old, new, mapped),
        "errors": errors,
        "dry": dry,
        "reason": request.POST.get("reason", ""),
        "source_url": reverse("admin:orchestrator_processdefinition_source", args=[old.pk]),
        "target_url": reverse("admin:orchestrator_processdefinition_source", args=[new.pk]),
    }
    return TemplateResponse(request, "admin/orchestrator/migrate.html", context, status=422 if errors else 200)


def _mapped(request: HttpRequest, proposed: dict[str, str]) -> dict[str, str]:
    """What the page sent, and for elements that are not on it what suggests itself."""
    prefix = "map_"
    sent = {name.removeprefix(prefix): str(to) for name, to in request.POST.items() if name.startswith(prefix)}
    return {element: to for element, to in {**proposed, **sent}.items() if to}


def _run(
    request: HttpRequest,
    old: ProcessDefinition,
    new: ProcessDefinition,
    one: ProcessInstance | None,
    mapped: dict[str, str],
) -> HttpResponse:
    by: Any = request.user
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    if one is not None:
        migration.migrate(one, new, mapped, by=by, reason=reason)
        messages.success(request, f"{one} goes on in version {new.version}.")
        return HttpResponseRedirect(reverse("admin:orchestrator_processinstance_change", args=[one.pk]))
    filter = {"process": old.key, "version": old.version}
    batch = batches.begin(Batch.Kind.MIGRATE, filter, {"target": new.pk, "mapping": mapped}, by=by, reason=reason)
    return HttpResponseRedirect(reverse("admin:orchestrator_batch_change", args=[batch.pk]))


def rows(source: ProcessDefinition, target: ProcessDefinition, mapped: dict[str, str]) -> list[Row]:
    """Where tokens stand first, then in the order of the drawing."""
    old, new = definitions.process_of(source.pk), definitions.process_of(target.pk)
    active = migration.active_elements(source)
    options = _by_kind(new)
    found = [
        Row(
            node.id,
            node.name or node.id,
            kind(node).partition(" ")[2],  # without its article
            active.get(node.id, 0),
            mapped.get(node.id, ""),
            tuple(options.get(kind(node), ())),
        )
        for node in old.nodes.values()
    ]
    return sorted(found, key=lambda row: row.active == 0)[:ROWS]


def _by_kind(process: Process) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for node in process.nodes.values():
        found.setdefault(kind(node), []).append((node.id, f"{node.name} ({node.id})" if node.name else node.id))
    return found


def dry_run(instances: Any, target: ProcessDefinition, mapped: dict[str, str]) -> DryRun:
    looked_at = list(instances.order_by("id")[:LOOKED_AT])
    reports = [migration.dry_run(instance, target, mapped) for instance in looked_at]
    return DryRun(
        looked_at=len(reports),
        fitting=sum(not report.misfits for report in reports),
        all=instances.count(),
        told=_counted(report.told for report in reports),
        misfits=_counted({misfit.message for misfit in report.misfits} for report in reports),
        reports=tuple(sorted(reports, key=lambda report: not report.misfits)[:SHOWN]),
    )


def _counted(sentences: Iterable[Iterable[str]]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(sentence for told in sentences for sentence in told).most_common(SHOWN))
