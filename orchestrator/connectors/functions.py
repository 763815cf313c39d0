"""Python functions of the project as automated work: `@job_worker("type")` in a module `job_workers` of an app."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import MappingProxyType

from django.utils.module_loading import autodiscover_modules

from orchestrator.connectors.base import Worker

_WORKERS: dict[str, Worker] = {}


def job_worker(type: str) -> Callable[[Worker], Worker]:
    """Registers a function for jobs of this type. It gets a JobRequest and returns variables, an Outcome or None.

    It may be called again for the same job: with the same key, after a crash or a time-out.
    """

    def register(function: Worker) -> Worker:
        known = _WORKERS.setdefault(type, function)
        if _name(known) != _name(function):
            raise ValueError(f"Two functions want the jobs of type {type}: {_name(known)}, {_name(function)}")
        return function

    return register


def _name(function: Worker) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@cache
def workers() -> MappingProxyType[str, Worker]:
    """Every registered function, after importing the `job_workers` modules of the installed apps."""
    autodiscover_modules("job_workers")
    return MappingProxyType(_WORKERS)
