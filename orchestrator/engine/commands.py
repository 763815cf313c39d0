"""What can happen to a process instance from outside. The numbers are those of element instances.

`generation` counts the messages and signals in a row that led to a command, from one process instance to the next or
back to the same one, with nothing in between that takes time: no person, no job, no timer. From the second one in a row
on, what one leads to several times counts as often: a row that branches must not outgrow the world before it is long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orchestrator.engine.state import Variables


@dataclass(frozen=True, slots=True)
class Start:
    """Begin at `start_event`; None: the none start event. `start_before` begins at any flow nodes of the process
    instead.
    """

    variables: Variables = field(default_factory=dict)
    start_event: str | None = None
    start_before: tuple[str, ...] = ()
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Complete:
    """A user task was completed, a job succeeded, or a called process ended."""

    instance: int
    variables: Variables = field(default_factory=dict)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class AskListeners:
    """Somebody wants to do this to the user task `instance`, whose task listeners have a say: `event` is assigning |
    updating | completing. `request` comes back with SettleTask; its `headers` (texts) are given to the listeners.
    """

    instance: int
    event: str
    request: Variables = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)  # of a completion


@dataclass(frozen=True, slots=True)
class Trigger:
    """A timer fell due, a message or signal arrived for `event`, which `instance` awaits."""

    instance: int
    event: str
    variables: Variables = field(default_factory=dict)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A job or a called process reports a business error (BPMN error) at `instance`."""

    instance: int
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Escalate:
    """A called process throws an escalation at its call activity `instance`, and perhaps `ended` with it because that
    is interrupted.
    """

    instance: int
    code: str
    variables: Variables = field(default_factory=dict)
    ended: bool = False
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Fail:
    """`instance` cannot go on until somebody helps: a job has no attempts left, a called process does not exist, ..."""

    instance: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Retry:
    """An operator resolved the incident of `instance`: do what failed again."""

    instance: int


@dataclass(frozen=True, slots=True)
class GoOn:
    """The multi-instance body `instance` begins its next iterations: the step before had done enough (effect GoOn)."""

    instance: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Write variables into the scope of `instance`; `local` writes them there even when an outer scope has them."""

    instance: int
    variables: Variables
    local: bool = False


@dataclass(frozen=True, slots=True)
class ActivateAdHoc:
    """Start these activities of the ad-hoc sub-process `instance`."""

    instance: int
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Modify:
    """Terminate these element instances, activate these elements and move these tokens, in one step.

    `activate` holds (element id, variables, number of an element instance around it or None for the only one): scopes
    between the two are opened anew. `move` holds (number of the element instance that is left, element id, variables);
    the token stays in the scopes that both have in common. The variables become those of the scope.
    """

    terminate: tuple[int, ...] = ()
    activate: tuple[tuple[str, dict[str, Any], int | None], ...] = ()
    move: tuple[tuple[int, str, dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Migrate:
    """Go on in this version of the process: the state was translated into its words (`engine.migration`)."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Terminate the whole process instance."""


Command = (
    Start
    | Complete
    | AskListeners
    | Trigger
    | ThrowError
    | Escalate
    | Fail
    | Retry
    | GoOn
    | SetVariables
    | ActivateAdHoc
    | Modify
    | Migrate
    | Cancel
)
