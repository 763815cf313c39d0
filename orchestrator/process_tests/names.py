"""The names that a test may use: elements, job types, decisions, messages and signals of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orchestrator.bpmn import model as bpmn
from orchestrator.process_tests.fields import Mistakes, Place, Reader, did_you_mean, name
from orchestrator.process_tests.models import Models


def jobs(node: bpmn.FlowNode | bpmn.Process) -> Iterator[bpmn.Job]:
    """Every job that this element or process may make, those of its listeners included."""
    own = getattr(node, "job", None)
    if own is not None:
        yield own
    listeners = (*node.listeners, *(node.task_listeners if isinstance(node, bpmn.UserTask) else ()))
    yield from (listener.job for listener in listeners)


def _message(node: bpmn.FlowNode) -> bpmn.MessageDefinition | None:
    for candidate in (getattr(node, "definition", None), getattr(node, "message", None)):
        if isinstance(candidate, bpmn.MessageDefinition):
            return candidate
    return None


def _signal_name(node: bpmn.FlowNode) -> bpmn.Text | None:
    definition = getattr(node, "definition", None)
    return definition.name if isinstance(definition, bpmn.SignalDefinition) else None


def _message_name(node: bpmn.FlowNode) -> bpmn.Text | None:
    message = _message(node)
    return message.name if message is not None else None


@dataclass(frozen=True)
class Names:
    models: Models

    @cached_property
    def nodes(self) -> list[bpmn.FlowNode]:
        return [node for process in self.models.processes.values() for node in process.nodes.values()]

    # -- readers

    def process(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        return self._known("process", self.models.processes, value, place, mistakes)

    def user_task(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        tasks = [node.id for node in self.nodes if isinstance(node, bpmn.UserTask)]
        return self._known("user task", tasks, value, place, mistakes)

    def job(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        return self._open("job at an element or of a type", self._jobs, value, place, mistakes)

    def job_or_user_task(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        tasks = [node.id for node in self.nodes if isinstance(node, bpmn.UserTask)]
        return self._open("job or user task", [*self._jobs, *tasks], value, place, mistakes)

    def decision(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        called = [node.decision for node in self.nodes if isinstance(node, bpmn.BusinessRuleTask) and node.decision]
        return self._open("decision", [*called, *self.models.decisions], value, place, mistakes)

    def called_process(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        called = [node.called_process for node in self.nodes if isinstance(node, bpmn.CallActivity)]
        return self._open("called process", called, value, place, mistakes)

    def message(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        found = [text for node in self.nodes if (text := _message_name(node)) is not None]
        return self._open("message", found, value, place, mistakes)

    def signal(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        found = [text for node in self.nodes if (text := _signal_name(node)) is not None]
        return self._open("signal", found, value, place, mistakes)

    def any_element(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        return self._known("element", [node.id for node in self.nodes], value, place, mistakes)

    def incident_place(self, value: Any, place: Place, mistakes: Mistakes) -> str:
        """Where an incident may be: at an element, or at the process itself."""
        known = [*self.models.processes, *(node.id for node in self.nodes)]
        return self._known("element", known, value, place, mistakes)

    def element_of(self, process: str) -> Reader:
        return self._reader(f"element of {process}", lambda: self.models.processes[process].nodes)

    def part_of(self, process: str) -> Reader:
        """An element or a sequence flow."""
        found = self.models.processes[process]
        return self._reader(f"element or sequence flow of {process}", lambda: [*found.nodes, *found.flows])

    def start_of(self, process: str) -> Reader:
        found = self.models.processes[process]
        starts = [start.id for start in found.start_events.get(process, ())]
        starts += [n.id for n in found.nodes.values() if isinstance(n, bpmn.ReceiveTask) and n.instantiate]
        return self._reader(f"start event of {process}", lambda: starts)

    # -- how they are read

    @cached_property
    def _jobs(self) -> list[bpmn.Text]:
        found: list[bpmn.Text] = []
        owners: list[bpmn.FlowNode | bpmn.Process] = [*self.models.processes.values(), *self.nodes]
        for node in owners:
            types = [job.type for job in jobs(node)]
            found += [node.id, *types] if types else []
        return found

    def _reader(self, what: str, known: Callable[[], Iterable[str]]) -> Reader:
        return lambda value, place, mistakes: self._known(what, known(), value, place, mistakes)

    def _open(self, what: str, known: Iterable[bpmn.Text], value: Any, place: Place, mistakes: Mistakes) -> str:
        """Where an expression of the model makes names, any name may be right."""
        names = list(known)
        if any(not isinstance(each, str) for each in names):
            return str(name(value, place, mistakes))
        return self._known(what, [each for each in names if isinstance(each, str)], value, place, mistakes)

    @staticmethod
    def _known(what: str, known: Iterable[str], value: Any, place: Place, mistakes: Mistakes) -> str:
        before, found = len(mistakes.found), str(name(value, place, mistakes))
        names = set(known)
        if len(mistakes.found) == before and found not in names:
            mistakes.add(place, f"There is no {what} “{found}”{did_you_mean(found, names)}")
        return found
