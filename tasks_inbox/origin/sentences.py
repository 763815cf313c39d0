"""What led to a task, in one to three sentences, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestrator.bpmn import model as bpmn
from orchestrator.models import HistoryEvent, ProcessInstance
from orchestrator.runtime import definitions
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.origin import in_words
from tasks_inbox.origin.in_words import Language
from tasks_inbox.origin.trail import Passed, back

MOST = 3  # sentences
MOST_RULES = 3  # of one decision
MOST_RESULT = 200  # characters


@dataclass(slots=True)
class Story:
    """What is told so far, latest first; `read` are the variables that told choices read."""

    process: bpmn.Process
    instance: ProcessInstance
    language: Language
    hidden: Collection[str]
    tasks: Mapping[int, HumanTask]
    decisions: Mapping[int, HistoryEvent]
    sentences: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    begun: bool = False  # who or what set all this going is told


def why(task: HumanTask, language: Language, hidden: Collection[str] = ()) -> list[str]:
    """At most three sentences; [] where the history does not say. Values of `hidden` variables are not told. Three
    statements, four for what somebody brought here by hand.
    """
    if task.part:
        return []
    instance = task.process_instance
    process = definitions.process_of(instance.definition_id)
    way = list(back(process, instance.pk, task.number))
    if not way:
        return list(_by_hand(task))
    numbers = [passed.number for passed in way]
    story = Story(
        process, instance, language, hidden, _tasks(instance, way, numbers), _decisions(instance, way, numbers)
    )
    for passed in way:
        teller = next((tell for kind, tell in _TELLERS.items() if isinstance(passed.node, kind)), None)
        if teller is not None:
            teller(story, passed)
    return story.sentences[:MOST][::-1]


def _tasks(instance: ProcessInstance, way: Iterable[Passed], numbers: list[int]) -> dict[int, HumanTask]:
    if not any(isinstance(passed.node, bpmn.UserTask) for passed in way):
        return {}
    found = HumanTask.objects.filter(process_instance=instance, number__in=numbers, parent=None)
    return {task.number: task for task in found.select_related("completed_by")}


def _decisions(instance: ProcessInstance, way: Iterable[Passed], numbers: list[int]) -> dict[int, HistoryEvent]:
    if not any(isinstance(passed.node, bpmn.BusinessRuleTask) for passed in way):
        return {}
    found = HistoryEvent.objects.filter(process_instance=instance, number__in=numbers, kind="decision made")
    return {event.number: event for event in found if event.number is not None}


# Choices


def _choice(story: Story, passed: Passed) -> None:
    flow, gateway = passed.flow, passed.node
    if flow is None or story.begun or not any(one.condition for one in gateway.outgoing):
        return
    names = {name.split(".")[0] for name in passed.seen}
    story.read |= names
    if _is_told_by_who_decided(story, passed, names):
        return
    reason = _reason(story, passed, flow)
    heading, way = gateway.name.strip(), flow.name.strip()
    if heading and way:
        told = f"“{_line(heading)}”: {_line(way)}"
        story.sentences.append(
            _("%(told)s, because %(why)s.") % {"told": told, "why": reason} if reason else f"{told}."
        )
    elif reason:
        story.sentences.append(_("Because %(why)s.") % {"why": reason})


def _is_told_by_who_decided(story: Story, passed: Passed, names: set[str]) -> bool:
    """Does the choice only ask what was answered in a task right before? Then the answer says it all."""
    sources = [flow.source for flow in passed.node.incoming]
    asked = [story.process.nodes[source] for source in sources]
    variables = {_outcome_variable(node) for node in asked if isinstance(node, bpmn.UserTask)}
    return bool(names) and names <= variables


def _outcome_variable(task: bpmn.UserTask) -> str:
    named = task.properties.get("outcomeVariable")
    return named if isinstance(named, str) and named else "outcome"


def _reason(story: Story, passed: Passed, flow: bpmn.SequenceFlow) -> str:
    """What was true, and the values then; "" where nothing may be told."""
    if any(name.split(".")[0] in story.hidden for name in passed.seen):
        return ""
    if flow.condition is None:
        values = _values(story, passed.seen)
        return _("nothing else applied (%(values)s)") % {"values": values} if values else ""
    if story.hidden and flow.condition.names & set(story.hidden):
        return ""
    told = in_words.condition(flow.condition, story.language)
    values = _values(story, _not_said(flow.condition.text, passed.seen))
    text = told or flow.condition.text
    return f"{text} ({values})" if values else text


def _not_said(condition: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the condition itself does not name: of `level = "double"` it says everything."""
    return {
        name: value
        for name, value in seen.items()
        if name in condition and not isinstance(value, bool) and f'= "{value}"' not in condition
    }


