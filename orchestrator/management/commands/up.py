"""`manage.py up`: the whole product on this machine, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from orchestrator.devstack import frontend, places, privilege, processes
from orchestrator.devstack.places import ServiceError
from orchestrator.devstack.supervisor import Stopped, Supervisor
from orchestrator.management import static_files

WELCOME = Path(settings.BASE_DIR, "demo", "WELCOME.txt")
PATIENCE = 60.0  # seconds for the web process to answer


class Command(BaseCommand):
    help = "Start everything: embedded services, migrations, the demo, web, workers and beat."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--reload", action="store_true", help="restart the web process when code changes")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, host: str, port: int, reload: bool, no_demo: bool, **options: Any) -> None:
        os.environ["PORT"] = str(port)  # links in mails lead here
        self.supervisor = Supervisor(settings.STATE_DIR, sys.stdout)
        self.supervisor.install_signal_handlers()
        try:
            status = self.run(host, port, reload, demo=settings.DEMO and not no_demo)
        except Stopped:
            status = 0
        except ServiceError as error:
            self.stderr.write(str(error))
            status = 2
        finally:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            connections.close_all()
            self.supervisor.stop()
        if status:
            raise SystemExit(status)

    def run(self, host: str, port: int, reload: bool, *, demo: bool) -> int:
        self.begun = time.monotonic()
        self.supervisor.lock()
        require_free(host, port)
        building = Building()
        with self.step("PostgreSQL and Valkey"):
            self.supervisor.start_services(postgres=settings.EMBEDDED_DATABASE, valkey=settings.EMBEDDED_REDIS)
        if pending_migrations():
            with self.step("Migrations"):
                call_command("migrate", interactive=False, verbosity=0)
        if demo and not get_user_model()._default_manager.exists():
            with self.step("The demo company"):
                load_demo(port)
        with self.step("Front end"):
            building.wait()
            static_files.collect(settings.STATE_DIR)
        connections.close_all()
        with self.step("Web"):
            self.supervisor.start(processes.web(host, port, reload=reload))
            self.wait_for_web(host, port)
        for service in processes.behind(settings.STATE_DIR, demo=demo):  # ready while the first page is being read
            self.supervisor.start(service)
        self.greet(port, demo)
        return self.supervisor.wait()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.supervisor.say(f"  {name:<24}{time.monotonic() - begun:6.1f} s")

    def wait_for_web(self, host: str, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            web = next(service for service in self.supervisor.started if service.name == "web")
            if web.ended is not None:
                raise ServiceError("The web process stopped at once; the lines above say why.")
            try:
                visit = http.client.HTTPConnection(local(host), port, timeout=5)
                visit.request("GET", "/login/", headers={"Host": "localhost"})
                if visit.getresponse().status < 500:
                    return
            except OSError:
                pass  # not listening yet
            time.sleep(0.05)
        raise ServiceError(f"The web process did not answer within {PATIENCE:.0f} s; the lines above say why.")

    def greet(self, port: int, demo: bool) -> None:
        address = f"http://localhost:{port}"
        lines = ["", f"  Ready in {time.monotonic() - self.begun:.1f} s: {address}/", ""]
        if demo and WELCOME.exists():
            lines += [f"  {line}".rstrip() for line in WELCOME.read_text().splitlines()]
        else:
            lines += ["  Make yourself an account: .venv/bin/python manage.py createsuperuser"]
        lines += ["", f"  Ctrl-C stops everything; the data stays in {settings.STATE_DIR}", ""]
        for line in lines:
            self.supervisor.say(line)


class Building(threading.Thread):
    """The front end is built while the database is being made: they need different things of the machine."""

    def __init__(self) -> None:
        super().__init__(name="front end", daemon=True)
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            frontend.build()
        except Exception as error:  # told by whoever waits
            self.error = error

    def wait(self) -> None:
        while self.is_alive():
            self.join(0.2)  # so that a signal is heard
        if self.error:
            raise self.error


def local(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


def require_free(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
    except (OSError, OverflowError):
        other = port + 1 if 1023 < port < 65535 else 8000
        raise ServiceError(f"Port {port} is in use or not allowed: take another one, make run PORT={other}") from None


def load_demo(ours: int) -> None:
    """In a process of its own, which gives its memory back. Raises ServiceError."""
    url = settings.CREDIT_SERVICE_URL
    if not os.environ.get("CREDIT_SERVICE_URL"):
        url = f"http://localhost:{free_port(urlsplit(url).port or 8001, ours)}"
        places.remember(settings.STATE_DIR / places.CREDIT_SERVICE, url)
    done = subprocess.run(
        privilege.tied([*processes.MANAGE, "demo"]),
        env={**os.environ, "CREDIT_SERVICE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"The demo could not be loaded: {done.stderr.strip()[-2000:]}")


def free_port(first: int, ours: int) -> int:
    """The first of a few that nobody listens on; the models of the demo name it."""
    for port in sorted(set(range(first, first + 100)) - {ours}):
        try:
            require_free("127.0.0.1", port)
        except ServiceError:
            continue
        return port
    return first


def pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
