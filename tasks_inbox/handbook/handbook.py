"""The page of a process: its steps, and for each what people want to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from orchestrator.bpmn import model as m
from orchestrator.dmn.boxed import Boxed
from orchestrator.dmn.table import DecisionTable
from orchestrator.engine.environment import DecisionError
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions
from tasks_inbox import outcomes
from tasks_inbox.forms import schema as form_schemas
from tasks_inbox.handbook.order import in_order
from tasks_inbox.handbook.words import elapsed, is_feel, moment, plain, timer
from tasks_inbox.models import EscalationLevel, EscalationPolicy

MAX_RULES = 200  # of a table on the page; the rest is counted


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a step; `code` marks text that is FEEL."""

    label: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Where it goes on: under which condition, to which step."""

    when: str
    to: str
    anchor: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class FormField:
    label: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A decision table for readers: cells are text, a dash where anything will do."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    kind: str
    icon: str
    title: str
    depth: int
    text: str
    facts: tuple[Fact, ...]
    ways: tuple[Way, ...]
    fields: tuple[FormField, ...] = ()
    form: str = ""
    table: RuleTable | None = None


@dataclass(frozen=True, slots=True)
class Handbook:
    definition: ProcessDefinition
    name: str
    text: str
    steps: tuple[Step, ...] = field(default_factory=tuple)


def handbook(definition: ProcessDefinition) -> Handbook:
    """What the running version of a process says. A handful of statements, whatever its size."""
    process = definitions.process(definition)
    known = definitions.row(definition.pk)
    reader = _Reader(known, process)
    steps = tuple(reader.step(node, depth) for node, depth in in_order(process) if reader.is_told(node))
    return Handbook(definition, process.name or process.id, process.documentation, steps)


class _Reader:
    """Reads one process; policies and titles are looked up once."""

    def __init__(self, definition: ProcessDefinition, process: m.Process) -> None:
        self.definition = definition
        self.process = process
        self.policies = {policy.name: policy for policy in EscalationPolicy.objects.prefetch_related("levels")}

    def is_told(self, node: m.FlowNode) -> bool:
        """A gateway that only brings ways together says nothing to a reader."""
        return not (isinstance(node, m.Gateway) and len(node.outgoing) < 2)

    def step(self, node: m.FlowNode, depth: int) -> Step:
        kind, icon = _kind(node)
        form = self._form(node)
        return Step(
            id=node.id,
            kind=kind,
            icon=icon,
            title=_title(node) or kind,
            depth=depth,
            text=node.documentation,
            facts=tuple(fact for fact in self._facts(node) if fact.text),
            ways=tuple(self._ways(node)),
            fields=tuple(_fields(form)) if form else (),
            form=str(form.get("name") or form.get("id") or "") if form else "",
            table=self._table(node),
        )

    # -- facts

    def _facts(self, node: m.FlowNode) -> Iterator[Fact]:
        for type, facts in _FACTS.items():
            if isinstance(node, type):
                yield from facts(self, node)
        if isinstance(node, m.Activity):
            yield from _repetition(node)

    def user_task(self, node: m.UserTask) -> Iterator[Fact]:
        properties = node.properties
        yield _fact(_("Who"), node.assignee)
        yield _fact(_("Groups"), node.candidate_groups or node.lane)
        yield _fact(_("People"), node.candidate_users)
        yield _fact(_("Never"), properties.get("excludedUsers"))
        yield _fact(_("Given out by"), properties.get("allocation"))
        yield _moment(_("Due"), node.due_date)
        yield _moment(_("Put off until"), node.follow_up_date)
        labels = [outcome["label"] for outcome in outcomes.parse(plain(properties.get("outcomes")))]
        yield Fact(_("Can be answered with"), " · ".join(labels))
        yield Fact(_("When it is late"), self._escalation(plain(properties.get("escalation"))))

    def _escalation(self, name: str) -> str:
        policy = self.policies.get(name)
        if policy is None:
            return name
        return "; ".join(map(_level, policy.levels.all())) or name

    def job(self, node: m.FlowNode) -> Iterator[Fact]:
        job: m.Job | None = getattr(node, "job", None)
        if job is None:
            return
        yield _fact(_("Done by"), job.type)
        if isinstance(job.retries, str) and job.retries != "1":
            yield Fact(_("If it fails"), _("it is tried %(times)s times") % {"times": job.retries})

    def decision(self, node: m.BusinessRuleTask) -> Iterator[Fact]:
        yield _fact(_("Decision"), node.decision)

    def call(self, node: m.CallActivity) -> Iterator[Fact]:
        yield _fact(_("Process"), node.called_process)

    def event(self, node: m.Event) -> Iterator[Fact]:
        for type, say in _EVENTS.items():
            if isinstance(node.definition, type):
                yield say(node.definition)
        if isinstance(node, m.BoundaryEvent):
            host = self.process.nodes[node.attached_to]
            yield Fact(_("During"), _title(host))
            yield Fact(_("Then"), _("that step ends") if node.interrupting else _("that step goes on as well"))

    # -- where it goes on

    def _ways(self, node: m.FlowNode) -> Iterator[Way]:
        for flow in node.outgoing:
            target = self._shown(self.process.nodes[flow.target])
            condition = flow.condition.text if flow.condition and not flow.name else ""
            otherwise = _("otherwise") if flow.id == getattr(node, "default", None) and not flow.name else ""
            if len(node.outgoing) > 1 or condition:
                to = _title(target) or _kind(target)[0]
                yield Way(flow.name or condition or otherwise, to, target.id, bool(condition))

    def _shown(self, node: m.FlowNode) -> m.FlowNode:
        """Past gateways that are not told."""
        seen = {node.id}
        while not self.is_told(node) and node.outgoing:
            node = self.process.nodes[node.outgoing[0].target]
            if node.id in seen:
                break
            seen.add(node.id)
        return node

    # -- forms and rules

    def _form(self, node: m.FlowNode) -> Mapping[str, Any] | None:
        reference = getattr(node, "form", None)
        found = definitions.form_for(self.definition, reference)
        return definitions.form_schema(found) if found else None

    def _table(self, node: m.FlowNode) -> RuleTable | None:
        if not isinstance(node, m.BusinessRuleTask) or node.decision is None or is_feel(node.decision):
            return None
        try:
            row, file = definitions.decision(plain(node.decision), node.binding, self.definition.resource.deployment_id)
        except DecisionError:
            return None
        element = file.decisions.get(row.key)
        table = getattr(element, "logic", None)
        return _rule_table(row.name or row.key, table) if isinstance(table, DecisionTable) else None


def _fact(label: str, text: m.Text | None) -> Fact:
    return Fact(label, plain(text), is_feel(text))


def _level(level: EscalationLevel) -> str:
    """“4 hours before the due date: Remind whoever has the task”."""
    time = elapsed(abs(level.after)) if level.after is not None else level.working_time.lstrip("-")
    early = (level.after is not None and level.after < timedelta()) or level.working_time.startswith("-")
    said = _("%(time)s before %(what)s") if early else _("%(time)s after %(what)s") if time else "%(what)s"
    when = said % {"time": time, "what": level.get_relative_to_display()}
    return f"{when}: {level.get_action_display()}"


def _moment(label: str, text: m.Text | None) -> Fact:
    said = moment(text)
    return Fact(label, said, is_feel(text) and said == plain(text))


def _title(node: m.FlowNode) -> str:
    return " ".join(node.name.split())


def _repetition(node: m.Activity) -> Iterator[Fact]:
    if loop := node.multi_instance:
        how = _("one after the other") if loop.sequential else _("all at the same time")
        yield Fact(_("Once for each of"), f"{plain(loop.input_collection)}, {how}", True)
    if node.standard_loop and node.standard_loop.condition:
        yield _fact(_("Again while"), node.standard_loop.condition)


def _fields(schema: Mapping[str, Any]) -> Iterator[FormField]:
    for component in form_schemas.everything(form_schemas.read(schema).components):
        if component.type in form_schemas.FIELDS:
            label = component.get("label") or component.get("dateLabel") or ".".join(component.path)
            yield FormField(str(label).lstrip("= "), component.type, bool(component.get("validate.required")))


def _rule_table(name: str, table: DecisionTable) -> RuleTable:
    rules = tuple(
        (
            *("–" if cell.anything else cell.text for cell in rule.tests),
            *(_boxed(cell) for cell in rule.outputs),
            rule.description or " ".join(text for _name, text in rule.annotations),
        )
        for rule in table.rules[:MAX_RULES]
    )
    inputs = tuple(column.label or _boxed(column.expression) for column in table.inputs)
    outputs = tuple(column.label or column.name or name for column in table.outputs)
    return RuleTable(name, inputs, outputs, rules, max(len(table.rules) - MAX_RULES, 0))


def _boxed(cell: Boxed | None) -> str:
    text = getattr(cell, "text", "")
    plain = str(text).strip().strip('"')
    return "–" if plain in ("", "null") else plain


_KINDS: Mapping[type[m.FlowNode], tuple[Callable[[], str], str]] = {
    m.UserTask: (lambda: _("A person's work"), "user"),
    m.BusinessRuleTask: (lambda: _("A decision by rules"), "list-checks"),
    m.SendTask: (lambda: _("Sends a message"), "mail"),
    m.ReceiveTask: (lambda: _("Waits for a message"), "mail"),
    m.ScriptTask: (lambda: _("Computes"), "settings"),
    m.ServiceTask: (lambda: _("Done automatically"), "settings"),
    m.CallActivity: (lambda: _("Another process"), "play"),
    m.SubProcess: (lambda: _("A part of the process"), "layout-list"),
    m.ManualTask: (lambda: _("Work outside of Baton"), "user"),
    m.Activity: (lambda: _("A step"), "circle-check"),
    m.StartEvent: (lambda: _("It begins"), "play"),
    m.EndEvent: (lambda: _("It ends"), "circle-check"),
    m.BoundaryEvent: (lambda: _("Meanwhile"), "clock"),
    m.IntermediateCatchEvent: (lambda: _("Waits"), "clock"),
    m.Event: (lambda: _("It happens"), "circle-check"),
    m.ParallelGateway: (lambda: _("At the same time"), "layout-list"),
    m.EventBasedGateway: (lambda: _("Whatever happens first"), "clock"),
    m.Gateway: (lambda: _("A choice"), "list-checks"),
    m.FlowNode: (lambda: _("A step"), "circle-check"),
}


def _kind(node: m.FlowNode) -> tuple[str, str]:
    """The most particular row."""
    say, icon = next(row for type, row in _KINDS.items() if isinstance(node, type))
    return say(), icon


_FACTS: Mapping[type[m.FlowNode], Callable[..., Iterator[Fact]]] = {
    m.UserTask: _Reader.user_task,
    m.BusinessRuleTask: _Reader.decision,
    m.CallActivity: _Reader.call,
    m.Event: _Reader.event,
    m.FlowNode: _Reader.job,
}


def _named(label: Callable[[], str], attribute: str) -> Callable[[Any], Fact]:
    return lambda definition: _fact(label(), getattr(definition, attribute))


_EVENTS: Mapping[type, Callable[[Any], Fact]] = {
    m.TimerDefinition: lambda definition: Fact(_("When"), timer(definition)),
    m.MessageDefinition: _named(lambda: _("Message"), "name"),
    m.SignalDefinition: _named(lambda: _("Signal"), "name"),
    m.ErrorDefinition: _named(lambda: _("Error"), "code"),
    m.EscalationDefinition: _named(lambda: _("Escalation"), "code"),
    m.ConditionalDefinition: _named(lambda: _("As soon as"), "condition"),
}
