"""Tasks that tell a file what happens to them; a worker loads this module with `celery worker -I`."""

from __future__ import annotations

import os
import time

from celery import shared_task

from orchestrator.celery import app


def note(text: str) -> None:
    with open(os.environ["PROBE_FILE"], "a") as file:
        file.write(text + "\n")


@shared_task(name="tests.probe")
def probe(name: str, seconds: float = 0) -> None:
    note(f"start {name}")
    time.sleep(seconds)
    note(f"end {name}")


@shared_task(name="tests.tick")
def tick() -> None:
    note("tick")


app.conf.beat_schedule.clear()
app.conf.beat_schedule["tick"] = {"task": "tests.tick", "schedule": 1.0}
