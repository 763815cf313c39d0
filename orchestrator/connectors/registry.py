"""Every connector of the product, by its type, and who does a job."""

from __future__ import annotations

from orchestrator.connectors.base import Connector, ConnectorError, Definition, JobRequest, Outcome
from orchestrator.connectors.chat import SLACK, TEAMS
from orchestrator.connectors.email import EmailConnector
from orchestrator.connectors.functions import steps, workers
from orchestrator.connectors.http import HttpConnector
from orchestrator.connectors.llm import LlmConnector
from orchestrator.connectors.message import PublishMessageConnector
from orchestrator.connectors.sql import SqlConnector

_ALL: tuple[Connector, ...] = (
    HttpConnector(),
    EmailConnector(),
    SqlConnector(),
    LlmConnector(),
    SLACK,
    TEAMS,
    PublishMessageConnector(),
)
CONNECTORS: dict[str, Connector] = {connector.name: connector for connector in _ALL}


def definitions() -> dict[str, Definition]:
    """What can be asked to do a job, and what it reads: the connectors, then the functions of the project."""
    return {**CONNECTORS, **dict(sorted(steps().items()))}


def known(type: str) -> bool:
    return type in CONNECTORS or type in workers()


def perform(request: JobRequest) -> Outcome:
    """Does the work. Raises ConnectorError, BusinessError, and whatever a function of the project raises."""
    if request.type in CONNECTORS:
        return CONNECTORS[request.type].call(request)
    worker = workers().get(request.type)
    if worker is None:
        raise ConnectorError(f"No connector and no function does jobs of the type {request.type!r}", permanent=True)
    answer = worker(request)
    return answer if isinstance(answer, Outcome) else Outcome(dict(answer or {}))
