"""Why a process instance waits: a sentence for each thing it waits for, as an administrator would ask.

Read only, without a lock, and bounded: of many waits of one kind the first are told and the rest counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from orchestrator import feel
from orchestrator.bpmn.model import (
    AdHocSubProcess,
    BoundaryEvent,
    ComplexGateway,
    ConditionalDefinition,
    Event,
    EventBasedGateway,
    FlowNode,
    InclusiveGateway,
    Process,
    StartEvent,
)
from orchestrator.engine import conditions, listeners, task_listeners
from orchestrator.engine.state import TERMINATING, State
from orchestrator.engine.state import ElementInstance as Holder
from orchestrator.engine.throwing import is_awaited
from orchestrator.models import ElementInstance, Incident, Job, JoinToken, ProcessInstance, Subscription
from orchestrator.runtime import definitions, restricted, storage, suspension, wire
from orchestrator.runtime.feelers import readable
from orchestrator.runtime.timeline import element_name
from orchestrator.runtime.zone import local

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50  # of each kind
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """`kind`: paused | ending | incident | task | timer | message | signal | condition | job | delivery | child |
    join | compensation | ad-hoc | more. `element` is the id of what waits, `pk` that of the row it is about: an
    incident, job, child or human task.
    """

    kind: str
    element: str
    text: str
    since: datetime | None = None
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What every teller needs to know, read once."""

    instance: ProcessInstance
    process: Process
    now: datetime
    hidden: frozenset[str]  # variables that are kept from whoever asks
    choosing: Mapping[int, str]  # active event-based gateways: number -> element

    def name(self, element: str) -> str:
        return f"“{element_name(self.process, element)}”"

    def event(self, element: str) -> str:
        """The name of an event, with what it stands at."""
        node = self.process.nodes.get(element)
        return f"{self.name(element)}{f' at {self.name(node.attached_to)}' if isinstance(node, BoundaryEvent) else ''}"

    def or_another(self, number: int | None) -> str:
        """Half a sentence about an event for which an event-based gateway waits."""
        gateway = self.choosing.get(number or 0)
        return f", unless another event behind {self.name(gateway)} comes first" if gateway else ""

    @property
    def paused(self) -> bool:
        return self.instance.suspended_at is not None


#: Who else knows why an instance waits: the inbox tells of its tasks, and whose they are.
tellers: list[Callable[[ProcessInstance], Iterable[Reason]]] = []


def reasons(instance: ProcessInstance, *, reader: User | None = None) -> list[Reason]:
    """Empty for an instance that has ended; a running one has at least one reason. What a condition over variables
    that are kept from the reader comes to is left out.
    """
    if instance.state != ProcessInstance.State.ACTIVE:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    hidden = restricted.hidden(reader, instance.definition_id)
    process = definitions.process_of(instance.definition_id)
    case = Case(instance, process, now, hidden, _choosing(instance, process))
    found = [reason for tell in TOLD for reason in tell(case)]
    place = _before_tasks(found)
    found[place:place] = [reason for tell in tellers for reason in tell(instance)]
    return found


def _choosing(instance: ProcessInstance, process: Process) -> dict[int, str]:
    gateways = [node.id for node in process.nodes.values() if isinstance(node, EventBasedGateway)]
    rows = ElementInstance.objects.filter(process_instance=instance, state="active", element__in=gateways)
    return dict(rows.order_by("number")[:MOST].values_list("number", "element")) if gateways else {}


def _before_tasks(found: list[Reason]) -> int:
    """Trouble comes first, then what people have to do, then what the clock and machines have to do."""
    return sum(reason.kind in ("paused", "ending", "incident") for reason in found)


def when(moment: datetime) -> str:
    here = local(moment)
    return f"{here.day} {here:%b %Y %H:%M:%S %Z}"


def _paused(case: Case) -> Iterator[Reason]:
    since = case.instance.suspended_at
    if since is not None:
        yield Reason("paused", "", f"It is paused since {when(since)}: nothing moves until it is resumed", since)


def _ending(case: Case) -> Iterator[Reason]:
    """Something was interrupted, or the whole instance ended, and task listeners have their say before it is gone."""
    rows = ElementInstance.objects.filter(process_instance=case.instance, state="active", phase=TERMINATING)
    for row in rows.order_by("number")[:MOST]:
        if row.scope is None:
            text = (
                "It ends as soon as the listeners of what still stands have answered; cancelled again it does not wait"
            )
        else:
            text = f"{case.name(row.element)} is being withdrawn, as soon as its listeners have answered"
        yield Reason("ending", row.element, text, row.entered_at)
    yield from _more(rows.count(), "elements that are being withdrawn")


def _incidents(case: Case) -> Iterator[Reason]:
    rows = Incident.objects.filter(process_instance=case.instance, resolved_at=None).order_by("id")
    for row in rows[:MOST]:
        text = f"{case.name(row.element)} needs help: {row.message[:LONGEST]}"
        yield Reason("incident", row.element, text, row.raised_at, row.pk)
    yield from _more(rows.count(), "incidents")


