"""The HTTP connector against a real server next door."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from orchestrator.connectors import BusinessError, ConnectorError, JobRequest, NotTried, Outcome
from orchestrator.connectors.http import HttpConnector
from orchestrator.connectors.http.breaker import FAILURES
from tests.connectors.neighbour import Neighbour

Make = Callable[..., JobRequest]


def call(request: JobRequest) -> Outcome:
    return HttpConnector().call(request)


def test_the_whole_answer_goes_into_the_result_variable(system: Neighbour, request_for: Make) -> None:
    outcome = call(request_for({"resultVariable": "answer"}, url=f"{system.url}/fine"))
    assert outcome.variables["answer"]["status"] == 200
    assert outcome.variables["answer"]["body"] == {"score": 17, "price": Decimal("12.10"), "items": [1, 2]}


def test_a_result_expression_picks_variables_from_the_answer(system: Neighbour, request_for: Make) -> None:
    headers = {"resultExpression": "={score: response.body.score, limit: limit * 2}"}
    assert call(request_for(headers, url=f"{system.url}/fine", limit=Decimal(4))).variables == {"score": 17, "limit": 8}


def test_without_a_result_header_the_answer_is_dropped(system: Neighbour, request_for: Make) -> None:
    assert call(request_for(url=f"{system.url}/fine")).variables == {}


def test_a_result_expression_that_yields_no_context_is_permanent(system: Neighbour, request_for: Make) -> None:
    with pytest.raises(ConnectorError, match="must yield a context") as raised:
        call(request_for({"resultExpression": "=response.status"}, url=f"{system.url}/fine"))
    assert raised.value.permanent


def test_method_query_headers_and_body_are_sent(system: Neighbour, request_for: Make) -> None:
    call(
        request_for(
            method="post",
            url=f"{system.url}/fine?a=1",
            query={"b": "two words", "n": Decimal("1.50"), "none": None},
            headers={"X-Trace": "7"},
            body={"amount": Decimal("12.10"), "name": "Zoë"},
        )
    )
    method, path, headers, body = system.asked[0]
    assert (method, path.replace("%20", "+")) == ("POST", "/fine?a=1&b=two+words&n=1.50")
    assert headers["x-trace"] == "7"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"amount": 12.10, "name": "Zoë"}
    assert b"12.10" in body


def test_every_attempt_carries_the_same_idempotency_key(system: Neighbour, request_for: Make) -> None:
    for _ in range(2):
        call(request_for(url=f"{system.url}/fine"))
    assert system.keys == ["1:call:0:7", "1:call:0:7"]


@pytest.mark.parametrize(
    ("path", "permanent", "words"),
    [
        ("missing", True, "status 404"),
        ("busy", False, "status 429"),
        ("moved", True, "redirects are not followed"),
        ("big", True, "larger than 5 MB"),
        ("bomb", True, "larger than 5 MB"),
        ("broken-json", False, "says that it is JSON, but it is not"),
        ("cut", False, "cannot be reached"),
    ],
)
def test_answers_that_are_none(system: Neighbour, request_for: Make, path: str, permanent: bool, words: str) -> None:
    with pytest.raises(ConnectorError, match=words) as raised:
        call(request_for(url=f"{system.url}/{path}"))
    assert raised.value.permanent is permanent
    assert len(system.asked) == 1


def test_an_answer_may_ask_us_to_wait(system: Neighbour, request_for: Make) -> None:
    with pytest.raises(ConnectorError) as raised:
        call(request_for(url=f"{system.url}/busy"))
    assert raised.value.retry_after == 120.0


def test_a_packed_answer_is_unpacked(system: Neighbour, request_for: Make) -> None:
    outcome = call(request_for({"resultExpression": "=response.body"}, url=f"{system.url}/packed"))
    assert outcome.variables == {"packed": True}


def test_an_empty_answer_is_null_and_text_stays_text(system: Neighbour, request_for: Make) -> None:
    header = {"resultExpression": "={found: response.body}"}
    assert call(request_for(header, url=f"{system.url}/nothing")).variables == {"found": None}
    assert call(request_for(header, url=f"{system.url}/text")).variables == {"found": "plain words"}


def test_an_error_expression_makes_a_business_error_of_an_answer(system: Neighbour, request_for: Make) -> None:
    header = {
        "errorExpression": '=if response.status = 404 then {code: "UNKNOWN", message: response.body.reason} else null'
    }
    with pytest.raises(BusinessError) as raised:
        call(request_for(header, url=f"{system.url}/missing"))
    assert (raised.value.code, raised.value.message) == ("UNKNOWN", "no such customer")


@pytest.mark.parametrize("path", ["slow", "trickle"])
def test_the_deadline_holds_for_the_whole_call(system: Neighbour, request_for: Make, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConnectorError, match="did not answer in time") as raised:
        call(request_for(timeout=0.5, url=f"{system.url}/{path}"))
    assert time.monotonic() - began < 1.5
    assert not raised.value.permanent


def test_nobody_at_home_is_transient(settings: Settings, request_for: Make) -> None:
    settings.CONNECTOR_ALLOWED_HOSTS = ["127.0.0.1:9"]
    with pytest.raises(ConnectorError, match=r"127\.0\.0\.1:9 cannot be reached") as raised:
        call(request_for(url="http://127.0.0.1:9/"))
    assert not raised.value.permanent


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "“url” is empty"),
        ({"url": "ftp://example.com"}, "must begin with http"),
        ({"url": "http://user:pass@example.com"}, "holds a name or password"),
        ({"url": "http://example.com/a\r\nHost: evil"}, "control character"),
        ({"url": "http://example.com", "method": "TRACE"}, "method 'TRACE' is not known"),
        ({"url": "http://example.com", "method": "GET /\r\n"}, "is not known"),
        ({"url": "http://example.com", "headers": {"Host": "evil.test"}}, "'Host' may not be set"),
        ({"url": "http://example.com", "headers": {"Transfer-Encoding": "chunked"}}, "may not be set"),
        ({"url": "http://example.com", "headers": {"X-A": "a\r\nX-B: b"}}, "holds a line break"),
        ({"url": "http://example.com", "headers": {"X A": "a"}}, "may not be set"),
        ({"url": "http://example.com", "headers": "X-A: b"}, "must be a context"),
        ({"url": "http://example.com", "query": "a=1"}, "must be a context"),
        ({"url": "http://example.com", "authentication": "magic"}, "needs a type"),
        ({"url": "http://example.com", "authentication": {"type": "bearer"}}, "letters, digits and underscores"),
        ({"url": "http://example.com", "authentication": {"type": "bearer", "secret": "NONE"}}, "no secret NONE"),
    ],
)
def test_inputs_that_cannot_be_sent_are_refused_with_their_name(
    request_for: Make, inputs: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConnectorError, match=words) as raised:
        call(request_for(**inputs))
    assert raised.value.permanent


def test_a_secret_is_sent_and_seen_nowhere_else(
    system: Neighbour, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_SECRET_CREDIT", "s3cr3t-canary")
    request = request_for(
        {"resultVariable": "answer"},
        url=f"{system.url}/echo",
        authentication={"type": "bearer", "secret": "CREDIT"},
    )
    outcome = call(request)
    assert system.asked[0][2]["authorization"] == "Bearer s3cr3t-canary"
    assert "canary" not in str(outcome)
    assert outcome.variables["answer"]["body"]["authorization"] == "Bearer ***"


def test_basic_and_key_authentication(system: Neighbour, request_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_SECRET_CREDIT", "s3cr3t-canary")
    for wanted in (
        {"type": "basic", "secret": "CREDIT", "username": "baton"},
        {"type": "apiKey", "secret": "CREDIT", "name": "X-Key"},
        {"type": "apiKey", "secret": "CREDIT", "name": "key", "location": "query"},
    ):
        call(request_for(url=f"{system.url}/fine", authentication=wanted))
    basic, header, query = system.asked
    assert base64.b64decode(basic[2]["authorization"].removeprefix("Basic ")) == b"baton:s3cr3t-canary"
    assert header[2]["x-key"] == "s3cr3t-canary"
    assert query[1] == "/fine?key=s3cr3t-canary"


def test_a_secret_goes_only_to_the_hosts_that_it_is_for(
    system: Neighbour, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_SECRET_CREDIT", "s3cr3t-canary")
    monkeypatch.setenv("BATON_SECRET_CREDIT_HOSTS", "credit.example.com:443")
    with pytest.raises(ConnectorError, match="may not be sent to") as raised:
        call(request_for(url=f"{system.url}/fine", authentication={"type": "bearer", "secret": "CREDIT"}))
    assert raised.value.permanent
    assert system.asked == []


def test_a_broken_neighbour_is_left_alone_and_that_costs_no_attempt(system: Neighbour, request_for: Make) -> None:
    system.down = FAILURES
    for _ in range(FAILURES):
        with pytest.raises(ConnectorError, match="status 503"):
            call(request_for(url=f"{system.url}/fine"))
    with pytest.raises(NotTried, match="left alone"):
        call(request_for(url=f"{system.url}/fine"))
    assert len(system.asked) == FAILURES


def test_the_environment_of_the_process_sets_no_proxy(
    system: Neighbour, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    call(request_for(url=f"{system.url}/fine"))
    assert len(system.asked) == 1
