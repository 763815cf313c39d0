"""What `benchmarks.inline` deploys and measures. Needs Django to be configured."""

from __future__ import annotations

import statistics

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.scale_rounds import SCRIPT, process
from benchmarks.timers_rounds import Cost, measured
from orchestrator.models import ElementInstance, Job, ProcessDefinition
from orchestrator.runtime.definitions import process_of
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start

GATE, TARGET = 0.1, 0.03  # milliseconds of processor time a step
MORE = 100
STEPS = {"pass-through": ("task", ""), "FEEL script": ("scriptTask", SCRIPT)}
VARIABLES = {"amount": 12_500, "supplier": "Northwind Traders", "lines": [{"text": "Paper", "price": 12}] * 4}


def run(rounds: int) -> int:
    print("Milliseconds of one step more: wall, application, server\n")
    held = [_step(kind, *step, rounds=rounds) for kind, step in STEPS.items()]
    print("held" if all(held) else "MISSED")
    return 0 if all(held) else 1


def _step(kind: str, tag: str, content: str, *, rounds: int) -> bool:
    few, many = (_deployed(tag, content, number) for number in (1, 1 + MORE))
    counted = _statements(few), _statements(many)
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for _ in range(rounds):  # in turns, so that both meet the same weather
        costs[0].append(measured(lambda: start(few, VARIABLES)))
        costs[1].append(measured(lambda: start(many, VARIABLES)))
    wall, app, server = (
        (_median(costs[1], part) - _median(costs[0], part)) / MORE for part in ("wall", "app", "server")
    )
    print(
        f"{kind:<16}{wall:>8.3f}{app:>8.3f}{server:>8.3f}   {app + server:.3f} of processor time, gate {GATE}, target"
        f" {TARGET}; statements {counted[0]} -> {counted[1]}, jobs {Job.objects.count()}"
    )
    return app + server <= GATE and counted[0] == counted[1] and not Job.objects.exists()


def _median(costs: list[Cost], part: str) -> float:
    taken: list[float] = [getattr(cost, part) for cost in costs]
    return statistics.median(taken)


def _deployed(tag: str, content: str, number: int) -> ProcessDefinition:
    id = f"{tag}{number}"
    deploy({f"{id}.bpmn": process(id, [("startEvent", ""), *[(tag, content)] * number, ("endEvent", "")])}, by=None)
    definition = ProcessDefinition.objects.get(key=id)
    for _ in range(3):
        start(definition, VARIABLES)
    return definition


def _statements(definition: ProcessDefinition) -> int:
    with CaptureQueriesContext(connection) as queries:
        instance = start(definition, VARIABLES)
    rows = ElementInstance.objects.filter(process_instance=instance.pk, state="completed")
    assert rows.count() == len(process_of(definition.pk).nodes) + 1, "every element has its row in the history"
    return len(queries)
