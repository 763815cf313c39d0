"""The SVG picture of a diagram shows what the file says where, and nothing that it should not."""

from __future__ import annotations

from lxml import etree

from orchestrator.bpmn.picture import SVG, picture

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0">'
)


def drawn(process: str, interchange: str) -> etree._Element:
    content = (
        f'{HEAD}<process id="p" name="Ordering">{process}</process>'
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p">{interchange}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
        "</definitions>"
    )
    found = picture(content.encode())
    assert found is not None
    return etree.fromstring(found)


def shape(element: str, x: str, y: str = "100", size: tuple[int, int] = (100, 80), more: str = "") -> str:
    return (
        f'<bpmndi:BPMNShape bpmnElement="{element}" {more}><dc:Bounds x="{x}" y="{y}" width="{size[0]}" '
        f'height="{size[1]}"/></bpmndi:BPMNShape>'
    )


def edge(element: str, *points: tuple[int, int]) -> str:
    ways = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge bpmnElement="{element}">{ways}</bpmndi:BPMNEdge>'


def part(svg: etree._Element, element: str) -> etree._Element:
    found = svg.find(f".//{{{SVG}}}g[@data-element='{element}']")
    assert found is not None
    return found


def words(svg: etree._Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{{{SVG}}}tspan")]


def test_shapes_stand_where_the_file_puts_them() -> None:
    svg = drawn(
        '<userTask id="a" name="Approve"/><endEvent id="e"/>', shape("a", "10") + shape("e", "200", size=(36, 36))
    )
    rectangle = part(svg, "a").find(f"{{{SVG}}}rect")
    assert rectangle is not None
    assert (rectangle.get("x"), rectangle.get("width")) == ("10", "100")
    circle = part(svg, "e").find(f"{{{SVG}}}circle")
    assert circle is not None
    assert (circle.get("cx"), circle.get("stroke-width")) == ("218", "4")
    assert svg.get("viewBox") == "-2 88 250 104"


def test_it_is_called_what_the_process_is_called() -> None:
    svg = drawn('<task id="a"/>', shape("a", "0"))
    assert svg.findtext(f"{{{SVG}}}title") == "Ordering"


def test_a_long_name_is_wrapped_and_ends_in_an_ellipsis() -> None:
    name = (
        "Compare the delivered goods with the order and with the invoice of the supplier, line by line, and sign it off"
    )
    svg = drawn(f'<task id="a" name="{name}"/>', shape("a", "0"))
    assert len(words(svg)) == 5
    assert words(svg)[0] == "Compare the"
    assert words(svg)[-1].endswith("…")


def test_a_default_flow_has_its_slash_and_an_arrow() -> None:
    process = '<exclusiveGateway id="g" default="f"/><task id="a"/><sequenceFlow id="f" sourceRef="g" targetRef="a"/>'
    svg = drawn(process, shape("g", "0", size=(50, 50)) + shape("a", "100") + edge("f", (50, 125), (100, 125)))
    assert [etree.QName(child).localname for child in part(svg, "f")] == ["polyline", "polygon", "line"]


def test_colours_are_kept_and_nothing_else_gets_into_the_picture() -> None:
    coloured = shape("a", "0", more='bioc:fill="#ffe0b2" bioc:stroke="url(javascript:alert(1))"')
    svg = drawn('<task id="a" name="&lt;script&gt;alert(1)&lt;/script&gt;"/>', coloured)
    assert part(svg, "a").get("fill") == "#ffe0b2"
    assert part(svg, "a").get("stroke") == "#22242a"
    assert svg.find(f".//{{{SVG}}}script") is None
    assert "".join(words(svg)) == "<script>alert(1)</script>"


def test_places_that_make_no_sense_are_left_out() -> None:
    svg = drawn('<task id="a"/><task id="b"/>', shape("a", "0") + shape("b", "1e9") + shape("nobody", "5"))
    assert [group.get("data-element") for group in svg.iter(f"{{{SVG}}}g")] == ["a"]


def test_a_file_without_a_diagram_has_no_picture() -> None:
    assert picture(f'{HEAD}<process id="p"/></definitions>'.encode()) is None
