"""Scopes: the process itself, embedded and event sub-processes, transactions (BPMN 2.0, 10.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours.tasks import Activity
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.state import ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

BARE = "bare"  # in a scope's data: it was opened to activate something inside, not from its start event


class Process(Behaviour):
    """The root. How it begins is in its data until it has begun."""

    maps_variables = False

    def enter(self, run: Run, node: bpmn.Process, instance: ElementInstance) -> None:
        begin = instance.data["begin"]
        instance.data = {name: value for name, value in instance.data.items() if name != "begin"}
        for element, data in begin.items():
            run.arrive(run.process.nodes[element], instance.id, data=data)

    def retry(self, run: Run, node: bpmn.Process, instance: ElementInstance) -> None:
        run.look_again(instance)


class SubProcess(Activity):
    def enter(self, run: Run, node: bpmn.SubProcess, instance: ElementInstance) -> None:
        data = instance.data
        if BARE in data:
            return
        start = run.process.nodes[data["event"]] if node.triggered_by_event else _none_start(run.process, node)
        inside = {"trigger": data["trigger"]} if data.get("trigger") else {}
        instance.data = {name: value for name, value in data.items() if name != "trigger"}
        run.arrive(start, instance.id, data=inside)

    def retry(self, run: Run, node: bpmn.SubProcess, instance: ElementInstance) -> None:
        run.look_again(instance)


def _none_start(process: bpmn.Process, node: bpmn.SubProcess) -> bpmn.StartEvent:
    for start in process.start_events.get(node.id, ()):
        if start.definition is None:
            return start
    raise CommandRejected(f"{node.id} has no start event without a trigger")
