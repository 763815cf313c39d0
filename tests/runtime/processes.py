"""Real worker processes on the test database, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
SWEEPER = """
import django, time
django.setup()
from orchestrator.runtime import jobs
while True:
    jobs.sweep()
    time.sleep(0.02)
"""
WORKER = ["-m", "celery", "-A", "orchestrator", "worker", "--pool", "threads", "-c", "4", "--loglevel", "WARNING"]
BEAT = ["-m", "celery", "-A", "orchestrator", "beat", "--loglevel", "WARNING", "--pidfile="]


def environment(sink: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BATON_TEST")}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "tests.runtime.worker_settings",
        "TEST_DATABASE": connection.settings_dict["NAME"],
        "SINK": str(sink),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(*arguments: str, sink: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process; gone at the end, with all its own."""
    log = (sink.parent / "processes.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment(sink),
        cwd=sink.parent,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)
        log.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def eventually(is_so: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def lines(sink: Path) -> list[str]:
    return sink.read_text().splitlines() if sink.exists() else []
