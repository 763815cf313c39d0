"""Where a diagram's shapes and edges stand: the diagram interchange of a file (BPMN 2.0, chapter 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator.bpmn.source import Element, local

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
COLOR = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
BIOC = "http://bpmn.io/schema/bpmn/biocolor/1.0"

INK, PAPER = "#22242a", "#ffffff"
LARGEST = 100_000  # a coordinate beyond this is a slip, and would make the picture useless
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([0-9., %]{5,40}\)|[a-zA-Z]{3,20}")


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Shape:
    element: Element
    box: Box
    label: Box | None
    expanded: bool
    horizontal: bool
    stroke: str
    fill: str


@dataclass(frozen=True, slots=True)
class Edge:
    element: Element
    points: tuple[tuple[float, float], ...]
    label: Box | None
    stroke: str


def read(root: Element) -> tuple[list[Shape], list[Edge]]:
    plane = next(root.iter(f"{{{DI}}}BPMNPlane"), None)
    by_id = {element.get("id", ""): element for element in root.iter("*") if element.get("id")}
    shapes: list[Shape] = []
    edges: list[Edge] = []
    for drawn in () if plane is None else plane:
        element = by_id.get(drawn.get("bpmnElement", "").rpartition(":")[2])
        if element is None or not isinstance(drawn.tag, str):
            continue
        if local(drawn) == "BPMNShape" and (box := _box(drawn)):
            shapes.append(_shape(drawn, element, box))
        elif local(drawn) == "BPMNEdge" and len(points := _points(drawn)) > 1:
            edges.append(Edge(element, points, _label(drawn), _colour(drawn, INK, "border-color", "stroke")))
    return shapes, edges


def _shape(drawn: Element, element: Element, box: Box) -> Shape:
    return Shape(
        element=element,
        box=box,
        label=_label(drawn),
        expanded=drawn.get("isExpanded", "true") == "true",
        horizontal=drawn.get("isHorizontal", "true") == "true",
        stroke=_colour(drawn, INK, "border-color", "stroke"),
        fill=_colour(drawn, PAPER, "background-color", "fill"),
    )


def _colour(drawn: Element, otherwise: str, standard: str, bpmn_io: str) -> str:
    found = drawn.get(f"{{{COLOR}}}{standard}") or drawn.get(f"{{{BIOC}}}{bpmn_io}") or ""
    return found if _COLOUR.fullmatch(found) else otherwise


def _box(holder: Element) -> Box | None:
    bounds = holder.find(f"{{{DC}}}Bounds")
    if bounds is None:
        return None
    found = [_number(bounds.get(name)) for name in ("x", "y", "width", "height")]
    return None if None in found else Box(*(value or 0 for value in found))


def _label(drawn: Element) -> Box | None:
    label = drawn.find(f"{{{DI}}}BPMNLabel")
    return None if label is None else _box(label)


def _points(drawn: Element) -> tuple[tuple[float, float], ...]:
    found = ((_number(point.get("x")), _number(point.get("y"))) for point in drawn.iterchildren(f"{{{DD}}}waypoint"))
    return tuple((x, y) for x, y in found if x is not None and y is not None)


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if abs(found) < LARGEST else None
