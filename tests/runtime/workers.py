"""Automated work of these tests, done in this very process. Each type counts its calls and does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.connectors import JobRequest, Outcome, functions

Script = Callable[[JobRequest], Any]


@contextmanager
def worker(type: str, script: Script) -> Iterator[list[JobRequest]]:
    """A registered function for jobs of this type; yields the requests it got."""
    asked: list[JobRequest] = []

    def work(request: JobRequest) -> Outcome:
        asked.append(request)
        answer = script(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Outcome) else Outcome(answer or {})

    functions._WORKERS[type] = work
    try:
        yield asked
    finally:
        del functions._WORKERS[type]


def answers(*given: Any) -> Script:
    """One answer after the other, the last one for ever; exceptions are raised."""
    left = list(given)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]
