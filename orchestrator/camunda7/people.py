"""Whose work it is: user tasks, their forms, who may start."""

from __future__ import annotations

import re

from orchestrator.camunda7 import generated_forms
from orchestrator.camunda7.work import BINDINGS, Element, Work

_DURATION = re.compile(r"P(?:\d|T\d).*")


def assignment(work: Work, task: Element) -> None:
    names = ("assignee", "candidateUsers", "candidateGroups")
    given = {name: text for name in names if (text := work.take(task, name))}
    if given:
        found = {name: work.feel(task, text, name) for name, text in given.items()}
        work.extend(task, "assignmentDefinition", **found)
    work.extend(task, "userTask")


def schedule(work: Work, task: Element) -> None:
    given = {name: text for name in ("dueDate", "followUpDate") if (text := work.take(task, name))}
    found = {name: _moment(work, task, text, name) for name, text in given.items()}
    if found:
        work.extend(task, "taskSchedule", **found)
    if priority := work.take(task, "priority"):
        work.extend(task, "priorityDefinition", priority=work.feel(task, priority, "priority"))
    if calendar := work.take(task, "businessCalendar"):
        work.open(task, f"The business calendar {calendar} is a class: name a calendar in the property “calendar”")


def _moment(work: Work, task: Element, text: str, what: str) -> str:
    """A duration counts from the creation of the task."""
    if _DURATION.fullmatch(text):
        return f'= now() + duration("{text}")'
    return work.feel(task, text, what)


def form(work: Work, element: Element) -> None:
    key, reference = work.take(element, "formKey"), work.take(element, "formRef")
    binding, version = work.take(element, "formRefBinding"), work.take(element, "formRefVersion")
    work.take(element, "formHandlerClass")
    generated = work.take_extensions(element, "formData")
    if reference:
        if binding == "version":
            work.open(element, f"The form {reference} was bound to version {version}: the newest one is taken")
        work.extend(element, "formDefinition", formId=reference, bindingType=BINDINGS.get(binding, "latest"))
    elif match := re.fullmatch(r"camunda-forms:(?:deployment|app):(?:.*/)?([^/]+)\.form", key):
        work.extend(element, "formDefinition", formId=match[1])
        work.changed(element, f"The form {key} is the form {match[1]}: deploy its file together with the process")
    elif key:
        work.open(element, f"The form {key} is HTML: draw it as a form and name it with formId")
    elif generated:
        work.extend(element, "formDefinition", formId=generated_forms.convert(work, element, generated[0]))


def starters(work: Work, process: Element) -> None:
    for name in ("candidateStarterGroups", "candidateStarterUsers"):
        if who := work.take(process, name):
            work.open(process, f"{who} may start it: grant that on the page of the process, after deploying")
    if tag := work.take(process, "versionTag"):
        work.extend(process, "versionTag", value=tag)


def initiator(work: Work, start: Element) -> None:
    if name := work.take(start, "initiator"):
        work.open(start, f"Whoever starts it was kept in the variable {name}: take it from the start form")
