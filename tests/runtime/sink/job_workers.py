"""Every call is a line in the file SINK before anything else happens."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from orchestrator.connectors import JobRequest, job_worker


def write(request: JobRequest) -> None:
    with Path(os.environ["SINK"]).open("a") as sink:
        sink.write(f"{request.key} {request.attempt}\n")
        sink.flush()
        os.fsync(sink.fileno())


@job_worker("sink")
def sink(request: JobRequest) -> dict[str, object]:
    write(request)
    return {"done": True}


@job_worker("sink-slow")
def sink_slow(request: JobRequest) -> dict[str, object]:
    """Long enough to be killed in the middle; the second attempt is quick."""
    write(request)
    if request.attempt == 1:
        time.sleep(30)
    return {"attempt": request.attempt}


@job_worker("sink-poison")
def sink_poison(request: JobRequest) -> dict[str, object]:
    write(request)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}
