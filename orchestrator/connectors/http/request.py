"""What a job asks for, checked and turned into one HTTP request."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from orchestrator.connectors import secrets
from orchestrator.connectors.base import ConnectorError, JobRequest
from orchestrator.connectors.http import addresses
from orchestrator.feel.jsonnumbers import dumps

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
AUTHENTICATION = ("none", "basic", "bearer", "apiKey")
PORTS = {"http": 80, "https": 443}
RESERVED = frozenset(
    [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "accept-encoding",
    ]
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(slots=True)
class Call:
    """`endpoint` is host:port; `secrets` are the values that must not appear in anything that leaves the connector."""

    method: str
    url: httpx2.URL
    endpoint: str
    headers: dict[str, str]
    content: bytes | None = None
    secrets: list[str] = field(default_factory=list)


def build(request: JobRequest) -> Call:
    """Raises ConnectorError (permanent) with a sentence that names the input."""
    given = request.inputs
    method = str(given.get("method") or "GET").upper()
    if method not in METHODS:
        raise ConnectorError(f"The method {method[:20]!r} is not known: use one of {', '.join(METHODS)}", True)
    url = _url(given)
    call = Call(method, url, endpoint(url), _headers(given.get("headers"), request.key))
    _body(call, given.get("body"))
    _authenticate(call, given.get("authentication"))
    return call


def endpoint(url: httpx2.URL) -> str:
    return f"{addresses.normal(url.host)}:{url.port or PORTS[url.scheme]}"


def _url(given: Mapping[str, Any]) -> httpx2.URL:
    text = given.get("url")
    if not isinstance(text, str) or not text:
        raise ConnectorError("The input “url” is empty", permanent=True)
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise ConnectorError("The input “url” holds a space or a control character", permanent=True)
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise ConnectorError("The input “url” is no address", permanent=True) from None
    if url.scheme not in PORTS or not url.host:
        raise ConnectorError("The input “url” must begin with http:// or https://", permanent=True)
    if url.userinfo:
        raise ConnectorError("The input “url” holds a name or password: use the input “authentication”", True)
    query = given.get("query")
    if query is None:
        return url
    if not isinstance(query, Mapping):
        raise ConnectorError("The input “query” must be a context", permanent=True)
    return url.copy_merge_params({str(name): _plain(value) for name, value in query.items() if value is not None})


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str) else dumps(value)


def _headers(given: Any, key: str) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Baton",
        "Idempotency-Key": key,
    }
    if given is None:
        return headers
    if not isinstance(given, Mapping):
        raise ConnectorError("The input “headers” must be a context", permanent=True)
    for name, value in given.items():
        if not _TOKEN.fullmatch(name) or name.lower() in RESERVED:
            raise ConnectorError(f"The header {name[:40]!r} may not be set", permanent=True)
        text = _plain(value)
        if not text.isascii() or any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ConnectorError(f"The header {name} holds a line break or a character that is not ASCII", True)
        headers = {known: held for known, held in headers.items() if known.lower() != name.lower()}
        headers[name] = text
    return headers


def _body(call: Call, body: Any) -> None:
    if body is None:
        return
    if isinstance(body, str):
        call.content = body.encode()
        call.headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    else:
        call.content = dumps(body).encode()
        call.headers.setdefault("Content-Type", "application/json")


def _authenticate(call: Call, given: Any) -> None:
    """`authentication` is a context: type, and with it secret (a name, never a value), username, name, location."""
    wanted = {"type": given} if isinstance(given, str) else given or {}
    if not isinstance(wanted, Mapping) or (kind := wanted.get("type") or "none") not in AUTHENTICATION:
        raise ConnectorError(f"The input “authentication” needs a type: {', '.join(AUTHENTICATION)}", permanent=True)
    if kind == "none":
        return
    secret = secrets.read(str(wanted.get("secret") or ""), call.endpoint)
    call.secrets.append(secret)
    if kind == "bearer":
        call.headers["Authorization"] = f"Bearer {secret}"
    elif kind == "basic":
        pair = base64.b64encode(f"{wanted.get('username') or ''}:{secret}".encode()).decode()
        call.secrets.append(pair)
        call.headers["Authorization"] = f"Basic {pair}"
    else:
        _api_key(call, wanted, secret)


def _api_key(call: Call, wanted: Mapping[str, Any], secret: str) -> None:
    name = str(wanted.get("name") or "X-API-Key")
    if wanted.get("location") == "query":
        call.url = call.url.copy_set_param(name, secret)
    elif not _TOKEN.fullmatch(name) or name.lower() in RESERVED:
        raise ConnectorError(f"The header {name[:40]!r} may not be set", permanent=True)
    else:
        call.headers[name] = secret
