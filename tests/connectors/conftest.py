from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from orchestrator.connectors import JobRequest
from orchestrator.connectors.http import breaker
from tests.connectors.neighbour import Neighbour, neighbour


@pytest.fixture
def system(settings: Settings) -> Iterator[Neighbour]:
    """A neighbour that the operator allows."""
    breaker.forget()
    with neighbour() as found:
        settings.CONNECTOR_ALLOWED_HOSTS = [found.endpoint]
        yield found
    breaker.forget()


@pytest.fixture
def request_for() -> Callable[..., JobRequest]:
    def make(task_headers: dict[str, str] | None = None, /, timeout: float = 5.0, **variables: Any) -> JobRequest:
        return JobRequest(
            key="1:call:0:7",
            type="http",
            variables={**variables, "url": "http://elsewhere.invalid"},
            inputs=variables,
            headers=task_headers or {},
            attempt=1,
            timeout=timeout,
            process_instance_id=1,
            element="call",
            now=datetime(2026, 11, 24, 12, tzinfo=UTC),
        )

    return make
