"""The way back from an element instance to the beginning: what its token passed, nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from orchestrator.bpmn.model import FlowNode, Process, SequenceFlow, StartEvent
from orchestrator.engine.seen import SEEN
from orchestrator.feel.jsonnumbers import loads

MOST_ROWS = 1_000  # element instances that are read: those before the task, nearest first
MOST_STEPS = 60  # that are gone back

_BEFORE = f"""
    SELECT number, left_number, element, scope, array_to_string(entered_by, ' '), iteration,
           coalesce(data -> '{SEEN}', '{{}}')::text, coalesce(data ->> 'event', '')
    FROM orchestrator_elementinstance WHERE process_instance_id = %s AND number <= %s
    ORDER BY number DESC LIMIT {MOST_ROWS}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """An element instance: `number` and `left` count what happened in the process instance."""

    number: int
    left: int | None
    element: str
    scope: int | None
    entered_by: tuple[str, ...]
    iteration: int | None
    seen: str
    event: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A node that the token came through, with the sequence flow by which it left; `seen` is what conditions saw there.
    Without a flow it is where the way begins.
    """

    node: FlowNode
    number: int
    flow: SequenceFlow | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)


def back(process: Process, instance_id: int, number: int) -> Iterator[Passed]:
    """From the element instance `number` backwards; one statement. Ends where nothing tells how the token came."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [instance_id, number])
        found = [
            Row(number, left, element, scope, tuple(by.split()), *rest)
            for number, left, element, scope, by, *rest in cursor.fetchall()
        ]
    rows = {row.number: row for row in found}
    here = rows.get(number)
    for _ in range(MOST_STEPS):
        if here is None:
            return
        came = _before(process, found, here)
        if came is not None:
            flow, here = came
            yield Passed(process.nodes[here.element], here.number, flow, loads(here.seen))
            continue
        if here.event in process.nodes:  # an event sub-process: what started it
            yield Passed(process.nodes[here.event], here.number)
            return
        around = rows.get(here.scope) if here.scope is not None else None
        inside = here.iteration is not None or isinstance(process.nodes.get(here.element), StartEvent)
        here = around if inside and around is not None and around.scope is not None else None


def _before(process: Process, rows: list[Row], here: Row) -> tuple[SequenceFlow, Row] | None:
    """The sequence flow by which the last token came, and the element instance that sent it."""
    if here.iteration is not None:
        return None
    flows = [process.flows[id] for id in here.entered_by if id in process.flows]
    sent = {
        flow: max(
            (row for row in rows if row.element == flow.source and row.scope == here.scope and _is_over(row, here)),
            key=lambda row: row.left or 0,
            default=None,
        )
        for flow in flows
    }
    came = [(flow, row) for flow, row in sent.items() if row is not None]
    return max(came, key=lambda pair: pair[1].left or 0, default=None)


def _is_over(row: Row, here: Row) -> bool:
    return row.iteration is None and row.left is not None and row.left < here.number
