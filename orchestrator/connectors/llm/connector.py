"""One question to a language model behind an OpenAI-compatible address (`POST /chat/completions`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestrator.connectors import results
from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome
from orchestrator.connectors.http.connector import exchange, shown
from orchestrator.connectors.http.request import Call, build
from orchestrator.feel.jsonnumbers import loads

FORMATS = ("text", "json")
# Input -> what the other side calls it, where something was given.
OPTIONS = {"temperature": "temperature", "maxTokens": "max_tokens"}


class LlmConnector:
    name = "llm"
    title = "Language model"
    description = (
        "Asks a language model and keeps its answer. What it says is data: let a person or a rule decide on it."
    )
    inputs = (
        Input("url", "Address", required=True, static=True, description="Of the API, for example https://host/v1"),
        Input("secret", "API key", "secret", static=True, description="The name of a secret of the operator"),
        Input("model", "Model", required=True),
        Input("system", "Instruction", "text", description="What the model is to be and to heed"),
        Input("prompt", "Question", "text", required=True),
        Input("format", "Answer", "choice", default="text", choices=FORMATS),
        Input("temperature", "Temperature", "number"),
        Input("maxTokens", "Most tokens of the answer", "number"),
    )
    headers: tuple[Header, ...] = ()

    def call(self, request: JobRequest) -> Outcome:
        answer = exchange(_call(request), request)["body"]
        return Outcome(results.variables(request, _read(answer, request.inputs.get("format") == "json")))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        return shown(_call(request))


def _call(request: JobRequest) -> Call:
    given = request.inputs
    for name in ("url", "model", "prompt"):
        if not str(given.get(name) or "").strip():
            raise ConnectorError(f"The input “{name}” is empty", permanent=True)
    system = [{"role": "system", "content": str(given["system"])}] if given.get("system") else []
    body: dict[str, Any] = {
        "model": str(given["model"]),
        "messages": [*system, {"role": "user", "content": str(given["prompt"])}],
        **{theirs: given[ours] for ours, theirs in OPTIONS.items() if given.get(ours) not in (None, "")},
    }
    if given.get("format") == "json":
        body["response_format"] = {"type": "json_object"}
    inputs: dict[str, Any] = {
        "method": "POST",
        "url": f"{str(given['url']).rstrip('/')}/chat/completions",
        "body": body,
    }
    if given.get("secret"):
        inputs["authentication"] = {"type": "bearer", "secret": str(given["secret"])}
    return build(replace(request, inputs=inputs))


def _read(answer: Any, as_json: bool) -> dict[str, Any]:
    """`text`, `json` (null unless asked for), `finishReason`, `model`, `usage`. Raises ConnectorError."""
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"] or ""
    except (TypeError, KeyError, IndexError):
        raise ConnectorError("The answer is not one of an OpenAI-compatible API: it has no choices") from None
    return {
        "text": text,
        "json": _json(text) if as_json else None,
        "finishReason": choice.get("finish_reason"),
        "model": answer.get("model"),
        "usage": answer.get("usage"),
    }


def _json(text: str) -> Any:
    """Models like to put JSON into a fence."""
    inner = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        return loads(inner)
    except ValueError:
        raise ConnectorError("The model was asked for JSON and answered with something else") from None
