"""The approval workload (W1): start with ten variables, an automated step, a gateway on an amount, a human task of a
group, its completion by a person with two variables, an automated step, the end. Durable at each wait.

    python -m benchmarks.approval                     500 instances, five rounds, then one process and two in turns
    python -m benchmarks.approval -n 2000 --rounds 3
    python -m benchmarks.approval --profile           where the time of a completion goes

Runs in a PostgreSQL of its own, with fsync. Beside it, in turns: the same rows by five hand-written statements a step
and by one, and if asked for SpiffWorkflow with its state as JSON text, django-viewflow and DBOS in the same PostgreSQL,
from an environment of their own:

    python -m venv peers
    peers/bin/pip install SpiffWorkflow==3.2.0 django-viewflow==2.4.0 'Django<6' 'psycopg[binary]' lxml dbos==3.4.0
    python -m benchmarks.approval --peers peers/bin/python

Compare ratios of one run; figures of different days or machines do not compare. A flush of the disk may take a tenth of
a millisecond in one minute and a whole one in the next: `--memory` keeps the data in memory, with a flush of 0.1 ms.
A scheduler that puts the application and the server on one processor now and then makes each push the other out of the
caches, which costs half as much again: with `--apart` every contestant has the first one and the server the second.
What two processes bring is bounded by what two processors of the machine bring to work that shares nothing: a loop.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import approval_peers as peers

VARIABLES: dict[str, Any] = {
    "amount": 12_500, "currency": "EUR", "supplier": "Northwind Traders", "invoiceNumber": "2026-001877",
    "costCentre": "4711", "dueDate": "2026-12-24",
    "lines": [{"text": "Paper", "price": 12}, {"text": "Ink", "price": 30}], "requester": "samir.haddad",
    "urgent": False, "note": "Please pay within two weeks.",
}  # fmt: skip
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="https://baton.example/benchmarks">
  <bpmn:process id="approval" name="Approval" isExecutable="true">
    <bpmn:startEvent id="start"/>
    <bpmn:scriptTask id="prepare"><bpmn:extensionElements>
      <zeebe:script expression="=amount * 1.19" resultVariable="gross"/></bpmn:extensionElements></bpmn:scriptTask>
    <bpmn:exclusiveGateway id="large" default="small"/>
    <bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="Approvers"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:scriptTask id="book"><bpmn:extensionElements>
      <zeebe:script expression="=if approved then gross else 0" resultVariable="booked"/></bpmn:extensionElements>
    </bpmn:scriptTask>
    <bpmn:endEvent id="end"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="prepare"/>
    <bpmn:sequenceFlow id="f2" sourceRef="prepare" targetRef="large"/>
    <bpmn:sequenceFlow id="f3" sourceRef="large" targetRef="approve">
      <bpmn:conditionExpression>=amount &gt; 1000</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="small" sourceRef="large" targetRef="book"/>
    <bpmn:sequenceFlow id="f4" sourceRef="approve" targetRef="book"/>
    <bpmn:sequenceFlow id="f5" sourceRef="book" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>"""


# At least this, or at most where less is better.
GATES = {
    "against five hand-written statements": 0.5,
    "against one statement a step": 0.25,
    "against SpiffWorkflow, JSON in PostgreSQL": 1.3,
    "against django-viewflow": 4.0,
    "against DBOS": 6.0,
    "two processes against one: baton": 1.7,
    "processor time per instance, ms": -2.0,
    "write-ahead log per instance, kB": -10.0,
}


@dataclass
class Figures:
    """Of one contestant, over the rounds."""

    instances: list[float] = field(default_factory=list)  # per second
    starts: list[float] = field(default_factory=list)
    completions: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)  # milliseconds per completion
    app_cpu: list[float] = field(default_factory=list)  # milliseconds per instance
    db_cpu: list[float] = field(default_factory=list)
    wal: list[float] = field(default_factory=list)  # bytes per instance

    def line(self, name: str) -> str:
        cuts = statistics.quantiles(self.latencies, n=100)
        figures = [
            *(statistics.median(found) for found in (self.instances, self.starts, self.completions)),
            *(cuts[49], cuts[94], statistics.median(self.app_cpu), statistics.median(self.db_cpu)),
            statistics.median(self.wal) / 1000,
        ]
        return f"{name:<32}" + "{:>9.0f}{:>9.0f}{:>9.0f}{:>8.2f}{:>8.2f}{:>8.2f}{:>8.2f}{:>8.1f}".format(*figures)


# A disk's flush, modelled: every commit waits, and those that wait together are written together.
FLUSH = {"commit_delay": "100", "commit_siblings": "0"}
HEADER = f"{'':<32}{'inst/s':>9}{'starts/s':>9}{'compl/s':>9}{'p50 ms':>8}{'p95 ms':>8}{'app':>8}{'db':>8}{'WAL kB':>8}"


