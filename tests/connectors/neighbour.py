"""A system next door: a real HTTP server in a thread that behaves as its paths say."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Neighbour:
    """What it was asked: method, path, headers, body."""

    server: ThreadingHTTPServer
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    down: int = 0  # how many further requests are answered with 503

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.endpoint}"

    @property
    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for _, _, headers, _ in self.asked]


@contextmanager
def neighbour() -> Iterator[Neighbour]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = server.neighbour = Neighbour(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def answer(self) -> None:
        world: Neighbour = self.server.neighbour  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        world.asked.append((self.command, self.path, headers, self.rfile.read(length)))
        if world.down:
            world.down -= 1
            return self.send(503, b"down for maintenance")
        getattr(self, self.path.split("?")[0].strip("/").replace("-", "_") or "fine", self.fine)()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def send(self, status: int, body: bytes, **headers: str) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass  # nobody waited for it

    def fine(self) -> None:
        body = json.dumps({"score": 17, "price": 12.10, "items": [1, 2]})
        self.send(200, body.encode(), Content_Type="application/json")

    def echo(self) -> None:
        headers = self.server.neighbour.asked[-1][2]  # type: ignore[attr-defined]
        self.send(200, json.dumps(headers).encode(), Content_Type="application/json")

    def text(self) -> None:
        self.send(200, b"plain words", Content_Type="text/plain")

    def broken_json(self) -> None:
        self.send(200, b'{"score": ', Content_Type="application/json")

    def nothing(self) -> None:
        self.send(204, b"")

    def busy(self) -> None:
        self.send(429, b"slowly", Retry_After="120")

    def missing(self) -> None:
        self.send(404, b'{"reason": "no such customer"}', Content_Type="application/json")

    def moved(self) -> None:
        self.send(302, b"", Location=f"http://{self.server.neighbour.endpoint}/fine")  # type: ignore[attr-defined]

    def big(self) -> None:
        self.send(200, b"x" * (6 * 1024 * 1024), Content_Type="text/plain")

    def bomb(self) -> None:
        self.send(200, gzip.compress(bytes(50 * 1024 * 1024)), Content_Encoding="gzip")

    def packed(self) -> None:
        self.send(200, gzip.compress(b'{"packed": true}'), Content_Encoding="gzip", Content_Type="application/json")

    def slow(self) -> None:
        time.sleep(3)
        self.fine()

    def trickle(self) -> None:
        """A byte every tenth of a second: no single read is slow."""
        try:
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    def cut(self) -> None:
        self.send(200, b"half", Content_Length="1000", Content_Type="text/plain")

    def log_message(self, format: str, *args: object) -> None:
        pass
