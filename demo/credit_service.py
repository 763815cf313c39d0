"""A credit service in miniature: it knows every company, and answers fast, slowly or not at all as it is told."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SLOW = 10.0  # seconds: longer than the process waits


def score(number: str) -> int:
    """0..100, always the same for one registration number."""
    return int(hashlib.sha256(number.encode()).hexdigest(), 16) % 101


def server(port: int, mode: Callable[[], str], slow: float = SLOW) -> ThreadingHTTPServer:
    """Listens on loopback; `mode` is asked with every request: fast, slow or down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path != "/check":
                return self.answer(404, {"error": "Ask /check?company=...&number=..."})
            now = mode()
            if now == "down":
                return self.answer(503, {"error": "The credit service is down for maintenance"})
            if now == "slow":
                time.sleep(slow)
            query = parse_qs(url.query)
            number = query.get("number", [""])[0]
            self.answer(200, {"company": query.get("company", [""])[0], "number": number, "score": score(number)})

        def answer(self, status: int, body: dict[str, object]) -> None:
            content = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                pass  # the process did not wait

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
