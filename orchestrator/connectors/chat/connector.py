"""A message into a channel, by an incoming webhook. Its address is a secret: whoever knows it can write there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.connectors import results, secrets
from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome
from orchestrator.connectors.http.connector import exchange, shown
from orchestrator.connectors.http.request import Call, build

MAX_TEXT = 20_000

INPUTS = (
    Input("webhook", "Webhook", "secret", required=True, static=True, description="The secret that holds its address"),
    Input("title", "Title"),
    Input("text", "Text", "text", required=True),
)


@dataclass(frozen=True, slots=True)
class ChatConnector:
    name: str
    title: str
    description: str
    body: Callable[[str, str], dict[str, Any]]
    inputs: tuple[Input, ...] = INPUTS
    headers: tuple[Header, ...] = ()

    def call(self, request: JobRequest) -> Outcome:
        return Outcome(results.variables(request, exchange(self._call(request), request)))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        return shown(self._call(request))

    def _call(self, request: JobRequest) -> Call:
        title, text = (str(request.inputs.get(name) or "").strip() for name in ("title", "text"))
        if not text:
            raise ConnectorError("The message has no text: the input “text” is empty", permanent=True)
        name = str(request.inputs.get("webhook") or "")
        address = secrets.held(name)
        body = self.body(title[:MAX_TEXT], text[:MAX_TEXT])
        call = build(replace(request, inputs={"method": "POST", "url": address, "body": body}))
        secrets.read(name, call.endpoint)
        call.secrets += [address, call.url.raw_path.decode("ascii")]
        return call


def _slack(title: str, text: str) -> dict[str, Any]:
    plain = _escaped(text)
    return {"text": f"*{_escaped(title)}*\n{plain}" if title else plain}


def _escaped(text: str) -> str:
    """Slack reads <...> as links and mentions: nobody's data calls a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(title: str, text: str) -> dict[str, Any]:
    heading = (
        [{"type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": True}] if title else []
    )
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [*heading, {"type": "TextBlock", "text": text, "wrap": True}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


SLACK = ChatConnector("slack", "Slack message", "Writes into a channel of Slack.", _slack)
TEAMS = ChatConnector("teams", "Teams message", "Writes into a channel of Microsoft Teams.", _teams)
