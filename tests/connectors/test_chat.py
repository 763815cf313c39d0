"""Slack and Teams: a message arrives as they read it, and its address stays a secret."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pytest_django import Settings

from orchestrator.connectors import CONNECTORS, ConnectorError, JobRequest
from tests.connectors.neighbour import Neighbour

Make = Callable[..., JobRequest]


@pytest.fixture(autouse=True)
def _channel(settings: Settings, system: Neighbour) -> None:
    settings.CONNECTOR_SECRETS = {"channel": f"{system.url}/fine?token=T0PS3CRET"}


def test_slack_gets_text_in_which_nobody_is_called(system: Neighbour, request_for: Make) -> None:
    CONNECTORS["slack"].call(request_for(webhook="channel", title="R&D", text="<!channel> 5 > 3"))
    method, path, headers, body = system.asked[0]
    assert (method, path, headers["content-type"]) == ("POST", "/fine?token=T0PS3CRET", "application/json")
    assert json.loads(body) == {"text": "*R&amp;D*\n&lt;!channel&gt; 5 &gt; 3"}


def test_teams_gets_a_card(system: Neighbour, request_for: Make) -> None:
    CONNECTORS["teams"].call(request_for(webhook="channel", title="Late", text="Invoice 7"))
    card = json.loads(system.asked[0][3])["attachments"][0]["content"]
    assert [block["text"] for block in card["body"]] == ["Late", "Invoice 7"]


def test_the_same_key_goes_with_every_attempt(system: Neighbour, request_for: Make) -> None:
    for _ in range(2):
        CONNECTORS["slack"].call(request_for(webhook="channel", text="hello"))
    assert system.keys == ["1:call:0:7", "1:call:0:7"]


def test_the_address_is_in_no_error(system: Neighbour, request_for: Make) -> None:
    system.down = 1
    with pytest.raises(ConnectorError) as raised:
        CONNECTORS["slack"].call(request_for(webhook="channel", text="hello"))
    assert not raised.value.permanent
    assert "T0PS3CRET" not in str(raised.value)


def test_a_preview_sends_nothing_and_shows_no_address(system: Neighbour, request_for: Make) -> None:
    shown = CONNECTORS["teams"].preview(request_for(webhook="channel", text="hello"))
    assert system.asked == []
    assert "T0PS3CRET" not in repr(shown)
    assert "hello" in shown["body"]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"webhook": "channel", "text": " "}, "no text"),
        ({"webhook": "nowhere", "text": "x"}, "There is no secret nowhere"),
        ({"webhook": "https://evil.example", "text": "x"}, "The name of a secret"),
    ],
)
def test_what_is_missing_is_said(request_for: Make, inputs: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConnectorError, match=sentence) as raised:
        CONNECTORS["slack"].call(request_for(**inputs))
    assert raised.value.permanent
