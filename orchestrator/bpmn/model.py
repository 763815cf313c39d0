"""Executable BPMN as immutable values: what a diagram says. The words are those of the BPMN 2.0 specification.

An attribute that may hold FEEL is a `Text`: a plain `str` is static, an `Expression` was written with a leading `=`
and is
parsed once, here, at deployment. Nothing in this room knows how a token moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orchestrator.feel import Expression

Text = str | Expression


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """BPMN 2.0, 8.4.13."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: Expression | None = None


# Event definitions (BPMN 2.0, 10.5.5)


@dataclass(frozen=True, slots=True)
class TimerDefinition:
    """`kind` is date | duration | cycle; the text an ISO 8601 value, for cycles also a cron line."""

    kind: str
    text: Text


@dataclass(frozen=True, slots=True)
class MessageDefinition:
    """`publish` is set on a throwing event that publishes by itself (`zeebe:publishMessage`)."""

    name: Text
    correlation_key: Expression | None = None
    publish: PublishMessage | None = None


@dataclass(frozen=True, slots=True)
class PublishMessage:
    correlation_key: Text = ""
    message_id: Text = ""
    time_to_live: Text = ""


@dataclass(frozen=True, slots=True)
class SignalDefinition:
    name: Text


@dataclass(frozen=True, slots=True)
class ErrorDefinition:
    code: Text | None = None  # None catches every error


@dataclass(frozen=True, slots=True)
class EscalationDefinition:
    code: Text | None = None  # None catches every escalation


@dataclass(frozen=True, slots=True)
class ConditionalDefinition:
    condition: Expression
    variable_events: frozenset[str] = frozenset()  # create | update; empty: both
    variable_names: frozenset[str] = frozenset()  # whose changes are a reason to ask; empty: those of the condition


@dataclass(frozen=True, slots=True)
class LinkDefinition:
    name: str


@dataclass(frozen=True, slots=True)
class CompensationDefinition:
    activity: str | None = None  # None compensates everything completed in the scope


@dataclass(frozen=True, slots=True)
class CancelDefinition:
    pass


@dataclass(frozen=True, slots=True)
class TerminateDefinition:
    pass


EventDefinition = (
    TimerDefinition
    | MessageDefinition
    | SignalDefinition
    | ErrorDefinition
    | EscalationDefinition
    | ConditionalDefinition
    | LinkDefinition
    | CompensationDefinition
    | CancelDefinition
    | TerminateDefinition
)


# What the dialect hangs on an element (namespace `http://camunda.org/schema/zeebe/1.0`)


@dataclass(frozen=True, slots=True)
class IoMapping:
    """One `zeebe:input` or `zeebe:output`; `target` is a dotted path."""

    source: Text
    target: str


@dataclass(frozen=True, slots=True)
class Binding:
    """Which version a call takes: latest | deployment | versionTag."""

    type: str = "latest"
    version_tag: str = ""


@dataclass(frozen=True, slots=True)
class LinkedResource:
    """`zeebe:linkedResource`: a deployed file for whoever does the job, who knows it by its type and link name."""

    resource: Text  # id
    type: str = ""
    link_name: str = ""
    binding: Binding = Binding()


