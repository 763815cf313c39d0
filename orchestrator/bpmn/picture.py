"""A diagram as an SVG picture, for lists, printed pages and mails: no script, no style sheet, black on white.

Shapes and places are those of the BPMN diagram interchange (BPMN 2.0, chapter 12) in the file. The look is that of
bpmn-js, so that the picture and the canvas show the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from lxml import etree

from orchestrator import safexml
from orchestrator.bpmn import support
from orchestrator.bpmn.icons import ICONS
from orchestrator.bpmn.interchange import INK, PAPER, Box, Edge, Shape, read
from orchestrator.bpmn.source import Element, local, namespace

SVG = "http://www.w3.org/2000/svg"

MARGIN = 12
FONT, LINE, WIDE = 12, 14, 6.1  # pixels: size, height of a line, width of a character in the middle

_ACTIVITIES = {tag for tag in support.FLOW_NODES if tag.endswith(("ask", "Activity", "Process", "transaction"))}
_GATEWAYS = {tag for tag in support.FLOW_NODES if tag.endswith("Gateway")}
_EVENTS = {tag for tag in support.FLOW_NODES if tag.endswith("Event")}
_SCOPES = {"subProcess", "transaction", "adHocSubProcess"}
_THROWING = {"intermediateThrowEvent", "endEvent"}


def picture(content: bytes, title: str = "") -> bytes | None:
    """The first plane of the file; None when it has no diagram. Raises safexml.XmlRefused.

    `title` is what a screen reader says.
    """
    root = safexml.read(content)
    shapes, edges = read(root)
    if not shapes:
        return None
    svg = _canvas(shapes, edges, title or _name(root))
    for shape in sorted(shapes, key=_depth):
        _draw_shape(svg, shape)
    for edge in edges:
        _draw_edge(svg, edge)
    for shape in shapes:
        _draw_label(svg, shape)
    return etree.tostring(svg, encoding="UTF-8")


def _depth(shape: Shape) -> tuple[int, int]:
    """What contains others is drawn first; events that sit on a border last."""
    tag = local(shape.element)
    layer = 0 if tag == "participant" else 1 if tag == "lane" else 3 if tag == "boundaryEvent" else 2
    return layer, sum(1 for _ in shape.element.iterancestors())


def _name(root: Element) -> str:
    process = next(root.iter(f"{{{support.BPMN}}}process"), None)
    return "" if process is None else process.get("name") or process.get("id") or ""


# Drawing


def _canvas(shapes: list[Shape], edges: list[Edge], title: str) -> Element:
    boxes = [box for shape in shapes for box in (shape.box, shape.label) if box]
    boxes += [box for edge in edges for box in (edge.label, *(Box(x, y, 0, 0) for x, y in edge.points)) if box]
    left, top = min(box.x for box in boxes) - MARGIN, min(box.y for box in boxes) - MARGIN
    width = max(box.x + box.width for box in boxes) + MARGIN - left
    height = max(box.y + box.height for box in boxes) + MARGIN - top
    svg = etree.Element(
        f"{{{SVG}}}svg",
        {
            "viewBox": f"{left:g} {top:g} {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
            "font-family": "Arial, Helvetica, sans-serif",
            "font-size": str(FONT),
        },
        nsmap={None: SVG},  # type: ignore[dict-item]  # the namespace without a prefix
    )
    _add(svg, "title").text = title
    return svg


def _add(parent: Element, tag: str, **attributes: str | float) -> Element:
    named = {
        name.replace("_", "-"): f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in attributes.items()
    }
    return etree.SubElement(parent, f"{{{SVG}}}{tag}", named)


def _draw_shape(svg: Element, shape: Shape) -> None:
    tag = local(shape.element)
    group = _add(svg, "g", stroke=shape.stroke, fill=shape.fill, stroke_width="1.5")
    group.set("data-element", shape.element.get("id", ""))
    _SHAPES.get(tag, _nothing)(group, shape)


def _nothing(group: Element, shape: Shape) -> None:
    """An artifact that has no shape of its own."""


def _rectangle(group: Element, shape: Shape, radius: float = 10, **more: str) -> None:
    box = shape.box
    _add(group, "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=float(radius), **more)


def _activity(group: Element, shape: Shape) -> None:
    element, box, tag = shape.element, shape.box, local(shape.element)
    if element.get("triggeredByEvent") in ("true", "1"):
        _rectangle(group, shape, stroke_dasharray="1.5 4")
    else:
        _rectangle(group, shape, stroke_width="4" if tag == "callActivity" else "1.5")
    if tag == "transaction":
        inner = shape.box
        _add(
            group,
            "rect",
            x=inner.x + 3,
            y=inner.y + 3,
            width=inner.width - 6,
            height=inner.height - 6,
            rx=7.0,
            fill="none",
        )
    if icon := ICONS.get(tag):
        _icon(group, icon, box.x + 6, box.y + 6, shape.stroke)
    markers = list(_markers(shape))
    for position, marker in enumerate(markers):
        _icon(
            group,
            ICONS[marker],
            box.x + box.width / 2 - 9 * len(markers) + 18 * position,
            box.y + box.height - 19,
            shape.stroke,
        )


def _markers(shape: Shape) -> Iterator[str]:
    element, tag = shape.element, local(shape.element)
    loop = element.find(f"{{{support.BPMN}}}multiInstanceLoopCharacteristics")
    if tag in _SCOPES and not shape.expanded:
        yield "collapsed"
    if loop is not None:
        yield "sequential" if loop.get("isSequential") == "true" else "parallel"
    if element.find(f"{{{support.BPMN}}}standardLoopCharacteristics") is not None:
        yield "loop"
    if element.get("isForCompensation") == "true":
        yield "compensation"
    if tag == "adHocSubProcess":
        yield "ad-hoc"


def _event(group: Element, shape: Shape) -> None:
    (x, y), tag, element = shape.box.middle, local(shape.element), shape.element
    radius = shape.box.width / 2
    broken = "false" in (element.get("isInterrupting"), element.get("cancelActivity"))
    dashes = {"stroke_dasharray": "4 3"} if broken else {}
    _add(group, "circle", cx=x, cy=y, r=radius, stroke_width="4" if tag == "endEvent" else "1.5", **dashes)
    if tag not in ("startEvent", "endEvent"):
        _add(group, "circle", cx=x, cy=y, r=radius - 3, fill="none", **dashes)
    definition = next((local(child) for child in element if _is_definition(child)), "")
    name = definition.removesuffix("EventDefinition")
    if icon := ICONS.get(f"{name}-throw" if tag in _THROWING else name, ICONS.get(name)):
        _icon(group, icon, x - 8, y - 8, shape.stroke)


def _is_definition(child: Element) -> bool:
    return isinstance(child.tag, str) and namespace(child) == support.BPMN and local(child).endswith("EventDefinition")


def _gateway(group: Element, shape: Shape) -> None:
    (x, y), box = shape.box.middle, shape.box
    corners = [(x, box.y), (box.x + box.width, y), (x, box.y + box.height), (box.x, y)]
    _add(group, "polygon", points=_list(corners))
    if icon := ICONS.get(local(shape.element)):
        _icon(group, icon, x - 8, y - 8, shape.stroke)


def _pool(group: Element, shape: Shape) -> None:
    _rectangle(group, shape, 0)
    box = shape.box
    if local(shape.element) == "participant" and shape.horizontal:
        _add(group, "line", x1=box.x + 30, y1=box.y, x2=box.x + 30, y2=box.y + box.height)


def _annotation(group: Element, shape: Shape) -> None:
    box = shape.box
    corner = [(box.x + 10, box.y), (box.x, box.y), (box.x, box.y + box.height), (box.x + 10, box.y + box.height)]
    _add(group, "polyline", points=_list(corner), fill="none")


def _group(group: Element, shape: Shape) -> None:
    _rectangle(group, shape, fill="none", stroke_dasharray="8 4 1 4")


def _data_object(group: Element, shape: Shape) -> None:
    box, fold = shape.box, 10
    right, bottom = box.x + box.width, box.y + box.height
    outline = [(box.x, box.y), (right - fold, box.y), (right, box.y + fold), (right, bottom), (box.x, bottom)]
    _add(group, "polygon", points=_list(outline))
    _add(group, "polyline", points=_list([(right - fold, box.y), (right - fold, box.y + fold), (right, box.y + fold)]))


def _data_store(group: Element, shape: Shape) -> None:
    box, lid = shape.box, 8
    right, bottom = box.x + box.width, box.y + box.height
    curve = f"{box.width / 2:g} {lid:g} 0 0"
    _add(
        group, "path",
        d=f"M{box.x:g} {box.y + lid:g} A{curve} 1 {right:g} {box.y + lid:g} V{bottom - lid:g} "
        f"A{curve} 1 {box.x:g} {bottom - lid:g} Z M{box.x:g} {box.y + lid:g} A{curve} 0 {right:g} {box.y + lid:g}",
    )  # fmt: skip


def _icon(group: Element, path: str, x: float, y: float, stroke: str) -> None:
    """An icon of 16 by 16; a path that begins with `!` is filled."""
    filled = path.startswith("!")
    _add(
        group, "path", d=path.lstrip("!"), transform=f"translate({x:g} {y:g})",
        fill=stroke if filled else "none", stroke_width="1.2",
    )  # fmt: skip


_SHAPES: Mapping[str, Callable[[Element, Shape], None]] = {
    **dict.fromkeys(_ACTIVITIES, _activity),
    **dict.fromkeys(_EVENTS, _event),
    **dict.fromkeys(_GATEWAYS, _gateway),
    "participant": _pool,
    "lane": _pool,
    "textAnnotation": _annotation,
    "group": _group,
    "dataObjectReference": _data_object,
    "dataStoreReference": _data_store,
}


def _draw_edge(svg: Element, edge: Edge) -> None:
    tag = local(edge.element)
    dashes = {"messageFlow": "8 5", "association": "1 4", "dataInputAssociation": "1 4", "dataOutputAssociation": "1 4"}
    group = _add(svg, "g", stroke=edge.stroke, fill="none", stroke_width="1.5")
    group.set("data-element", edge.element.get("id", ""))
    line = _add(group, "polyline", points=_list(edge.points), stroke_linejoin="round")
    if tag in dashes:
        line.set("stroke-dasharray", dashes[tag])
    if tag in ("sequenceFlow", "messageFlow"):
        _arrow(group, edge)
    if _is_default(edge.element):
        _slash(group, edge.points)
    if name := edge.element.get("name"):
        box = edge.label or _beside(edge.points)
        _text(svg, name, box, top=True)


def _arrow(group: Element, edge: Edge) -> None:
    (x0, y0), (x1, y1) = edge.points[-2:]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 0.01)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    back = (x1 - 9 * dx, y1 - 9 * dy)
    corners = [(x1, y1), (back[0] - 4 * dy, back[1] + 4 * dx), (back[0] + 4 * dy, back[1] - 4 * dx)]
    _add(group, "polygon", points=_list(corners), fill=PAPER if local(edge.element) == "messageFlow" else edge.stroke)


def _is_default(flow: Element) -> bool:
    parent = flow.getparent()
    if local(flow) != "sequenceFlow" or parent is None:
        return False
    return any(node.get("default") == flow.get("id") for node in parent if node.get("id") == flow.get("sourceRef"))


def _slash(group: Element, points: tuple[tuple[float, float], ...]) -> None:
    (x0, y0), (x1, y1) = points[:2]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 0.01)
    x, y = x0 + 12 * (x1 - x0) / length, y0 + 12 * (y1 - y0) / length
    _add(group, "line", x1=x - 4, y1=y + 5, x2=x + 4, y2=y - 5)


def _beside(points: tuple[tuple[float, float], ...]) -> Box:
    """Above the middle of the longest piece."""
    longest = max(pairwise(points), key=lambda piece: abs(piece[0][0] - piece[1][0]) + abs(piece[0][1] - piece[1][1]))
    (x0, y0), (x1, y1) = longest
    return Box((x0 + x1) / 2 - 45, (y0 + y1) / 2 - LINE - 4, 90, LINE)


# Words


def _draw_label(svg: Element, shape: Shape) -> None:
    tag, box = local(shape.element), shape.box
    name = shape.element.get("name", "")
    if tag == "textAnnotation":
        text = shape.element.findtext(f"{{{support.BPMN}}}text") or ""
        _text(svg, text, Box(box.x + 5, box.y + 3, box.width - 10, box.height), top=True, left=True)
    elif not name:
        return
    elif tag in ("participant", "lane"):
        _sideways(svg, name, box)
    elif tag in _SCOPES and shape.expanded:
        _text(svg, name, Box(box.x + 8, box.y + 6, box.width - 16, LINE), top=True)
    elif tag in _ACTIVITIES:
        _text(svg, name, Box(box.x + 5, box.y, box.width - 10, box.height))
    else:
        x, _ = box.middle
        _text(svg, name, shape.label or Box(x - 50, box.y + box.height + 4, 100, 2 * LINE), top=True)


def _sideways(svg: Element, name: str, box: Box) -> None:
    x, y = box.x + 15, box.y + box.height / 2
    short = _wrapped(name, box.height - 10, 1)[0]
    _add(
        svg, "text", x=x, y=y, transform=f"rotate(-90 {x:g} {y:g})", text_anchor="middle", dy="4", fill=INK
    ).text = short


def _text(svg: Element, text: str, box: Box, *, top: bool = False, left: bool = False) -> None:
    width = max(box.width, 60)
    most = max(int((max(box.height, 3 * LINE) if top else box.height) // LINE), 1)
    lines = _wrapped(text, width, most)
    x = box.x if left else box.x + box.width / 2
    y = box.y + FONT if top else box.y + box.height / 2 - (len(lines) - 1) * LINE / 2 + 4
    holder = _add(svg, "text", fill=INK, text_anchor="start" if left else "middle")
    for number, line in enumerate(lines):
        _add(holder, "tspan", x=x, y=y + number * LINE).text = line


def _wrapped(text: str, width: float, most: int) -> list[str]:
    """Lines that fit, the last one with an ellipsis when there was more."""
    room = max(int(width / WIDE), 4)
    lines = [""]
    for word in text.split():
        for piece in (word[start : start + room] for start in range(0, len(word), room)):
            if lines[-1] and len(lines[-1]) + 1 + len(piece) > room:
                lines.append("")
            lines[-1] = f"{lines[-1]} {piece}".strip()
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = f"{lines[-1][: room - 1]}…"
    return lines


def _list(points: list[tuple[float, float]] | tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
