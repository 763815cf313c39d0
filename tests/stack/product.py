"""`manage.py up` as a person runs it, watched from outside."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("STATE_DIR", "DATABASE_URL", "REDIS_URL", "BATON_PROCESS", "PORT")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """How long it took. Fails with `what` did not happen."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - begun


class Product:
    """One run on a state folder of its own; every process of it carries a mark in its environment."""

    def __init__(self, state: Path, *, port: int | None = None, stdout: int | None = None, **options: object) -> None:
        self.state, self.port, self.mark = state, port or free_port(), uuid.uuid4().hex
        self.log = state.with_name(f"{state.name}.log")
        self.env = {name: value for name, value in os.environ.items() if name not in OURS}
        self.env |= {"STATE_DIR": str(state), "PORT": str(self.port), "MARK": self.mark, "PYTHONUNBUFFERED": "1"}
        out = stdout if stdout is not None else os.open(self.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo"],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL if stdout is None else stdout,
            stdout=out,
            stderr=out,
            start_new_session=True,
            **options,  # type: ignore[call-overload]
        )
        if stdout is None:
            os.close(out)

    def ready(self) -> Product:
        wait_until(lambda: self.process.poll() is not None or self.answers(), 180, "the first page")
        assert self.process.poll() is None, self.said()
        wait_until(lambda: self.find(r"celery.* worker") and self.find("celery.* beat"), 20, "worker and beat")
        return self

    def answers(self) -> bool:
        try:
            return self.get("/login/").status == 200
        except OSError:
            return False

    def get(self, path: str, host: str = "localhost") -> http.client.HTTPResponse:
        visit = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        visit.request("GET", path, headers={"Host": host})
        answer = visit.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        visit.close()
        return answer

    def manage(self, code: str) -> str:
        """Python, run by `manage.py shell` beside the running product."""
        return subprocess.check_output(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code], cwd=ROOT, env=self.env, text=True
        ).strip()

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def find(self, pattern: str) -> list[int]:
        """Processes of this run whose command line matches."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = f"MARK={self.mark}".encode() in (folder / "environ").read_bytes()
                # PostgreSQL and Valkey write their titles over their environment; they work in their data's folder.
                if not marked and self.state not in (folder / "cwd").resolve().parents:
                    continue
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # gone meanwhile
            if command and re.search(pattern, command):
                found.append(int(folder.name))
        return found

    def gone(self, seconds: float) -> float:
        """How long it took until nothing of it was left."""
        try:
            return wait_until(
                lambda: self.process.poll() is not None and not self.find(""), seconds, "nothing left running"
            )
        except AssertionError as still:
            left = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in self.find("")]
            raise AssertionError(f"{still}: {left}") from None

    def stop(self) -> None:
        """Whatever the test left behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for pid in self.find(""):
            os.kill(pid, signal.SIGKILL)