def _jobs(case: Case) -> Iterator[Reason]:
    rows = Job.objects.filter(process_instance=case.instance, state=Job.State.DUE).order_by("due_at", "id")
    for row in rows[:MOST]:
        kind, element, text = KINDS[row.kind](case, row)
        yield Reason(kind, element, f"{text}{_failed(row)}", row.created_at, row.pk)
    yield from _more(rows.count(), "jobs and timers")


def _failed(job: Job) -> str:
    """Half a sentence about what went wrong so far."""
    return f"; the last attempt failed: {job.last_error[:LONGEST]}" if job.last_error else ""


def _timer(case: Case, job: Job) -> tuple[str, str, str]:
    cycle = job.payload.get("cycle")
    again = f", and again by {cycle}" if cycle and job.payload.get("repeat") != 1 else ""
    late = f"; it is due and fires {'on resume' if case.paused else 'as soon as a worker looks'}"
    late = late if job.due_at <= case.now else case.or_another(job.number)
    event = case.process.nodes.get(job.element)
    verb = "fires" if isinstance(event, BoundaryEvent | StartEvent) else "waits until"
    at = f"{verb} {'at ' if verb == 'fires' else ''}{when(job.due_at)}{again}{late}"
    return "timer", job.element, f"{case.event(job.element)} {at}"


def _task(case: Case, job: Job) -> tuple[str, str, str]:
    name, leased = _worker(case, job), job.locked_until is not None and job.locked_until > case.now
    if case.paused:
        text = f"{name} is carried out ({job.type}) on resume"
    elif leased:
        text = f"{name} is being carried out ({job.type}), attempt {job.attempts} of {job.max_attempts}"
    elif job.attempts:
        next_at = "now" if job.due_at <= case.now else f"at {when(job.due_at)}"
        text = f"{name} is tried again {next_at}, attempt {job.attempts + 1} of {job.max_attempts}"
    else:
        text = f"{name} waits for a worker to carry it out ({job.type})"
    return "job", job.element, text


def _worker(case: Case, job: Job) -> str:
    """Who does this job: the element, or one of its listeners, before its work or after it."""
    node: Any = case.process.nodes.get(job.element, case.process)
    event = (job.payload.get("headers") or {}).get(task_listeners.EVENT)
    if node.listeners and not event:
        rows = ElementInstance.objects.filter(process_instance=case.instance, number=job.number or 0)
        for phase, data in rows.values_list("phase", "data"):
            if listeners.awaited(node, Holder(0, job.element, None, phase=phase, data=data)):
                event = listeners.EVENTS[phase]
    return f"The listener of {case.name(job.element)} on “{event}”" if event else case.name(job.element)


_CARRIED = {
    "call": "{} is about to start the process that it calls",
    "go on": "{} is about to go on with its next items",
    "cancel": "{} is about to be cancelled by the process that called it",
    "trigger": "A message or signal for {} is on its way",
    "complete": "Word that the process called by {} has completed is on its way",
    "throw error": "Word of an error in the process called by {} is on its way",
    "escalate": "Word of an escalation in the process called by {} is on its way",
    "fail": "Word that the process called by {} came to nothing is on its way",
}


def _delivery(case: Case, job: Job) -> tuple[str, str, str]:
    element = job.element or str(job.payload.get("event") or "") or _element(case, job.number) or case.process.id
    text = _CARRIED.get(job.type, f"Word of “{job.type}” from another process instance is on its way to {{}}")
    held = ", and waits for the resume" if case.paused and job.type not in suspension.UNHELD else ""
    return "delivery", element, text.format(case.name(element)) + held


def _element(case: Case, number: int | None) -> str:
    rows = ElementInstance.objects.filter(process_instance=case.instance, number=number or 0)
    return rows.values_list("element", flat=True).first() or ""


KINDS: dict[str, Callable[[Case, Job], tuple[str, str, str]]] = {
    Job.Kind.TIMER: _timer,
    Job.Kind.TASK: _task,
    Job.Kind.DELIVERY: _delivery,
}


def _subscriptions(case: Case) -> Iterator[Reason]:
    rows = Subscription.objects.filter(process_instance=case.instance).order_by("id")
    for row in rows[:MOST]:
        key = ""
        if row.kind == Subscription.Kind.MESSAGE:
            key = f" with the key “{row.correlation_key}”" if row.correlation_key else " without a key"
        text = f"{case.event(row.event)} waits for the {row.kind} “{row.name}”{key}{case.or_another(row.number)}"
        yield Reason(row.kind, row.event, text, row.created_at)
    yield from _more(rows.count(), "messages and signals")


def _conditions(case: Case) -> Iterator[Reason]:
    """Conditions have no rows: the drawing says who may wait for them, and what they see decides."""
    holders = conditions.watched(case.process).holders
    bordered = [id for id, events in holders.items() if all(isinstance(event, BoundaryEvent) for event in events)]
    rows = (
        ElementInstance.objects.filter(process_instance=case.instance, state="active", element__in=list(holders))
        .exclude(element__in=bordered, iteration__isnull=False)  # the border is that of the body
        .order_by("number")
    )
    numbers = list(rows[:MOST].values_list("number", flat=True)) if holders else []
    if not numbers:
        return
    state = State()
    with wire.cursor() as cursor:
        storage.load_around(cursor, case.instance.pk, numbers, state)
    for number in numbers:
        holder = state.instances[number]
        for event in holders[holder.element]:
            if is_awaited(case.process, state.instances, holder, event):
                yield _condition(case, state, holder, event)
    yield from _more(rows.count(), "conditions")


