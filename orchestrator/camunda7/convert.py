"""From a file of Camunda 7 to one that Baton executes, and the report of how it got there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from orchestrator import safexml
from orchestrator.bpmn import support
from orchestrator.camunda7 import decisions
from orchestrator.camunda7.elements import EVERYWHERE, HANDLERS
from orchestrator.camunda7.work import CAMUNDA, Note, Work, local

MODELER = "http://camunda.org/schema/modeler/1.0"
PLATFORM = {"executionPlatform": "Camunda Cloud", "executionPlatformVersion": "8.9.0"}

__all__ = ["Conversion", "Note", "convert", "is_camunda7"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """`forms` are files that the diagram held inside: name -> content."""

    content: bytes
    forms: Mapping[str, bytes]
    notes: tuple[Note, ...]

    @property
    def open(self) -> tuple[Note, ...]:
        """What somebody has to look at before it is deployed."""
        return tuple(note for note in self.notes if note.open)


def is_camunda7(content: bytes) -> bool:
    """Does the file speak Camunda 7's dialect, and not that of Camunda 8? Raises XmlRefused."""
    used = _dialects(safexml.read(content))
    return bool({CAMUNDA, decisions.CAMUNDA} & used) and support.ZEEBE not in used


def convert(content: bytes) -> Conversion:
    """A BPMN or DMN file of Camunda 7, rewritten; one that speaks Camunda 8's dialect already comes back as it is.

    Raises XmlRefused.
    """
    root = safexml.read(content)
    if support.ZEEBE in _dialects(root):
        return Conversion(content, {}, ())
    if etree.QName(root).namespace != support.BPMN:
        return Conversion(*decisions.convert(root))
    root = _with_dialect(root)
    work = Work(root)
    _platform(root)
    for element in list(root.iter(f"{{{support.BPMN}}}*")):
        tag = local(element)
        for handler in (*HANDLERS.get(tag, ()), *EVERYWHERE):
            handler(work, element)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["bpmn", "zeebe", "bpmndi", "dc", "di", "xsi", "modeler"])
    forms = {name: json.dumps(form, indent=2, ensure_ascii=False).encode() for name, form in work.forms.items()}
    return Conversion(_written(root), forms, tuple(sorted(work.notes, key=lambda note: not note.open)))


def _dialects(root: etree._Element) -> set[str | None]:
    """The namespaces of all elements and attributes."""
    names = (str(name) for element in root.iter("*") for name in (element.tag, *element.attrib))
    return {etree.QName(name).namespace for name in names}


def _with_dialect(root: etree._Element) -> etree._Element:
    """The same root, with the prefix of the dialect declared: lxml cannot add one later."""
    prefixes: dict[str | None, str] = {**root.nsmap, "zeebe": support.ZEEBE, "modeler": MODELER}
    renewed = etree.Element(root.tag, root.attrib, nsmap=prefixes)  # type: ignore[arg-type]  # None is the default
    renewed.text = root.text
    renewed.extend(list(root))
    return renewed


def _platform(root: etree._Element) -> None:
    for name, value in PLATFORM.items():
        root.set(f"{{{MODELER}}}{name}", value)


def _written(root: etree._Element) -> bytes:
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
