"""What a job makes of the answer of the other side: the task headers `resultVariable`, `resultExpression` and
`errorExpression`, and the status of an HTTP answer. The same rules as those of `orchestrator.connectors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator import feel
from orchestrator.engine import Variables, effects
from orchestrator.process_tests.suite import Failure, Fault, Reply, Result

TRY_AGAIN = frozenset([408, 425, 429, 500, 502, 503, 504])


class NoContext(ValueError):
    """A header cannot be used; str() says which and why."""


def judge(job: effects.CreateJob, reply: Reply, now: datetime) -> Result | Fault | Failure:
    value = reply.value
    http = job.type == "http" and isinstance(value, Mapping)
    if http:
        value = {"status": 200, "headers": {}, "body": None, **value}
    try:
        if fault := _fault(job, value, now):
            return fault
        if http and (failure := _refused(reply, value["status"])):
            return failure
        return Result(_variables(job, value, now))
    except NoContext as error:
        return Failure(None, str(error), permanent=True)


def _fault(job: effects.CreateJob, value: Any, now: datetime) -> Fault | None:
    found = _evaluate(job, "errorExpression", value, now)
    if not isinstance(found, Mapping) or not found.get("code"):
        return None
    variables = found.get("variables") or {}
    if not isinstance(variables, Mapping):
        raise NoContext("The variables that errorExpression yields must be a context")
    return Fault(str(found["code"]), str(found.get("message") or ""), feel.to_json(dict(variables)))


def _refused(reply: Reply, status: Any) -> Failure | None:
    if not isinstance(status, int) or 200 <= status <= 299:
        return None
    message = f"The answer has the status {status}"
    return Failure(1, message, then=reply) if status in TRY_AGAIN else Failure(None, message, permanent=True)


def _variables(job: effects.CreateJob, value: Any, now: datetime) -> Variables:
    found: Variables = {}
    if name := job.headers.get("resultVariable"):
        found[name] = value
    if job.headers.get("resultExpression"):
        context = _evaluate(job, "resultExpression", value, now)
        if not isinstance(context, Mapping):
            raise NoContext(f"resultExpression yields {feel.to_json(context)!r}, but must yield a context")
        found.update(feel.to_json(dict(context)))
    return found


def _evaluate(job: effects.CreateJob, header: str, value: Any, now: datetime) -> Any:
    text = job.headers.get(header)
    if not text:
        return None
    known = {**job.variables, **(value if isinstance(value, Mapping) else {}), "response": value}
    try:
        expression = feel.parse(text.removeprefix("="), names=tuple(known))
        return expression.evaluate(known, environment=feel.Environment(now=now)).value
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        raise NoContext(f"{header} cannot be evaluated: {error}") from error
