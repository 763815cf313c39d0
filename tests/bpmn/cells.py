"""A minimal process for each cell of the support tables, and what makes it move."""

from __future__ import annotations

from orchestrator.bpmn import support
from tests.bpmn.draw import element, file, flow

ROOTS = (
    '<bpmn:message id="msg" name="msg"><bpmn:extensionElements><zeebe:subscription correlationKey="=key"/>'
    "</bpmn:extensionElements></bpmn:message>"
    '<bpmn:signal id="sig" name="sig"/><bpmn:error id="err" errorCode="E"/>'
    '<bpmn:escalation id="esc" escalationCode="X"/>'
)
PUBLISH = '<zeebe:publishMessage correlationKey="k"/>'

# Trigger -> its event definition.
TRIGGERS = {
    "messageEventDefinition": '<bpmn:messageEventDefinition messageRef="msg"/>',
    "timerEventDefinition": "",  # says something else at every position
    "signalEventDefinition": '<bpmn:signalEventDefinition signalRef="sig"/>',
    "conditionalEventDefinition": (
        "<bpmn:conditionalEventDefinition><bpmn:condition>= go</bpmn:condition></bpmn:conditionalEventDefinition>"
    ),
    "errorEventDefinition": '<bpmn:errorEventDefinition errorRef="err"/>',
    "escalationEventDefinition": '<bpmn:escalationEventDefinition escalationRef="esc"/>',
    "linkEventDefinition": '<bpmn:linkEventDefinition name="there"/>',
    "compensateEventDefinition": "<bpmn:compensateEventDefinition/>",
    "cancelEventDefinition": "<bpmn:cancelEventDefinition/>",
    "terminateEventDefinition": "<bpmn:terminateEventDefinition/>",
}
TIMES = {
    "date": ("timeDate", "2026-01-01T13:00:00Z"),
    "duration": ("timeDuration", "PT1H"),
    "cycle": ("timeCycle", "R1/PT1H"),
}


def timer(kind: str) -> str:
    tag, text = TIMES[kind]
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{text}</bpmn:{tag}></bpmn:timerEventDefinition>"


def trigger(tag: str, position: str) -> str:
    if tag != "timerEventDefinition":
        return TRIGGERS[tag]
    return timer(sorted(support.TIMER_KINDS.get(position, ["date"]))[0])


def process(*nodes: str, flows: str, extensions: str = "") -> bytes:
    drawn = "".join(flow(*pair.split("-")) for pair in flows.split())
    outer = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return file(outer + "".join(nodes) + drawn, ROOTS)


START, END = element("startEvent", "s"), element("endEvent", "e")
TASK = element("userTask", "t", "<zeebe:userTask/>")
HANDLER = element("task", "undo", attributes='isForCompensation="true"')
UNDO = '<bpmn:association id="as" sourceRef="x" targetRef="undo"/>'


# -- an event `x` at a position


def start(definition: str, tag: str) -> bytes:
    return process(element("startEvent", "x", inner=definition), TASK, END, flows="x-t t-e")


def _event_sub_process(definition: str, tag: str, *, interrupting: bool) -> bytes:
    attributes = "" if interrupting else 'isInterrupting="false"'
    inside = (
        element("startEvent", "x", inner=definition, attributes=attributes)
        + element("endEvent", "xe")
        + flow("x", "xe")
    )
    sub = element("subProcess", "es", inner=inside, attributes='triggeredByEvent="true"')
    return process(START, *_thrower(tag), sub, flows=_thrower_flows(tag))


def _thrower(tag: str) -> tuple[str, ...]:
    """What runs beside the event that waits, and throws what it waits for."""
    thrown = {
        "errorEventDefinition": element("endEvent", "e", inner=TRIGGERS["errorEventDefinition"]),
        "cancelEventDefinition": element("endEvent", "e", inner=TRIGGERS["cancelEventDefinition"]),
    }
    if tag == "escalationEventDefinition":
        return TASK, element("intermediateThrowEvent", "th", inner=TRIGGERS[tag]), END
    return TASK, thrown.get(tag, END)


def _thrower_flows(tag: str) -> str:
    return "s-t t-th th-e" if tag == "escalationEventDefinition" else "s-t t-e"


def event_sub_process(definition: str, tag: str) -> bytes:
    return _event_sub_process(definition, tag, interrupting=True)


def non_interrupting_event_sub_process(definition: str, tag: str) -> bytes:
    return _event_sub_process(definition, tag, interrupting=False)


def catch(definition: str, tag: str) -> bytes:
    event = element("intermediateCatchEvent", "x", inner=definition)
    if tag == "linkEventDefinition":
        jump = element("intermediateThrowEvent", "jump", inner=definition)
        return process(START, jump, event, END, flows="s-jump x-e")
    return process(START, event, END, flows="s-x x-e")


