"""What the designers offer: the tables that parsing, checking and performing read, sent with the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from orchestrator.bpmn import support
from orchestrator.connectors import definitions, secrets
from orchestrator.connectors.inbound import WEBHOOK
from orchestrator.feel.builtins import BUILTINS
from orchestrator.models import Resource


def offered(kind: Resource.Kind) -> dict[str, Any]:
    """What executes, for the menus and completions of the designers: the tables that parsing and checking read."""
    connectors = _connected() if kind == Resource.Kind.BPMN else {}
    return {"functions": sorted(BUILTINS), **OFFERED.get(kind, {}), **connectors}


def _connected() -> dict[str, Any]:
    webhook = [asdict(each) for each in WEBHOOK.inputs]
    return {"connectors": list(does_jobs()), "webhook": webhook, "secrets": secrets.names()}


def does_jobs() -> Iterator[dict[str, Any]]:
    """The connectors and the functions of the project, with the inputs that they read."""
    for type, known in definitions().items():
        inputs = [asdict(each) for each in known.inputs]
        yield {"type": type, "title": known.title, "description": known.description, "inputs": inputs}


OFFERED: dict[Resource.Kind, dict[str, Any]] = {
    Resource.Kind.BPMN: {
        "nodes": list(support.FLOW_NODES),
        "events": {tag: sorted(positions) for tag, positions in support.EVENT_POSITIONS.items()},
        "refusedExtensions": list(support.REFUSED_EXTENSIONS),
    },
}
