"""Who may start a process, chosen where it is deployed. Only for who may grant that elsewhere too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpRequest
from guardian.shortcuts import assign_perm, get_groups_with_perms, remove_perm

from orchestrator.admin.designer.access import Refused
from orchestrator.admin.designer.sent import is_key
from orchestrator.models import ProcessDefinition, Resource
from orchestrator.runtime import drafts
from orchestrator.runtime.deployment import Definition
from orchestrator.runtime.drafts import Drawn
from orchestrator.runtime.permissions import START

MAX_GROUPS = 500


def may_grant(request: HttpRequest) -> bool:
    return request.user.has_perm("orchestrator.change_processdefinition")


def of_drawing(request: HttpRequest, what: Drawn) -> list[dict[str, Any]] | None:
    """Every group, with whether it may start the process; None where this person may not say so."""
    if what.kind != Resource.Kind.BPMN or not may_grant(request):
        return None
    may = groups_of(drafts.keys(what))
    return [
        {"id": pk, "name": name, "may": pk in may}
        for pk, name in Group.objects.order_by("name").values_list("pk", "name")[:MAX_GROUPS]
    ]


def groups_of(keys: Iterable[str]) -> set[int]:
    """The groups that may start a process with one of these keys; a grant on any version holds for all."""
    versions = ProcessDefinition.objects.filter(key__in=list(keys))
    granted: set[int] = set()
    for version in versions:
        groups: Any = get_groups_with_perms(version, attach_perms=True)
        granted |= {group.pk for group, permissions in groups.items() if START in permissions}
    return granted


def sent(request: HttpRequest) -> set[int] | None:
    """The groups that shall be able to start what is deployed; None: nothing was said."""
    if request.POST.get("starting") != "chosen":
        return None
    if not may_grant(request):
        raise Refused(403, "You may not say who starts a process: leave that to who may.")
    given = request.POST.get("starters", "")
    keys = [key for key in given.split(",") if key]
    if not all(map(is_key, keys)):
        raise Refused(400, "It is not known which groups are meant: reload the page.")
    return {int(key) for key in keys}


def set_for(definitions: Iterable[Definition], groups: set[int] | None) -> None:
    """Grants and takes back, for the processes among these."""
    if groups is None:
        return
    for definition in definitions:
        if isinstance(definition, ProcessDefinition):
            _set(definition.key, groups)


def _set(key: str, groups: set[int]) -> None:
    versions = list(ProcessDefinition.objects.filter(key=key).order_by("version"))
    before = groups_of([key])
    for group in Group.objects.filter(pk__in=groups - before):
        assign_perm(START, group, versions[0])
    for group in Group.objects.filter(pk__in=before - groups):
        for version in versions:
            remove_perm(START, group, version)
