"""Every element executes or is refused, with its id and a sentence that a modeller understands."""

from __future__ import annotations

import pytest

from orchestrator import bpmn
from tests.bpmn.draw import chain, element, file, flow

EACH = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1]"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)
JOB = '<zeebe:taskDefinition type="t"/>'
HEARD = '<zeebe:executionListener eventType="end" type="t"/>'
END_LISTENER = f"<zeebe:executionListeners>{HEARD}</zeebe:executionListeners>"


def task_listener(event: str, type: str = "t", times: int = 1) -> str:
    entry = f'<zeebe:taskListener eventType="{event}" type="{type}"/>'
    return f"<zeebe:taskListeners>{entry * times}</zeebe:taskListeners>"


def refusals(xml: bytes) -> list[tuple[str, str]]:
    try:
        found = bpmn.problems(bpmn.parse(xml))
    except bpmn.BpmnError as error:
        found = list(error.problems)
    return [(problem.element, problem.message) for problem in found]


def catch(inner: str) -> str:
    return element("intermediateCatchEvent", inner=inner)


def timer(tag: str, text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{text}</bpmn:{tag}></bpmn:timerEventDefinition>"


SUB = element("subProcess", inner='<bpmn:startEvent id="is"/><bpmn:endEvent id="ie"/>' + flow("is", "ie"))


@pytest.mark.parametrize(
    ("xml", "where", "sentence"),
    [
        (chain(element("serviceTask")), "n1", "The task does nothing"),
        (
            chain(element("serviceTask", extensions=JOB.replace('"t"', f'"{"t" * 256}"'))),
            "n1",
            "The name of its kind of job has more than 255 characters: shorten it",
        ),
        (
            chain(
                catch('<bpmn:signalEventDefinition signalRef="s1"/>'),
                roots=f'<bpmn:signal id="s1" name="{"s" * 256}"/>',
            ),
            "n1",
            "The name of the message or signal has more than 255 characters: shorten it",
        ),
        (chain(element("choreographyTask")), "n1", "choreographyTask is not executed"),
        (
            chain(element("task", attributes='camunda:asyncBefore="true"')),
            "n1",
            "asyncBefore is for Camunda 7: convert",
        ),
        (chain(element("task", attributes='startQuantity="2"')), "n1", "start quantity other than 1"),
        (chain(element("task", attributes='colour="red"')), "n1", "attribute colour is not known"),
        (
            file(
                "<bpmn:extensionElements><zeebe:executionListeners>"
                '<zeebe:executionListener eventType="cancel" type="t"/>'
                '</zeebe:executionListeners></bpmn:extensionElements><bpmn:startEvent id="s"/>'
            ),
            "p",
            "An execution listener on 'cancel' is not executed: use start or end",
        ),
        (
            chain(element("userTask", extensions=task_listener("removing"))),
            "n1",
            "A task listener on 'removing' is not executed: use creating, assigning, updating, completing or canceling",
        ),
        (chain(element("task", extensions=task_listener("creating"))), "n1", "has no meaning on a task"),
        (
            chain(element("userTask", extensions="<zeebe:userTask/>" + task_listener("creating", type=""))),
            "n1",
            "A task listener has no type",
        ),
        (
            file(
                '<bpmn:startEvent id="s"/>'
                + element("endEvent", "e", END_LISTENER, '<bpmn:errorEventDefinition errorRef="x"/>')
                + flow("s", "e"),
                '<bpmn:error id="x" errorCode="x"/>',
            ),
            "e",
            "A listener on the end of an error end event is not executed: use start",
        ),
        (
            chain(element("callActivity", extensions='<zeebe:calledElement processId="q" businessId="x"/>')),
            "n1",
            "The attribute businessId of zeebe:calledElement is not executed",
        ),
        (
            chain(element("serviceTask", extensions="<zeebe:taskHeaders><zeebe:footer/></zeebe:taskHeaders>" + JOB)),
            "n1",
            "footer inside zeebe:taskHeaders is not executed",
        ),
        (chain(element("task", extensions="<zeebe:teleport/>")), "n1", "zeebe:teleport is not executed"),
        (chain(element("task", extensions=JOB)), "n1", "zeebe:taskDefinition has no meaning on a task"),
        (
            chain(element("task", extensions="<camunda:properties/>")),
            "n1",
            "The extension element properties is for Camunda 7",
        ),
        (
            chain(element("serviceTask", extensions='<zeebe:taskDefinition type="=1 +"/>')),
            "n1",
            "The job type cannot be read",
        ),
        (
            chain(element("serviceTask", extensions='<zeebe:taskDefinition type="t" retries="no"/>')),
            "n1",
            "retries is 'no'",
        ),
        (chain(element("businessRuleTask")), "n1", "needs either a decision or a job"),
        (chain(element("scriptTask", inner="<bpmn:script>1</bpmn:script>")), "n1", "Scripts in other languages"),
        (chain(element("callActivity")), "n1", "calls nothing"),
        (chain(catch("")), "n1", "waits for nothing"),
        (
            chain(catch(timer("timeCycle", "R/PT1H"))),
            "n1",
            "As an intermediate catch event, a timer with a cycle has no meaning",
        ),
        (chain(catch("<bpmn:messageEventDefinition/>")), "n1", "The message is missing"),
        (chain(catch('<bpmn:messageEventDefinition messageRef="gone"/>')), "n1", "no message of that id"),
        (
            chain(catch("<bpmn:errorEventDefinition/>")),
            "n1",
            "As an intermediate catch event, a trigger of the kind “error” is not executed",
        ),
        (
            chain(catch('<bpmn:messageEventDefinition messageRef="m"/>'), roots='<bpmn:message id="m" name="order"/>'),
            "n1",
            "needs a correlation key",
        ),
        (
            chain(catch(timer("timeDuration", "PT1H") + "<bpmn:signalEventDefinition/>")),
            "n1",
            "An event with several triggers",
        ),
        (chain(element("task"), extra=flow("n1", "gone")), "n1_gone", "targetRef names gone"),
        (chain(element("task"), extra='<bpmn:task id="n1"/>'), "n1", "The id n1 is used twice"),
        (chain(SUB, extra=flow("n1", "ie")), "n1_ie", "may not cross the border"),
        (chain(element("subProcess")), "n1", "needs exactly one none start event"),
        (
            chain(element("subProcess", inner=element("startEvent", "i", inner=timer("timeDuration", "PT1H")))),
            "i",
            "Only a process and an event sub-process start by an event: remove its trigger",
        ),
        (chain(element("exclusiveGateway", attributes='default="x"')), "n1", "The default flow x does not leave n1"),
        (
            chain(element("parallelGateway"), extra='<bpmn:task id="t"/>' + flow("n1", "t", "=true")),
            "n1_t",
            "A condition is never asked",
        ),
        (
            chain(element("exclusiveGateway"), extra='<bpmn:task id="t"/>' + flow("n1", "t", "=true")),
            "n1_e",
            "needs a condition, or must be the default",
        ),
        (chain(element("eventBasedGateway")), "n1", "at least two events"),
        (
            chain(element("task"), extra='<bpmn:boundaryEvent id="b" attachedToRef="gone"/>'),
            "b",
            "attached to no activity",
        ),
        (
            chain(
                element("userTask"),
                extra=element(
                    "boundaryEvent", "b", inner=timer("timeDuration", "PT1H"), attributes='attachedToRef="n1"'
                ),
            ),
            "b",
            "leads nowhere",
        ),
        (file('<bpmn:task id="t"/>'), "p", "no start event"),
        (file('<bpmn:startEvent id="a"/><bpmn:startEvent id="b"/>'), "b", "second none start event"),
        (file("", attributes='id="p"'), "", "No process in this file is executable"),
        (
            chain(
                element("task"),
                element("task", "n2"),
                extra='<bpmn:task id="x"/><bpmn:task id="y"/>' + flow("x", "y") + flow("y", "x"),
            ),
            "x",
            "never waits and never ends",
        ),
        (
            chain(element("userTask", inner="<bpmn:multiInstanceLoopCharacteristics/>")),
            "n1",
            "The multi-instance has no input collection",
        ),
        (
            chain(element("userTask", inner="<bpmn:standardLoopCharacteristics/>")),
            "n1",
            "The loop never ends",
        ),
        (
            chain(
                element(
                    "adHocSubProcess",
                    extensions=JOB,
                    inner='<bpmn:task id="a"/><bpmn:completionCondition>=true</bpmn:completionCondition>',
                )
            ),
            "n1",
            "The job of the ad-hoc sub-process says when it is enough: remove the condition",
        ),
        (
            chain(
                element(
                    "adHocSubProcess", extensions='<zeebe:adHoc outputCollection="r"/>', inner='<bpmn:task id="a"/>'
                )
            ),
            "n1",
            "needs both an output collection and an output element, or neither",
        ),
        (
            chain(element("adHocSubProcess", attributes='ordering="Random"', inner='<bpmn:task id="a"/>')),
            "n1",
            "ordering is Random: write Parallel or Sequential",
        ),
        (
            chain(
                element("task"),
                roots='<bpmn:signal id="sig" name="x"/>',
                extra=element(
                    "subProcess",
                    "es",
                    inner=f'{EACH}<bpmn:startEvent id="is"><bpmn:signalEventDefinition signalRef="sig"/>'
                    "</bpmn:startEvent>",
                    attributes='triggeredByEvent="true"',
                ),
            ),
            "es",
            "An event sub-process runs once for each event: remove its loop marker",
        ),
        (
            file(
                element("receiveTask", inner=EACH, attributes='instantiate="true" messageRef="m"'),
                '<bpmn:message id="m" name="m"/>',
            ),
            "n1",
            "A receive task that starts the process runs once: remove its loop marker",
        ),
        (
            chain(element("complexGateway", inner="<bpmn:activationCondition>=2</bpmn:activationCondition>")),
            "n1",
            "activationCondition is 2: write how many of its 1 incoming sequence flows are enough",
        ),
        (
            chain(element("scriptTask", extensions='<zeebe:script expression="=1"/>')),
            "n1",
            "The script's result is lost: name a result variable",
        ),
        (
            chain(
                element("receiveTask", attributes='instantiate="true" messageRef="m"'),
                roots='<bpmn:message id="m" name="m"/>',
            ),
            "n1",
            "A receive task that starts the process has no incoming sequence flow",
        ),
        (
            chain(
                SUB.replace("</bpmn:subProcess>", '<bpmn:receiveTask id="r" instantiate="true" messageRef="m"/>')
                + "</bpmn:subProcess>",
                roots='<bpmn:message id="m" name="m"/>',
            ),
            "r",
            "A receive task inside a sub-process cannot start the process: draw it outside",
        ),
        (
            chain(element("userTask", extensions="<zeebe:userTask/>", inner="<bpmn:extensionElements/>")),
            "n1",
            "The element has extensionElements twice",
        ),
        (
            chain(element("userTask", extensions='<zeebe:priorityDefinition priority="101"/>')),
            "n1",
            "The priority is '101': write a whole number from 0 to 100",
        ),
        (
            chain(element("exclusiveGateway", extensions=END_LISTENER)),
            "n1",
            "A listener on the end of a gateway is not executed: use start",
        ),
        (
            chain(element("startEvent", "x", END_LISTENER.replace('"end"', '"start"')), element("task")),
            "x",
            "A listener on the start of a start event is not executed: use end",
        ),
        (
            chain(element("task", extensions=END_LISTENER.replace(HEARD, 2 * HEARD))),
            "n1",
            "Two listeners on end are the same job t: remove one",
        ),
        (
            chain(element("userTask", extensions=task_listener("creating", times=2))),
            "n1",
            "Two listeners on creating are the same job t: remove one",
        ),
        (
            chain(element("userTask", extensions='<zeebe:assignmentDefinition candidateGroups="a,,"/>')),
            "n1",
            "The candidate groups are 'a,,': write names with a comma between two",
        ),
        (
            chain(element("userTask", extensions='<zeebe:formDefinition formId="f" externalReference="x"/>')),
            "n1",
            "The form is named by formId and by externalReference: choose one",
        ),
        (
            chain(element("exclusiveGateway", extensions="<zeebe:ioMapping/>")),
            "n1",
            "zeebe:ioMapping has no meaning on an exclusive gateway: remove it",
        ),
    ],
)
def test_what_cannot_run_is_refused_with_its_place(xml: bytes, where: str, sentence: str) -> None:
    found = refusals(xml)
    assert any(element == where and sentence in message for element, message in found), found


def test_a_loop_that_waits_for_a_listener_in_every_round_is_no_circle() -> None:
    waiting = element("task", "n1", extensions=END_LISTENER)
    assert refusals(chain(waiting, element("task", "n2")).replace(b'targetRef="e"', b'targetRef="n1"')) == []


def test_what_no_token_reaches_is_told_and_stands_in_nobodys_way() -> None:
    diagram = bpmn.parse(chain(element("task"), extra='<bpmn:task id="lost"/>'))
    assert bpmn.problems(diagram) == []
    assert [str(warning) for warning in bpmn.warnings(diagram)] == [
        "lost: No token ever reaches lost: connect it or remove it"
    ]


def test_a_condition_of_a_default_flow_is_told() -> None:
    ways = flow("s", "n1") + flow("n1", "a", "=x") + flow("n1", "b", "=y")
    nodes = '<bpmn:startEvent id="s"/><bpmn:endEvent id="a"/><bpmn:endEvent id="b"/>'
    diagram = bpmn.parse(file(nodes + element("inclusiveGateway", attributes='default="n1_a"') + ways))
    assert bpmn.problems(diagram) == []
    assert [str(warning) for warning in bpmn.warnings(diagram)] == [
        "n1_a: The condition of a default flow is never asked: remove it"
    ]


def test_a_transaction_is_cancelled_by_one_event() -> None:
    caught = "".join(
        element("boundaryEvent", id, inner="<bpmn:cancelEventDefinition/>", attributes='attachedToRef="n1"')
        + flow(id, "e")
        for id in ("b1", "b2")
    )
    sentence = "Two events on n1 wait for the cancellation: only one can"
    assert refusals(chain(SUB.replace("subProcess", "transaction"), extra=caught)) == [
        ("b1", sentence),
        ("b2", sentence),
    ]


def test_all_problems_are_told_at_once() -> None:
    found = refusals(chain(element("serviceTask"), element("callActivity", "n2"), catch("").replace("n1", "n3")))
    assert {where for where, _ in found} == {"n1", "n2", "n3"}


def test_a_feel_error_names_line_and_column() -> None:
    ((where, message),) = refusals(
        chain(element("scriptTask", extensions='<zeebe:script expression="=1 + * 2" resultVariable="r"/>'))
    )
    assert where == "n1"
    assert "Line 1, column 5" in message


def test_a_pattern_that_no_linear_matcher_knows_is_refused() -> None:
    back_reference = "=matches(name, &quot;(a)\\1&quot;)"
    ((where, message),) = refusals(
        chain(element("scriptTask", extensions=f'<zeebe:script expression="{back_reference}" resultVariable="r"/>'))
    )
    assert where == "n1"
    assert message.startswith("The script can never have a value")


def test_a_problem_knows_its_line_in_the_file() -> None:
    with pytest.raises(bpmn.BpmnError) as error:
        bpmn.parse(chain("\n\n" + element("serviceTask")))
    assert [problem.line for problem in error.value.problems] == [5]


def test_a_correct_diagram_has_no_problems() -> None:
    assert (
        refusals(chain(element("userTask"), element("serviceTask", "n2", extensions=JOB), SUB.replace("n1", "n3")))
        == []
    )


def test_a_message_and_a_signal_of_one_name_may_both_start_a_process() -> None:
    roots = '<bpmn:message id="m" name="go"/><bpmn:signal id="s" name="go"/>'
    by_message = element("startEvent", "a", inner='<bpmn:messageEventDefinition messageRef="m"/>')
    by_signal = element("startEvent", "b", inner='<bpmn:signalEventDefinition signalRef="s"/>')
    once_more = element("startEvent", "c", inner='<bpmn:signalEventDefinition signalRef="s"/>')
    assert refusals(file(by_message + by_signal, roots)) == []
    assert refusals(file(by_message + by_signal + once_more, roots)) == [
        ("c", "Two start events wait for go: a signal can start the process only once")
    ]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_the_name_of_what_starts_a_process_is_known_at_deployment(kind: str) -> None:
    start = element("startEvent", "a", inner=f'<bpmn:{kind}EventDefinition {kind}Ref="x"/>')
    assert refusals(file(start, f'<bpmn:{kind} id="x" name="=&quot;go &quot; + &quot;on&quot;"/>')) == []
    assert refusals(file(start, f'<bpmn:{kind} id="x" name="=where"/>')) == [
        ("a", f"The name of a start event's {kind} must be a text, or FEEL without variables")
    ]


@pytest.mark.parametrize("name", ["=where", "=&quot;go&quot;"])
def test_a_receive_task_that_starts_a_process_shares_no_message_with_a_start_event(name: str) -> None:
    start = element("startEvent", "a", inner='<bpmn:messageEventDefinition messageRef="go"/>')
    task = element("receiveTask", "t", attributes='messageRef="x" instantiate="true"')
    ((where, message),) = refusals(
        file(start + task, f'<bpmn:message id="go" name="go"/><bpmn:message id="x" name="{name}"/>')
    )
    assert where == "t"
    assert "without variables" in message or "Two start events wait for go" in message


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_what_is_caught_without_a_code_is_any_and_what_is_thrown_needs_one(kind: str) -> None:
    roots = f'<bpmn:{kind} id="x" name="Trouble"/>'
    refers = f'<bpmn:{kind}EventDefinition {kind}Ref="x"/>'
    caught = element("boundaryEvent", "b", inner=refers, attributes='attachedToRef="n1"') + flow("b", "e2")
    assert refusals(chain(SUB, roots=roots, extra=caught + '<bpmn:endEvent id="e2"/>')) == []
    thrown = file('<bpmn:startEvent id="s"/>' + element("endEvent", "e", inner=refers) + flow("s", "e"), roots)
    assert refusals(thrown) == [("e", f"The {kind} Trouble has no code")]


def undone(host: str, handler: str) -> str:
    event = element(
        "boundaryEvent", f"b_{host}", inner="<bpmn:compensateEventDefinition/>", attributes=f'attachedToRef="{host}"'
    )
    return event + f'<bpmn:association id="as_{host}_{handler}" sourceRef="b_{host}" targetRef="{handler}"/>'


HANDLER = element("task", "undo", attributes='isForCompensation="true"')
BACK = '<bpmn:compensateEventDefinition activityRef="{}"/>'


def test_a_note_beside_a_compensation_event_is_not_its_handler() -> None:
    note = '<bpmn:textAnnotation id="note"/><bpmn:association id="as" sourceRef="b_n1" targetRef="note"/>'
    assert refusals(chain(element("task"), extra=undone("n1", "undo") + HANDLER + note)) == []


@pytest.mark.parametrize(
    ("activity", "more", "sentence"),
    [
        ("n1", undone("n1", "undo") + HANDLER, ""),
        ("n2", "", ""),
        ("n1", "", "n1 has no compensation handler: give it one, or throw no compensation"),
        ("ie", "", "ie is not in the same scope: its compensation is not thrown here"),
    ],
)
def test_a_compensation_that_is_thrown_for_one_activity_finds_its_handler(
    activity: str, more: str, sentence: str
) -> None:
    throws = element("intermediateThrowEvent", "n3", inner=BACK.format(activity))
    sub = element("subProcess", "n2", inner='<bpmn:startEvent id="is"/><bpmn:task id="ie"/>' + flow("is", "ie"))
    found = refusals(chain(element("task"), sub, throws, extra=more))
    assert found == ([("n3", sentence)] if sentence else [])


def test_an_activity_has_one_compensation_handler_beside_it() -> None:
    two = undone("n1", "undo") + HANDLER + HANDLER.replace("undo", "again")
    second = '<bpmn:association id="as" sourceRef="b_n1" targetRef="again"/>'
    assert refusals(chain(element("task"), extra=two + second)) == [
        ("b_n1", "The activity has two compensation handlers: only one can be called")
    ]
    inside = element("subProcess", "n2", inner='<bpmn:startEvent id="is"/>' + HANDLER)
    assert refusals(chain(element("task"), inside, extra=undone("n1", "undo"))) == [
        ("b_n1", "The compensation handler undo stands elsewhere: draw it beside the activity")
    ]
