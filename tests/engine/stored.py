"""What the shell in memory keeps: process instances, what they wait for, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import State, Step, effects, new_state

Variables = dict[str, Any]


@dataclass(eq=False)
class Wait:
    """Something an element instance waits for: a task, a job, a timer, a message or a signal."""

    number: int
    instance: Instance
    owner: int  # the element instance
    event: str
    effect: Any
    due: datetime | None = None
    repeat: int | None = 1
    correlated: set[int] = field(default_factory=set)  # messages


@dataclass(eq=False)
class Instance:
    """A process instance."""

    id: int
    process: bpmn.Process
    parent: tuple[Instance, int] | None = None
    correlation_key: str = ""
    state: str = "active"
    stored: State = field(default_factory=new_state)
    variables: Variables = field(default_factory=dict)
    history: list[tuple[int, str, str]] = field(default_factory=list)  # number, element, what
    flows: list[tuple[int, str]] = field(default_factory=list)
    incidents: dict[int, effects.RaiseIncident] = field(default_factory=dict)
    warnings: list[effects.WarnOfExpression] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: dict[int, dict[int, Any]] = field(default_factory=dict)  # of multi-instance bodies, by iteration

    @property
    def ended(self) -> bool:
        return self.state != "active"


@dataclass(eq=False)
class Message:
    number: int
    name: str
    key: str
    variables: Variables
    expires: datetime
    processes: set[str] = field(default_factory=set)  # to which it was correlated
