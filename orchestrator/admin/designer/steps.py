"""Trying one automated step: its inputs are computed, what it would send is shown, an example answer is read.

A dry run: nothing is sent, nothing is stored, secrets are blotted out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from orchestrator import feel
from orchestrator.admin.designer import sent, told
from orchestrator.admin.designer.access import Refused
from orchestrator.connectors import CONNECTORS, BusinessError, ConnectorError, JobRequest, definitions, results
from orchestrator.feel.jsonnumbers import loads

MAX_STEP = 256 * 1024
MAX_INPUTS = 200


def try_step(request: HttpRequest) -> HttpResponse:
    """`step`: {type, inputs: [{target, source}], headers: {name: text}, variables: {...}, answer: anything}."""
    step = _step(request)
    now = timezone.now()
    variables = _mapping(step, "variables")
    inputs, warnings = _inputs(step, variables, now)
    asked = JobRequest(
        key="1:step:0:1",
        type=str(step.get("type") or ""),
        variables={**variables, **inputs},
        inputs=inputs,
        headers={str(name): str(text) for name, text in _mapping(step, "headers").items()},
        attempt=1,
        timeout=30.0,
        process_instance_id=0,
        element="step",
        now=now,
    )
    return told.exactly(
        {"inputs": inputs, "warnings": warnings, **_sent(asked), **_answered(asked, step.get("answer"))}
    )


def _step(request: HttpRequest) -> Mapping[str, Any]:
    try:
        step = loads(sent.text(request, "run", MAX_STEP))
    except ValueError as error:
        raise Refused(400, f"What was sent is no JSON: {error}.") from None
    if not isinstance(step, dict):
        raise Refused(400, "A step is a JSON object.")
    return step


def _mapping(step: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = step.get(name) or {}
    if not isinstance(found, dict):
        raise Refused(400, f"The {name} are a JSON object: names and values.")
    return found


def _inputs(step: Mapping[str, Any], variables: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], list[str]]:
    """As the engine maps them: one after the other, each sees those before."""
    mappings = step.get("inputs") or []
    if (
        not isinstance(mappings, list)
        or len(mappings) > MAX_INPUTS
        or not all(isinstance(each, dict) for each in mappings)
    ):
        raise Refused(400, f"The inputs are a list of at most {MAX_INPUTS} mappings.")
    inputs: dict[str, Any] = {}
    warnings: list[str] = []
    for mapping in mappings:
        target, source = str(mapping.get("target") or ""), str(mapping.get("source") or "")
        value: Any = source
        if source.startswith("="):
            value, said = _value(target, source[1:], {**variables, **inputs}, now)
            warnings += said
        _put(inputs, target.split("."), value)
    return inputs, warnings


def _value(target: str, text: str, known: Mapping[str, Any], now: datetime) -> tuple[Any, list[str]]:
    try:
        result = feel.parse(text.strip()).evaluate(known, environment=feel.Environment(now=now))
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        raise Refused(422, f"The input {target} cannot be evaluated: {error}") from None
    return feel.to_json(result.value), [f"{target}: {warning.message}" for warning in result.warnings]


def _put(inputs: dict[str, Any], path: list[str], value: Any) -> None:
    *around, last = path
    for name in around:
        inner = inputs.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Refused(422, f"The input {'.'.join(path)} is inside of {name}, which is a value already.")
        inputs = inner
    inputs[last] = value


def _sent(asked: JobRequest) -> dict[str, Any]:
    """What would go out; a function of the project is not called, so nobody knows."""
    if asked.type not in CONNECTORS:
        known = asked.type in definitions()
        sentence = "A Python function gets these inputs." if known else f"Nothing does jobs of the type {asked.type!r}."
        return {"sent": None, "note": sentence}
    try:
        return {"sent": CONNECTORS[asked.type].preview(asked)}
    except ConnectorError as error:
        return {"sent": None, "problem": str(error)}


def _answered(asked: JobRequest, answer: Any) -> dict[str, Any]:
    if answer is None:
        return {}
    try:
        results.raise_for_error_expression(asked, answer)
        return {"variables": feel.to_json(results.variables(asked, answer))}
    except BusinessError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except ConnectorError as error:
        return {"answerProblem": str(error)}
