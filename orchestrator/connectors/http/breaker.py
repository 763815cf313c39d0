"""A broken neighbour is left alone for a while, and a slow one gets only so many calls at a time.

Per process and endpoint. What is turned away here was never tried: it costs the job no attempt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.connectors.base import ConnectorError, NotTried

AT_A_TIME = 4
FAILURES = 5  # in a row
PAUSE = 30.0  # seconds
WAIT_FOR_TURN = 2.0


@dataclass(slots=True)
class _Endpoint:
    turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_A_TIME))
    failures: int = 0
    closed_until: float = 0.0


_endpoints: dict[str, _Endpoint] = {}
_guard = threading.Lock()


@contextmanager
def turn(endpoint: str) -> Iterator[None]:
    """A call to the endpoint happens inside. Raises NotTried while it is left alone or busy."""
    with _guard:
        found = _endpoints.setdefault(endpoint, _Endpoint())
    left = found.closed_until - time.monotonic()
    if left > 0:
        raise NotTried(f"{endpoint} has failed {FAILURES} times in a row and is left alone for now", retry_after=left)
    if not found.turns.acquire(timeout=WAIT_FOR_TURN):
        raise NotTried(f"{AT_A_TIME} calls to {endpoint} are under way", retry_after=WAIT_FOR_TURN)
    try:
        yield
    except ConnectorError as error:
        if not error.permanent:
            _failed(found)
        raise
    else:
        found.failures = 0
    finally:
        found.turns.release()


def _failed(endpoint: _Endpoint) -> None:
    endpoint.failures += 1
    if endpoint.failures >= FAILURES:
        endpoint.failures, endpoint.closed_until = 0, time.monotonic() + PAUSE


def forget() -> None:
    """For tests: every endpoint is well again."""
    _endpoints.clear()