class Baton:
    """The product, as a request uses it: one call starts, one call completes."""

    name = "Baton"

    def __init__(self) -> None:
        from django.contrib.auth.models import Group, User

        from orchestrator.models import ProcessDefinition
        from orchestrator.runtime.deployment import deploy

        self.person, made = User.objects.get_or_create(username="ada")
        if made:
            self.person.groups.add(Group.objects.get_or_create(name="Approvers")[0])
        result = deploy({"approval.bpmn": DIAGRAM.encode()}, by=None)
        (definition,) = result.new + result.unchanged
        assert isinstance(definition, ProcessDefinition)
        self.definition = definition

    def cpu(self) -> float:
        return time.process_time()

    def start(self) -> int:
        from orchestrator.runtime.execution import start

        return start(self.definition, VARIABLES, by=self.person).pk

    def tasks(self, ids: list[int]) -> list[Any]:
        """What a person has on the screen; read once, as a page reads it."""
        from tasks_inbox.models import HumanTask

        return list(HumanTask.objects.filter(process_instance__in=ids))

    def complete(self, task: Any) -> None:
        from tasks_inbox import operations

        operations.complete(task=task, user=self.person, data={"approved": True, "comment": "fine"})


class Loop:
    """Work that needs nothing but a processor: what two of them are worth on this machine."""

    name = "loop"

    def start(self) -> int:
        return 0

    def tasks(self, ids: list[int]) -> list[int]:
        return ids

    def complete(self, task: int) -> None:
        for number in range(30_000):
            task += number


HALVES: dict[str, Callable[[], Any]] = {
    "baton": Baton,
    "floor": lambda: peers.Floor(peers.dsn()),
    "loop": Loop,
}


@contextmanager
def database(kept: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A PostgreSQL of its own, durable, migrated, configured in Django; yields the service.

    In a folder that stays if one is named; `settings` are the server's, beside the product's own.
    """
    state = kept or Path(tempfile.mkdtemp(prefix="baton-bench-"))
    os.environ["STATE_DIR"] = str(state)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
    from orchestrator.devstack import privilege, services

    running = [services.postgres(state), services.valkey(state, throw_away=True)]
    for name, value in (settings or {}).items():
        running[0].argv += ["-c", f"{name}={value}"]
    with (state / "log").open("w") as log:
        try:
            for service in running:
                service.start(log.fileno())
            services.wait_for_postgres(state, running[0])
            services.wait_for_valkey(state, running[1])
            configure()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield running[0]
        finally:
            for service in running:
                service.stop()
            for service in running:
                service.wait()
            if kept is None:
                shutil.rmtree(privilege.postgres_home(state), ignore_errors=True)
                shutil.rmtree(state, ignore_errors=True)


def configure() -> None:
    import django

    django.setup()
    from django.db import connection

    limits = "idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"
    connection.settings_dict["OPTIONS"]["options"] += "".join(f" -c {name}=0" for name in limits)


def round_of(contestant: Any, count: int, figures: Figures, postmaster: int) -> None:
    began_cpu, began_db, began_wal = contestant.cpu(), peers.tree_cpu(postmaster), wal_position()
    begun = time.perf_counter()
    ids = [contestant.start() for _ in range(count)]
    starting = time.perf_counter() - begun
    shown_cpu, shown_db = contestant.cpu(), peers.tree_cpu(postmaster)
    tasks = contestant.tasks(ids)  # what a page has shown is no part of a completion
    began_cpu += contestant.cpu() - shown_cpu
    began_db += peers.tree_cpu(postmaster) - shown_db
    begun = time.perf_counter()
    for task in tasks:
        before = time.perf_counter()
        contestant.complete(task)
        figures.latencies.append((time.perf_counter() - before) * 1000)
    completing = time.perf_counter() - begun
    figures.starts.append(count / starting)
    figures.completions.append(count / completing)
    figures.instances.append(count / (starting + completing))
    figures.app_cpu.append((contestant.cpu() - began_cpu) / count * 1000)
    figures.db_cpu.append((peers.tree_cpu(postmaster) - began_db) / count * 1000)
    figures.wal.append((wal_position() - began_wal) / count)


def wal_position() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


@contextmanager
def apart(postmaster: int) -> Iterator[None]:
    """Whatever runs or begins here has the first processor, and the server the second."""
    free = os.sched_getaffinity(0)
    first, second = sorted(free)[:2]
    _place(peers.tree(postmaster), {second})
    os.sched_setaffinity(0, {first})
    try:
        yield
    finally:
        _place(peers.tree(postmaster), free)
        os.sched_setaffinity(0, free)


def _place(processes: Iterable[int], processors: set[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(process, processors)


def one_process(count: int, rounds: int, postmaster: int, further: list[Any]) -> dict[str, Figures]:
    contestants: list[Any] = [Baton(), peers.Floor(peers.dsn()), peers.Limit(peers.dsn()), *further]
    found = {contestant.name: Figures() for contestant in contestants}
    for contestant in contestants:
        round_of(contestant, 50, Figures(), postmaster)  # warm
    for _ in range(rounds):
        for contestant in contestants:
            round_of(contestant, count, found[contestant.name], postmaster)
    return found


def side_by_side(count: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Instances per second of one process and of two together, for each contestant: medians of rounds in turns."""
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in HALVES}
    for _ in range(rounds):
        for name, (alone, both) in found.items():
            alone.append(together(name, count, processes=1))
            both.append(together(name, count, processes=2))
    return {name: (statistics.median(alone), statistics.median(both)) for name, (alone, both) in found.items()}


