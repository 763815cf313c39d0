"""What is measured beside what is promised. A figure is wall time and processor time: on a machine that others use the
first says more about them than about us.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds; a rate is per second. `gate` bounds the 95th percentile, or the rate from below; then `slowest`
    bounds the 99th percentile.
    """

    name: str
    p50: float
    p95: float
    app: float  # processor time of one act, in this process or in the web server's
    db: float
    rate: float = 0.0
    gate: float | None = None
    attainable: float = 0.0  # per second, when two processors do nothing else
    p99: float = 0.0
    slowest: float | None = None
    load: float = 0.0  # processor time of whoever asks, beside that of the answer

    @property
    def met(self) -> bool | None:
        if self.gate is None:
            return None
        if not self.rate:
            return self.p95 <= self.gate
        return max(self.rate, self.attainable) >= self.gate and (self.slowest is None or self.p99 <= self.slowest)

    def __str__(self) -> str:
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        rates = f"{self.rate:8.0f}{self.attainable:8.0f}" if self.rate else f"{'':16}"
        gate = f"{self.gate:8.0f}" if self.gate is not None else f"{'':8}"
        line = f"{self.name:<46}{self.p50:8.2f}{self.p95:9.2f}{self.app:8.2f}{self.db:8.2f}{rates}{gate}  {verdict}"
        most = f" of {self.slowest:g}" if self.slowest else ""
        return f"{line:<112}p99 {self.p99:.1f}{most}, asking {self.load:.2f}" if self.rate else line


HEADER = f"{'':<46}{'p50 ms':>8}{'p95 ms':>9}{'app ms':>8}{'db ms':>8}{'per s':>8}{'2 CPUs':>8}{'gate':>8}"


@dataclass
class Report:
    lines: list[Line] = field(default_factory=list)

    def head(self, title: str) -> None:
        load = " ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"\n{title} (load {load})\n{HEADER}", flush=True)

    def add(self, line: Line) -> Line:
        self.lines.append(line)
        print(line, flush=True)
        return line

    def measure(self, name: str, act: Callable[[], Any], rounds: int = ROUNDS, gate: float | None = None) -> Line:
        """`act` by this process's connection to the database."""
        for _ in range(max(rounds // 30, 2)):
            act()
        backend, taken = backend_cpu(), []
        own, theirs = time.process_time(), backend()
        for _ in range(rounds):
            began = time.perf_counter()
            act()
            taken.append((time.perf_counter() - began) * 1000)
        app, db = (time.process_time() - own) * 1000 / rounds, (backend() - theirs) * 1000 / rounds
        return self.add(Line(name, statistics.median(taken), centile(taken, 95), app, db, gate=gate))

    def ratio(self, name: str, ours: float, theirs: float, most: float | None = None) -> None:
        verdict = "" if most is None else f"  at most {most:g}  {'met' if ours <= most * theirs else 'MISSED'}"
        print(f"{name:<46}{ours / theirs:8.2f} times{verdict}", flush=True)

    def write(self, path: Path | None) -> None:
        missed = [line.name for line in self.lines if line.met is False]
        print(f"\n{len([line for line in self.lines if line.met])} gates met, missed: {', '.join(missed) or 'none'}")
        if path:
            path.write_text(json.dumps([asdict(line) | {"met": line.met} for line in self.lines], indent=1))


def centile(taken: list[float], part: int) -> float:
    return sorted(taken)[min(len(taken) - 1, len(taken) * part // 100)]


def backend_cpu() -> Callable[[], float]:
    """Seconds of processor time of the server process behind this connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: int(stat.read_text().split()[0]) / 1e9
