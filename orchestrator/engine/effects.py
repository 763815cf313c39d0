"""What a step asks the world to do. The shell turns each effect into rows, in the order given.

`instance` is the number of an element instance, unique within its process instance. `generation` is for the command to
which the effect leads elsewhere (`engine.commands`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.bpmn.model import Binding
from orchestrator.engine.state import Variables


@dataclass(frozen=True, slots=True)
class CreateUserTask:
    """A person has to act. All expressions of the model are evaluated; `properties` are those of the model,
    evaluated too.
    """

    instance: int
    element: str
    assignee: str | None
    candidate_users: tuple[str, ...]
    candidate_groups: tuple[str, ...]
    due_date: datetime | None
    follow_up_date: datetime | None
    priority: int  # 0..100
    properties: dict[str, Any] = field(hash=False)
    variables: Variables = field(hash=False)  # what the person's form may read


@dataclass(frozen=True, slots=True)
class CreateJob:
    """Work for a connector or a registered function. Seconds: `retry_backoff` per further attempt, `timeout` of one
    attempt.
    """

    instance: int
    element: str
    type: str
    retries: int
    headers: dict[str, str] = field(hash=False)
    retry_backoff: tuple[float, ...]
    timeout: float | None
    variables: Variables = field(hash=False)  # visible at the element, inputs applied


@dataclass(frozen=True, slots=True)
class SettleTask:
    """The task listeners have had their say about what was asked of a user task: `event` is assigning | updating |
    completing, `request` what came with the command, `corrections` by the names of CreateUserTask. Before the task is
    withdrawn as completed; after it is created, where `request` is None.
    """

    instance: int
    element: str
    event: str
    request: Variables | None = field(hash=False)
    denied: bool
    reason: str
    corrections: Variables = field(hash=False)


@dataclass(frozen=True, slots=True)
class ScheduleTimer:
    """`repeat`: how often it fires in all, None for ever, 1 for a single time; `cycle` the text to compute the next
    due time from, in the business calendar `calendar` if it counts working time.
    """

    instance: int
    event: str
    due: datetime
    cycle: str = ""
    repeat: int | None = 1
    interrupting: bool = True
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class SubscribeMessage:
    instance: int
    event: str
    name: str
    correlation_key: str
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class SubscribeSignal:
    instance: int
    event: str
    name: str
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class PublishMessage:
    """A message that the engine publishes itself; `time_to_live` in seconds."""

    instance: int
    name: str
    correlation_key: str
    variables: Variables = field(hash=False)
    message_id: str = ""
    time_to_live: float = 0.0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    """`until`: the last element instance that was there to hear it; `heard`: (element instance, event) of those that
    heard it already.
    """

    instance: int
    name: str
    variables: Variables = field(hash=False)
    generation: int = 0
    until: int = 0
    heard: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class CallProcess:
    instance: int
    element: str
    process: str
    binding: Binding
    variables: Variables = field(hash=False)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class CancelCalled:
    """Terminate the process instance that call activity `instance` started."""

    instance: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Close what this element instance waits for: everything, or only the waits for `event`."""

    instance: int
    event: str | None = None
    reason: str = "completed"  # completed | terminated | triggered


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """What a business rule task decided, with the matched rules, for the auditor (`dmn.DecisionResult.to_json`)."""

    instance: int
    element: str
    decision: str
    result: Any = field(hash=False)


@dataclass(frozen=True, slots=True)
class RaiseIncident:
    """`kind` is the error type in the dialect's words: CONDITION_ERROR, EXTRACT_VALUE_ERROR, IO_MAPPING_ERROR,
    JOB_NO_RETRIES,
    UNHANDLED_ERROR_EVENT, CALLED_ELEMENT_ERROR, CALLED_DECISION_ERROR, DECISION_EVALUATION_ERROR,
    FORM_NOT_FOUND, RESOURCE_NOT_FOUND, RUNAWAY, UNKNOWN."""

    instance: int
    element: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    instance: int


@dataclass(frozen=True, slots=True)
class WarnOfExpression:
    """FEEL yielded null and says why; kept where an operator can see it."""

    instance: int
    element: str
    expression: str
    message: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """A multi-instance body has items left, and this step has done enough: go on with it in a step of its own."""

    instance: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class EscalateToParent:
    """An escalation that nothing here catches, for the calling process instance."""

    code: str
    variables: Variables = field(hash=False)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class EndProcess:
    """`outcome`: completed | terminated | error | escalation (then `error_code` is thrown at the calling process
    instance, which the escalation interrupts).
    """

    outcome: str
    variables: Variables = field(hash=False)
    error_code: str = ""
    error_message: str = ""
    generation: int = 0


Effect = (
    CreateUserTask
    | CreateJob
    | SettleTask
    | ScheduleTimer
    | SubscribeMessage
    | SubscribeSignal
    | PublishMessage
    | BroadcastSignal
    | CallProcess
    | CancelCalled
    | Withdraw
    | RecordDecision
    | RaiseIncident
    | ResolveIncident
    | WarnOfExpression
    | GoOn
    | EscalateToParent
    | EndProcess
)
