"""Deployed definitions as values: parsed once per process, kept, shared. Rows of definitions never change."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.db.models import QuerySet

from orchestrator import bpmn, dmn, feel
from orchestrator.bpmn.model import Binding, FormReference, Process
from orchestrator.engine.environment import Decide, Decided, DecisionError, ResourceNotFound
from orchestrator.engine.state import Variables
from orchestrator.models import DecisionDefinition, FormDefinition, ProcessDefinition, Resource, ResourceDefinition
from orchestrator.runtime import decision_files

AnyDefinition = TypeVar("AnyDefinition", ProcessDefinition, DecisionDefinition, FormDefinition, ResourceDefinition)

LATEST = Binding()


def process(definition: ProcessDefinition) -> Process:
    """What a version of a process says."""
    return process_of(definition.pk)


@lru_cache(maxsize=500)
def process_of(definition_id: int) -> Process:
    definition = row(definition_id)
    return bpmn.parse(_content(definition.resource_id)).processes[definition.key]


@lru_cache(maxsize=1000)
def row(definition_id: int) -> ProcessDefinition:
    """The row of a process definition. Whether it is the latest may have changed since: do not ask this one."""
    return ProcessDefinition.objects.select_related("resource").defer("resource__content").get(pk=definition_id)


@lru_cache(maxsize=200)
def _decisions(resource_id: int) -> dmn.Definitions:
    content = _content(resource_id)
    imported = {space: _decisions(id) for space, id in decision_files.imported_by(resource_id, content).items()}
    return dmn.parse(content, imports=imported)


@lru_cache(maxsize=500)
def _form(resource_id: int, key: str) -> Any:
    content = _content(resource_id)
    if content.lstrip().startswith(b"{"):
        return json.loads(content)
    embedded = (process.forms for process in bpmn.parse(content).processes.values())
    return json.loads(next(forms[key] for forms in embedded if key in forms))


def forget() -> None:
    """Empty the caches; only needed where ids are used again, as tests do."""
    for cached in (process_of, row, _decisions, _form, _existing_form):
        cached.cache_clear()


def _content(resource_id: int) -> bytes:
    return bytes(Resource.objects.values_list("content", flat=True).get(pk=resource_id))


def diagram_xml(definition: ProcessDefinition) -> bytes:
    return _content(definition.resource_id)


def form_schema(definition: FormDefinition) -> dict[str, Any]:
    schema: dict[str, Any] = _form(definition.resource_id, definition.key)
    return schema


def bound(kind: type[AnyDefinition], key: str, binding: Binding, deployment_id: int | None) -> AnyDefinition | None:
    """The version of `key` that a reference from this deployment means."""
    versions: QuerySet[AnyDefinition] = kind._default_manager.filter(key=key)
    if binding.type == "deployment":
        return versions.filter(resource__deployment=deployment_id).first()
    if binding.type == "versionTag":
        return versions.filter(version_tag=binding.version_tag).order_by("-version").first()
    return versions.filter(is_latest=True).first()


def latest_form(key: str) -> FormDefinition | None:
    return bound(FormDefinition, key, LATEST, None)


def form_for(definition: ProcessDefinition, reference: FormReference | None) -> FormDefinition | None:
    """The form that a start event or user task of this process refers to; None without one, or when it lives
    elsewhere.
    """
    if reference is None or not reference.form_id:
        return None
    return bound(FormDefinition, reference.form_id, reference.binding, definition.resource.deployment_id)


def has_form(definition: ProcessDefinition, reference: FormReference) -> bool:
    """Is there the form that a user task of this process refers to? One that lives elsewhere is taken on trust."""
    if not reference.form_id:
        return True
    try:
        _existing_form(reference.form_id, reference.binding, definition.resource.deployment_id)
    except FormDefinition.DoesNotExist:
        return False
    return True


@lru_cache(maxsize=1000)
def _existing_form(key: str, binding: Binding, deployment_id: int) -> None:
    """Raises DoesNotExist, which is not kept: somebody may deploy it. What is there once, stays."""
    if bound(FormDefinition, key, binding, deployment_id) is None:
        raise FormDefinition.DoesNotExist


def called_process(definition: ProcessDefinition, key: str, binding: Binding) -> ProcessDefinition | None:
    return bound(ProcessDefinition, key, binding, definition.resource.deployment_id)


def decision(
    key: str, binding: Binding = LATEST, deployment_id: int | None = None
) -> tuple[DecisionDefinition, dmn.Definitions]:
    """Raises DecisionError when there is none."""
    found = bound(DecisionDefinition, key, binding, deployment_id)
    if found is None:
        raise DecisionError("CALLED_DECISION_ERROR", f"There is no decision {key}{meant(binding)}")
    return found, _decisions(found.resource_id)


def meant(binding: Binding) -> str:
    """In a sentence about a version that is not there."""
    if binding.type == "versionTag":
        return f" with the version tag {binding.version_tag}"
    return " in the same deployment" if binding.type == "deployment" else ""


def link(definition: ProcessDefinition, id: str, binding: Binding) -> str:
    """The key of the version of a resource that a task of this process links. Raises ResourceNotFound."""
    found = bound(ResourceDefinition, id, binding, definition.resource.deployment_id)
    if found is None:
        help = "deploy both together" if binding.type == "deployment" else "deploy it, then retry"
        raise ResourceNotFound(f"There is no resource {id}{meant(binding)}: {help}")
    return str(found.pk)


def file_of(definition: DecisionDefinition) -> dmn.Definitions:
    """The file in which a version of a decision stands."""
    return _decisions(definition.resource_id)


def decide(definition: ProcessDefinition, now: datetime) -> Decide:
    """Decides as of `now` for an instance of this process."""

    def decided(key: str, binding: Binding, variables: Variables) -> Decided:
        found, definitions = decision(key, binding, definition.resource.deployment_id)
        try:
            result = dmn.evaluate(definitions, found.key, variables, environment=feel.Environment(now=now))
        except (dmn.DecisionFailed, feel.LimitExceeded) as error:
            raise DecisionError("DECISION_EVALUATION_ERROR", f"The decision {found.key} failed: {error}") from error
        return Decided(result.value, {"version": found.version, **result.to_json()})

    return decided
