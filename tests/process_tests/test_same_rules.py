"""Where the world in memory repeats a rule of the product, because it may not import it, the two agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.connectors import BusinessError, ConnectorError, JobRequest, results
from orchestrator.connectors.http import connector
from orchestrator.engine import effects
from orchestrator.process_tests import acting, replies, stage
from orchestrator.process_tests.suite import Failure, Fault, Reply, Result
from orchestrator.runtime import performing
from tasks_inbox import outcomes

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_pauses_between_attempts() -> None:
    assert stage.BACKOFF == performing.BACKOFF


def test_which_status_is_tried_again() -> None:
    assert replies.TRY_AGAIN == connector.TRY_AGAIN


@pytest.mark.parametrize("text", ["", "approve=Approve; reject=Reject!", "a;b!", "a=A;a=B!", " x = Y ! ;;", "done"])
def test_the_outcomes_of_a_user_task(text: str) -> None:
    inbox = {one["value"]: one["comment_required"] for one in outcomes.parse(text)}
    assert acting.outcomes(text) == inbox


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"resultVariable": "all"},
        {"resultExpression": "={score: response.body.score, twice: 2 * limit}", "resultVariable": "all"},
        {"resultExpression": "=body"},
        {"resultExpression": "=3"},
        {"resultExpression": "=3 +"},
        {"errorExpression": '=if body.score > 5 then {code: "HIGH", variables: {a: 1}} else null'},
        {"errorExpression": '=if body.score > 9 then {code: "HIGH"} else null', "resultVariable": "all"},
    ],
)
def test_what_becomes_of_an_answer(headers: dict[str, str]) -> None:
    answer = {"status": 200, "headers": {}, "body": {"score": 7}}
    request = JobRequest("k", "http", {"limit": 4}, {}, headers, 1, 30.0, 1, "e", NOW)
    job = effects.CreateJob(1, "e", "http", 3, headers, (), None, {"limit": 4})
    assert shortened(replies.judge(job, Reply(answer), NOW)) == of_the_connector(request, answer)


def of_the_connector(request: JobRequest, answer: dict[str, Any]) -> tuple[str, Any]:
    try:
        results.raise_for_error_expression(request, answer)
        return "result", results.variables(request, answer)
    except BusinessError as error:
        return "error", (error.code, error.variables)
    except ConnectorError as error:
        return "failure", error.permanent


def shortened(found: Result | Fault | Failure) -> tuple[str, Any]:
    if isinstance(found, Result):
        return "result", found.variables
    if isinstance(found, Fault):
        return "error", (found.code, dict(found.variables))
    return "failure", found.permanent
