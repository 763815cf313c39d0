"""Webhooks: a signed call from another system becomes a BPMN message, once.

A message event (or receive task) opens an address by its properties: `inbound.type` = webhook, `inbound.path`,
`inbound.secret` (the name of a secret), and FEEL over the call: `correlationKeyExpression`, `messageIdExpression`,
`resultExpression`. The signature is that of Standard Webhooks (version 1): HMAC-SHA256 over `id.timestamp.body`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import isodate
from django.db import IntegrityError, connection, transaction

from orchestrator import feel
from orchestrator.bpmn.model import Event, FlowNode, MessageDefinition, Process, ReceiveTask, StartEvent, Text
from orchestrator.connectors import ConnectorError, secrets
from orchestrator.feel.jsonnumbers import loads
from orchestrator.models import ProcessDefinition, Webhook, WebhookCall
from orchestrator.runtime import messages
from orchestrator.runtime.variables import InvalidVariables

TYPE = "inbound.type"
TOLERANCE = timedelta(minutes=5)  # between the sender's clock and ours
KEPT = timedelta(days=2)  # how long a call is remembered; beyond TOLERANCE its signature is too old anyway
MAX_BODY = 1024 * 1024
MAX_NAME = 255
_PATH = re.compile(r"[a-z0-9]+(?:[-/][a-z0-9]+)*")
_SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
EXPRESSIONS = ("correlationKeyExpression", "messageIdExpression", "resultExpression")


class Refused(Exception):
    """The call is not taken; `status` is that of HTTP, str() says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """What came in. `headers` by their lower-case names."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


# At deployment


def problems(process: Process) -> Iterator[tuple[str, str]]:
    """Element ids and sentences: what is wrong with the addresses that a process opens."""
    seen: dict[str, str] = {}
    for node in _doors(process):
        path = _static(node, "inbound.path")
        message = _message(node)
        if message is None or not isinstance(message.name, str):
            yield node.id, "A webhook belongs to a message event or receive task whose message has a static name"
        if len(path) > 100 or not _PATH.fullmatch(path):
            yield node.id, "The webhook needs inbound.path: small letters, digits, - and /, for example orders/paid"
        elif path in seen:
            yield node.id, f"The webhook path {path} is that of {seen[path]} too"
        elif (other := _owner(path, process.id)) is not None:
            yield node.id, f"The webhook path {path} belongs to the process {other}"
        if not _SECRET_NAME.fullmatch(_static(node, "inbound.secret")):
            yield node.id, "The webhook needs inbound.secret: the name of the secret with which calls are signed"
        if not _is_start(node) and not _feel(node, "correlationKeyExpression"):
            yield node.id, "The webhook needs correlationKeyExpression: FEEL that says which instance is meant"
        if _duration(node) is None:
            yield node.id, "messageTtl must be a duration such as PT1H"
        seen.setdefault(path, node.id)
        for name in EXPRESSIONS:
            if isinstance(node.properties.get(name), str):
                yield node.id, f"{name} must be FEEL: write = before it"


def renew(row: ProcessDefinition, process: Process) -> None:
    """The addresses are those of this version from now on."""
    Webhook.objects.filter(definition__key=row.key).delete()
    Webhook.objects.bulk_create(
        Webhook(
            path=_static(node, "inbound.path"),
            definition=row,
            element=node.id,
            message=str(message.name),
            secret=_static(node, "inbound.secret"),
            correlation_key=_feel(node, "correlationKeyExpression"),
            message_id=_feel(node, "messageIdExpression"),
            variables=_feel(node, "resultExpression"),
            time_to_live=_duration(node) or timedelta(0),
        )
        for node in _doors(process)
        if (message := _message(node)) is not None
    )


def _doors(process: Process) -> Iterator[FlowNode]:
    return (node for node in process.nodes.values() if _static(node, TYPE) == "webhook")


def _message(node: FlowNode) -> MessageDefinition | None:
    if isinstance(node, ReceiveTask):
        return node.message
    definition = node.definition if isinstance(node, Event) else None
    return definition if isinstance(definition, MessageDefinition) else None


def _is_start(node: FlowNode) -> bool:
    starts = isinstance(node, StartEvent) or (isinstance(node, ReceiveTask) and node.instantiate)
    return starts and (message := _message(node)) is not None and message.correlation_key is None


def _owner(path: str, key: str) -> str | None:
    owners = Webhook.objects.filter(path=path).exclude(definition__key=key)
    return owners.values_list("definition__key", flat=True).first()


def _static(node: FlowNode, name: str) -> str:
    value: Text = node.properties.get(name, "")
    return value if isinstance(value, str) else ""


def _feel(node: FlowNode, name: str) -> str:
    value = node.properties.get(name)
    return value.text if isinstance(value, feel.Expression) else ""


def _duration(node: FlowNode) -> timedelta | None:
    try:
        found = isodate.parse_duration(_static(node, "messageTtl") or "PT0S")
    except (isodate.ISO8601Error, ValueError, OverflowError):
        return None
    return found if isinstance(found, timedelta) and found >= timedelta(0) else None


# When it is called


def receive(path: str, call: Call) -> None:
    """Publishes the message. Raises Refused."""
    hook = Webhook.objects.filter(path=path).first()
    if hook is None:
        raise Refused(404, "There is no such address.")
    now = _now()
    call_id = _verified(hook, call, now)
    context = {"body": _body(call.body), "headers": dict(call.headers), "query": dict(call.query)}
    key = _text(hook, hook.correlation_key, context, now, "correlationKeyExpression")
    message_id = _text(hook, hook.message_id, context, now, "messageIdExpression") or f"webhook:{path}:{call_id}"
    variables = _evaluated(hook.variables, context, now) if hook.variables else {}
    if not isinstance(variables, Mapping):
        raise Refused(422, f"The resultExpression of {hook.element} yields no context for this call.")
    if hook.correlation_key and not key:
        raise Refused(422, f"The correlationKeyExpression of {hook.element} yields nothing for this call.")
    try:
        with transaction.atomic():
            WebhookCall.objects.create(path=path, call_id=call_id)
            messages.publish(
                hook.message, key, variables, time_to_live=hook.time_to_live, message_id=message_id[:MAX_NAME]
            )
    except IntegrityError:
        raise Refused(409, "This call was taken before; it is not taken twice.") from None
    except (ValueError, InvalidVariables) as error:
        raise Refused(422, str(error)) from None


def forget() -> None:
    """Calls whose signature is too old to come again."""
    WebhookCall.objects.filter(at__lt=_now() - KEPT).delete()


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _verified(hook: Webhook, call: Call, now: datetime) -> str:
    """The id of the call, once its signature is right. Whatever is wrong gets one answer: it helps nobody to guess."""
    id, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
    wrong = Refused(401, "The signature is missing, wrong or too old.")
    if not id or len(id) > MAX_NAME or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise wrong
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise wrong
    try:
        keys = secrets.held(hook.secret).split()  # two while one replaces the other
    except ConnectorError as error:
        raise Refused(503, f"This address is not ready: {error}.") from None
    signed = f"{id}.{stamp}.".encode() + call.body
    given = [part.partition(",")[2] for part in call.headers.get("webhook-signature", "").split() if part[:3] == "v1,"]
    good = [signature(key, signed) for key in keys]
    if not any(hmac.compare_digest(mine.encode(), theirs.encode()) for mine in good for theirs in given):
        raise wrong
    return id


def signature(secret: str, signed: bytes) -> str:
    """Base64 of HMAC-SHA256; a secret that begins with `whsec_` is Base64 itself."""
    raw = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()


def _body(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return loads(body.decode("utf-8"))
    except ValueError as error:
        raise Refused(400, f"The body is no JSON: {error}.") from None


def _text(hook: Webhook, text: str, context: Mapping[str, Any], now: datetime, what: str) -> str:
    value = _evaluated(text, context, now) if text else None
    if isinstance(value, Mapping | list):
        raise Refused(422, f"The {what} of {hook.element} yields no text for this call.")
    return "" if value is None else str(value)


def _evaluated(text: str, context: Mapping[str, Any], now: datetime) -> Any:
    try:
        return feel.to_json(feel.parse(text).evaluate(context, environment=feel.Environment(now=now)).value)
    except feel.LimitExceeded as error:
        raise Refused(422, str(error)) from None
