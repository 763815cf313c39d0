"""What an administrator chose on the page that moves tokens: read from the form, with a sentence for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from orchestrator.bpmn.model import BoundaryEvent, FlowNode, Process, StartEvent, SubProcess
from orchestrator.feel.jsonnumbers import loads
from orchestrator.models import ElementInstance, ProcessInstance
from orchestrator.runtime.operations import Activation, Move
from orchestrator.runtime.timeline import element_name

MOST = 200  # element instances on the page
ROWS = 3  # elements that one form can activate


@dataclass(slots=True)
class Chosen:
    terminate: list[int] = field(default_factory=list)
    move: list[Move] = field(default_factory=list)
    activate: list[Activation] = field(default_factory=list)
    reason: str = ""
    errors: list[str] = field(default_factory=list)


def chosen(posted: QueryDict) -> Chosen:
    found = Chosen(reason=posted.get("reason", "").replace("\x00", "").strip())
    found.terminate = [int(number) for number in posted.getlist("terminate") if _is_number(number)]
    for name, element in posted.items():
        number = name.removeprefix("move_")
        if name.startswith("move_") and element and _is_number(number):
            if int(number) in found.terminate:
                found.errors.append("A token is either moved or ended, not both.")
            found.move.append((int(number), str(element), {}))
    rows = zip(posted.getlist("activate"), posted.getlist("inside"), posted.getlist("variables"), strict=False)
    for element, inside, text in rows:
        if element:
            around = int(inside) if _is_number(inside) else None
            found.activate.append((element, variables(text, found.errors), around))
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def variables(text: str, errors: list[str]) -> dict[str, Any]:
    """A JSON object, or nothing."""
    if not text.strip():
        return {}
    try:
        value = loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        errors.append('The variables are a JSON object, such as {"amount": 12}.')
        return {}
    return value


@dataclass(frozen=True, slots=True)
class Standing:
    """An active element instance, as a row of the page."""

    number: int
    element: str
    name: str
    where: str
    kind: str
    move_to: str
    ends: bool


def standing(instance: ProcessInstance, process: Process, posted: QueryDict | None) -> list[Standing]:
    rows = ElementInstance.objects.filter(process_instance=instance, state="active", scope__isnull=False)
    listed = list(rows.order_by("number")[:MOST])
    names = {row.number: element_name(process, row.element) for row in listed}
    ended = set(posted.getlist("terminate")) if posted else set()
    return [
        Standing(
            row.number,
            row.element,
            names[row.number] + (f", iteration {row.iteration}" if row.iteration else ""),
            names.get(row.scope or 0, ""),
            row.element_type,
            posted.get(f"move_{row.number}", "") if posted else "",
            str(row.number) in ended,
        )
        for row in listed
    ]


def places(process: Process) -> list[tuple[str, str]]:
    """The elements that can be activated by hand: (id, what a person calls it)."""
    found = [node for node in process.nodes.values() if _may_be_activated(process, node)]
    return [
        (node.id, _called(process, node)) for node in sorted(found, key=lambda node: _called(process, node).lower())
    ]


def _may_be_activated(process: Process, node: FlowNode) -> bool:
    by_event = isinstance(node, SubProcess) and node.triggered_by_event
    return not isinstance(node, BoundaryEvent | StartEvent) and not by_event


def _called(process: Process, node: FlowNode) -> str:
    name = f"{node.name} ({node.id})" if node.name else node.id
    return name if node.scope == process.id else f"{name}, in {element_name(process, node.scope)}"
