"""Trying one automated step: what it would send, what would become of an answer; nothing goes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/orchestrator/draft/try/step/"


@pytest.fixture
def drawing(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def tried(client: Client, status: int = 200, **step: Any) -> dict[str, Any]:
    response = client.post(ADDRESS, {"run": SimpleUploadedFile("run", json.dumps(step).encode())})
    assert response.status_code == status, response.content
    return dict(json.loads(response.content))


def test_it_shows_the_request_and_never_the_secret(drawing: Client, settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = {"crm": "s3cr3t-value"}
    answer = tried(
        drawing,
        type="http",
        inputs=[
            {"target": "url", "source": '= "https://crm.example/" + string(id)'},
            {"target": "authentication.type", "source": "bearer"},
            {"target": "authentication.secret", "source": "crm"},
            {"target": "body", "source": "= {amount: amount}"},
            {"target": "method", "source": "POST"},
        ],
        variables={"id": 7, "amount": 12.5},
    )
    assert answer["sent"]["url"] == "https://crm.example/7"
    assert answer["sent"]["headers"]["Authorization"] == "Bearer ***"
    assert json.loads(answer["sent"]["body"]) == {"amount": 12.5}
    assert "s3cr3t" not in json.dumps(answer)


def test_an_example_answer_shows_what_becomes_of_it(drawing: Client) -> None:
    step: dict[str, Any] = {
        "type": "http",
        "inputs": [{"target": "url", "source": "https://x.example"}],
        "headers": {
            "resultExpression": "= {score: response.body.score}",
            "errorExpression": '= if response.status = 404 then {code: "UNKNOWN"} else null',
        },
    }
    assert tried(drawing, **step, answer={"status": 200, "body": {"score": 3}})["variables"] == {"score": 3}
    assert tried(drawing, **step, answer={"status": 404})["error"]["code"] == "UNKNOWN"


def test_what_would_fail_is_said_in_the_words_of_the_run(drawing: Client) -> None:
    assert "the input “to” is empty" in tried(drawing, type="email", inputs=[])["problem"]
    missing = tried(drawing, type="http", inputs=[{"target": "url", "source": "= nobody.url"}])
    assert "The input “url” is empty" in missing["problem"]
    assert missing["warnings"]


def test_a_function_is_not_called(drawing: Client) -> None:
    answer = tried(drawing, type="check-iban", inputs=[{"target": "iban", "source": "x"}])
    assert (answer["sent"], answer["note"]) == (None, "A Python function gets these inputs.")
    assert "Nothing does jobs" in tried(drawing, type="nobody")["note"]


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ({"inputs": 7}, 400),
        ({"inputs": [7]}, 400),
        ({"variables": [1]}, 400),
        ({"headers": "x"}, 400),
        ({"inputs": [{"target": "a", "source": "= 1 +"}]}, 422),
        ({"inputs": [{"target": "a", "source": "1"}, {"target": "a.b", "source": "2"}]}, 422),
    ],
)
def test_nonsense_gets_a_sentence(drawing: Client, step: dict[str, Any], status: int) -> None:
    assert tried(drawing, status, type="http", **step)["error"]


def test_who_may_not_draw_finds_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.post(ADDRESS, {"run": SimpleUploadedFile("run", b"{}")}).status_code == 404
