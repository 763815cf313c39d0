"""Automated work outside the engine: connectors of the product, functions of the project."""

from orchestrator.connectors import results, secrets
from orchestrator.connectors.base import (
    COMMON_HEADERS,
    BusinessError,
    Connector,
    ConnectorError,
    Definition,
    Header,
    Input,
    JobRequest,
    NotTried,
    Outcome,
    OutgoingMail,
    OutgoingMessage,
)
from orchestrator.connectors.functions import job_worker
from orchestrator.connectors.registry import CONNECTORS, definitions, known, perform

__all__ = [
    "COMMON_HEADERS",
    "CONNECTORS",
    "BusinessError",
    "Connector",
    "ConnectorError",
    "Definition",
    "Header",
    "Input",
    "JobRequest",
    "NotTried",
    "Outcome",
    "OutgoingMail",
    "OutgoingMessage",
    "definitions",
    "job_worker",
    "known",
    "perform",
    "results",
    "secrets",
]
