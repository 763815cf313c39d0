"""A BPMN message for whoever waits for it: published in the transaction that completes the step, so once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import isodate

from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome, OutgoingMessage

LONGEST = timedelta(days=365)


class PublishMessageConnector:
    name = "publish-message"
    title = "Publish message"
    description = "Publishes a BPMN message: instances that wait for it go on, processes that begin with it start."
    inputs = (
        Input("name", "Message", required=True),
        Input(
            "correlationKey", "Correlation key", description="Who waits for this key gets it; empty starts processes"
        ),
        Input("messageId", "Message id", description="Published once per id; without one, once per step"),
        Input("timeToLive", "Kept for", description="An ISO 8601 duration, for those who are not there yet"),
        Input("variables", "Variables", "context"),
    )
    headers: tuple[Header, ...] = ()

    def call(self, request: JobRequest) -> Outcome:
        return Outcome(messages=(_message(request),))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        return asdict(_message(request)) | {"time_to_live": str(request.inputs.get("timeToLive") or "PT0S")}


def _message(request: JobRequest) -> OutgoingMessage:
    given = request.inputs
    name = str(given.get("name") or "").strip()
    variables = given.get("variables") or {}
    if not name:
        raise ConnectorError("The message has no name: the input “name” is empty", permanent=True)
    if not isinstance(variables, Mapping):
        raise ConnectorError("The input “variables” must be a context", permanent=True)
    for wanted in ("name", "correlationKey", "messageId"):
        if len(str(given.get(wanted) or "")) > 255:
            raise ConnectorError(f"The input “{wanted}” has more than 255 characters", permanent=True)
    return OutgoingMessage(
        name=name,
        correlation_key=str(given.get("correlationKey") or ""),
        message_id=str(given.get("messageId") or request.key),
        time_to_live=_duration(given.get("timeToLive")),
        variables=variables,
    )


def _duration(value: Any) -> timedelta:
    if value in (None, ""):
        return timedelta(0)
    try:
        found = isodate.parse_duration(str(value))
    except (isodate.ISO8601Error, ValueError, OverflowError):
        found = None
    if not isinstance(found, timedelta) or not timedelta(0) <= found <= LONGEST:
        raise ConnectorError(
            f"The input “timeToLive” is {value!r}: write a duration such as PT1H, at most a year", True
        )
    return found
