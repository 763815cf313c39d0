"""pytest plug-in: throw-away PostgreSQL and Valkey, up before pytest-django reads the settings.

Started once, by the process that was called; the workers of `pytest -n` share them, each with a test database and
Valkey databases of its own. The database is migrated once, while the tests are being collected, and then copied. Runs
of the pure rooms alone start nothing. DATABASE_URL and REDIS_URL replace either.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

ROOMS = ("feel", "dmn", "bpmn", "engine", "process_tests", "camunda7")
PURE = (*(f"tests/{room}" for room in ROOMS), "tests/test_architecture.py")
ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "DEVSTACK_TEST_TEMPLATE"  # the file that tells that the database is migrated


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        start(args)
    elif "DEVSTACK_TEST_STATE" in os.environ:
        number = int(worker.removeprefix("gw")) + 1
        from orchestrator.devstack import places

        os.environ["REDIS_URL"] = places.valkey_url(Path(os.environ["DEVSTACK_TEST_STATE"]), number)


def start(args: list[str]) -> None:
    postgres, valkey = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    state = Path(tempfile.mkdtemp(prefix="baton-test-"))
    os.environ["STATE_DIR"] = str(state)
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    if only_pure(args):
        return
    from orchestrator.devstack import privilege, services
    from orchestrator.devstack.services import Service

    running: list[Service] = []
    log = (state / "services.log").open("w")

    def stop() -> None:
        for service in running:
            service.stop()
        for service in running:
            service.wait()
        log.close()
        shutil.rmtree(privilege.postgres_home(state), ignore_errors=True)

    atexit.register(stop)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if valkey:
        os.environ["DEVSTACK_TEST_STATE"] = str(state)
        running.append(services.valkey(state, throw_away=True))
        running[-1].start(log.fileno())
    if postgres:
        running.append(services.postgres(state, throw_away=True))
        running[-1].start(log.fileno())
        services.wait_for_postgres(state, running[-1])
        os.environ[TEMPLATE] = str(state / "template")
        threading.Thread(target=migrate, args=(state / "template",), daemon=True).start()
    if valkey:
        services.wait_for_valkey(state, running[0])


def migrate(told: Path) -> None:
    """The embedded server's own database; what was said is written once it is done, nothing if all is well."""
    from orchestrator.devstack import privilege, processes

    argv = privilege.tied([*processes.MANAGE, "migrate", "--verbosity", "0"])
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    half = told.with_suffix(".half")
    half.write_text(done.stderr if done.returncode else "")
    half.rename(told)


def migrated(seconds: float = 600) -> str | None:
    """The database to copy, once it is migrated; None if the tests were given a server."""
    if TEMPLATE not in os.environ:
        return None
    from orchestrator.devstack import places

    told, deadline = Path(os.environ[TEMPLATE]), time.monotonic() + seconds
    while not told.exists():
        assert time.monotonic() < deadline, f"the database was not migrated within {seconds:.0f} s"
        time.sleep(0.05)
    assert told.read_text() == ""
    return places.DATABASE


def only_pure(args: list[str]) -> bool:
    """Whether every path on the command line lies in a room without a database."""
    paths = [Path(arg.split("::")[0]).resolve() for arg in args if not arg.startswith("-")]
    named = [path for path in paths if path.exists() and ROOT / "tests" in path.parents]
    return bool(named) and all(any(path.is_relative_to(ROOT / pure) for pure in PURE) for path in named)