@dataclass(frozen=True, slots=True)
class Job:
    """`zeebe:taskDefinition` with `zeebe:taskHeaders`: work for a connector or a registered function.

    `retry_backoff` are seconds before each further attempt (the last repeats), `timeout` is seconds of one attempt;
    both come
    from the headers `retryBackoff` and `jobTimeout` (ISO 8601 durations). `linked` are the files that it is given.
    """

    type: Text
    retries: Text = "3"
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_backoff: tuple[float, ...] = ()
    timeout: float | None = None
    linked: tuple[LinkedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """A job that runs when something happens to the element: an execution listener (`event`: start | end) or a task
    listener (creating | assigning | updating | completing | canceling).
    """

    event: str
    job: Job


@dataclass(frozen=True, slots=True)
class MultiInstance:
    input_collection: Expression
    input_element: str = ""
    output_collection: str = ""
    output_element: Expression | None = None
    completion_condition: Expression | None = None
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """BPMN 2.0, 10.3.8."""

    condition: Expression | None = None
    test_before: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class FormReference:
    """A deployed form, or (`external`) the address of a form that lives elsewhere. An embedded form is one that the
    file of the process brings along: bound to its deployment.
    """

    form_id: str = ""
    binding: Binding = field(default_factory=Binding)
    external: str = ""


# Flow nodes (BPMN 2.0, chapters 10.3 to 10.6)


@dataclass(frozen=True, kw_only=True)
class FlowNode:
    """`scope` is the id of the process or sub-process that contains the node."""

    id: str
    scope: str
    name: str = ""
    documentation: str = ""
    incoming: tuple[SequenceFlow, ...] = ()
    outgoing: tuple[SequenceFlow, ...] = ()
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    properties: Mapping[str, Text] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    lane: str = ""


@dataclass(frozen=True, kw_only=True)
class Event(FlowNode):
    definition: EventDefinition | None = None


@dataclass(frozen=True, kw_only=True)
class StartEvent(Event):
    interrupting: bool = True
    form: FormReference | None = None


@dataclass(frozen=True, kw_only=True)
class EndEvent(Event):
    job: Job | None = None


@dataclass(frozen=True, kw_only=True)
class IntermediateCatchEvent(Event): ...


@dataclass(frozen=True, kw_only=True)
class IntermediateThrowEvent(Event):
    job: Job | None = None


@dataclass(frozen=True, kw_only=True)
class BoundaryEvent(Event):
    attached_to: str
    interrupting: bool = True


@dataclass(frozen=True, kw_only=True)
class Gateway(FlowNode): ...


@dataclass(frozen=True, kw_only=True)
class ParallelGateway(Gateway): ...


@dataclass(frozen=True, kw_only=True)
class EventBasedGateway(Gateway): ...


@dataclass(frozen=True, kw_only=True)
class ExclusiveGateway(Gateway):
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class InclusiveGateway(Gateway):
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class ComplexGateway(Gateway):
    default: str | None = None
    activation_count: int | None = None  # the N of an N-of-M join


@dataclass(frozen=True, kw_only=True)
class Activity(FlowNode):
    """`default` is the default flow of an activity with conditional flows."""

    multi_instance: MultiInstance | None = None
    standard_loop: StandardLoop | None = None
    for_compensation: bool = False
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class Task(Activity):
    """An undefined or manual task: passes straight through."""


@dataclass(frozen=True, kw_only=True)
class ManualTask(Task): ...


@dataclass(frozen=True, kw_only=True)
class UserTask(Activity):
    """Who, when and with which form; the properties of human-tasks stay in `properties` (outcomes, excludedUsers,
    ...).
    """

    assignee: Text | None = None
    candidate_users: Text | None = None
    candidate_groups: Text | None = None
    due_date: Text | None = None
    follow_up_date: Text | None = None
    priority: Text | None = None
    form: FormReference | None = None
    task_listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceTask(Activity):
    """Also send tasks and any task whose work is a job."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class SendTask(Activity):
    """Either a job, or a message that the engine publishes itself."""

    job: Job | None = None
    message: MessageDefinition | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiveTask(Activity):
    message: MessageDefinition
    instantiate: bool = False


@dataclass(frozen=True, kw_only=True)
class ScriptTask(Activity):
    """FEEL inside, or a job."""

    expression: Expression | None = None
    result_variable: str = ""
    job: Job | None = None


@dataclass(frozen=True, kw_only=True)
class BusinessRuleTask(Activity):
    """A DMN decision, or a job."""

    decision: Text | None = None
    binding: Binding = field(default_factory=Binding)
    result_variable: str = ""
    job: Job | None = None


@dataclass(frozen=True, kw_only=True)
class CallActivity(Activity):
    called_process: Text
    binding: Binding = field(default_factory=Binding)
    propagate_all_parent_variables: bool = True
    propagate_all_child_variables: bool = True


@dataclass(frozen=True, kw_only=True)
class SubProcess(Activity):
    triggered_by_event: bool = False


@dataclass(frozen=True, kw_only=True)
class Transaction(SubProcess): ...


@dataclass(frozen=True, kw_only=True)
class AdHocSubProcess(SubProcess):
    active_elements: Expression | None = None
    completion_condition: Expression | None = None
    cancel_remaining: bool = True
    sequential: bool = False
    output_collection: str = ""
    output_element: Expression | None = None
    job: Job | None = None


@dataclass(frozen=True, kw_only=True)
class Process:
    """One executable process; immutable, cached, shared between threads."""

    id: str
    name: str = ""
    documentation: str = ""
    version_tag: str = ""
    nodes: Mapping[str, FlowNode] = field(hash=False, default_factory=dict)
    properties: Mapping[str, Text] = field(hash=False, default_factory=dict)
    compensation_handlers: Mapping[str, str] = field(hash=False, default_factory=dict)  # activity id -> handler id
    listeners: tuple[Listener, ...] = ()
    forms: Mapping[str, str] = field(hash=False, default_factory=dict)  # key of an embedded form -> its JSON

    @cached_property
    def flows(self) -> Mapping[str, SequenceFlow]:
        return {flow.id: flow for node in self.nodes.values() for flow in node.outgoing}

    @cached_property
    def children(self) -> Mapping[str, tuple[FlowNode, ...]]:
        """Scope id -> the flow nodes directly inside."""
        by_scope: dict[str, list[FlowNode]] = {}
        for node in self.nodes.values():
            by_scope.setdefault(node.scope, []).append(node)
        return {scope: tuple(nodes) for scope, nodes in by_scope.items()}

    @cached_property
    def boundary_events(self) -> Mapping[str, tuple[BoundaryEvent, ...]]:
        """Activity id -> the events attached to it."""
        by_host: dict[str, list[BoundaryEvent]] = {}
        for node in self.nodes.values():
            if isinstance(node, BoundaryEvent):
                by_host.setdefault(node.attached_to, []).append(node)
        return {host: tuple(events) for host, events in by_host.items()}

    @cached_property
    def start_events(self) -> Mapping[str, tuple[StartEvent, ...]]:
        """Scope id -> its start events."""
        return {
            scope: tuple(node for node in nodes if isinstance(node, StartEvent))
            for scope, nodes in self.children.items()
        }

    @cached_property
    def event_subprocess_starts(self) -> Mapping[str, tuple[StartEvent, ...]]:
        """Scope id -> the start events of the event sub-processes directly inside."""
        return {
            scope: tuple(
                start
                for node in nodes
                if isinstance(node, SubProcess) and node.triggered_by_event
                for start in self.start_events.get(node.id, ())
            )
            for scope, nodes in self.children.items()
        }

    @property
    def none_start(self) -> StartEvent | None:
        return next((start for start in self.start_events.get(self.id, ()) if start.definition is None), None)


@dataclass(frozen=True, slots=True)
class Diagram:
    """What one BPMN file holds: its executable processes, by id."""

    processes: Mapping[str, Process]
    target_namespace: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)  # namespace that changes nothing -> an element that has it
