"""What is wrong with the use of a connector in a model, as far as one sees before it runs."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator import feel
from orchestrator.bpmn.model import FlowNode, Job
from orchestrator.connectors import Definition, Input, definitions

EXPRESSIONS = ("resultExpression", "errorExpression")


def problems(node: FlowNode, job: Job) -> Iterator[str]:
    """Sentences for the modeller."""
    for header in EXPRESSIONS:
        text = job.headers.get(header)
        if text:
            try:
                feel.parse(text.removeprefix("="))
            except feel.FeelSyntaxError as error:
                yield f"The header {header} is no FEEL: {error}"
    known = definitions().get(job.type) if isinstance(job.type, str) else None
    if known is not None:
        yield from _inputs(node, known)


def _inputs(node: FlowNode, known: Definition) -> Iterator[str]:
    mapped = {mapping.target: mapping.source for mapping in node.inputs}
    begun = {target.split(".")[0] for target in mapped}
    for wanted in known.inputs:
        source = mapped.get(wanted.name)
        if wanted.required and wanted.name.split(".")[0] not in begun:
            yield f"The connector {known.name} needs the input {wanted.name} ({wanted.label})"
        elif wanted.static and isinstance(source, feel.Expression):
            yield f"The input {wanted.name} of the connector {known.name} is never computed: write it without ="
        elif wanted.type == "choice" and isinstance(source, str) and source and not _is_choice(wanted, source):
            choices = ", ".join(wanted.choices)
            yield f"The input {wanted.name} of the connector {known.name} is {source!r}: choose one of {choices}"


def _is_choice(wanted: Input, source: str) -> bool:
    return source.lower() in {choice.lower() for choice in wanted.choices}
