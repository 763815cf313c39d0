"""Small BPMN files for tests: only what a test is about has to be written."""

from __future__ import annotations

import itertools

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'id="definitions" targetNamespace="https://baton.example/test">\n'
)


def file(process: str, roots: str = "", attributes: str = 'id="p" isExecutable="true"') -> bytes:
    """A BPMN file with one process of this content."""
    return f"{HEAD}<bpmn:process {attributes}>{process}</bpmn:process>{roots}</bpmn:definitions>".encode()


def chain(*nodes: str, roots: str = "", extra: str = "") -> bytes:
    """A process that goes from a start event `s` through these nodes (each with id n1, n2, ...) to an end event `e`."""
    ids = ["s", *(f"n{i}" for i in range(1, len(nodes) + 1)), "e"]
    flows = "".join(flow(a, b) for a, b in itertools.pairwise(ids))
    return file('<bpmn:startEvent id="s"/>' + "".join(nodes) + '<bpmn:endEvent id="e"/>' + flows + extra, roots)


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{source}_{target}" {ends}>{inner}</bpmn:sequenceFlow>'


def element(tag: str, id: str = "n1", extensions: str = "", inner: str = "", attributes: str = "") -> str:
    outer = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return f'<bpmn:{tag} id="{id}" {attributes}>{outer}{inner}</bpmn:{tag}>'
