"""Python functions of the project as automated work: `@job_worker("type")` in a module `job_workers` of an app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from django.utils.module_loading import autodiscover_modules

from orchestrator.connectors.base import Header, Input, Worker

_WORKERS: dict[str, Worker] = {}
_STEPS: dict[str, PythonStep] = {}


@dataclass(frozen=True, slots=True)
class PythonStep:
    """What a function says of itself: the designer makes fields of its inputs, deployment checks them."""

    name: str
    title: str
    description: str = ""
    inputs: tuple[Input, ...] = ()
    headers: tuple[Header, ...] = ()


def job_worker(
    type: str, *, title: str = "", description: str = "", inputs: Iterable[Input] = ()
) -> Callable[[Worker], Worker]:
    """Registers a function for jobs of this type. It gets a JobRequest and returns variables, an Outcome or None.

    It may be called again for the same job: with the same key, after a crash or a time-out. `inputs` are what it reads
    of `request.inputs`; a function that names none gets whatever the model maps.
    """

    def register(function: Worker) -> Worker:
        known = _WORKERS.setdefault(type, function)
        if _name(known) != _name(function):
            raise ValueError(f"Two functions want the jobs of type {type}: {_name(known)}, {_name(function)}")
        _STEPS[type] = PythonStep(type, title or type, description or _first_line(function), tuple(inputs))
        return function

    return register


def _name(function: Worker) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _first_line(function: Worker) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


def steps() -> Mapping[str, PythonStep]:
    """What the registered functions say of themselves, by type."""
    workers()
    return _STEPS


@cache
def workers() -> MappingProxyType[str, Worker]:
    """Every registered function, after importing the `job_workers` modules of the installed apps."""
    autodiscover_modules("job_workers")
    return MappingProxyType(_WORKERS)
