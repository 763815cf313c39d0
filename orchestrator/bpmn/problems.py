"""What is wrong with a diagram, in sentences for the person who drew it."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.bpmn.model import FlowNode


@dataclass(frozen=True, slots=True)
class Problem:
    """`element` is the id of the element, or "" for the whole file; `line` counts from 1, None where it is unknown."""

    element: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.element}: {self.message}" if self.element else self.message


def called(node: FlowNode) -> str:
    """What its modeller calls it."""
    return f"“{node.name}”" if node.name else node.id


class BpmnError(ValueError):
    """The diagram cannot be executed; `problems` holds every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
