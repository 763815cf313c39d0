"""A file of process tests as immutable values: what a modeller wrote, checked and with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.engine import Variables

# What stands in for the outside (`given`)


@dataclass(frozen=True, slots=True)
class Result:
    """The job succeeds, or the called process completes, with these variables."""

    variables: Variables


@dataclass(frozen=True, slots=True)
class Reply:
    """What a connector got from the other side; the job's own headers say what of it becomes variables."""

    value: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A BPMN error."""

    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """The work does not succeed `times` times (None: ever), then comes what `then` says."""

    times: int | None
    message: str = ""
    permanent: bool = False
    then: Answer | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing happens by itself: a step of the test goes on."""


Answer = Result | Reply | Fault | Failure | Waits


@dataclass(frozen=True, slots=True)
class Given:
    """Jobs by element id or type: the first answer for the first job, the last for all that follow. `resources` are the
    ids of the files that a task can link; None: any can be.
    """

    jobs: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    decisions: Mapping[str, Any] = field(default_factory=dict)
    processes: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    resources: Sequence[str] | None = None

    def under(self, other: Given) -> Given:
        """What `other` says counts first."""
        return Given(
            {**self.jobs, **other.jobs},
            {**self.decisions, **other.decisions},
            {**self.processes, **other.processes},
            self.resources if other.resources is None else other.resources,
        )


# How a test begins


@dataclass(frozen=True, slots=True)
class Start:
    """At `event` (None: the none start event), or by a message or signal."""

    variables: Variables = field(default_factory=dict)
    event: str | None = None
    by: str = ""
    message: str = ""
    key: str = ""
    signal: str = ""


# What happens: one class per kind of step. `where`: of several that are open the one that sees these variables.


@dataclass(frozen=True, slots=True)
class CompleteUserTask:
    element: str
    outcome: str = ""
    comment: str = ""
    by: str = ""
    data: Variables = field(default_factory=dict)
    where: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompleteJob:
    job: str
    answer: Result | Reply
    where: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailJob:
    job: str
    message: str = ""
    permanent: bool = False
    where: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowError:
    """At a job (by element or type) or a user task."""

    at: str
    fault: Fault
    where: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdvanceTime:
    by: str  # an ISO 8601 duration


@dataclass(frozen=True, slots=True)
class PublishMessage:
    name: str
    key: str = ""
    variables: Variables = field(default_factory=dict)
    time_to_live: str = "PT0S"


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    name: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetVariables:
    variables: Variables
    element: str = ""  # whose own variables; none: the process's


@dataclass(frozen=True, slots=True)
class ActivateAdHoc:
    element: str
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetryIncident:
    element: str


@dataclass(frozen=True, slots=True)
class CancelInstance:
    pass


Action = (
    CompleteUserTask
    | CompleteJob
    | FailJob
    | ThrowError
    | AdvanceTime
    | PublishMessage
    | BroadcastSignal
    | SetVariables
    | ActivateAdHoc
    | RetryIncident
    | CancelInstance
)


@dataclass(frozen=True, slots=True)
class Step:
    """`expect` maps what is looked at to what should be seen, by the names in the file; checked after the action."""

    action: Action | None
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    start: Start
    given: Given
    now: datetime
    steps: tuple[Step, ...]
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """One file. `lines` says on which line what stands (`texts.lines`)."""

    file: str
    process: str
    tests: tuple[Test, ...]
    lines: Mapping[str, int] = field(default_factory=dict)
