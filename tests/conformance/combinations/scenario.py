"""One combination: BPMN files, of which the first is started, and steps in the words of `playing.OPERATIONS`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.conformance.combinations.drawing import end, process, start, user

Step = tuple[Any, ...]


@dataclass(frozen=True)
class Scenario:
    files: dict[str, bytes]  # of a process without .bpmn
    steps: list[Step] = field(default_factory=list)


def one(*nodes: str, flows: str, key: str = "key", **called: bytes) -> dict[str, bytes]:
    return {"p": process("p", *nodes, flows=flows, key=key), **called}


CHILD = process("q", start("qs"), user("inside"), end("qe"), flows="qs-inside inside-qe")
K = {"key": "k"}