def _values(story: Story, seen: Mapping[str, Any]) -> str:
    told = []
    for name, value in list(seen.items())[:4]:
        path = name.split(".")
        told.append(f"{story.language.name(path)}: {story.language.value(path, value)}")
    return ", ".join(told)


# Who and what decided


def _task(story: Story, passed: Passed) -> None:
    task = story.tasks.get(passed.number)
    if task is None or story.begun:
        return
    story.begun = True
    who = _name(task.completed_by)
    if task.outcome and who:
        said = {"who": who, "outcome": task.outcome_label, "task": task.name}
        story.sentences.append(_("%(who)s chose “%(outcome)s” in “%(task)s”.") % said)
    elif who:
        story.sentences.append(_("%(who)s completed “%(task)s”.") % {"who": who, "task": task.name})
    else:
        story.sentences.append(_("“%(task)s” is over.") % {"task": task.name})


def _decision(story: Story, passed: Passed) -> None:
    event, node = story.decisions.get(passed.number), passed.node
    assert isinstance(node, bpmn.BusinessRuleTask)
    if event is None or story.hidden or (story.begun and node.result_variable not in story.read):
        return  # what somebody may not read may have decided it
    story.read.discard(node.result_variable)  # earlier times it was decided do not count any more
    result = event.data.get("result") or {}
    came = _result(story, node.result_variable, result.get("value"))
    rules = _rules(result)
    said = {"name": _label(node), "result": came, "rules": rules}
    if came and rules:
        story.sentences.append(_("“%(name)s” came to %(result)s by %(rules)s.") % said)
    elif came:
        story.sentences.append(_("“%(name)s” came to %(result)s.") % said)
    elif rules:
        story.sentences.append(_("“%(name)s” was decided by %(rules)s.") % said)


def _result(story: Story, variable: str, value: Any) -> str:
    if isinstance(value, Mapping):
        told = [f"{story.language.name([key])}: {story.language.value([variable, key], item)}"
                for key, item in value.items() if not isinstance(item, list | dict)]  # fmt: skip
        return ", ".join(told)[:MOST_RESULT]
    if value is None or isinstance(value, list):
        return ""
    return story.language.value([variable], value)[:MOST_RESULT]


def _rules(result: Mapping[str, Any]) -> str:
    """“rule 3 (over the limit)”: the rules that matched, with what their author noted."""
    decided = (result.get("decisions") or [{}])[-1]
    told = []
    for rule in (decided.get("rules") or [])[:MOST_RULES]:
        note = rule.get("description") or "; ".join(
            str(one["text"]) for one in rule.get("annotations") or () if one.get("text")
        )
        number = _("rule %(number)s") % {"number": rule.get("index")}
        told.append(f"{number} ({_line(note)})" if note else number)
    return ", ".join(told)


# What happened