def _condition(case: Case, state: State, holder: Holder, event: Event) -> Reason:
    assert isinstance(event.definition, ConditionalDefinition)
    condition = event.definition.condition.text.strip()
    text = f"{case.event(event.id)} waits until {condition} is true{case.or_another(holder.id)}"
    if not event.definition.condition.names & case.hidden:
        text += f"; {_value(event.definition.condition, state.visible(holder), case.now)}"
    return Reason("condition", event.id, text)


def _value(condition: feel.Expression, variables: dict[str, Any], now: datetime) -> str:
    try:
        result = condition.evaluate(variables, environment=feel.Environment(now=local(now)))
    except feel.LimitExceeded as error:
        return f"it cannot be told now: {error}"
    because = " ".join(warning.message for warning in result.warnings)[:LONGEST]
    return f"now it is {readable(result.value) or 'null'}" + (f" ({because})" if because else "")


def _children(case: Case) -> Iterator[Reason]:
    rows = ProcessInstance.objects.filter(parent=case.instance, state=ProcessInstance.State.ACTIVE).order_by("id")
    callers = dict(
        ElementInstance.objects.filter(
            process_instance=case.instance, number__in=rows.values("parent_number")
        ).values_list("number", "element")
    )
    for row in rows.select_related("definition")[:MOST]:
        element = callers.get(row.parent_number or 0, "")
        state = (
            ", which is paused" if row.suspended_at is not None else ", which needs help" if row.open_incidents else ""
        )
        text = f"{case.name(element)} waits for the process instance it called: {row} ({row.definition}){state}"
        yield Reason("child", element, text, row.started_at, row.pk)
    yield from _more(rows.count(), "called process instances")


def _joins(case: Case) -> Iterator[Reason]:
    tokens: dict[tuple[int, str], dict[str, int]] = {}
    rows = JoinToken.objects.filter(process_instance=case.instance).order_by("scope", "gateway", "flow")
    for row in rows:
        tokens.setdefault((row.scope, row.gateway), {})[row.flow] = row.count
    for (_, gateway), waiting in list(tokens.items())[:MOST]:
        node = case.process.nodes[gateway]
        come = ", ".join(case.name(flow.source) for flow in node.incoming if flow.id in waiting)
        missed = ", ".join(case.name(flow.source) for flow in node.incoming if flow.id not in waiting)
        yield Reason("join", gateway, f"{case.name(gateway)} has a token from {come} and {_misses(node, missed)}")
    yield from _more(len(tokens), "joins")


def _misses(join: FlowNode, others: str) -> str:
    if isinstance(join, InclusiveGateway):
        return f"waits as long as one can still come from {others}"
    if isinstance(join, ComplexGateway) and join.activation_count:
        return f"goes on with {join.activation_count}; others may come from {others}"
    return f"misses the one from {others}"


def _compensation(case: Case) -> Iterator[Reason]:
    """What threw the compensation waits until its handlers, which are inside it, are done."""
    undone: dict[str, list[str]] = {}
    for activity, handler in case.process.compensation_handlers.items():
        undone.setdefault(handler, []).append(case.name(activity))
    if not undone:
        return
    active = ElementInstance.objects.filter(process_instance=case.instance, state="active")
    rows = active.filter(element__in=undone, iteration=None).order_by("number")
    throwers = dict(active.filter(number__in=rows.values("scope")).values_list("number", "element"))
    for row in rows[:MOST]:
        thrower = case.name(throwers.get(row.scope or 0, ""))
        text = f"{thrower} waits until {case.name(row.element)} has undone {', '.join(undone[row.element])}"
        yield Reason("compensation", row.element, text, row.entered_at)
    yield from _more(rows.count(), "compensations")


def _idle(case: Case) -> Iterator[Reason]:
    """An ad-hoc sub-process in which nothing runs waits for somebody who starts something in it."""
    ids = [node.id for node in case.process.nodes.values() if isinstance(node, AdHocSubProcess)]
    if ids:
        rows = ElementInstance.objects.filter(
            process_instance=case.instance, state="active", element__in=ids, children=0, tokens=0, phase="active"
        )
        for row in rows.order_by("number")[:MOST]:
            text = f"{case.name(row.element)} waits for somebody to start one of its activities"
            yield Reason("ad-hoc", row.element, text, row.entered_at)


def _more(count: int, what: str) -> Iterator[Reason]:
    if count > MOST:
        yield Reason("more", "", f"And for {count - MOST:,} more {what}")


TOLD: tuple[Callable[[Case], Iterator[Reason]], ...] = (
    _paused,
    _ending,
    _incidents,
    _jobs,
    _subscriptions,
    _conditions,
    _children,
    _joins,
    _compensation,
    _idle,
)
