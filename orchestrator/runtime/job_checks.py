"""What is wrong with the use of a connector in a model, as far as one sees before it runs."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator import feel
from orchestrator.bpmn.model import FlowNode, Job
from orchestrator.connectors import CONNECTORS

EXPRESSIONS = ("resultExpression", "errorExpression")


def problems(node: FlowNode, job: Job) -> Iterator[str]:
    """Sentences for the modeller; none for jobs of functions, whose inputs nobody but they know."""
    for header in EXPRESSIONS:
        text = job.headers.get(header)
        if text:
            try:
                feel.parse(text.removeprefix("="))
            except feel.FeelSyntaxError as error:
                yield f"The header {header} is no FEEL: {error}"
    connector = CONNECTORS.get(job.type) if isinstance(job.type, str) else None
    if connector is not None:
        mapped = {mapping.target.split(".")[0] for mapping in node.inputs}
        for wanted in connector.inputs:
            if wanted.required and wanted.name.split(".")[0] not in mapped:
                yield f"The connector {connector.name} needs the input {wanted.name} ({wanted.label})"