def together(name: str, count: int, *, processes: int) -> float:
    argv = [sys.executable, "-m", "benchmarks.approval", "--half", name, "-n", str(count)]
    halves = [
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for half in halves:
        assert half.stdout is not None
        assert half.stdout.readline() == "warm\n"
    begun = time.perf_counter()
    for half in halves:
        assert half.stdin is not None
        half.stdin.write("go\n")
        half.stdin.flush()
    for half in halves:
        assert half.stdout is not None
        assert half.stdout.readline() == "done\n"
    rate = processes * count / (time.perf_counter() - begun)
    for half in halves:
        half.communicate()
    return rate


def half(name: str, count: int) -> None:
    configure()
    contestant = HALVES[name]()
    work(contestant, 50)
    print("warm", flush=True)
    sys.stdin.readline()
    work(contestant, count)
    print("done", flush=True)


def work(contestant: Any, count: int) -> None:
    for task in contestant.tasks([contestant.start() for _ in range(count)]):
        contestant.complete(task)


def statements() -> dict[str, int]:
    """Statements of one start and one completion, without BEGIN and COMMIT."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    baton, found = Baton(), {}
    work(baton, 1)

    def count(name: str, act: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as context:
            answer = act()
        found[name] = sum(query["sql"] not in ("BEGIN", "COMMIT") for query in context.captured_queries)
        return answer

    (task,) = baton.tasks([count("start", baton.start)])
    count("complete", lambda: baton.complete(task))
    return found


def profile(count: int) -> None:
    import cProfile
    import pstats

    baton = Baton()
    work(baton, 50)
    tasks = baton.tasks([baton.start() for _ in range(count)])
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for task in tasks:
        baton.complete(task)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=500, help="instances per round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter of the environment with the other engines")
    parser.add_argument("--memory", action="store_true", help="data in memory, a flush of 0.1 ms")
    parser.add_argument("--apart", action="store_true", help="application and server on a processor each")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--half", choices=[*HALVES], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.half:
        return half(options.half, options.n)
    if options.memory:
        tempfile.tempdir = "/dev/shm"
    with database(settings=FLUSH if options.memory else None) as service:
        if options.profile:
            return profile(options.n)
        others = (peers.Spiff, peers.Viewflow, peers.Dbos) if options.peers else ()
        with apart(service.process.pid) if options.apart else nullcontext():
            further = [peer(options.peers) for peer in others]
            found = one_process(options.n, options.rounds, service.process.pid, further)
        report(found, side_by_side(options.n, options.rounds), statements(), options.json)


def report(
    found: dict[str, Figures], sides: dict[str, tuple[float, float]], counted: dict[str, int], path: str | None
) -> None:
    print(HEADER)
    for name, figures in found.items():
        print(figures.line(name))
    for name, figures in found.items():
        cpu = statistics.median(figures.app_cpu) + statistics.median(figures.db_cpu)
        print(f"{name:<32}{cpu:>6.2f} ms of processor time per instance, application and database")
    mine = statistics.median(found[Baton.name].instances)
    ratios = {
        f"against {name}": mine / statistics.median(f.instances) for name, f in found.items() if name != Baton.name
    }
    print(
        "\none process and two, instances/s: "
        + ", ".join(f"{n} {one:.0f} {two:.0f}" for n, (one, two) in sides.items())
    )
    for name in sides:
        ratios[f"two processes against one: {name}"] = sides[name][1] / sides[name][0]
    spent = {name: statistics.median(f.app_cpu) + statistics.median(f.db_cpu) for name, f in found.items()}
    ratios |= {f"processor time, of {name}": spent[name] / spent[Baton.name] for name in found if name != Baton.name}
    ratios["processor time per instance, ms"] = spent[Baton.name]
    ratios["write-ahead log per instance, kB"] = statistics.median(found[Baton.name].wal) / 1000
    print("statements: " + ", ".join(f"{name} {count}" for name, count in counted.items()))
    print(f"\n{'':<60}{'':>6}{'gate':>8}")
    for name, ratio in ratios.items():
        print(f"{name:<60}{ratio:>6.2f}{_verdict(name, ratio)}")
    if path:
        Path(path).write_text(json.dumps({"ratios": ratios, "statements": counted}, indent=1))


def _verdict(name: str, figure: float) -> str:
    gate = GATES.get(name)
    if gate is None:
        return ""
    return f"{abs(gate):>8g}  {'met' if (figure >= gate if gate > 0 else figure <= -gate) else 'MISSED'}"


if __name__ == "__main__":
    main()
