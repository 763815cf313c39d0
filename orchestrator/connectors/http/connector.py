"""One HTTP request: sent within a deadline, answered within a size, judged by its status."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import httpcore2
import httpx2
from django.conf import settings

from orchestrator.connectors import results, secrets
from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome
from orchestrator.connectors.http import breaker
from orchestrator.connectors.http.request import AUTHENTICATION, METHODS, Call, build
from orchestrator.connectors.http.transport import CONNECT_TIMEOUT, READ_TIMEOUT, Deadline, Transport
from orchestrator.feel.jsonnumbers import loads

MAX_BODY = 5 * 1024 * 1024
MAX_TIMEOUT = 300.0
LONGEST_PAUSE = 3600.0  # seconds that an answer may ask us to wait
TRY_AGAIN = frozenset([408, 425, 429, 500, 502, 503, 504])
_INFLATE = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_TIMEOUTS = (httpcore2.TimeoutException, httpx2.TimeoutException)
_FAILURES = (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.TransportError, OSError)


class HttpConnector:
    name = "http"
    title = "HTTP request"
    description = "Asks another system over HTTP and keeps its answer."
    inputs = (
        Input("method", "Method", "choice", default="GET", choices=METHODS),
        Input("url", "URL", required=True),
        Input("query", "Query parameters", "context"),
        Input("headers", "Headers", "context"),
        Input("body", "Body", "text", description="A context or list is sent as JSON, a string as it is"),
        Input("authentication.type", "Authentication", "choice", default="none", choices=AUTHENTICATION),
        Input("authentication.secret", "Secret", "secret", description="The name of a secret of the operator"),
        Input("authentication.username", "User name"),
        Input("authentication.name", "Name of the API key"),
        Input(
            "authentication.location", "Place of the API key", "choice", default="header", choices=("header", "query")
        ),
    )
    headers: tuple[Header, ...] = (
        Header("errorExpression", "Error expression", "FEEL over the answer; a context with a code is a BPMN error"),
    )

    def call(self, request: JobRequest) -> Outcome:
        return Outcome(results.variables(request, exchange(build(request), request)))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        return shown(build(request))


def exchange(call: Call, request: JobRequest) -> dict[str, Any]:
    """The answer to a call: status, headers, body. Raises ConnectorError, without any secret in its text, and
    BusinessError where the task's errorExpression says so.
    """
    try:
        with breaker.turn(call.endpoint):
            answer = _send(call, min(request.timeout, MAX_TIMEOUT))
            results.raise_for_error_expression(request, answer)
            _judge(call, answer)
    except ConnectorError as error:
        error.args = (secrets.blot(str(error), call.secrets),)
        raise
    return answer


def shown(call: Call) -> dict[str, Any]:
    """A call for people to read."""
    body = None if call.content is None else call.content.decode("utf-8", "replace")
    sent = {"method": call.method, "url": str(call.url), **call.headers}
    headers = {name: secrets.blot(value, call.secrets) for name, value in sent.items()}
    return {"method": headers.pop("method"), "url": headers.pop("url"), "headers": headers, "body": body}


def _send(call: Call, timeout: float) -> dict[str, Any]:
    deadline = Deadline(timeout)
    allowed = getattr(settings, "CONNECTOR_ALLOWED_HOSTS", [])
    limits = httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    transport = Transport(deadline, allowed)
    try:
        with (
            httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=limits) as client,
            client.stream(call.method, call.url, headers=call.headers, content=call.content) as response,
        ):
            body = _read(call, response)
    except _TIMEOUTS:
        raise ConnectorError(f"{call.endpoint} did not answer in time ({timeout:g} seconds at most)") from None
    except _FAILURES as error:
        raise ConnectorError(f"{call.endpoint} cannot be reached: {_reason(error)}") from None
    return {
        "status": response.status_code,
        "headers": {name.lower(): secrets.blot(value, call.secrets) for name, value in response.headers.items()},
        "body": _value(
            secrets.blot(body.decode(response.charset_encoding or "utf-8", "replace"), call.secrets), response
        ),
    }


def _reason(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _read(call: Call, response: httpx2.Response) -> bytes:
    """The body, unpacked; neither form of it may be larger than MAX_BODY."""
    packed = bytearray()
    for chunk in response.iter_raw(65_536):
        packed += chunk
        if len(packed) > MAX_BODY:
            raise _too_big(call)
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding in ("", "identity"):
        return bytes(packed)
    if encoding not in _INFLATE:
        raise ConnectorError(f"{call.endpoint} answers in the encoding {encoding[:40]!r}, which is not read", True)
    unpacker = zlib.decompressobj(_INFLATE[encoding])
    try:
        body = unpacker.decompress(bytes(packed), MAX_BODY)
    except zlib.error:
        raise ConnectorError(f"{call.endpoint} sent a body that cannot be unpacked") from None
    if unpacker.unconsumed_tail:
        raise _too_big(call)
    return body


def _too_big(call: Call) -> ConnectorError:
    return ConnectorError(f"The answer of {call.endpoint} is larger than {MAX_BODY // 1024 // 1024} MB", permanent=True)


def _value(text: str, response: httpx2.Response) -> Any:
    """JSON as values, anything else as text."""
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if not text.strip():
        return None
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return loads(text)
        except ValueError:
            raise ConnectorError("The answer says that it is JSON, but it is not") from None
    return text.replace("\x00", "\ufffd")


def _judge(call: Call, answer: dict[str, Any]) -> None:
    status = answer["status"]
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise ConnectorError(f"{call.endpoint} redirects (status {status}); redirects are not followed", permanent=True)
    retry_after = answer["headers"].get("retry-after", "")
    pause = min(float(retry_after), LONGEST_PAUSE) if retry_after.isdigit() else None
    raise ConnectorError(f"{call.endpoint} answers with status {status}", status not in TRY_AGAIN, pause)
