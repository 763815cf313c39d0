"""The product on a folder of its own: PostgreSQL, Valkey, web, workers, beats, each to be killed and set up again."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from orchestrator.devstack import places, privilege, processes, services
from orchestrator.devstack.services import Service
from tests.faults.proxy import Proxy
from tests.faults.sinks import Post, Sink, free_port

ROOT = Path(__file__).resolve().parents[2]
LEASE, TIMEOUT = 3.0, 2.0  # seconds: settings.JOB_LEASE and the jobTimeout of the models


def until(is_so: Callable[[], object], seconds: float, every: float = 0.05) -> bool:
    """Whether it came to be so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(every)
    return bool(is_so())


class Lab:
    def __init__(self, folder: Path) -> None:
        self.state, self.log, self.control = folder / "var", folder / "processes.log", folder / "stop-point"
        self.sink, self.post, self.port = Sink(), Post(), free_port()
        self.services: dict[str, Service] = {}
        self.held: set[str] = set()  # not to be set up again for now
        self.deaths: dict[str, int] = {}  # falls that were seen, by name
        self.lock, self.closing = threading.RLock(), threading.Event()
        self.out = self.log.open("ab")
        places.private_dir(self.state)
        places.private_dir(places.socket_dir(self.state))
        self.proxy = Proxy(places.socket_dir(self.state) / "proxy.sock", places.valkey_socket(self.state))
        os.environ |= self.environment()

    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "STATE_DIR": str(self.state),
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "BATON_DEMO": "false",
            "BATON_STOP_POINT": f"@{self.control}",
            "BATON_CONNECTOR_ALLOWED_HOSTS": self.sink.host,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.post.port}",
        }

    # Up and down

    def start_services(self) -> None:
        self._add(services.valkey(self.state))
        self._add(services.postgres(self.state))
        services.wait_for_postgres(self.state, self.services["postgres"])
        services.wait_for_valkey(self.state, self.services["valkey"])

    def start_product(self) -> None:
        """Two of each that works: one can be hurt while the other looks on."""
        self._add(processes.web("127.0.0.1", self.port, reload=False))
        for service in self._behind():
            self._add(service)
        threading.Thread(target=self._keep, name="keeper", daemon=True).start()
        assert until(self.answers, 60), f"the web process does not answer: {self.said()[-2000:]}"

    def _behind(self) -> Iterator[Service]:
        deaf = {"REDIS_URL": f"unix://{places.socket_dir(self.state)}/proxy.sock?db=0"}
        for service in processes.behind(self.state, demo=False):
            if service.name == "beat":
                yield service
                continue
            for twin in ("a", "b"):
                argv = [part.replace(f"{service.name}@", f"{service.name}-{twin}@") for part in service.argv]
                env = {**service.env, **deaf}
                yield Service(f"{service.name}-{twin}", argv, stop_timeout=5, death_signal=signal.SIGKILL, env=env)

    def beat(self, name: str) -> None:
        """One more clock."""
        model = next(service for service in processes.behind(self.state, demo=False) if service.name == "beat")
        argv = [part.replace(str(self.state / "beat"), str(self.state / name)) for part in model.argv]
        self._add(Service(name, argv))

    def _add(self, service: Service) -> None:
        with self.lock:
            service.start(self.out.fileno())
            self.services[service.name] = service

    def _keep(self) -> None:
        """The supervisor: whatever falls is set up again. One thread for the whole life: the kernel ties them to it."""
        while not self.closing.wait(0.1):
            with self.lock:
                for name, service in self.services.items():
                    if service.ended is not None and name not in self.held:
                        self.deaths[name] = self.deaths.get(name, 0) + 1
                        service.start(self.out.fileno())

    def close(self) -> None:
        self.closing.set()
        with suppress(FileNotFoundError):
            self.control.unlink()
        with self.lock:
            for service in reversed(self.services.values()):
                self._signal(service, signal.SIGCONT)
                service.stop() if service.name in services.INFRASTRUCTURE else service.kill()
            for service in self.services.values():
                service.wait()
        self.proxy.stop()
        self.sink.stop()
        self.post.stop()
        self.out.close()

    # What can be done to a process

    def kill(self, name: str) -> int:
        """At once, with all its own; the keeper sets it up again. How many processes that were."""
        service = self.services[name]
        hit = len(self.children(name)) + 1
        service.kill()
        return hit

    def hold(self, *names: str) -> None:
        """Down until `let`."""
        self.held.update(names)
        for name in names:
            self.services[name].kill()
            self.services[name].wait()

    def let(self, *names: str) -> None:
        self.held.difference_update(names)

    def forget(self, name: str) -> None:
        with self.lock:
            service = self.services.pop(name)
            service.kill()
            service.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        self._signal(self.services[name], number)

    @staticmethod
    def _signal(service: Service, number: signal.Signals) -> None:
        if service.process and service.process.poll() is None:
            os.killpg(service.process.pid, number)

    def children(self, name: str) -> list[int]:
        process = self.services[name].process
        if process is None:
            return []
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in found.read_text().split()]
        return []

    def pid(self, name: str) -> int:
        process = self.services[name].process
        return process.pid if process else 0

    def working(self, *names: str) -> bool:
        """Have these workers come up since they were started last?"""
        return all(self.services[name].ended is None for name in names)

    # PostgreSQL

    def crash_postgres(self) -> None:
        """As a power cut leaves it: nobody says goodbye. Up again, after recovery, when this returns."""
        self.held.add("postgres")
        service = self.services["postgres"]
        os.kill(self.pid("postgres"), signal.SIGQUIT)
        service.wait()
        with self.lock:
            self._start_tied(service)
        services.wait_for_postgres(self.state, service)
        self.held.discard("postgres")

    def _start_tied(self, service: Service) -> None:
        service.start(self.out.fileno())

    def dsn(self) -> str:
        return f"host={privilege.postgres_socket_dir(self.state)} user=postgres dbname={places.DATABASE}"

    # Looking

    def answers(self) -> bool:
        try:
            visit = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            visit.request("GET", "/login/", headers={"Host": "localhost"})
            return visit.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def heard(self, words: str, since: int = 0) -> int:
        """How often the processes have said this, from this place in their log on."""
        with self.log.open("rb") as log:
            log.seek(since)
            return log.read().decode(errors="replace").count(words)

    def place(self) -> int:
        return self.log.stat().st_size

    # Stop points

    def arm(self, text: str) -> None:
        fresh = self.control.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.control)

    def disarm(self) -> None:
        with suppress(FileNotFoundError):
            self.control.unlink()

    def bites(self) -> list[str]:
        path = self.control.with_suffix(".bites")
        return path.read_text().splitlines() if path.exists() else []
