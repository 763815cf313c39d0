"""Forms inside a BPMN file: `zeebe:userTaskForm` of the process, named by `formKey="camunda-forms:bpmn:ID"`.

Each becomes a form of the deployment. Its key is made of the process and the id, because ids of embedded forms are only
unique inside their file.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.bpmn.model import Binding, FormReference
from orchestrator.bpmn.source import Element, Source, local, zeebe

PREFIX = "camunda-forms:bpmn:"


def read(source: Source, process: Element) -> Mapping[str, str]:
    """Key -> JSON. What is wrong with the JSON is for those to say who know forms."""
    extensions = source.child(process, "extensionElements")
    found: dict[str, str] = {}
    for holder in () if extensions is None else extensions.iterchildren(zeebe("userTaskForm")):
        id = holder.get("id", "")
        if not id:
            source.problem(process, "An embedded form has no id")
        elif key(process, id) in found:
            source.problem(process, f"Two embedded forms have the id {id}")
        else:
            found[key(process, id)] = holder.text or ""
    return found


def key(process: Element, id: str) -> str:
    return f"{process.get('id', '')}/{id}"


def reference(source: Source, element: Element, form_key: str) -> FormReference | None:
    """What the `formKey` of an element refers to."""
    process = _process(element)
    if not form_key.startswith(PREFIX) or process is None:
        sentence = f"The form key {form_key!r} means nothing here" if form_key else "The form is missing"
        source.problem(element, f"{sentence}: choose a form that is deployed, or give the address of one that is not")
        return None
    id = form_key.removeprefix(PREFIX)
    extensions = source.child(process, "extensionElements")
    holders = () if extensions is None else extensions.iterchildren(zeebe("userTaskForm"))
    if id not in {holder.get("id") for holder in holders}:
        source.problem(element, f"The process has no embedded form {id}")
        return None
    return FormReference(key(process, id), Binding("deployment"))


def _process(element: Element) -> Element | None:
    here: Element | None = element
    while here is not None and local(here) != "process":
        here = here.getparent()
    return here
