"""Decision tables of Camunda 7: DMN already, apart from attributes of its own and expressions in JUEL."""

from __future__ import annotations

from lxml import etree

from orchestrator.camunda7 import juel
from orchestrator.camunda7.work import Note, Work, local, pop

CAMUNDA = "http://camunda.org/schema/1.0/dmn"


def convert(root: etree._Element) -> tuple[bytes, dict[str, bytes], tuple[Note, ...]]:
    """The file without what only Camunda 7 reads, no forms, and the report."""
    work = Work(root)
    for element in root.iter("*"):
        _expression(work, element)
        _attributes(work, element)
    etree.cleanup_namespaces(root)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content, {}, tuple(sorted(work.notes, key=lambda note: not note.open))


def _expression(work: Work, element: etree._Element) -> None:
    language = element.get("expressionLanguage", "")
    if not language or "feel" in language.lower():
        return
    text = next((child for child in element if isinstance(child.tag, str) and local(child) == "text"), None)
    del element.attrib["expressionLanguage"]
    written = "" if text is None else (text.text or "").strip()
    try:
        if text is None or language.lower() != "juel":
            raise juel.CannotConvert(f"it is written in {language}")
        text.text = juel.expression(written.strip("${}"))
        work.changed(element, f"{written} became {text.text}")
    except juel.CannotConvert as error:
        work.open(element, f"{written}: {error}. Write it in FEEL")


def _attributes(work: Work, element: etree._Element) -> None:
    for name in [str(name) for name in element.attrib if etree.QName(str(name)).namespace == CAMUNDA]:
        attribute, value = etree.QName(name).localname, pop(element, name)
        if attribute == "inputVariable":
            work.open(element, f"The value was called {value} inside the rules: here it is called “?”")
        else:
            work.changed(element, f"{attribute} is not needed")
