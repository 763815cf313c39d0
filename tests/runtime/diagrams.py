"""The diagrams of these tests, drawn small."""

from __future__ import annotations

from tests.bpmn.draw import chain, element, file, flow

ERROR = '<bpmn:error id="error_{0}" name="{0}" errorCode="{0}"/>'
MESSAGE = (
    '<bpmn:message id="message_{0}" name="{0}"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=key"/></bpmn:extensionElements></bpmn:message>'
)
START_MESSAGE = '<bpmn:message id="message_{0}" name="{0}"/>'
SIGNAL = '<bpmn:signal id="signal_{0}" name="{0}"/>'
USER = "<zeebe:userTask/>"


def user(id: str, extensions: str = "", inner: str = "") -> str:
    return element("userTask", id, USER + extensions, inner, f'name="{id.title()}"')


def service(id: str, type: str, retries: str = "3", headers: dict[str, str] | None = None, inputs: str = "") -> str:
    entries = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in (headers or {}).items())
    extensions = f'<zeebe:taskDefinition type="{type}" retries="{retries}"/>'
    extensions += f"<zeebe:taskHeaders>{entries}</zeebe:taskHeaders>" if entries else ""
    extensions += f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>" if inputs else ""
    return element("serviceTask", id, extensions)


def script(id: str, expression: str, result: str) -> str:
    return element("scriptTask", id, f'<zeebe:script expression="={expression}" resultVariable="{result}"/>')


def call(id: str, process: str) -> str:
    return element(
        "callActivity", id, f'<zeebe:calledElement processId="{process}" propagateAllChildVariables="true"/>'
    )


def boundary(id: str, host: str, definition: str, interrupting: bool = True) -> str:
    cancels = "true" if interrupting else "false"
    return element(
        "boundaryEvent", id, inner=definition, attributes=f'attachedToRef="{host}" cancelActivity="{cancels}"'
    )


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def error(code: str) -> str:
    return f'<bpmn:errorEventDefinition errorRef="error_{code}"/>'


def message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="message_{name}"/>'


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="signal_{name}"/>'


def start(definition: str = "", id: str = "s") -> str:
    return element("startEvent", id, inner=definition)


def end(id: str = "e", definition: str = "") -> str:
    return element("endEvent", id, inner=definition)


def process(*nodes: str, flows: str, roots: str = "", id: str = "p", extensions: str = "") -> bytes:
    """`flows` is like "s-a a-e a-b"; a condition follows a colon: "g-a:=x > 1"."""
    drawn = ""
    for part in flows.split("|") if "|" in flows else flows.split():
        ends, _, condition = part.strip().partition(":")
        source, target = ends.split("-")
        drawn += flow(source, target, condition.replace(">", "&gt;").replace("<", "&lt;"))
    outer = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return file(outer + "".join(nodes) + drawn, roots, f'id="{id}" name="Test {id}" isExecutable="true"')


def properties(**named: str) -> str:
    inner = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in named.items())
    return f"<zeebe:properties>{inner}</zeebe:properties>" if named else ""


def waiting(text: str, kind: str = "timeDuration", *, own: str = "", **of_process: str) -> bytes:
    """A process that waits at one timer."""
    return process(
        start(),
        element("intermediateCatchEvent", "wait", own, timer(text, kind)),
        end(),
        flows="s-wait wait-e",
        extensions=properties(**of_process),
    )


def reminding(text: str, **of_process: str) -> bytes:
    """A process with a task, and a cycle beside it."""
    return process(
        start(),
        user("task"),
        boundary("remind", "task", timer(text, "timeCycle"), interrupting=False),
        end(),
        flows="s-task task-e remind-e",
        extensions=properties(**of_process),
    )


def named(id: str, content: bytes) -> bytes:
    """The same process under another id."""
    return content.replace(b'id="p"', f'id="{id}"'.encode())


ONE_TASK = process(start(), user("review"), end(), flows="s-review review-e")
ONE_JOB = process(start(), service("work", "test-work"), user("after"), end(), flows="s-work work-after after-e")

__all__ = [
    "ERROR",
    "MESSAGE",
    "ONE_JOB",
    "ONE_TASK",
    "SIGNAL",
    "START_MESSAGE",
    "boundary",
    "call",
    "chain",
    "element",
    "end",
    "error",
    "file",
    "flow",
    "message",
    "named",
    "process",
    "properties",
    "reminding",
    "script",
    "service",
    "signal",
    "start",
    "timer",
    "user",
    "waiting",
]
