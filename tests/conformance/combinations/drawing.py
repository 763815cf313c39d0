"""Diagrams in few words, for the combinations: BPMN files as a drawing tool writes them, without the drawing.

A flow is written `a-b`, or `a-b:condition` with a FEEL condition without spaces; flows stand where their elements do.
What an event refers to (messages, signals, errors, escalations) is declared by itself.
"""

from __future__ import annotations

import re

from tests.bpmn.draw import element, file, flow

USER = "<zeebe:userTask/>"
ROOTS = {
    "message": '<bpmn:message id="message_{0}" name="{0}"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="={1}"/></bpmn:extensionElements></bpmn:message>',
    "signal": '<bpmn:signal id="signal_{0}" name="{0}"/>',
    "error": '<bpmn:error id="error_{0}" errorCode="{0}"/>',
    "escalation": '<bpmn:escalation id="escalation_{0}" escalationCode="{0}"/>',
}


def process(id: str, *nodes: str, flows: str, key: str = "key") -> bytes:
    drawn = "".join(nodes) + arrows(flows)
    found = sorted(set(re.findall(r'"(message|signal|error|escalation)_(\w+)"', drawn)))
    roots = "".join(ROOTS[kind].format(name, key) for kind, name in found)
    return file(drawn, roots, f'id="{id}" isExecutable="true"')


def arrows(flows: str) -> str:
    drawn = ""
    for part in flows.split():
        ends, _, condition = part.partition(":")
        source, target = ends.split("-")
        asked = f"={condition}" if condition else ""
        drawn += flow(source, target, asked.replace("<", "&lt;").replace(">", "&gt;"))
    return drawn


# -- activities


def user(id: str, inner: str = "") -> str:
    return element("userTask", id, USER, inner)


def job(id: str, inner: str = "", ext: str = "") -> str:
    return element("serviceTask", id, f'<zeebe:taskDefinition type="{id}"/>{ext}', inner)


def script(id: str, expression: str, inner: str = "") -> str:
    return element("scriptTask", id, f'<zeebe:script expression="={expression}" resultVariable="{id}"/>', inner)


def receive(id: str, message: str, inner: str = "") -> str:
    return element("receiveTask", id, "", inner, f'messageRef="message_{message}"')


def call(id: str, process: str, inner: str = "", ext: str = "") -> str:
    return element("callActivity", id, f'<zeebe:calledElement processId="{process}"/>{ext}', inner)


def sub(
    id: str,
    *nodes: str,
    flows: str = "",
    inner: str = "",
    ext: str = "",
    tag: str = "subProcess",
    attributes: str = "",
) -> str:
    return element(tag, id, ext, inner + "".join(nodes) + arrows(flows), attributes)


def event_sub(id: str, *nodes: str, flows: str, ext: str = "") -> str:
    return element("subProcess", id, ext, "".join(nodes) + arrows(flows), 'triggeredByEvent="true"')


def mapping(**outputs: str) -> str:
    entries = "".join(f'<zeebe:output source="={source}" target="{target}"/>' for target, source in outputs.items())
    return f"<zeebe:ioMapping>{entries}</zeebe:ioMapping>"


def io(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """Target -> FEEL, in this order."""
    entries = [("input", pair) for pair in (inputs or {}).items()] + [
        ("output", pair) for pair in (outputs or {}).items()
    ]
    drawn = "".join(f'<zeebe:{kind} source="={source}" target="{target}"/>' for kind, (target, source) in entries)
    return f"<zeebe:ioMapping>{drawn}</zeebe:ioMapping>"


def heard(*listeners: tuple[str, str]) -> str:
    """Execution listeners: (event, job type)."""
    drawn = "".join(f'<zeebe:executionListener eventType="{event}" type="{type}"/>' for event, type in listeners)
    return f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>"


def ad_hoc(
    id: str, *nodes: str, flows: str = "", first: str = "", until: str = "", keeps: bool = False, **more: str
) -> str:
    """`first` is FEEL for what is chosen in the beginning; `more`: collects, result, ext, inner."""
    words = {"activeElementsCollection": first, "outputElement": more.get("result", "")}
    said = "".join(f' {name}="={text}"' for name, text in words.items() if text)
    if more.get("collects"):
        said += f' outputCollection="{more["collects"]}"'
    end = f"<bpmn:completionCondition>={until}</bpmn:completionCondition>" if until else ""
    return element(
        "adHocSubProcess",
        id,
        f"<zeebe:adHoc{said}/>{more.get('ext', '')}",
        more.get("inner", "") + "".join(nodes) + arrows(flows) + end,
        'cancelRemainingInstances="false"' if keeps else "",
    )


# -- markers


def each(
    items: str, item: str = "item", *, sequential: bool = False, collects: str = "", result: str = "", until: str = ""
) -> str:
    out = f' outputCollection="{collects}" outputElement="={result}"' if collects else ""
    end = f"<bpmn:completionCondition>={until}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f'<zeebe:loopCharacteristics inputCollection="={items}" inputElement="{item}"{out}/></bpmn:extensionElements>'
        f"{end}</bpmn:multiInstanceLoopCharacteristics>"
    )


