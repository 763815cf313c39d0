"""Work that hurts whoever does it."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

from orchestrator.connectors import JobRequest, job_worker


@job_worker("poison-exit")
def leave(request: JobRequest) -> dict[str, Any]:
    """Ends its process without a word."""
    os._exit(1)


@job_worker("poison-segfault")
def segfault(request: JobRequest) -> dict[str, Any]:
    """Ends its process by a fault of the machine."""
    ctypes.string_at(0)
    return {}


@job_worker("poison-recursion")
def recurse(request: JobRequest) -> dict[str, Any]:
    return recurse(request)


@job_worker("poison-object")
def give_an_object(request: JobRequest) -> dict[str, Any]:
    """Its answer cannot be stored."""
    return {"result": object()}


@job_worker("poison-endless")
def never_come_back(request: JobRequest) -> dict[str, Any]:
    """Does not end. It sleeps, so that only its thread is lost to the others."""
    while True:
        time.sleep(1)


@job_worker("poison-giant")
def give_a_giant(request: JobRequest) -> dict[str, Any]:
    """Its answer is larger than an instance may hold."""
    return {"result": "x" * 200_000_000}
