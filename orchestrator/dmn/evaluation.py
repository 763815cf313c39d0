"""The door of the room: a decision, a decision service or a business knowledge model, evaluated for given variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator import feel
from orchestrator.dmn.boundary import from_outside
from orchestrator.dmn.graph import Graph
from orchestrator.dmn.interpret import call
from orchestrator.dmn.item_types import CONSTRAINTS
from orchestrator.dmn.model import Definitions
from orchestrator.dmn.record import Record
from orchestrator.dmn.result import DecisionResult


def evaluate(
    definitions: Definitions,
    decision: str,
    variables: Mapping[str, Any],
    *,
    environment: feel.Environment | None = None,
    given: Mapping[str, Any] = {},
) -> DecisionResult:
    """Evaluate a decision by its id or name. `given` holds values of decisions (by name) that are not to be evaluated.

    Raises DecisionFailed where the standard knows no value, and feel.LimitExceeded; data never raises.
    """
    found = definitions.decision(decision)
    record = Record(environment)
    graph = Graph(definitions, record, variables)

    def decide() -> Any:
        for other in definitions.decisions.values():
            if other.name in given and other is not found:
                value = from_outside(given[other.name], other.type)
                graph.values[other.id] = record.fit(other.id, value, other.type, f"The decision {other.name}")
        return graph.decide(found)

    return _finished(record, decide)


def evaluate_service(
    definitions: Definitions,
    service: str,
    variables: Mapping[str, Any],
    *,
    environment: feel.Environment | None = None,
) -> DecisionResult:
    """Evaluate a decision service by its id or name; `variables` are its input data and input decisions by name.

    The value is that of its output decision, or of several a context. Raises as `evaluate` does.
    """
    found = definitions.decision_service(service)
    record = Record(environment)
    graph = Graph(definitions, record, {})

    def serve() -> Any:
        arguments = [from_outside(variables.get(node.variable), node.type) for node in graph.parameters(found)]
        return call(graph.service(found), arguments, None, found.id, graph.scope({}))

    return _finished(record, serve)


def evaluate_bkm(
    definitions: Definitions,
    model: str,
    variables: Mapping[str, Any],
    *,
    environment: feel.Environment | None = None,
) -> DecisionResult:
    """Invoke a business knowledge model by its id or name with its parameters. Raises as `evaluate` does."""
    found = definitions.business_knowledge_model(model)
    record = Record(environment)
    graph = Graph(definitions, record, {})
    parameters = found.logic.parameters if found.logic else ()

    def invoke() -> Any:
        arguments = [from_outside(variables.get(parameter.name), parameter.type) for parameter in parameters]
        return call(graph.knowledge_model(found), arguments, None, found.id, graph.scope({}))

    return _finished(record, invoke)


def _finished(record: Record, work: Callable[[], Any]) -> DecisionResult:
    token = CONSTRAINTS.set(record.constraints)
    try:
        value = work()
    except RecursionError:
        raise feel.NestingTooDeep("The decision or its data nest too deep") from None
    finally:
        CONSTRAINTS.reset(token)
    return DecisionResult(value, tuple(record.decisions), tuple(record.warnings))
