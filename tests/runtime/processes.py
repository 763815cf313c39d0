"""Many at once: threads with connections of their own, and real worker processes, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Runs them at the same moment, each on a connection of its own; their results, exceptions included."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            results[index] = act()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
