"""What a task links (`zeebe:linkedResource`), for the connectors and functions that do its work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.engine.jobs import LINKED_RESOURCES
from orchestrator.models import ResourceDefinition


@dataclass(frozen=True, slots=True)
class LinkedResource:
    """The version that was linked when the job was created, whatever was deployed since. `file` is its name."""

    link_name: str
    type: str
    id: str
    version: int
    file: str
    content: bytes


def linked(headers: Mapping[str, str]) -> tuple[LinkedResource, ...]:
    """The resources of a job with these headers (`JobRequest.headers`), in the order of the model."""
    entries = json.loads(headers.get(LINKED_RESOURCES, "[]"))
    rows = ResourceDefinition.objects.select_related("resource").in_bulk([int(one["resourceKey"]) for one in entries])
    return tuple(_linked(one["linkName"], one["resourceType"], rows[int(one["resourceKey"])]) for one in entries)


def content(key: str) -> bytes:
    """The file behind a `resourceKey`. Raises ResourceDefinition.DoesNotExist."""
    return bytes(ResourceDefinition.objects.values_list("resource__content", flat=True).get(pk=key))


def _linked(link_name: str, type: str, row: ResourceDefinition) -> LinkedResource:
    file = row.resource
    return LinkedResource(link_name, type, row.key, row.version, file.name, bytes(file.content))
