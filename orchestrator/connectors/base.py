"""Automated work outside the engine: what a connector is, what it is asked, what it may answer.

A connector is called outside any transaction, at least once per job, with a key that is the same on every attempt. It
returns an Outcome, or raises ConnectorError (it did not work) or BusinessError (it worked, and the answer is one that
the process has to deal with). No connector writes process state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol


class ConnectorError(Exception):
    """The work could not be done; str() is a sentence for an operator.

    `permanent`: another attempt cannot help. `retry_after`: seconds that the other side asks to wait. `code`: the BPMN
    error to throw when no attempts are left, if something catches it.
    """

    def __init__(self, message: str, permanent: bool = False, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.code = code


class NotTried(ConnectorError):
    """The other side was not asked, for now: this costs no attempt."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message, retry_after=retry_after)


class BusinessError(Exception):
    """A BPMN error for an error event with this code to catch."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = dict(variables or {})


@dataclass(frozen=True, slots=True)
class JobRequest:
    """`key` is the idempotency key, `timeout` the seconds that this attempt may take, `attempt` counts from 1. `now` is
    the database's time when the attempt began.

    `variables` are all that the task sees, `inputs` those that its input mappings made. Connectors send nothing but
    inputs: a variable that happens to be called `headers` is nobody else's business.
    """

    key: str
    type: str
    variables: Mapping[str, Any]
    inputs: Mapping[str, Any]
    headers: Mapping[str, str]
    attempt: int
    timeout: float
    process_instance_id: int
    element: str
    now: datetime


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail to queue in the transaction that completes the job."""

    to: tuple[str, ...]
    subject: str
    text: str = ""
    html: str = ""
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A BPMN message to publish in the transaction that completes the job; one with the same id is published once."""

    name: str
    correlation_key: str = ""
    message_id: str = ""
    time_to_live: timedelta = timedelta(0)
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    variables: Mapping[str, Any] = field(default_factory=dict)
    mails: tuple[OutgoingMail, ...] = ()
    messages: tuple[OutgoingMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One `zeebe:input` that the connector reads; the designer makes a field of it.

    `type`: string | text | number | boolean | choice | context | list | expression | secret. A `static` one is
    written in the model and never computed: a deployment with FEEL there is refused.
    """

    name: str
    label: str
    type: str = "string"
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    description: str = ""
    static: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """One task header that the connector reads."""

    name: str
    label: str
    description: str = ""


class Definition(Protocol):
    """What a step of this type reads: the one description of panel, deployment and element templates."""

    @property
    def name(self) -> str:
        """The type in `zeebe:taskDefinition`."""

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def inputs(self) -> tuple[Input, ...]: ...

    @property
    def headers(self) -> tuple[Header, ...]: ...


class Connector(Definition, Protocol):
    def call(self, request: JobRequest) -> Outcome: ...

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        """What a call would send, with secrets blotted out. Sends nothing. Raises ConnectorError."""


Worker = Callable[[JobRequest], "Mapping[str, Any] | Outcome | None"]

# Honoured by the engine for the job of every connector and function.
COMMON_HEADERS = (
    Header("retryBackoff", "Wait before a retry", "ISO 8601 durations, separated by commas; the last one repeats"),
    Header("jobTimeout", "Time limit of one attempt", "An ISO 8601 duration; without it PT30S"),
    Header("errorCodeOnFailure", "Error when no attempts are left", "The code of an error boundary event"),
    Header("resultVariable", "Result variable", "The whole answer is stored under this name"),
    Header("resultExpression", "Result expression", "FEEL over the answer; its context becomes variables"),
)
