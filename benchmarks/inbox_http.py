"""The inbox over HTTP (W4): pages and completions per second through the product's own server, by eight connections.

A completion is what a browser sends when somebody who has signed in presses the button of an open task's form, and the
answer what it gets: without script the way to the next task (“a completion”); with it the page of the next task, which
the browser has named (“approve and next”). Each is checked: session, CSRF token, permission, step, commit.

Beside it, on the same server: a bare Django view behind the same middleware. Whoever asks shares the two processors:
what that costs is told as “asking”. Needs Django to be configured.
"""

from __future__ import annotations

import random
import re
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from benchmarks.approval import DIAGRAM, VARIABLES
from benchmarks.approval_peers import tree_cpu
from benchmarks.gates import Line, Report, centile
from orchestrator.devstack import processes
from orchestrator.management import static_files
from orchestrator.models import ProcessDefinition
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start
from tasks_inbox.models import HumanTask

CONNECTIONS = 8
SECRET = "b" * 32  # of the CSRF cookie
PROCESSORS = 2
HTMX = ("HX-Request: true", "HX-Target: detail")
OUTCOMES = """<zeebe:properties>
      <zeebe:property name="outcomes" value="approve=Approve; reject=Reject!"/></zeebe:properties>"""
#: What the diagram of W1 says, and what is said here: a group of one's own, and two buttons.
ADAPTED = {
    'candidateGroups="Approvers"/>': f'candidateGroups="= team"/>{OUTCOMES}',
    "if approved then": "if outcome = &quot;approve&quot; then",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in."""

    user: int
    cookie: str

    @classmethod
    def of(cls, user: User) -> Visitor:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return cls(
            user.pk, f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={SECRET}"
        )

    def get(self, path: str, *headers: str) -> bytes:
        return self._request(f"GET {path}", headers, "")

    def post(self, path: str, *headers: str, **fields: object) -> bytes:
        body = urlencode({"csrfmiddlewaretoken": SECRET, **fields})
        kinds = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
        return self._request(f"POST {path}", (*headers, *kinds), body)

    def _request(self, asked: str, headers: tuple[str, ...], body: str) -> bytes:
        lines = [f"{asked} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip", f"Cookie: {self.cookie}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@contextmanager
def server(application: str) -> Iterator[tuple[int, int]]:
    """The product's web process; yields its port and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = processes.web("127.0.0.1", port, reload=False)
    web.argv = [application if word == "orchestrator.wsgi" else word for word in web.argv]
    with Path(settings.STATE_DIR, "web.log").open("w") as log:
        web.start(log.fileno())
        assert web.process is not None
        try:
            _await(port)
            yield port, web.process.pid
        finally:
            web.stop()
            web.wait()


def _await(port: int) -> None:
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
                sock.sendall(b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if sock.recv(12).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            pass  # not listening yet
        time.sleep(0.1)
    raise SystemExit("The web process did not answer within a minute; its log is in the data folder.")


@dataclass
class Driven:
    latencies: list[float] = field(default_factory=list)  # milliseconds
    wrong: list[bytes] = field(default_factory=list)
    size: int = 0  # bytes of the last answer


def drive(
    port: int, requests: Iterator[bytes], expected: tuple[int, ...], seconds: float, connections: int = CONNECTIONS
) -> Driven:
    """As many as there are, or as fit into the time."""
    found, lock, until = Driven(), threading.Lock(), time.perf_counter() + seconds

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < until:
                with lock:
                    asked = next(requests, None)
                if asked is None:
                    return
                began = time.perf_counter()
                sock.sendall(asked)
                status, size, head = _answer(sock)
                found.latencies.append((time.perf_counter() - began) * 1000)
                found.size = size
                if status not in expected or size < 0:
                    found.wrong.append(head)
                    return

    threads = [threading.Thread(target=visit) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def _answer(sock: socket.socket) -> tuple[int, int, bytes]:
    received = sock.recv(65536)
    while b"\r\n\r\n" not in received:
        more = sock.recv(65536)
        if not more:
            raise SystemExit("The server closed the connection.")
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None and b"chunked" in head:
        return int(head[9:12]), -1, head
    wanted, size = int(length[1]) if length else 0, len(body)
    while size < wanted:
        size += len(sock.recv(262144))
    return int(head[9:12]), size, head


@dataclass
class Bench:
    report: Report
    postgres: int
    seconds: float

    def busy(
        self,
        name: str,
        at: tuple[int, int],
        requests: Iterator[bytes],
        gate: float | None,
        *expected: int,
        slowest: float | None = None,
    ) -> Line:
        """As many per second as eight connections get; `gate` is the least."""
        drive(at[0], requests, expected, self.seconds / 5)  # plans and templates are made
        line, rate = self._driven(name, at, requests, expected, CONNECTIONS)
        attainable = PROCESSORS * 1000 / (line.app + line.db)
        return self.report.add(replace(line, rate=rate, gate=gate, attainable=attainable, slowest=slowest))

    def alone(self, name: str, at: tuple[int, int], requests: Iterator[bytes], gate: float, *expected: int) -> Line:
        """How long one person waits; `gate` is the most at the 95th percentile."""
        line, _ = self._driven(name, at, requests, expected, 1)
        return self.report.add(replace(line, gate=gate))

    def _driven(
        self, name: str, at: tuple[int, int], requests: Iterator[bytes], expected: tuple[int, ...], connections: int
    ) -> tuple[Line, float]:
        port, pid = at
        app, db, own, began = tree_cpu(pid), tree_cpu(self.postgres), time.process_time(), time.perf_counter()
        found = drive(port, requests, expected, self.seconds, connections)
        taken, own, count = time.perf_counter() - began, time.process_time() - own, len(found.latencies)
        if found.wrong:
            raise SystemExit(f"{name}: {len(found.wrong)} of {count} answers were not expected:\n{found.wrong[0]!r}")
        app, db = (tree_cpu(pid) - app) * 1000 / count, (tree_cpu(self.postgres) - db) * 1000 / count
        p50, p95, p99 = statistics.median(found.latencies), centile(found.latencies, 95), centile(found.latencies, 99)
        return Line(name, p50, p95, app, db, p99=p99, load=own * 1000 / count), count / taken


def run(report: Report, postgres: int, seconds: float = 10.0) -> None:
    """In a database that is loaded; `postgres` is its process id."""
    static_files.collect(Path(settings.STATE_DIR))
    random.seed(11)
    people = [Visitor.of(user) for user in User.objects.filter(username__startswith="person").order_by("?")[:200]]
    bench, offered = Bench(report, postgres, seconds), work(int(600 * seconds))
    connections.close_all()

    def pages(path: str, *headers: str) -> Iterator[bytes]:
        while True:
            yield random.choice(people).get(path, *headers)

    def completions(tasks: list[Offer]) -> Iterator[bytes]:
        for one in tasks:
            yield one.who.post(f"/tasks/{one.task}/complete/?tab=groups", outcome="approve")

    def decisions(tasks: list[Offer]) -> Iterator[bytes]:
        for one in tasks:
            yield one.who.post(f"/tasks/{one.task}/complete/?tab=groups", *HTMX, next=one.behind, outcome="approve")

    report.head(f"Over HTTP, {CONNECTIONS} connections")
    with server("benchmarks.bare") as at:
        floor = bench.busy("a bare view, signed in", at, pages("/"), None, 200)
    with server("orchestrator.wsgi") as at:
        page = bench.busy("the page of all", at, pages("/?tab=all"), 300, 200)
        bench.busy("the page of mine", at, pages("/?tab=mine"), 300, 200)
        bench.busy("has anything changed", at, pages("/tasks/", "HX-Request: true"), None, 200)
        bench.alone("the page of all, one connection", at, pages("/?tab=all"), 40, 200)
        third = len(offered) // 3
        done = bench.busy("a completion", at, completions(offered[:third]), 500, 302, slowest=40)
        bench.busy("approve and next", at, decisions(offered[third : 2 * third]), None, 200)
        bench.alone("approve and next, one connection", at, decisions(offered[2 * third :]), 60, 200)
    report.ratio("page against the bare view, processor time", page.app + page.db, floor.app + floor.db)
    report.ratio("completion against the bare view", done.app + done.db, floor.app + floor.db)


@dataclass(frozen=True, slots=True)
class Offer:
    """A task, somebody who may complete it, and the one that they see behind it."""

    task: int
    who: Visitor
    behind: int


def work(number: int) -> list[Offer]:
    """Tasks of the approval process, of ten groups."""
    teams = random.sample(range(1, Group.objects.filter(name__startswith="Group ").count() + 1), 10)
    diagram = DIAGRAM
    for theirs, ours in ADAPTED.items():
        assert theirs in diagram
        diagram = diagram.replace(theirs, ours)
    result = deploy({"approval.bpmn": diagram.encode()}, by=None)
    (definition,) = (one for one in result.new + result.unchanged if isinstance(one, ProcessDefinition))
    members: dict[int, list[Visitor]] = {
        team: [Visitor.of(user) for user in User.objects.filter(groups__name=f"Group {team}")[:10]] for team in teams
    }
    made: dict[int, int] = {}
    for _ in range(number):
        team = random.choice(teams)
        made[start(definition, VARIABLES | {"team": f"Group {team}"}, by=None).pk] = team
    found = HumanTask.objects.filter(process_instance__in=made).order_by("pk").values_list("pk", "process_instance")
    latest: dict[int, int] = {}
    offers: list[Offer] = []
    for task, instance in reversed(found):
        team = made[instance]
        offers.append(Offer(task, random.choice(members[team]), latest.get(team, task)))
        latest[team] = task
    return offers[::-1]
