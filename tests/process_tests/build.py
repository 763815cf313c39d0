"""Models in a few lines of BPMN, and tests on them as Python values."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from orchestrator.process_tests import InvalidTests, Models, Outcome, read_models, read_tests, run

HEAD = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 targetNamespace="t">"""


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
    body = inner if condition else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{source}-{target}" {ends}>{body}</bpmn:sequenceFlow>'


def chain(*nodes: str) -> str:
    return "".join(flow(a, b) for a, b in pairwise(nodes))


def task(id: str, kind: str, extension: str, inner: str = "") -> str:
    return f'<bpmn:{kind} id="{id}"><bpmn:extensionElements>{extension}</bpmn:extensionElements>{inner}</bpmn:{kind}>'


def user(id: str, **properties: str) -> str:
    named = "".join(f'<zeebe:property name="{name}" value="{value}" />' for name, value in properties.items())
    return task(id, "userTask", f"<zeebe:userTask /><zeebe:properties>{named}</zeebe:properties>")


def service(id: str, type: str = "work", retries: int = 3, inputs: str = "", **headers: str) -> str:
    named = "".join(f'<zeebe:header key="{name}" value="{value}" />' for name, value in headers.items())
    mapped = f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>" if inputs else ""
    definition = f'<zeebe:taskDefinition type="{type}" retries="{retries}" />'
    return task(id, "serviceTask", f"{definition}<zeebe:taskHeaders>{named}</zeebe:taskHeaders>{mapped}")


def timer(id: str, after: str, on: str = "", interrupting: bool = True) -> str:
    text = f'<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{after}</bpmn:timeDuration>'
    definition = f"<bpmn:timerEventDefinition>{text}</bpmn:timerEventDefinition>"
    if not on:
        return catch(id, definition)
    attached = f'attachedToRef="{on}" cancelActivity="{str(interrupting).lower()}"'
    return f'<bpmn:boundaryEvent id="{id}" {attached}>{definition}</bpmn:boundaryEvent>'


def catch(id: str, definition: str) -> str:
    return f'<bpmn:intermediateCatchEvent id="{id}">{definition}</bpmn:intermediateCatchEvent>'


def error(id: str, on: str) -> str:
    return (
        f'<bpmn:boundaryEvent id="{id}" attachedToRef="{on}"><bpmn:errorEventDefinition errorRef="broken" />'
        "</bpmn:boundaryEvent>"
    )


def process(*parts: str, id: str = "p", starts: str = '<bpmn:startEvent id="start" />') -> bytes:
    ends = '<bpmn:endEvent id="end" />'
    outside = (
        '<bpmn:error id="broken" errorCode="BROKEN" /><bpmn:message id="m" name="paid">'
        '<bpmn:extensionElements><zeebe:subscription correlationKey="=order" /></bpmn:extensionElements></bpmn:message>'
        '<bpmn:message id="begun" name="begun" /><bpmn:signal id="s" name="halt" />'
    )
    inside = f'<bpmn:process id="{id}" isExecutable="true">{starts}{"".join(parts)}{ends}</bpmn:process>'
    return f"{HEAD}{outside}{inside}</bpmn:definitions>".encode()


def models(*files: bytes, beside: dict[str, bytes] | None = None) -> Models:
    return read_models({f"model{i}.bpmn": content for i, content in enumerate(files, 1)}, beside or {})


def outcomes(made: Models, *tests: dict[str, Any], **common: Any) -> list[Outcome]:
    written = [{"name": f"test {i}", **test} for i, test in enumerate(tests, 1)]
    suite = read_tests(json.dumps({**common, "tests": written}), "tests.json", made)
    return list(run(suite, made))


def outcome(made: Models, *steps: dict[str, Any], **test: Any) -> Outcome:
    (found,) = outcomes(made, {"steps": list(steps), **test})
    return found


def misses(found: Outcome) -> list[str]:
    return [f"{miss.place}: expected {miss.expected}, happened {miss.happened}" for miss in found.misses]


def mistakes(made: Models, content: Any) -> list[str]:
    """What is wrong with a file; [] when nothing is."""
    text = content if isinstance(content, str) else json.dumps(content)
    try:
        read_tests(text, "tests.json", made)
    except InvalidTests as error:
        return [str(mistake) for mistake in error.mistakes]
    return []
