"""How the embedded PostgreSQL and Valkey are started, and how one sees that they answer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from orchestrator.devstack import places, privilege
from orchestrator.devstack.places import ServiceError

INFRASTRUCTURE = ("postgres", "valkey")
SERVER: dict[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "jit": "off",
}
# What a test throws away need not survive a power cut.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass
class Service:
    """A child process in a session of its own, which ends with us."""

    name: str
    argv: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = None  # what it gets when we die; the stop signal if not said
    stop_timeout: float = 10
    unprivileged: bool = False
    needed: bool = True  # without it, everything stops
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, stdout: int) -> None:
        """Call it from the main thread only: the kernel ties the child to the thread that started it."""
        options = privilege.child_options() if self.unprivileged else ()
        death = self.death_signal or self.stop_signal
        self.process = subprocess.Popen(
            privilege.tied(self.argv, stop_signal=death.name, options=options),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.env},
            start_new_session=True,  # Ctrl-C reaches the supervisor only
        )

    @property
    def ended(self) -> int | None:
        """The exit status, or None while it runs."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait(self) -> None:
        """Until it has ended; a process that overruns its time is killed with all its own."""
        if self.process:
            try:
                self.process.wait(self.stop_timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                self.process.wait()

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def postgres(state: Path, *, throw_away: bool = False) -> Service:
    """Makes the cluster where there is none. Raises ServiceError."""
    places.private_dir(places.socket_dir(state))
    home = privilege.postgres_home(state)
    bin_dir, data = privilege.reachable_binaries(places.postgres_bin(), home), home / "postgres"
    version = privilege.as_postgres_user([str(bin_dir / "postgres"), "--version"]).stdout.split()[2]
    major = version.split(".")[0]
    if not (data / "PG_VERSION").exists():
        _make_cluster(bin_dir, data, int(major), throw_away)
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != major:
        raise ServiceError(
            f"{data} was made by PostgreSQL {made_by} and this environment carries {version}: "
            "restore a backup into a fresh folder, see docs/operators/upgrade.md."
        )
    settings = SERVER | {"unix_socket_directories": str(privilege.postgres_socket_dir(state))}
    argv = [str(bin_dir / "postgres"), "-D", str(data)]
    for key, value in (settings | (THROW_AWAY if throw_away else {})).items():
        argv += ["-c", f"{key}={value}"]
    # SIGINT is PostgreSQL's "fast" stop; SIGTERM would wait for every client.
    return Service("postgres", argv, stop_signal=signal.SIGINT, unprivileged=True)


def _make_cluster(bin_dir: Path, data: Path, major: int, throw_away: bool) -> None:
    """The same order of words on every machine: the collation comes with the server, not with the system."""
    shutil.rmtree(data, ignore_errors=True)  # a half-made one
    argv = [str(bin_dir / "initdb"), "--pgdata", str(data), "--username=postgres", "--encoding=UTF8"]
    argv += ["--auth-local=trust", "--auth-host=reject", "--locale=C.UTF-8"]
    if major >= 17:
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = privilege.as_postgres_user([*argv, "--no-sync"] if throw_away else argv)
    if made.returncode:
        raise ServiceError(f"initdb failed in {data}: {made.stderr.strip()}")


def valkey(state: Path, *, throw_away: bool = False) -> Service:
    places.private_dir(places.socket_dir(state))
    data = places.private_dir(state / "valkey")
    options = {
        "port": "0",
        "unixsocket": str(places.valkey_socket(state)),
        "unixsocketperm": "700",
        "dir": str(data),
        "databases": str(places.VALKEY_DATABASES),
        "save": "",
        "appendonly": "no" if throw_away else "yes",
        "loglevel": "warning",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    argv = [str(places.valkey_bin())]
    for key, value in options.items():
        argv += [f"--{key}", value]
    return Service("valkey", argv)


def wait_for_socket(path: Path, service: Service, hello: bytes, expected: bytes, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if service.ended is not None:
            raise ServiceError(f"{service.name} stopped at once (status {service.ended}); the lines above say why.")
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(1)
                sock.connect(str(path))
                sock.sendall(hello)
                if sock.recv(16).startswith(expected):
                    return
        except OSError:
            pass  # not listening yet
        time.sleep(0.02)
    raise ServiceError(f"{service.name} did not answer within {seconds:.0f} s.")


def wait_for_postgres(state: Path, service: Service) -> None:
    """Until it takes connections and Baton's database exists."""
    folder = privilege.postgres_socket_dir(state)
    # SSLRequest; the answer is one byte, N or S, once connections are accepted.
    wait_for_socket(folder / ".s.PGSQL.5432", service, b"\0\0\0\x08\x04\xd2\x16\x2f", b"N")
    for _ in range(600):
        try:
            with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [places.DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {places.DATABASE}")
                return
        except psycopg.OperationalError:  # "the database system is starting up"
            time.sleep(0.05)
    raise ServiceError("PostgreSQL is still recovering after 30 s; try again in a minute.")


def wait_for_valkey(state: Path, service: Service) -> None:
    wait_for_socket(places.valkey_socket(state), service, b"PING\r\n", b"+PONG")
