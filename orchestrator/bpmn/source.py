"""A BPMN file while it is read: finding children, following references, noting problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import isodate
from lxml import etree

from orchestrator import feel
from orchestrator.bpmn import support
from orchestrator.bpmn.model import Text
from orchestrator.bpmn.problems import Problem

Element = etree._Element


def bpmn(tag: str) -> str:
    return f"{{{support.BPMN}}}{tag}"


def zeebe(tag: str) -> str:
    return f"{{{support.ZEEBE}}}{tag}"


def local(element: Element) -> str:
    return etree.QName(element).localname


def namespace(element: Element) -> str:
    return etree.QName(element).namespace or ""


_PARTS = ("EventDefinition", "Characteristics")  # their ids are on no canvas

# A plain variable as older models write it; anything longer in ${} is another language.
_VARIABLE = re.compile(r"\$\{\s*([A-Za-z_]\w*)\s*\}")


def line_of(element: Element) -> int | None:
    """The line in the file; lxml knows none beyond 65,535."""
    line = element.sourceline
    return line if isinstance(line, int) else None


class Source:
    """Collects problems instead of stopping at the first, so that a modeller sees all of them at once."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.unread: dict[str, str] = {}  # a namespace that nobody here reads -> the element where it is met first
        self.by_id: dict[str, Element] = {}
        for element in root.iter(f"{{{support.BPMN}}}*"):
            if id := element.get("id"):
                if id in self.by_id:
                    self.problem(element, f"The id {id} is used twice: give one of the two elements another id")
                self.by_id.setdefault(id, element)

    def problem(self, element: Element, message: str) -> None:
        """Told once, however many parts of the element have it."""
        problem = Problem(self.id_of(element), message, line_of(element))
        if problem not in self.problems[-1:]:
            self.problems.append(problem)

    def id_of(self, element: Element) -> str:
        """The id of the element or of the nearest one around it that a canvas can mark."""
        here: Element | None = element
        while here is not None:
            on_canvas = namespace(here) == support.BPMN and not local(here).endswith(_PARTS)
            if on_canvas and (id := here.get("id")):
                return id
            here = here.getparent()
        return ""

    # -- children and references

    def children(self, element: Element, tag: str) -> Iterator[Element]:
        return element.iterchildren(bpmn(tag))

    def child(self, element: Element, tag: str) -> Element | None:
        return next(self.children(element, tag), None)

    def extension(self, element: Element, tag: str) -> Element | None:
        extensions = self.child(element, "extensionElements")
        return None if extensions is None else next(extensions.iterchildren(zeebe(tag)), None)

    def reference(self, element: Element, attribute: str, tag: str, what: str) -> Element | None:
        """Follow a reference by id. A missing attribute gives None; a dangling one is a problem, too."""
        value = element.get(attribute)
        if value is None:
            return None
        found = self.by_id.get(value.rpartition(":")[2])
        if found is None or local(found) != tag:
            self.problem(element, f"{attribute} names {value}, but the file has no {what} of that id")
            return None
        return found

    # -- values

    def boolean(self, element: Element, attribute: str, default: bool) -> bool:
        value = element.get(attribute, "true" if default else "false")
        if value not in ("true", "false", "1", "0"):
            self.problem(element, f"{attribute} is {value!r}: only true and false are understood")
        return value in ("true", "1")

    def text(self, element: Element, value: str | None, what: str) -> Text | None:
        """Static text, or FEEL after a leading `=`; None when there is nothing."""
        if value is None or not value.strip():
            return None
        if not value.lstrip().startswith("="):
            return value
        return self.expression(element, value, what)

    def expression(self, element: Element, value: str | None, what: str) -> feel.Expression | None:
        """FEEL that must start with `=`; `${name}` of older models is read as `= name`."""
        text = _VARIABLE.sub(r"= \1", (value or "").strip())
        if not text:
            return None
        if not text.startswith("="):
            self.problem(element, f"{what} must be a FEEL expression: write = before {text!r}")
            return None
        try:
            expression = feel.parse(text[1:].strip())
        except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
            self.problem(element, f"{what} cannot be read: {error}")
            return None
        for part in expression.problems:
            self.problem(element, f"{what} can never have a value: {part.message}")
        return expression

    def seconds(self, element: Element, value: str, what: str) -> float | None:
        """An ISO 8601 duration of weeks, days and time, in seconds."""
        try:
            duration = isodate.parse_duration(value.strip())
        except (isodate.ISO8601Error, ValueError, OverflowError):
            duration = None
        if not isinstance(duration, timedelta) or duration < timedelta(0):
            self.problem(element, f"{what} is {value!r}: write a duration such as PT30S or P1D")
            return None
        return duration.total_seconds()