def _boundary(definition: str, tag: str, *, interrupting: bool) -> bytes:
    cancels = "true" if interrupting else "false"
    event = element("boundaryEvent", "x", inner=definition, attributes=f'attachedToRef="h" cancelActivity="{cancels}"')
    if tag == "compensateEventDefinition":
        throw = element("endEvent", "e", inner=definition)
        return process(
            START, element("userTask", "h", "<zeebe:userTask/>"), event, HANDLER, UNDO, throw, flows="s-h h-e"
        )
    inner = "".join((element("startEvent", "s"), *_thrower(tag)))
    inner += "".join(flow(*pair.split("-")) for pair in _thrower_flows(tag).split())
    host = element("transaction" if tag == "cancelEventDefinition" else "subProcess", "h", inner=inner)
    around = (element("startEvent", "os"), host, event, element("endEvent", "oe"), element("endEvent", "xe"))
    return process(*around, flows="os-h h-oe x-xe")


def boundary(definition: str, tag: str) -> bytes:
    return _boundary(definition, tag, interrupting=True)


def non_interrupting_boundary(definition: str, tag: str) -> bytes:
    return _boundary(definition, tag, interrupting=False)


def throw(definition: str, tag: str) -> bytes:
    extensions = PUBLISH if tag == "messageEventDefinition" else ""
    event = element("intermediateThrowEvent", "x", extensions, definition)
    if tag == "linkEventDefinition":
        land = element("intermediateCatchEvent", "land", inner=definition)
        return process(START, event, land, END, flows="s-x land-e")
    return process(START, event, END, flows="s-x x-e")


def end(definition: str, tag: str) -> bytes:
    extensions = PUBLISH if tag == "messageEventDefinition" else ""
    event = element("endEvent", "x", extensions, definition)
    if tag == "cancelEventDefinition":
        inner = START + event + flow("s", "x")
        cancelled = element("boundaryEvent", "b", inner=definition, attributes='attachedToRef="h"')
        around = (element("startEvent", "os"), element("transaction", "h", inner=inner), cancelled, END)
        return process(*around, flows="os-h h-e b-e")
    if tag == "errorEventDefinition":
        inner = START + event + flow("s", "x")
        caught = element("boundaryEvent", "b", inner=definition, attributes='attachedToRef="h"')
        return process(
            element("startEvent", "os"), element("subProcess", "h", inner=inner), caught, END, flows="os-h h-e b-e"
        )
    return process(START, event, flows="s-x")


POSITIONS = {
    "start": start,
    "event sub-process": event_sub_process,
    "non-interrupting event sub-process": non_interrupting_event_sub_process,
    "catch": catch,
    "boundary": boundary,
    "non-interrupting boundary": non_interrupting_boundary,
    "throw": throw,
    "end": end,
}

# -- flow nodes

INSIDE = START + TASK + END + flow("s", "t") + flow("t", "e")
CONDITION = "<bpmn:conditionExpression>= true</bpmn:conditionExpression>"
ACTIVITIES = {
    "task": ("", ""),
    "manualTask": ("", ""),
    "userTask": ("<zeebe:userTask/>", ""),
    "serviceTask": ('<zeebe:taskDefinition type="job"/>', ""),
    "sendTask": ('<zeebe:taskDefinition type="job"/>', ""),
    "receiveTask": ("", ""),
    "scriptTask": ('<zeebe:script expression="= 1" resultVariable="one"/>', ""),
    "businessRuleTask": ('<zeebe:calledDecision decisionId="d" resultVariable="r"/>', ""),
    "callActivity": ('<zeebe:calledElement processId="called"/>', ""),
    "subProcess": ("", INSIDE),
    "transaction": ("", INSIDE),
    "adHocSubProcess": ("<zeebe:adHoc activeElementsCollection='= [\"t\"]'/>", TASK),
}
LOOPS = {
    "plain": "",
    "parallel multi-instance": (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= [1, 2]"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    ),
    "sequential multi-instance": (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="= [1, 2]"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    ),
    "standard loop": '<bpmn:standardLoopCharacteristics loopMaximum="2"/>',
}


def activity(tag: str, loop: str) -> bytes:
    extensions, inner = ACTIVITIES[tag]
    attributes = 'messageRef="msg"' if tag == "receiveTask" else ""
    start_node, end_node = element("startEvent", "os"), element("endEvent", "oe")
    return process(
        start_node, element(tag, "x", extensions, inner + LOOPS[loop], attributes), end_node, flows="os-x x-oe"
    )


def _fork(tag: str, ways: str, condition: str) -> bytes:
    """Through a gateway of this kind to two tasks, and through another one together again."""
    conditions = [flow("x", "a", "= true"), flow("x", "b", "= true")] if condition else [flow("x", "a"), flow("x", "b")]
    nodes = [START, element(tag, "x"), element("task", "a"), element("task", "b"), element(tag, "y"), END]
    return file("".join([*nodes, flow("s", "x"), *conditions, *(flow(*w.split("-")) for w in ways.split())]), ROOTS)


def gateway(tag: str) -> bytes:
    if tag == "eventBasedGateway":
        message = element("intermediateCatchEvent", "a", inner=TRIGGERS["messageEventDefinition"])
        late = element("intermediateCatchEvent", "b", inner=timer("duration"))
        return process(START, element(tag, "x"), message, late, END, flows="s-x x-a x-b a-e b-e")
    return _fork(tag, "a-y b-y y-e", condition="" if tag in ("parallelGateway", "complexGateway") else "= true")
