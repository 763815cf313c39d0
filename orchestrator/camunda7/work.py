"""A file under conversion: its elements, what was changed in them, and what somebody has to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from orchestrator.bpmn import support
from orchestrator.bpmn.source import line_of
from orchestrator.camunda7 import juel

Element = etree._Element

# Which version a call takes: what Camunda 7 writes -> what Baton reads; "version" has no counterpart.
BINDINGS = {name: name for name in ("latest", "deployment", "versionTag")}
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to an element: `open` says that a person has to do something about it."""

    element: str
    message: str
    open: bool
    line: int | None = None


def camunda(name: str) -> str:
    return f"{{{CAMUNDA}}}{name}"


def bpmn(name: str) -> str:
    return f"{{{support.BPMN}}}{name}"


def zeebe(name: str) -> str:
    return f"{{{support.ZEEBE}}}{name}"


def local(element: Element) -> str:
    return etree.QName(element).localname


def pop(element: Element, name: str) -> str:
    """An attribute's value, which is gone then; "" without one."""
    return str(element.attrib.pop(name, ""))


def slug(text: str) -> str:
    """The name of a job worker: `org.acme.SendInvoice` gives send-invoice."""
    last = text.strip("${}# ").rpartition(".")[2] or text
    return _NO_NAME.sub("-", _CAMEL.sub("-", last).lower()).strip("-") or "job"


@dataclass
class Work:
    """What the converting functions share. `forms` are files that came out of the diagram: name -> form-js schema."""

    root: Element
    notes: list[Note] = field(default_factory=list)
    forms: dict[str, dict[str, object]] = field(default_factory=dict)

    def changed(self, element: Element, message: str) -> None:
        self._note(element, message, open=False)

    def open(self, element: Element, message: str) -> None:
        self._note(element, message, open=True)

    def _note(self, element: Element, message: str, *, open: bool) -> None:
        here: Element | None = element
        while here is not None and not here.get("id"):
            here = here.getparent()
        id = "" if here is None else here.get("id", "")
        self.notes.append(Note(id, message, open, line_of(element)))

    # -- taking what Camunda 7 wrote

    def take(self, element: Element, attribute: str) -> str:
        """The value of a `camunda:` attribute, which is gone then; "" without one."""
        return pop(element, camunda(attribute)).strip()

    def extensions(self, element: Element, tag: str) -> list[Element]:
        holder = element.find(bpmn("extensionElements"))
        return [] if holder is None else list(holder.iterchildren(camunda(tag)))

    def take_extensions(self, element: Element, tag: str) -> list[Element]:
        """The `camunda:` extensions of that name, which are gone from the element then."""
        found = self.extensions(element, tag)
        for extension in found:
            parent = extension.getparent()
            if parent is not None:
                parent.remove(extension)
        return found

    # -- writing what Baton reads

    def extend(self, element: Element, tag: str, **attributes: str) -> Element:
        """A new `zeebe:` extension of the element."""
        return etree.SubElement(self._holder(element), zeebe(tag), dict(attributes))

    def only(self, element: Element, tag: str) -> Element:
        """The one extension of that name, made when it is not there."""
        found = self._holder(element).find(zeebe(tag))
        return self.extend(element, tag) if found is None else found

    def map_input(self, element: Element, source: str, target: str) -> None:
        etree.SubElement(self.only(element, "ioMapping"), zeebe("input"), {"source": source, "target": target})

    def map_output(self, element: Element, source: str, target: str) -> None:
        etree.SubElement(self.only(element, "ioMapping"), zeebe("output"), {"source": source, "target": target})

    def header(self, element: Element, key: str, value: str) -> None:
        etree.SubElement(self.only(element, "taskHeaders"), zeebe("header"), {"key": key, "value": value})

    def set_property(self, element: Element, name: str, value: str) -> None:
        etree.SubElement(self.only(element, "properties"), zeebe("property"), {"name": name, "value": value})

    def document(self, element: Element, text: str) -> None:
        """Keep a text that does not execute where a person finds it."""
        found = element.find(bpmn("documentation"))
        if found is None:
            found = etree.Element(bpmn("documentation"))
            element.insert(0, found)
        found.text = f"{found.text}\n\n{text}" if found.text else text

    def feel(self, element: Element, text: str, what: str, *, required: bool = False) -> str:
        """The text as FEEL where it was an expression. One that cannot be rewritten stays, behind an `=`, so that
        deployment refuses it until somebody has.
        """
        try:
            found = juel.to_feel(text.strip())
        except juel.CannotConvert as error:
            self.open(element, f"{what}: {error}")
            return f"= {text.strip()}"
        if found.startswith("=") and found != text.strip():
            self.changed(element, f"{what}: {text.strip()} became {found}")
        return f'= "{found}"' if required and not found.startswith("=") else found

    def _holder(self, element: Element) -> Element:
        found = element.find(bpmn("extensionElements"))
        if found is None:
            found = etree.Element(bpmn("extensionElements"))
            element.insert(len(element.findall(bpmn("documentation"))), found)
        return found
