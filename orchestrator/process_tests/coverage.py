"""How much of each process the tests reach: elements entered, sequence flows taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.process_tests.models import Models
from orchestrator.process_tests.running import Outcome


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one process; what is missing is in the order of the file."""

    process: str
    elements: int
    missing_elements: tuple[str, ...]
    flows: int
    missing_flows: tuple[str, ...]

    @property
    def of_elements(self) -> float:
        """Per cent."""
        return _share(self.elements, len(self.missing_elements))

    @property
    def of_flows(self) -> float:
        return _share(self.flows, len(self.missing_flows))


def _share(all: int, missing: int) -> float:
    return 100.0 * (all - missing) / all if all else 100.0


def coverage(models: Models, outcomes: Iterable[Outcome]) -> list[Coverage]:
    """Of the processes under test, and of those beside them that a test ran."""
    reached: dict[str, set[str]] = {process: set() for process in models.tested}
    for outcome in outcomes:
        for process, ids in outcome.reached.items():
            reached.setdefault(process, set()).update(ids)
    return [_coverage(models, process, reached[process]) for process in reached]


def _coverage(models: Models, id: str, reached: set[str]) -> Coverage:
    process = models.processes[id]
    missing = tuple(node for node in process.nodes if node not in reached)
    missing_flows = tuple(flow for flow in process.flows if flow not in reached)
    return Coverage(id, len(process.nodes), missing, len(process.flows), missing_flows)
