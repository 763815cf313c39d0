"""What `benchmarks.growth` builds and measures. Needs Django to be configured."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from random import Random
from string import ascii_lowercase
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, DateTimeField, Model

from benchmarks.approval import DIAGRAM, VARIABLES, Baton
from benchmarks.timers_rounds import Cost, measured
from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start
from tasks_inbox import operations
from tasks_inbox.models import HumanTask

LONG, FULL = 1.3, 1.2  # times what it costs in a small process, in an empty database
GROWN = "grown"
Costs = dict[str, tuple[list[Cost], list[Cost]]]  # what -> small, large


def run(tasks: int, finished: int, rounds: int) -> int:
    held = full_database(finished, rounds * 5)
    held &= long_process(Baton().person, tasks, rounds)
    large_variables(Baton().person, rounds)
    print("held" if held else "MISSED")
    return 0 if held else 1


# -- a process with many human tasks


def long_process(person: User, tasks: int, rounds: int) -> bool:
    """Each completion that leads to another task beside the first of two, the last one beside the only one."""
    one, two, many = (_chain(count) for count in (1, 2, tasks))
    goes_on = f"task {tasks - 1} of {tasks} beside 1 of 2"
    costs: Costs = {"start": ([], []), f"task 1 of {tasks} beside 1 of 2": ([], []), goes_on: ([], [])}
    costs[f"task {tasks} of {tasks} beside the only one"] = [], []
    started, first, later, last = costs.values()
    for number in range(-2, rounds):
        turn = 1 if number % 2 else -1  # who comes first after something else pays for it
        begun = [measured_start(definition) for definition in (one, two, many)[::turn]]
        (only, cost), (short, _), (long, large) = begun[::turn]
        ends = _complete(only, person)
        goes = _complete(short, person)
        steps = [_complete(long, person) for _ in range(tasks)]
        assert not HumanTask.objects.filter(process_instance=long, completed_at=None).exists()
        if number < 0:
            continue  # warm
        for (small, big), pair in zip(
            (started, first, later, last),
            ((cost, large), (goes, steps[0]), (goes, steps[-2]), (ends, steps[-1])),
            strict=True,
        ):
            small.append(pair[0])
            big.append(pair[1])
    print(f"A process with {tasks} human tasks beside one with one")
    return report(costs, LONG)


def measured_start(definition: ProcessDefinition) -> tuple[ProcessInstance, Cost]:
    found: list[ProcessInstance] = []
    cost = measured(lambda: found.append(start(definition, VARIABLES)))
    return found[0], cost


def _complete(instance: ProcessInstance, person: User, comment: str = "fine") -> Cost:
    task = HumanTask.objects.get(process_instance=instance, completed_at=None)
    return measured(lambda: _completed(task, person, comment))


def _completed(task: HumanTask, person: User, comment: str) -> None:
    operations.complete(task=task, user=person, data={"approved": True, "comment": comment})


def _chain(tasks: int) -> ProcessDefinition:
    """The process of W1 with that many human tasks, one after another."""
    key = f"approval{tasks}"
    task = re.search('<bpmn:userTask id="approve".*?</bpmn:userTask>', DIAGRAM, re.DOTALL)
    assert task is not None
    ids = ["approve", *(f"approve{number}" for number in range(2, tasks + 1))]
    drawn = "".join(task[0].replace('id="approve"', f'id="{id}"') for id in ids)
    drawn += "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids))
    diagram = DIAGRAM.replace(task[0], drawn).replace('id="approval"', f'id="{key}"')
    diagram = diagram.replace('sourceRef="approve" targetRef="book"', f'sourceRef="{ids[-1]}" targetRef="book"')
    deploy({f"{key}.bpmn": diagram.encode()}, by=None)
    return ProcessDefinition.objects.get(key=key)


# -- a database that holds what has long ended


def full_database(finished: int, rounds: int) -> bool:
    """W1 in two databases of one server, in turns."""
    baton = Baton()
    (task,) = baton.tasks([baton.start()])
    baton.complete(task)
    empty = connection.copy()
    full = _copied(finished, task.process_instance_id)
    costs: Costs = {"start": ([], []), "completion": ([], [])}
    for number in range(-20, rounds):
        for side, place in enumerate((empty, full)):
            connections[DEFAULT_DB_ALIAS] = place
            begun: list[int] = []
            starting = measured(lambda begun=begun: begun.append(baton.start()))  # type: ignore[misc]
            (task,) = baton.tasks(begun)
            completing = measured(lambda task=task: baton.complete(task))  # type: ignore[misc]
            if number >= 0:
                costs["start"][side].append(starting)
                costs["completion"][side].append(completing)
    for place in (full, empty):
        place.close()
    print(f"The approval workload with {finished:,} finished process instances beside none")
    return report(costs, FULL)


def _copied(finished: int, instance: int) -> Any:
    """A connection to a copy of this database that holds one finished process instance that many times."""
    name, begun = connection.settings_dict["NAME"], time.perf_counter()
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {GROWN} TEMPLATE {name}")
    place = connection.copy()
    place.settings_dict = {**place.settings_dict, "NAME": GROWN}
    rows = 0
    with place.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is copied refers to what is copied
        cursor.execute("SET synchronous_commit = off")
        for model in apps.get_models():
            if copies := _copies(model):
                cursor.execute(copies, {"instance": instance, "count": finished})
                rows += cursor.rowcount
        for model in (ProcessInstance, HumanTask):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("RESET session_replication_role")
        cursor.execute("RESET synchronous_commit")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        size = cursor.fetchone()[0]
    print(f"{rows:,} rows of finished instances, {size}, loaded in {time.perf_counter() - begun:.0f} s")
    return place


def _copies(model: type[Model]) -> str:
    """The statement that copies a table's rows of one process instance, a minute between any two copies; '' where the
    table says nothing of process instances.
    """
    mine = {ProcessInstance: "id", HumanTask: "process_instance_id"}
    names = {field.column for field in model._meta.concrete_fields}
    if model in mine:
        of = f"x.{mine[model]} = %(instance)s"
    elif "process_instance_id" in names:
        of = "x.process_instance_id = %(instance)s"
    elif "task_id" in names:
        of = "x.task_id IN (SELECT id FROM tasks_inbox_humantask WHERE process_instance_id = %(instance)s)"
    else:
        return ""
    moved: dict[str, str] = {
        str(field.column): f"x.{field.column} - (%(count)s - i) * interval '1 minute'"
        for field in model._meta.concrete_fields
        if isinstance(field, DateTimeField)
    }
    moved |= {name: f"x.{name} + i" for name in ("process_instance_id", "task_id")}
    if model in mine:
        moved["id"] = "x.id + i"
    elif isinstance(model._meta.pk, AutoField):
        moved["id"] = f"nextval(pg_get_serial_sequence('{model._meta.db_table}', 'id'))"
    elif "id" in names:
        moved["id"] = "gen_random_uuid()"
    columns = [str(field.column) for field in model._meta.concrete_fields]
    table, copied = model._meta.db_table, ", ".join(moved.get(name, f'x."{name}"') for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({named}) SELECT {copied} FROM generate_series(1, %(count)s) i, {table} x WHERE {of}"
        " ORDER BY i"
    )


# -- variables of megabytes


SIZES = 0, 10, 100, 500, 1_800  # kB


def large_variables(person: User, rounds: int) -> None:
    """A completion beside a large variable that it does not touch. Nothing is bound: decision 18 says why."""
    chain = _chain(2 * rounds + 2)
    begun = {size: start(chain, VARIABLES | {"lines": _lines(size * 1000)}) for size in SIZES}
    print("A completion beside a large variable, ms of processor time of the application and of the server")
    for what, comments in (("nothing changes", ["fine"] * (rounds + 1)), ("another one changes", range(rounds + 1))):
        costs: dict[int, list[Cost]] = {size: [] for size in SIZES}
        for comment in comments:
            for size, instance in begun.items():
                costs[size].append(_complete(instance, person, str(comment)))
        for size, found in costs.items():
            app, server = (_median(found[1:], part) for part in (lambda cost: cost.app, lambda cost: cost.server))
            print(f"  {what + f', {size:,} kB':<38}{app:.2f} + {server:.2f}")


def _lines(size: int) -> list[dict[str, Any]]:
    """About that many characters of JSON; the same with every call."""
    random = Random(1)
    words = ["".join(random.choices(ascii_lowercase, k=random.randint(3, 9))) for _ in range(5_000)]
    return [
        {"text": " ".join(random.choices(words, k=9)), "price": random.randrange(10_000), "number": number}
        for number in range(size // 107)
    ]


# -- the report


def report(costs: Costs, bound: float) -> bool:
    """Medians. Of the ratios, that of processor time is bound."""
    held = True
    for what, sides in costs.items():
        small, large = (_median(side, lambda cost: cost.processor) for side in sides)
        wall = [_median(side, lambda cost: cost.wall) for side in sides]
        held &= large <= bound * small
        print(
            f"  {what:<38}{small:.2f} ms -> {large:.2f} ms of processor time, {large / small:.2f} times (at most"
            f" {bound}); by the clock {wall[0]:.2f} ms -> {wall[1]:.2f} ms, {wall[1] / wall[0]:.2f} times"
        )
    return held


def _median(costs: list[Cost], part: Callable[[Cost], float]) -> float:
    return statistics.median(part(cost) for cost in costs)
