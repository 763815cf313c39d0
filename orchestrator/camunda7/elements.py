"""What each extension of Camunda 7 becomes: the tables say which function converts what where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from orchestrator.bpmn.listeners import UNHEARD
from orchestrator.camunda7 import data, events, machines, people
from orchestrator.camunda7.work import Element, Work, bpmn, camunda, local, pop, slug, zeebe

Handler = Callable[[Work, Element], None]

#: Attributes that need nothing here, and why.
NOT_NEEDED = {
    "asyncBefore": "every wait is stored by itself",
    "asyncAfter": "every wait is stored by itself",
    "async": "every wait is stored by itself",
    "exclusive": "a process instance is never worked on twice at once",
    "jobPriority": "jobs are taken in the order in which they fall due",
    "taskPriority": "jobs are taken in the order in which they fall due",
    "historyTimeToLive": "history is kept",
    "isStartableInTasklist": "whoever has the permission sees the process in the catalogue",
    "errorMessage": "the message of an error is what its thrower says",
    "targetNamespace": "forms are found by their id",
}
TASK_EVENTS = {"create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing"}
TASK_EVENTS |= {"delete": "canceling"}


def execution_listeners(work: Work, element: Element) -> None:
    for listener in work.take_extensions(element, "executionListener"):
        event = listener.get("event", "")
        if event not in ("start", "end") or local(element) == "sequenceFlow":
            work.open(element, f"A listener on “{event}” of a {local(element)} has no place here: {_what(listener)}")
            continue
        unheard, what = UNHEARD.get(local(element), ("", ""))
        if event == unheard:
            event = "start" if event == "end" else "end"
            work.open(element, f"The listener on the {unheard} of {what} runs on its {event} now: {_what(listener)}")
        type = _listener_type(work, element, listener)
        etree.SubElement(
            work.only(element, "executionListeners"), zeebe("executionListener"), {"eventType": event, "type": type}
        )


def task_listeners(work: Work, task: Element) -> None:
    for listener in work.take_extensions(task, "taskListener"):
        event = TASK_EVENTS.get(listener.get("event", ""))
        if event is None:
            work.open(task, f"A task listener on “{listener.get('event')}”: attach a timer boundary event instead")
            continue
        type = _listener_type(work, task, listener)
        etree.SubElement(work.only(task, "taskListeners"), zeebe("taskListener"), {"eventType": event, "type": type})


def _listener_type(work: Work, element: Element, listener: Element) -> str:
    type = slug(_what(listener).partition("(")[0])
    work.open(element, f"The listener {_what(listener)} is Java: write a job worker for the type {type}")
    return type


def _what(listener: Element) -> str:
    found = (listener.get(name) for name in ("class", "delegateExpression", "expression"))
    return next((text for text in found if text), "script")


def properties(work: Work, element: Element) -> None:
    for holder in work.take_extensions(element, "properties"):
        for entry in holder.iterchildren(camunda("property")):
            work.set_property(element, entry.get("name", ""), entry.get("value", ""))


def leftovers(work: Work, element: Element) -> None:
    """Whatever of Camunda 7 is still there goes, and is told."""
    for name in [str(name) for name in element.attrib if str(name).startswith(camunda(""))]:
        attribute, value = etree.QName(name).localname, pop(element, name)
        if attribute in NOT_NEEDED:
            work.changed(element, f"{attribute} is not needed: {NOT_NEEDED[attribute]}")
        else:
            work.open(element, f"{attribute}=“{value}” has no counterpart and was removed")
    holder = element.find(bpmn("extensionElements"))
    if holder is None:
        return
    for extension in [child for child in holder if child.tag in _all(holder)]:
        holder.remove(extension)
        work.open(element, f"{local(extension)} has no counterpart and was removed")
    if len(holder) == 0:
        element.remove(holder)


def _all(holder: Element) -> Sequence[str]:
    return [str(child.tag) for child in holder if isinstance(child.tag, str) and child.tag.startswith(camunda(""))]


_WORKED: tuple[Handler, ...] = (machines.job,)
#: BPMN element -> what is converted on it, in this order; then `EVERYWHERE`.
HANDLERS: Mapping[str, tuple[Handler, ...]] = {
    "process": (people.starters,),
    "startEvent": (people.form, people.initiator),
    "userTask": (people.assignment, people.schedule, people.form, task_listeners),
    "serviceTask": _WORKED,
    "sendTask": _WORKED,
    "businessRuleTask": (machines.decision,),
    "scriptTask": (machines.script,),
    "callActivity": (data.call,),
    "intermediateThrowEvent": (machines.message_sent,),
    "endEvent": (machines.message_sent,),
    "multiInstanceLoopCharacteristics": (data.multi_instance,),
    "timerEventDefinition": (events.timer,),
    "conditionalEventDefinition": (events.condition,),
    "errorEventDefinition": (events.caught_code,),
    "escalationEventDefinition": (events.caught_code,),
    "sequenceFlow": (events.flow,),
    "message": (events.message,),
    "signal": (events.named,),
    "error": (events.named,),
    "escalation": (events.named,),
}
EVERYWHERE: tuple[Handler, ...] = (data.mappings, execution_listeners, properties, leftovers)