_HAPPENED: Mapping[type, tuple[Any, Any]] = {  # with a name, without one
    bpmn.TimerDefinition: (gettext_lazy("The time of “%(event)s” had come"), gettext_lazy("Its time had come")),
    bpmn.MessageDefinition: (gettext_lazy("The message “%(event)s” arrived"), gettext_lazy("A message arrived")),
    bpmn.SignalDefinition: (gettext_lazy("The signal “%(event)s” was given"), gettext_lazy("A signal was given")),
    bpmn.ErrorDefinition: (gettext_lazy("The error “%(event)s” came up"), gettext_lazy("An error came up")),
    bpmn.EscalationDefinition: (gettext_lazy("“%(event)s” was escalated"), gettext_lazy("It was escalated")),
    bpmn.ConditionalDefinition: (gettext_lazy("“%(event)s” became true"), gettext_lazy("A condition became true")),
}


def _event(story: Story, passed: Passed) -> None:
    event = passed.node
    assert isinstance(event, bpmn.Event)
    if story.begun or (event.definition is None and event.scope != story.process.id):
        return  # the plain start of a sub-process: what is around it tells
    if isinstance(event, bpmn.StartEvent) and event.definition is None:
        story.begun = True
        if not story.sentences:  # who asked for it stands above the task anyway
            story.sentences.append(_started(story))
        return
    texts = _HAPPENED.get(type(event.definition))
    if texts is None:
        return
    story.begun = True
    text = str(texts[0]) % {"event": _line(event.name)} if event.name else str(texts[1])
    if isinstance(event, bpmn.BoundaryEvent):
        host = story.process.nodes[event.attached_to]
        story.sentences.append(_("%(text)s at “%(step)s”.") % {"text": text, "step": _label(host)})
    else:
        story.sentences.append(f"{text}.")


def _started(story: Story) -> str:
    process = story.process.name or story.process.id
    if who := _name(story.instance.started_by):
        return _("%(who)s started “%(process)s”.") % {"who": who, "process": process}
    return _("“%(process)s” was started.") % {"process": process}


def _received(story: Story, passed: Passed) -> None:
    if not story.begun:
        story.begun = True
        story.sentences.append(_("“%(step)s” was received.") % {"step": _label(passed.node)})


def _by_hand(task: HumanTask) -> Iterator[str]:
    """Nothing flowed here: somebody sent it back, had it done once more, or moved the case."""
    moved = TaskEvent.objects.filter(
        task__process_instance=task.process_instance_id,
        kind__in=[TaskEvent.Kind.SENT_BACK, TaskEvent.Kind.REDONE],
        at__lte=task.created_at,
    )
    event = moved.select_related("actor", "task").order_by("-id").first()
    if event is not None:
        yield _sent(event)
        return
    steps = HistoryEvent.objects.filter(
        process_instance=task.process_instance_id, kind="modified", at__lte=task.created_at
    )
    step = steps.select_related("actor").order_by("-id").first()
    if step is not None:
        yield _with_reason(
            _("%(who)s moved the case here by hand") % {"who": _name(step.actor)}, step.data.get("reason")
        )


def _sent(event: TaskEvent) -> str:
    said = {"who": _name(event.actor), "task": event.task.name}
    if event.kind == TaskEvent.Kind.SENT_BACK:
        return _with_reason(_("%(who)s sent it back from “%(task)s”") % said, event.data.get("text"))
    return _with_reason(_("%(who)s had it done once more") % said, event.data.get("text"))


def _with_reason(text: str, reason: Any) -> str:
    return f"{text}: “{_line(str(reason))}”" if reason else f"{text}."


def _label(node: bpmn.FlowNode) -> str:
    return _line(node.name or node.id)


def _line(text: str) -> str:
    return " ".join(text.split())


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username()) if user is not None else ""


_TELLERS: Mapping[type, Callable[[Story, Passed], None]] = {
    bpmn.Gateway: _choice,
    bpmn.UserTask: _task,
    bpmn.BusinessRuleTask: _decision,
    bpmn.ReceiveTask: _received,
    bpmn.Event: _event,
}