def again(condition: str) -> str:
    return (
        f"<bpmn:standardLoopCharacteristics><bpmn:loopCondition>={condition}</bpmn:loopCondition>"
        "</bpmn:standardLoopCharacteristics>"
    )


def undone(host: str, handler: str, task: str = "userTask", ext: str = USER, inner: str = "") -> str:
    """A compensation boundary event with its handler."""
    event = element("boundaryEvent", f"{host}_undone", inner=compensate(), attributes=f'attachedToRef="{host}"')
    drawn = element(task, handler, ext, inner, 'isForCompensation="true"')
    return f'{event}{drawn}<bpmn:association id="{host}_to" sourceRef="{host}_undone" targetRef="{handler}"/>'


# -- events


def message(name: str, publish: str = "") -> str:
    inner = f"<bpmn:extensionElements>{publish}</bpmn:extensionElements>" if publish else ""
    return f'<bpmn:messageEventDefinition messageRef="message_{name}">{inner}</bpmn:messageEventDefinition>'


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="signal_{name}"/>'


def error(code: str = "") -> str:
    return f'<bpmn:errorEventDefinition errorRef="error_{code}"/>' if code else "<bpmn:errorEventDefinition/>"


def escalation(code: str) -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="escalation_{code}"/>'


def timer(text: str, kind: str = "") -> str:
    kind = kind or ("timeCycle" if text.startswith("R") else "timeDuration")
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def condition(text: str, heard: str = "") -> str:
    """`heard`: create | update, where not both."""
    asked = text.replace("<", "&lt;").replace(">", "&gt;")
    only = f'<zeebe:conditionalFilter variableEvents="{heard}"/>' if heard else ""
    return element("conditionalEventDefinition", "", only, f"<bpmn:condition>={asked}</bpmn:condition>").replace(
        ' id=""', ""
    )


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def compensate(activity: str = "") -> str:
    ref = f' activityRef="{activity}"' if activity else ""
    return f"<bpmn:compensateEventDefinition{ref}/>"


CANCEL, TERMINATE = "<bpmn:cancelEventDefinition/>", "<bpmn:terminateEventDefinition/>"


def start(id: str = "s", definition: str = "", *, interrupting: bool = True) -> str:
    attributes = "" if interrupting else 'isInterrupting="false"'
    return element("startEvent", id, inner=definition, attributes=attributes)


def end(id: str = "e", definition: str = "", ext: str = "") -> str:
    return element("endEvent", id, ext, definition)


def on(host: str, id: str, definition: str, *, interrupting: bool = True, ext: str = "") -> str:
    stops = str(interrupting).lower()
    return element("boundaryEvent", id, ext, definition, f'attachedToRef="{host}" cancelActivity="{stops}"')


def catch(id: str, definition: str, ext: str = "") -> str:
    return element("intermediateCatchEvent", id, ext, definition)


def throw(id: str, definition: str = "", ext: str = "") -> str:
    return element("intermediateThrowEvent", id, ext, definition)


def gateway(kind: str, id: str, default: str = "", ext: str = "") -> str:
    attributes = f'default="{id}_{default}"' if default else ""
    return element(f"{kind}Gateway", id, ext, attributes=attributes)


def some(id: str, number: int) -> str:
    """A complex gateway that goes on with so many tokens."""
    inner = f"<bpmn:activationCondition>={number}</bpmn:activationCondition>"
    return element("complexGateway", id, "", inner)
