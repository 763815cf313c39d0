"""Effects as rows that are still to be written. What one effect of a step makes, a later one of the same step may take
back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.bpmn.model import (
    AdHocSubProcess,
    CallActivity,
    EndEvent,
    EscalationDefinition,
    EventBasedGateway,
    Gateway,
    IntermediateThrowEvent,
    Process,
    SignalDefinition,
    SubProcess,
    UserTask,
)
from orchestrator.engine import effects as e
from orchestrator.engine.state import Variables
from orchestrator.engine.topology import once
from orchestrator.models import ProcessInstance
from orchestrator.runtime.variables import text
from orchestrator.runtime.writes import Json

_PLAIN = UserTask, SubProcess, Gateway
_WITH_JOBS = EventBasedGateway, AdHocSubProcess
DEFAULT_TIMEOUT = 30.0  # seconds one attempt may take
TIMER_ATTEMPTS = 5  # of timers and deliveries: only the death of a worker uses one up
IN_TURN = "in_turn"  # in the payload of a called instance's end, which it names: what it threw before comes first
MAX_WARNING = 2_000  # characters that are kept of an expression, and of why it came to null
Row = dict[str, Any]


@dataclass(slots=True)
class Pending:
    """`known` is the highest number before the step: only element instances up to it can have rows already."""

    instance: ProcessInstance
    process: Process
    elements: dict[int, tuple[str, int | None]]  # number -> element id and iteration, of this step
    known: int
    now: datetime
    job_id: int | None = None  # what an incident is about
    jobs: list[Row] = field(default_factory=list)
    tasked: set[int] = field(default_factory=set)  # element instances that this step gave a job
    subscriptions: list[Row] = field(default_factory=list)
    incidents: dict[int, Row] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    history: list[Row] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    withdrawn_events: set[tuple[int, str]] = field(default_factory=set)
    tasks: list[e.CreateUserTask] = field(default_factory=list)
    settled: list[e.SettleTask] = field(default_factory=list)
    withdrawn_tasks: dict[str, list[int]] = field(default_factory=dict)  # reason -> numbers
    cancelled_calls: list[int] = field(default_factory=list)
    published: list[e.PublishMessage] = field(default_factory=list)
    signals: list[e.BroadcastSignal] = field(default_factory=list)
    end: e.EndProcess | None = None
    report: tuple[int, int | None, str, Variables] | None = None  # a delivery that comes behind those of the signals
    renewed: list[tuple[int, str, datetime]] = field(default_factory=list)  # id, kind, due
    rings: bool = False  # is there work for others, apart from `jobs`?

    def add(self, effect: e.Effect) -> None:
        WRITERS[type(effect)](self, effect)

    def job(self, number: int | None, kind: str, type: str, payload: Variables, **columns: Any) -> None:
        self.jobs.append(
            {
                "process_instance_id": self.instance.id,
                "number": number,
                "element": "",
                "kind": kind,
                "type": type,
                "due_at": self.now,
                "max_attempts": TIMER_ATTEMPTS,
                "payload": Json(text(payload)),
                **columns,
            }
        )

    def deliver(self, process_instance_id: int, number: int | None, command: str, payload: Variables) -> None:
        """A command for another process instance."""
        self.job(number, "delivery", command, payload, process_instance_id=process_instance_id)

    def record(self, number: int | None, element: str, kind: str, data: Variables, actor_id: int | None = None) -> None:
        self.history.append(
            {"number": number, "element": element, "kind": kind, "data": Json(text(data)), "actor_id": actor_id}
        )


def _create_job(pending: Pending, effect: e.CreateJob) -> None:
    """The idempotency key holds for all attempts, those after an incident included: a retry renews the row.

    The variables are read when the job runs: thousands of siblings must not each carry a copy of what all of them see.
    """
    iteration = pending.elements.get(effect.instance, (effect.element, None))[1]
    key = f"{pending.instance.id}:{effect.element}:{iteration or 0}:{effect.instance}"
    if effect.instance <= pending.known or effect.instance in pending.tasked:
        key += f".{pending.known}"  # a further job of an element instance: a listener came before it
    pending.tasked.add(effect.instance)
    node = pending.process.nodes.get(effect.element)
    payload = {
        "key": key,
        "inputs": [] if node is None else sorted({mapping.target.split(".")[0] for mapping in node.inputs}),
        "headers": effect.headers,
        "backoff": list(effect.retry_backoff),
        "timeout": effect.timeout or DEFAULT_TIMEOUT,
    }
    pending.job(
        effect.instance,
        "task",
        effect.type,
        payload,
        element=effect.element,
        max_attempts=max(1, effect.retries),
    )


def _schedule_timer(pending: Pending, effect: e.ScheduleTimer) -> None:
    payload: dict[str, Any] = {"cycle": effect.cycle, "repeat": effect.repeat, "interrupting": effect.interrupting}
    if effect.calendar:
        payload["calendar"] = effect.calendar
    pending.job(effect.instance, "timer", "", payload, element=effect.event, due_at=effect.due)


def _subscribe_message(pending: Pending, effect: e.SubscribeMessage) -> None:
    _subscribe(pending, effect, "message", effect.correlation_key)


def _subscribe_signal(pending: Pending, effect: e.SubscribeSignal) -> None:
    _subscribe(pending, effect, "signal", "")


def _subscribe(pending: Pending, effect: e.SubscribeMessage | e.SubscribeSignal, kind: str, key: str) -> None:
    pending.subscriptions.append(
        {
            "number": effect.instance,
            "event": effect.event,
            "kind": kind,
            "name": effect.name,
            "correlation_key": key,
            "interrupting": effect.interrupting,
        }
    )


def _generation(effect: e.CallProcess | e.GoOn | e.EscalateToParent | e.EndProcess) -> Variables:
    return {"generation": effect.generation} if effect.generation else {}


def _call(pending: Pending, effect: e.CallProcess) -> None:
    payload = {
        "process": effect.process,
        "binding": effect.binding.type,
        "version_tag": effect.binding.version_tag,
        "variables": effect.variables,
        **_generation(effect),
    }
    pending.job(effect.instance, "delivery", "call", payload, element=effect.element)


def _cancel_called(pending: Pending, effect: e.CancelCalled) -> None:
    pending.jobs = [job for job in pending.jobs if job["number"] != effect.instance or job["type"] != "call"]
    if effect.instance <= pending.known:
        pending.cancelled_calls.append(effect.instance)


def _withdraw(pending: Pending, effect: e.Withdraw) -> None:
    number, event = effect.instance, effect.event

    def stays(row: Row, column: str) -> bool:
        return row["number"] != number or (event is not None and row[column] != event)

    mine = pending.instance.id
    pending.jobs = [j for j in pending.jobs if j["process_instance_id"] != mine or stays(j, "element")]
    pending.subscriptions = [s for s in pending.subscriptions if stays(s, "event")]
    if event is not None:
        if number <= pending.known:
            pending.withdrawn_events.add((number, event))
        return
    created = len(pending.tasks)
    pending.tasks = [task for task in pending.tasks if task.instance != number]
    if number <= pending.known:
        element = pending.elements.get(number, ("", None))[0]
        if _may_wait(pending.process, element):
            pending.withdrawn.add(number)
        if created == len(pending.tasks) and isinstance(pending.process.nodes.get(element), UserTask):
            pending.withdrawn_tasks.setdefault(effect.reason, []).append(number)


def _may_wait(process: Process, element: str) -> bool:
    """Can this element have rows of jobs, timers or subscriptions? A plain user task and a plain scope have none."""
    node = process.nodes.get(element)
    if node is not None and (isinstance(node, _WITH_JOBS) or not isinstance(node, _PLAIN)):
        return True
    if (process if node is None else node).listeners or getattr(node, "task_listeners", ()):
        return True
    return element in process.boundary_events or bool(process.event_subprocess_starts.get(element))


def _raise_incident(pending: Pending, effect: e.RaiseIncident) -> None:
    pending.incidents[effect.instance] = {
        "number": effect.instance,
        "element": effect.element,
        "kind": effect.kind,
        "message": effect.message,
        "job_id": pending.job_id,
    }


def _resolve_incident(pending: Pending, effect: e.ResolveIncident) -> None:
    if pending.incidents.pop(effect.instance, None) is None:
        pending.resolved.add(effect.instance)


def _record_decision(pending: Pending, effect: e.RecordDecision) -> None:
    data = {"decision": effect.decision, "result": effect.result}
    pending.record(effect.instance, effect.element, "decision made", data)


def _warn(pending: Pending, effect: e.WarnOfExpression) -> None:
    data = {"expression": effect.expression[:MAX_WARNING], "message": effect.message[:MAX_WARNING]}
    pending.record(effect.instance, effect.element, "expression warned", data)


def _go_on(pending: Pending, effect: e.GoOn) -> None:
    element = pending.elements[effect.instance][0]
    pending.job(effect.instance, "delivery", "go on", _generation(effect), element=element)


def _escalate(pending: Pending, effect: e.EscalateToParent) -> None:
    parent = pending.instance.parent_id
    if parent is not None:
        payload = {"code": effect.code, "variables": effect.variables, **_generation(effect)}
        pending.deliver(parent, pending.instance.parent_number, "escalate", payload)


@once
def _throws(process: Process) -> bool:
    """May an instance, or one that it calls, tell its caller of an escalation or a signal?"""
    throws = (node for node in process.nodes.values() if isinstance(node, IntermediateThrowEvent | EndEvent))
    called = any(isinstance(node, CallActivity) for node in process.nodes.values())
    return called or any(isinstance(node.definition, EscalationDefinition | SignalDefinition) for node in throws)


def _end_process(pending: Pending, effect: e.EndProcess) -> None:
    pending.end = effect
    parent, number = pending.instance.parent_id, pending.instance.parent_number
    if parent is None:
        return
    told: Variables = {"variables": effect.variables, **_generation(effect)}
    if _throws(pending.process):
        told[IN_TURN] = pending.instance.id
    command = "complete"
    if effect.outcome == "error":
        command = "throw error"
        told |= {"code": effect.error_code, "message": effect.error_message}
    elif effect.outcome == "escalation":
        command = "escalate"
        told |= {"code": effect.error_code, "ended": True}
    elif effect.outcome != "completed":
        command = "fail"
        message = f"The called process instance {pending.instance} was cancelled"
        told = {"kind": "CALLED_ELEMENT_ERROR", "message": message}
    if pending.signals:
        pending.report = parent, number, command, told
    else:
        pending.deliver(parent, number, command, told)


WRITERS: dict[type, Callable[[Pending, Any], None]] = {
    e.CreateUserTask: lambda pending, effect: pending.tasks.append(effect),
    e.CreateJob: _create_job,
    e.SettleTask: lambda pending, effect: pending.settled.append(effect),
    e.ScheduleTimer: _schedule_timer,
    e.SubscribeMessage: _subscribe_message,
    e.SubscribeSignal: _subscribe_signal,
    e.PublishMessage: lambda pending, effect: pending.published.append(effect),
    e.BroadcastSignal: lambda pending, effect: pending.signals.append(effect),
    e.CallProcess: _call,
    e.CancelCalled: _cancel_called,
    e.Withdraw: _withdraw,
    e.RecordDecision: _record_decision,
    e.RaiseIncident: _raise_incident,
    e.ResolveIncident: _resolve_incident,
    e.WarnOfExpression: _warn,
    e.GoOn: _go_on,
    e.EscalateToParent: _escalate,
    e.EndProcess: _end_process,
}
