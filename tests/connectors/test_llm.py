"""A language model behind an OpenAI-compatible address, against a real server next door."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from orchestrator.connectors import CONNECTORS, ConnectorError, JobRequest
from tests.connectors.neighbour import Handler, Neighbour

Make = Callable[..., JobRequest]
LLM = CONNECTORS["llm"]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """What the neighbour answers at /v1/chat/completions."""

    def answer(body: Any) -> None:
        def send(handler: Handler) -> None:
            handler.send(200, json.dumps(body).encode(), Content_Type="application/json")

        monkeypatch.setattr(Handler, "v1/chat/completions", send, raising=False)

    return answer


def choice(text: str) -> dict[str, Any]:
    return {"model": "m-1", "choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": {"total": 9}}


def asked(neighbour: Neighbour, request_for: Make, headers: dict[str, str] | None = None, **more: Any) -> JobRequest:
    return request_for(headers or {}, url=f"{neighbour.url}/v1", model="m", prompt="Which kind?", **more)


def test_the_question_goes_out_with_the_key_and_the_answer_comes_back(
    system: Neighbour, request_for: Make, says: Callable[[Any], None], settings: Settings
) -> None:
    settings.CONNECTOR_SECRETS = {"openai": "sk-very-secret"}
    says(choice("An invoice"))
    request = asked(
        system,
        request_for,
        {"resultVariable": "answer"},
        secret="openai",
        system="Classify.",
        temperature=Decimal("0.2"),
    )
    answer = LLM.call(request).variables["answer"]
    assert (answer["text"], answer["finishReason"], answer["usage"]) == ("An invoice", "stop", {"total": 9})
    _, path, headers, body = system.asked[0]
    assert (path, headers["authorization"]) == ("/v1/chat/completions", "Bearer sk-very-secret")
    assert json.loads(body) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Classify."}, {"role": "user", "content": "Which kind?"}],
        "temperature": 0.2,
    }


def test_json_is_read_with_all_its_digits(system: Neighbour, request_for: Make, says: Callable[[Any], None]) -> None:
    says(choice('```json\n{"amount": 12.10}\n```'))
    request = asked(system, request_for, {"resultExpression": "={amount: response.json.amount}"}, format="json")
    assert LLM.call(request).variables == {"amount": Decimal("12.10")}
    assert json.loads(system.asked[0][3])["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(("body", "sentence"), [(choice("Sorry"), "asked for JSON"), ({"error": "x"}, "no choices")])
def test_an_answer_that_cannot_be_used_is_tried_again(
    system: Neighbour, request_for: Make, says: Callable[[Any], None], body: Any, sentence: str
) -> None:
    says(body)
    with pytest.raises(ConnectorError, match=sentence) as raised:
        LLM.call(asked(system, request_for, format="json"))
    assert not raised.value.permanent


def test_a_preview_shows_the_question_and_not_the_key(system: Neighbour, request_for: Make, settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = {"openai": "sk-very-secret"}
    shown = LLM.preview(asked(system, request_for, secret="openai"))
    assert "Which kind?" in shown["body"]
    assert shown["headers"]["Authorization"] == "Bearer ***"
    assert system.asked == []


def test_a_question_is_needed(request_for: Make) -> None:
    with pytest.raises(ConnectorError, match="“prompt” is empty"):
        LLM.call(request_for(url="https://x.example/v1", model="m"))
