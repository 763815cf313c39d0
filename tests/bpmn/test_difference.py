"""What a list of changes says between two versions of a diagram."""

from __future__ import annotations

from orchestrator.bpmn.difference import Change, difference
from tests.bpmn.draw import chain, element, file, flow


def test_the_same_diagram_has_no_difference() -> None:
    assert not difference(chain(element("userTask")), chain(element("userTask")))


def test_elements_come_and_go_with_their_flows() -> None:
    before = chain(element("userTask", attributes='name="Review"'))
    after = chain(element("userTask", attributes='name="Review"'), element("task", "n2", attributes='name="File it"'))
    found = difference(before, after)
    assert found.added == (
        Change("n2", "task", "File it"),
        Change("n1_n2", "sequenceFlow", ""),
        Change("n2_e", "sequenceFlow", ""),
    )
    assert found.removed == (Change("n1_e", "sequenceFlow", ""),)
    assert found.changed == ()


def test_a_change_names_the_attributes_and_parts_that_differ() -> None:
    before = chain(
        element("userTask", extensions='<zeebe:assignmentDefinition assignee="ann"/>', attributes='name="A"')
    )
    after = chain(element("userTask", extensions='<zeebe:assignmentDefinition assignee="bob"/>', attributes='name="B"'))
    assert difference(before, after).changed == (Change("n1", "userTask", "B", ("assignmentDefinition", "name")),)


def test_another_type_under_the_same_id_is_a_change_of_type() -> None:
    assert difference(chain(element("task")), chain(element("manualTask"))).changed == (
        Change("n1", "manualTask", "", ("type",)),
    )


def test_a_condition_belongs_to_its_flow() -> None:
    nodes = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
    before, after = (file(nodes + flow("s", "e", condition)) for condition in ("=a > 1", "=a > 2"))
    assert difference(before, after).changed == (Change("s_e", "sequenceFlow", "", ("conditionExpression",)),)


def test_what_changes_inside_a_sub_process_is_not_said_of_the_sub_process() -> None:
    def drawn(name: str) -> bytes:
        inner = element("task", "t", attributes=f'name="{name}"')
        return chain(element("subProcess", inner=f'<bpmn:startEvent id="i"/>{inner}{flow("i", "t")}'))

    assert difference(drawn("one"), drawn("two")).changed == (Change("t", "task", "two", ("name",)),)


def test_the_kind_of_an_event_is_a_part_of_it_whatever_the_part_is_called() -> None:
    def waits(trigger: str) -> bytes:
        return chain(element("intermediateCatchEvent", inner=trigger))

    timer = '<bpmn:timerEventDefinition id="{}"><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>'
    assert not difference(waits(timer.format("x", "PT1H")), waits(timer.format("y", "PT1H")))
    assert difference(waits(timer.format("x", "PT1H")), waits(timer.format("x", "PT2H"))).changed == (
        Change("n1", "intermediateCatchEvent", "", ("timerEventDefinition",)),
    )


def test_layout_and_colours_are_no_change() -> None:
    drawn = (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="d"><di:BPMNPlane bpmnElement="p">'
        '<di:BPMNShape id="{}" bpmnElement="s"/></di:BPMNPlane></di:BPMNDiagram>'
    )
    assert not difference(chain(roots=drawn.format("one")), chain(roots=drawn.format("two")))


def test_white_space_and_order_of_attributes_are_no_change() -> None:
    before = chain(element("userTask", extensions='<zeebe:taskSchedule dueDate="a" followUpDate="b"/>'))
    after = chain(element("userTask", extensions='\n  <zeebe:taskSchedule followUpDate="b" dueDate="a"/>\n'))
    assert not difference(before, after)
