"""A DMN file while it is read: finding children, noting problems. All versions of the standard from 1.1 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from orchestrator import safexml
from orchestrator.dmn.problems import DmnError, Problem, did_you_mean

Element = etree._Element

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
)
"""DMN 1.1 (two spellings) to 1.6."""


SUGGESTIONS = 100
"""Findings up to which we look for what was meant: comparing names takes time."""


class Source:
    """One file's elements. Children in other namespaces are extensions and are not seen."""

    def __init__(self, content: bytes) -> None:
        self.root = _root(content)
        self.namespace = etree.QName(self.root).namespace or ""
        self.problems: list[Problem] = []
        self.hints: list[Problem] = []

    def problem(self, element: Element | str, message: str) -> None:
        """Note what a deployment refuses."""
        self._note(self.problems, element, message)

    def hint(self, element: Element | str, message: str) -> None:
        """Note what is worth a second look."""
        self._note(self.hints, element, message)

    def suggestion(self, word: str, known: Iterable[str]) -> str:
        """`; did you mean ...?`, as long as not too much else is wrong with the file."""
        if len(self.problems) + len(self.hints) > SUGGESTIONS:
            return ""
        return did_you_mean(word, known)

    def _note(self, notes: list[Problem], element: Element | str, message: str) -> None:
        problem = Problem(element if isinstance(element, str) else self.id_of(element), message)
        if problem not in notes[-50:]:
            notes.append(problem)

    def local(self, element: Element) -> str:
        """The name of the tag, "" for an extension."""
        name = etree.QName(element)
        return name.localname if name.namespace == self.namespace else ""

    def children(self, element: Element, tag: str) -> Iterator[Element]:
        """All children of that tag."""
        return element.iterchildren(f"{{{self.namespace}}}{tag}")

    def child(self, element: Element, tag: str) -> Element | None:
        """The first child of that tag."""
        return next(self.children(element, tag), None)

    def text(self, element: Element | None, tag: str = "text") -> str:
        """The text of a child, "" where there is none."""
        found = None if element is None else self.child(element, tag)
        return "" if found is None else "".join(map(str, found.itertext()))

    def name(self, element: Element | None) -> str:
        """The name of an element as FEEL knows it, every run of white space as one space; "" where there is none."""
        return "" if element is None else " ".join(element.get("name", "").split())

    def id_of(self, element: Element) -> str:
        """The id of the element or of the nearest one around it."""
        here: Element | None = element
        while here is not None and here is not self.root:
            if id := here.get("id"):
                return id
            if self.local(here) in NAMED and (name := self.name(here)):
                return name
            here = here.getparent()
        return ""


NAMED = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService", "itemDefinition"})
"""Elements that may be known by their name where the file gives them no id."""


def _root(content: bytes) -> Element:
    try:
        root = safexml.read(content)
    except safexml.XmlRefused as error:
        raise DmnError((Problem("", str(error)),)) from None
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise DmnError((Problem("", f"The file is not a DMN model: its root is {str(root.tag)[:200]}"),))
    return root
