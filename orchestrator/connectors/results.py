"""What of an answer becomes variables: the task headers `resultVariable` and `resultExpression`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator import feel
from orchestrator.connectors.base import BusinessError, ConnectorError, JobRequest


def variables(request: JobRequest, answer: Any) -> dict[str, Any]:
    """`resultVariable` names the whole answer. `resultExpression` is FEEL over it, as `response` and by the names in
    it; its context becomes variables. Raises ConnectorError (permanent) for an expression that yields no context.
    """
    found: dict[str, Any] = {}
    if name := request.headers.get("resultVariable"):
        found[name] = answer
    if text := request.headers.get("resultExpression"):
        value = _evaluate(request, text, answer, "resultExpression")
        if not isinstance(value, Mapping):
            raise ConnectorError(f"resultExpression yields {_kind(value)}, but must yield a context", permanent=True)
        found.update(value)
    return found


def raise_for_error_expression(request: JobRequest, answer: Any) -> None:
    """`errorExpression` yields null, or a context with `code` and perhaps `message` and `variables`: a BPMN error."""
    text = request.headers.get("errorExpression")
    value = _evaluate(request, text, answer, "errorExpression") if text else None
    if isinstance(value, Mapping) and value.get("code"):
        raise BusinessError(str(value["code"]), str(value.get("message") or ""), value.get("variables") or {})


def _evaluate(request: JobRequest, text: str, answer: Any, header: str) -> Any:
    known = {**request.variables, **(answer if isinstance(answer, Mapping) else {}), "response": answer}
    try:
        expression = feel.parse(text.removeprefix("="), names=tuple(known))
        return expression.evaluate(known, environment=feel.Environment(now=request.now)).value
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        raise ConnectorError(f"{header} cannot be evaluated: {error}", permanent=True) from error


def _kind(value: Any) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
