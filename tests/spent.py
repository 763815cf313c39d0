"""pytest plug-in: where the time goes, room by room. make test ARGS="-p tests.spent"

Processor seconds are those of the test process and of its children that have ended (the product, workers); a database
and a browser that are still running are not in them. They say the same on a busy machine; the seconds by the clock do
not.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

NAME = "spent"


def now() -> tuple[float, float]:
    """By the processor, by the clock."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system, time.monotonic()


last = now()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Each of setup, call and teardown gets what has been spent since the one before."""
    global last
    report = yield
    before, last = last, now()
    report.user_properties.append((NAME, (last[0] - before[0], last[1] - before[1])))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    processor: Counter[str] = Counter()
    clock: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for report in (each for found in terminalreporter.stats.values() for each in found):
        room = "/".join(report.nodeid.split("::")[0].split("/")[:2]) if hasattr(report, "nodeid") else ""
        for name, spent in getattr(report, "user_properties", ()):
            if name == NAME:
                processor[room] += spent[0]
                clock[room] += spent[1]
                tests[room] += report.when == "call"
    for room, seconds in processor.most_common():
        terminalreporter.write_line(f"{seconds:7.1f} s of processor {clock[room]:7.1f} s {tests[room]:5} tests  {room}")
    terminalreporter.write_line(f"{sum(processor.values()):7.1f} s of processor {sum(clock.values()):7.1f} s")
