"""What was sent and what was answered, kept outside the system: one line each, on the disk before anything goes on."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"


@dataclass(slots=True)
class Call:
    """One thing that somebody asked for. `mark` is what it leaves in the system if it was done."""

    number: int
    fault: str
    act: str
    mark: str
    process: str = ""
    task: int = 0
    person: str = ""
    answer: str = UNKNOWN  # until we know better
    status: int = 0
    seconds: float = 0.0
    at: float = 0.0


class Journal:
    """Three kinds of answers are kept apart: what is unknown may have been done once, or not at all."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a")
        self.lock = threading.Lock()
        self.calls: list[Call] = []

    def sent(self, fault: str, act: str, mark: str, **more: Any) -> Call:
        with self.lock:
            call = Call(len(self.calls), fault, act, mark, at=time.time(), **more)
            self.calls.append(call)
            self._write({"sent": asdict(call)})
        return call

    def answered(self, call: Call, answer: str, status: int, seconds: float) -> None:
        with self.lock:
            call.answer, call.status, call.seconds = answer, status, seconds
            self._write({"answered": call.number, "answer": answer, "status": status, "seconds": round(seconds, 4)})

    def of(self, fault: str) -> list[Call]:
        with self.lock:
            return [call for call in self.calls if call.fault == fault]

    def close(self) -> None:
        self.file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())
