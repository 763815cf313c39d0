"""What other tools write differently, or write for people only, is read and never refused."""

from __future__ import annotations

import pytest

from orchestrator import bpmn

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions id="d" targetNamespace="x" exporter="Camunda Modeler" exporterVersion="5.20.0"
    xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:semantic="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:z="http://camunda.org/schema/zeebe/1.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
    xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0"
    modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.9.0">"""


def drawn(node: str, beside: str = "", roots: str = "") -> bytes:
    """A process through the node `t`."""
    return (
        f"""{HEAD}<process id="p" isExecutable="true" processType="None" isClosed="false">
        <startEvent id="s" isInterrupting="true" parallelMultiple="false"><outgoing>f1</outgoing></startEvent>{node}
        <endEvent id="e"><incoming>f2</incoming></endEvent>{beside}
        <sequenceFlow id="f1" sourceRef="s" targetRef="t" isImmediate="true"/>
        <sequenceFlow id="f2" sourceRef="t" targetRef="e"/></process>{roots}</definitions>"""
    ).encode()


def problems(xml: bytes) -> list[str]:
    return [str(problem) for problem in bpmn.problems(bpmn.parse(xml))]


MESSAGE = (
    '<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey=" = id "/>'
    "</extensionElements></message>"
)
LEGAL = {
    "another prefix for the dialect": drawn(
        '<userTask id="t"><extensionElements><z:userTask/></extensionElements></userTask>'
    ),
    "two prefixes for BPMN": drawn('<semantic:task id="t"/>'),
    "extensions behind the flows": drawn(
        '<userTask id="t"><incoming>f1</incoming><outgoing>f2</outgoing>'
        "<extensionElements><zeebe:userTask/></extensionElements></userTask>"
    ),
    "comments and instructions": drawn(
        '<!-- a --><?tool x?><userTask id="t"><!-- b --><extensionElements><!-- c --><zeebe:userTask/><zeebe:ioMapping>'
        '<!-- d --><zeebe:input source="=1" target="a"/></zeebe:ioMapping></extensionElements></userTask>'
    ),
    "a condition in CDATA with a type": drawn(
        '<exclusiveGateway id="t" default="f2" gatewayDirection="Unspecified"/>',
        '<endEvent id="e2"/><sequenceFlow id="f3" sourceRef="t" targetRef="e2">'
        '<conditionExpression id="c" xsi:type="semantic:tFormalExpression" language="feel">'
        "<![CDATA[=x > 5]]></conditionExpression></sequenceFlow>",
    ),
    "data, notes and groups": drawn(
        '<task id="t"><property id="pr" name="__targetRef_placeholder"/><dataInputAssociation id="in">'
        "<sourceRef>r</sourceRef><targetRef>pr</targetRef></dataInputAssociation>"
        '<dataOutputAssociation id="out"><targetRef>ds</targetRef></dataOutputAssociation></task>',
        '<dataObjectReference id="r" dataObjectRef="o"/><dataObject id="o" isCollection="true"/>'
        '<dataStoreReference id="ds" name="DB" dataStoreRef="store"/><textAnnotation id="n"><text>note</text>'
        '</textAnnotation><association id="as" associationDirection="None" sourceRef="t" targetRef="n"/>'
        '<group id="g" categoryValueRef="cv"/>',
        '<category id="c"><categoryValue id="cv" value="Group"/></category><dataStore id="store"/>',
    ),
    "colours, templates and quantities": drawn(
        '<serviceTask id="t" name="a&#10;b" implementation="##WebService" startQuantity="1" completionQuantity="1" '
        'isForCompensation="false" bioc:stroke="#000" color:background-color="#fff" zeebe:modelerTemplate="io.x" '
        'zeebe:modelerTemplateVersion="3" zeebe:modelerTemplateIcon="data:image/svg+xml"><extensionElements>'
        '<zeebe:taskDefinition type="=kind" retries="=3"/><zeebe:taskHeaders><zeebe:header key="a"/>'
        "</zeebe:taskHeaders></extensionElements></serviceTask>"
    ),
    "extensions that say nothing": drawn(
        '<userTask id="t"><extensionElements><zeebe:userTask/><zeebe:ioMapping/><zeebe:properties/><zeebe:taskHeaders/>'
        "<zeebe:executionListeners/><zeebe:taskListeners/><zeebe:assignmentDefinition/><zeebe:taskSchedule/>"
        "</extensionElements></userTask>"
    ),
    "a multi-instance with empty names": drawn(
        '<task id="t"><multiInstanceLoopCharacteristics behavior="All"><extensionElements><zeebe:loopCharacteristics '
        'inputCollection="=a" inputElement="" outputCollection="" outputElement=""/></extensionElements>'
        '<completionCondition xsi:type="semantic:tFormalExpression">=true</completionCondition>'
        "</multiInstanceLoopCharacteristics></task>"
    ),
    "a reference with a prefix": drawn('<receiveTask id="t" messageRef="semantic:m"/>', roots=MESSAGE),
    "numbers for true and false": drawn(
        '<task id="t"/>',
        '<subProcess id="es" triggeredByEvent="1"><startEvent id="es1" isInterrupting="0">'
        '<escalationEventDefinition escalationRef="up"/></startEvent></subProcess>',
        '<escalation id="up" escalationCode="x"/>',
    ),
    "who is responsible, in words of BPMN": drawn(
        '<userTask id="t"><ioSpecification><dataInput id="di"/><inputSet/><outputSet/></ioSpecification>'
        "<potentialOwner><resourceAssignmentExpression><formalExpression>x</formalExpression></resourceAssignmentExpression>"
        "</potentialOwner></userTask>"
    ),
    "a plane for a collapsed sub-process": drawn(
        '<subProcess id="t"><laneSet id="ls"/><startEvent id="i"/></subProcess>',
        roots='<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="t"/></bpmndi:BPMNDiagram>',
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_it_is_read(name: str) -> None:
    assert problems(LEGAL[name]) == []


def test_what_is_drawn_in_a_pool_that_does_not_run_is_not_judged() -> None:
    xml = f"""{HEAD}<collaboration id="c"><participant id="a" processRef="p"/><participant id="b" processRef="q"/>
        <participant id="empty"/><messageFlow id="mf" sourceRef="t" targetRef="b"/><textAnnotation id="n"/>
        <association id="as" sourceRef="t" targetRef="n"/><group id="g"/></collaboration>
        <process id="p" isExecutable="true"><laneSet id="ls"><lane id="l" name="Office"><flowNodeRef>s</flowNodeRef>
        <childLaneSet id="cl"><lane id="l2" name="Desk"><flowNodeRef>t</flowNodeRef></lane></childLaneSet></lane>
        </laneSet><startEvent id="s"/><task id="t"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/></process>
        <process id="q"><task id="lonely"/><choreographyTask id="ct"/><serviceTask id="undecided"/></process>
        </definitions>"""
    assert problems(xml.encode()) == []
    assert bpmn.parse(xml.encode()).processes.keys() == {"p"}


COMPANY = 'xmlns:our="http://ours.example/bpmn" xmlns:w="http://ours.example/watt"'


def test_what_nobody_here_knows_changes_nothing_and_is_told_once() -> None:
    xml = drawn(
        f'<userTask id="t" {COMPANY} our:cost="5" our:owner="x"><extensionElements><our:kpi><our:unit/></our:kpi>'
        '<zeebe:userTask/><zeebe:ioMapping our:a="1"><our:note/><zeebe:input source="=1" target="a" w:b="2"/>'
        "</zeebe:ioMapping></extensionElements></userTask>"
    )
    diagram = bpmn.parse(xml)
    assert bpmn.problems(diagram) == []
    assert [str(warning) for warning in bpmn.warnings(diagram)] == [
        "t: What is written for http://ours.example/bpmn is not known here and changes nothing",
        "t: What is written for http://ours.example/watt is not known here and changes nothing",
    ]


def test_what_a_tool_remembers_is_not_worth_a_word() -> None:
    assert bpmn.warnings(bpmn.parse(LEGAL["colours, templates and quantities"])) == []


ENGINES = {
    '<task id="t" xmlns:x="http://flowable.org/bpmn" x:async="true"/>': "The attribute async is for Flowable",
    '<task id="t" xmlns:x="http://www.jboss.org/drools"><extensionElements><x:onEntry-script/></extensionElements>'
    "</task>": "The extension element onEntry-script is for jBPM",
    '<userTask id="t" xmlns:x="http://activiti.org/bpmn"><extensionElements><zeebe:userTask x:a="1"/>'
    "</extensionElements></userTask>": "The attribute a is for Activiti",
    '<task id="t" xmlns:x="http://camunda.org/schema/1.0/bpmn"><multiInstanceLoopCharacteristics x:collection="l">'
    '<extensionElements><zeebe:loopCharacteristics inputCollection="=a"/></extensionElements>'
    "</multiInstanceLoopCharacteristics></task>": "The attribute collection is for Camunda 7",
    '<task id="t" xmlns:x="http://camunda.org/schema/zeebe/2.0"><extensionElements><x:script/></extensionElements>'
    "</task>": "The extension element script of http://camunda.org/schema/zeebe/2.0 is not known and would be ignored",
    '<task id="t"><extensionElements><property/></extensionElements></task>': "The extension element property of"
    " http://www.omg.org/spec/BPMN/20100524/MODEL is not known and would be ignored",
    '<task id="t"><multiInstanceLoopCharacteristics behavior="None"><extensionElements><zeebe:loopCharacteristics '
    'inputCollection="=a"/></extensionElements></multiInstanceLoopCharacteristics></task>': "behavior is None: no event"
    " is thrown when an instance of a multi-instance completes",
}


@pytest.mark.parametrize("node", ENGINES)
def test_what_an_engine_would_execute_is_refused(node: str) -> None:
    with pytest.raises(bpmn.BpmnError) as refused:
        bpmn.parse(drawn(node))
    (problem,) = refused.value.problems
    assert problem.element == "t"
    assert problem.message.startswith(ENGINES[node])
