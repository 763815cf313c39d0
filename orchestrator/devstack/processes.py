"""The product's own processes: what `manage.py up` runs, and what contrib/*.service runs one by one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from orchestrator.devstack.services import Service

PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, str(Path(__file__).resolve().parents[2] / "manage.py")]
CELERY = [*PYTHON, "celery", "--app", "orchestrator", "--quiet"]
WORKER = [*CELERY, "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
QUEUES = {
    "worker": ["--queues", "engine,mail", "--pool", "prefork", "--concurrency", "2"],
    "connectors": ["--queues", "connectors", "--pool", "threads", "--concurrency", "16"],  # they wait for others
}
# An evaluation as root in a container is what `make run` is for; production has accounts (contrib/).
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"
DRAIN = 12.0  # seconds for what runs; after that its lease lets another worker do it


def behind(state: Path, *, demo: bool) -> Iterator[Service]:
    """What works behind the web process."""
    for name, options in QUEUES.items():
        # When we are killed, the workers end at once: nobody is left to wait for them, and what they held has a lease.
        yield Service(
            name,
            [*WORKER, *options, "--hostname", f"{name}@%h"],
            stop_timeout=DRAIN,
            death_signal=signal.SIGKILL,
            env={"BATON_PROCESS": "worker", "PYTHONWARNINGS": ROOT_IS_FINE},
        )
    beat = ["beat", "--schedule", str(state / "beat"), "--loglevel", "WARNING", "--pidfile", ""]
    yield Service("beat", [*CELERY, *beat])
    if demo:
        yield Service("credit", [*MANAGE, "credit_service"], needed=False)


def web(host: str, port: int, *, reload: bool) -> Service:
    address = f"[{host}]" if ":" in host else host
    argv = [*PYTHON, "gunicorn", "orchestrator.wsgi", "--bind", f"{address}:{port}", "--worker-class", "gthread"]
    argv += ["--workers", os.environ.get("WEB_CONCURRENCY", "2"), "--threads", "4", "--keep-alive", "30"]
    argv += ["--log-level", "warning", "--no-control-socket", "--graceful-timeout", "10"]
    # Loaded once and forked, unless it has to be loaded again with every change.
    return Service("web", [*argv, "--reload" if reload else "--preload"], env={"BATON_PROCESS": "web"})
