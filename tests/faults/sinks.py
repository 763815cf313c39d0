"""The neighbours: an HTTP server that counts calls by their idempotency key, and a mail server that keeps what it gets.

Both live in the lab's process, outside of everything that is hurt.
"""

from __future__ import annotations

import email
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


PAUSE = 0.2  # seconds before an answer, so that a call has a middle


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """A caller that dies in the middle is what this is for."""


@dataclass
class Sink:
    """`keys` counts calls by key; `broken` those whose caller did not wait for the answer."""

    pause: float = PAUSE
    keys: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with sink.lock:
                    sink.keys[self.headers.get("Idempotency-Key", "")] += 1
                time.sleep(sink.pause)
                body = b'{"done": true}'
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    sink.broken += 1

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_port}"

    def calls_of(self, instance: int) -> dict[str, int]:
        """Key -> calls of one process instance."""
        with self.lock:
            return {key: times for key, times in self.keys.items() if key.startswith(f"{instance}:")}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Post:
    """`mails` maps a subject to the Message-IDs it came with, one for each time it came."""

    def __init__(self) -> None:
        self.mails: dict[str, list[str]] = {}
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content)
        self.mails.setdefault(str(message["Subject"]), []).append(str(message["Message-ID"]))
        return "250 kept"

    def stop(self) -> None:
        self.controller.stop()
