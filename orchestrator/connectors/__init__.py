"""Automated work outside the engine: connectors of the product, functions of the project."""

from orchestrator.connectors.base import (
    COMMON_HEADERS,
    BusinessError,
    Connector,
    ConnectorError,
    Header,
    Input,
    JobRequest,
    NotTried,
    Outcome,
    OutgoingMail,
)
from orchestrator.connectors.functions import job_worker
from orchestrator.connectors.registry import CONNECTORS, known, perform

__all__ = [
    "COMMON_HEADERS",
    "CONNECTORS",
    "BusinessError",
    "Connector",
    "ConnectorError",
    "Header",
    "Input",
    "JobRequest",
    "NotTried",
    "Outcome",
    "OutgoingMail",
    "job_worker",
    "known",
    "perform",
]
