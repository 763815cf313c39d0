"""What a diagram says, read from the file."""

from __future__ import annotations

import pytest

from orchestrator import bpmn
from orchestrator.bpmn import model as m
from tests.bpmn.draw import chain, element, file, flow


def read(xml: bytes) -> m.Process:
    (process,) = bpmn.parse(xml).processes.values()
    return process


def test_a_user_task_says_who_when_and_with_which_form() -> None:
    task = read(
        chain(
            element(
                "userTask",
                extensions='<zeebe:userTask/><zeebe:formDefinition formId="invoice"/>'
                '<zeebe:assignmentDefinition assignee="=approver" candidateGroups="Finance, Directors"/>'
                '<zeebe:taskSchedule dueDate="=now() + duration(&quot;P1D&quot;)"/>'
                '<zeebe:priorityDefinition priority="80"/>'
                '<zeebe:properties><zeebe:property name="outcomes" value="approve=Approve"/></zeebe:properties>',
            )
        )
    ).nodes["n1"]
    assert isinstance(task, m.UserTask)
    assert task.form == m.FormReference("invoice")
    assert not isinstance(task.assignee, str)
    assert task.candidate_groups == "Finance, Directors"
    assert task.priority == "80"
    assert task.properties == {"outcomes": "approve=Approve"}


def test_a_job_has_retries_back_off_and_time_out() -> None:
    task = read(
        chain(
            element(
                "serviceTask",
                extensions='<zeebe:taskDefinition type="http" retries="5"/><zeebe:taskHeaders>'
                '<zeebe:header key="retryBackoff" value="PT5S,PT1M"/><zeebe:header key="jobTimeout" value="PT10S"/>'
                "</zeebe:taskHeaders>",
            )
        )
    ).nodes["n1"]
    assert isinstance(task, m.ServiceTask)
    assert (task.job.type, task.job.retries, task.job.retry_backoff, task.job.timeout) == (
        "http",
        "5",
        (5.0, 60.0),
        10.0,
    )


def test_sequence_flows_connect_nodes_in_the_order_of_the_file() -> None:
    process = read(
        file(
            '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g" default="g_b"/><bpmn:endEvent id="a"/>'
            '<bpmn:endEvent id="b"/>' + flow("s", "g") + flow("g", "a", "=x > 1") + flow("g", "b")
        )
    )
    gateway = process.nodes["g"]
    assert [f.id for f in gateway.outgoing] == ["g_a", "g_b"]
    assert [f.id for f in gateway.incoming] == ["s_g"]
    assert gateway.outgoing[0].condition is not None


def test_a_sub_process_is_the_scope_of_its_nodes() -> None:
    inner = '<bpmn:startEvent id="is"/><bpmn:endEvent id="ie"/>' + flow("is", "ie")
    process = read(chain(element("subProcess", inner=inner)))
    assert {node.id: node.scope for node in process.nodes.values()} == {
        "s": "p", "n1": "p", "e": "p", "is": "n1", "ie": "n1",
    }  # fmt: skip


def test_a_lane_is_known_to_the_nodes_in_it() -> None:
    lanes = '<bpmn:laneSet><bpmn:lane name="Finance"><bpmn:flowNodeRef>n1</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    assert read(chain(element("userTask"), extra=lanes)).nodes["n1"].lane == "Finance"


def test_a_message_start_event_needs_no_correlation_key() -> None:
    start = '<bpmn:startEvent id="m"><bpmn:messageEventDefinition messageRef="msg"/></bpmn:startEvent>'
    process = read(chain(element("task"), extra=start + flow("m", "n1"), roots='<bpmn:message id="msg" name="order"/>'))
    event = process.nodes["m"]
    assert isinstance(event, m.StartEvent)
    assert event.definition == m.MessageDefinition("order")


def test_the_name_of_a_message_that_starts_a_process_may_be_computed() -> None:
    start = element("startEvent", "a", inner='<bpmn:messageEventDefinition messageRef="x"/>')
    node = read(file(start, '<bpmn:message id="x" name="=&quot;go &quot; + &quot;on&quot;"/>')).nodes["a"]
    assert isinstance(node, m.StartEvent)
    assert node.definition == m.MessageDefinition("go on")


@pytest.mark.parametrize(
    ("inner", "kind", "text"),
    [
        ("<bpmn:timeDuration>PT5M</bpmn:timeDuration>", "duration", "PT5M"),
        ("<bpmn:timeDate>2027-01-01T00:00:00Z</bpmn:timeDate>", "date", "2027-01-01T00:00:00Z"),
    ],
)
def test_a_timer_says_when(inner: str, kind: str, text: str) -> None:
    event = element("intermediateCatchEvent", inner=f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>")
    node = read(chain(event)).nodes["n1"]
    assert isinstance(node, m.IntermediateCatchEvent)
    assert node.definition == m.TimerDefinition(kind, text)


def test_mappings_keep_their_order_and_target() -> None:
    entries = '<zeebe:input source="=a" target="x.y"/><zeebe:output source="=r" target="z"/>'
    mapping = f"<zeebe:ioMapping>{entries}</zeebe:ioMapping>"
    job = '<zeebe:taskDefinition type="t"/>'
    node = read(chain(element("serviceTask", extensions=job + mapping))).nodes["n1"]
    assert [i.target for i in node.inputs] == ["x.y"]
    assert [o.target for o in node.outputs] == ["z"]


def test_drawings_of_other_pools_are_left_alone() -> None:
    xml = file('<bpmn:startEvent id="s"/>').replace(
        b"</bpmn:definitions>",
        b'<bpmn:process id="theirs" isExecutable="false"><bpmn:task id="t"/></bpmn:process></bpmn:definitions>',
    )
    assert list(bpmn.parse(xml).processes) == ["p"]
