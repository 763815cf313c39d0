"""F01 to F05, F07, F33, F48, F53: what happens to those who work, and to their clocks."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.faults import models
from tests.faults.bench import Bench, Result
from tests.faults.lab import LEASE, TIMEOUT, until
from tests.faults.load import mark
from tests.faults.stop_points.points import POINTS

WORKERS = ("worker-a", "worker-b", "connectors-a", "connectors-b")
CLAIMED = "SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND kind = 'task' AND locked_until > now()"
AGAIN = "SELECT count(*) FROM orchestrator_job WHERE attempts > 1 AND created_at > now() - interval '1 minute'"


def killed_mid_step(bench: Bench) -> Result:
    """F01"""
    kills = 0
    with bench.load():
        for name in (*WORKERS, "connectors-b"):
            time.sleep(1.2)
            until(lambda: bench.number(CLAIMED), 5)
            bench.lab.kill(name)
            kills += 1
        until(lambda: bench.number(AGAIN), 10 * bench.slow)
    again = bench.number(AGAIN)
    return Result(again and kills, f"{kills} workers killed, {again} jobs begun again", hits=kills)


def killed_at_each_stop_point(bench: Bench) -> Result:
    """F02"""
    missed, before = [], len(bench.lab.bites())
    with bench.load():
        for name in POINTS:
            known = len(bench.lab.bites())
            bench.lab.arm(f"{name}:kill")
            if not until(lambda known=known: len(bench.lab.bites()) > known, 12):  # type: ignore[misc]
                missed.append(name)
                bench.lab.disarm()
            time.sleep(0.2)
    bites = len(bench.lab.bites()) - before
    result = Result(
        bites,
        f"{bites} of {len(POINTS)} points",
        hits=len(POINTS),
    )
    result.expect(not missed, f"nobody came to {', '.join(missed)}")
    return result


def zombie(bench: Bench) -> Result:
    """F03: stopped with the answer in its hands; when it wakes, somebody else has done the work."""
    place, bites = bench.lab.place(), len(bench.lab.bites())
    with bench.load():
        time.sleep(0.5)
        for _ in range(2):
            known = len(bench.lab.bites())
            bench.lab.arm("answer read:stop")
            if until(lambda known=known: len(bench.lab.bites()) > known, 10):  # type: ignore[misc]
                time.sleep(LEASE + TIMEOUT + 1.5)
                os.kill(int(bench.lab.bites()[-1].split(":")[2]), signal.SIGCONT)
                time.sleep(0.3)
    fenced = bench.lab.heard("this attempt does not count", place)
    stopped = len(bench.lab.bites()) - bites
    return Result(fenced, f"{stopped} stopped, {fenced} fenced", hits=stopped)


def pool_child_killed(bench: Bench) -> Result:
    """F04: the worker itself lives on."""
    hits, parents = 0, [bench.lab.pid(name) for name in WORKERS[:2]]
    with bench.load():
        for turn in range(8):
            time.sleep(0.7)
            for child in bench.lab.children(WORKERS[turn % 2])[:1]:
                os.kill(child, signal.SIGKILL)
                hits += 1
    result = Result(hits, f"{hits} children killed", hits=hits)
    result.expect(parents == [bench.lab.pid(name) for name in WORKERS[:2]], "a worker fell with its child")
    return result


INCIDENTS = "SELECT count(*) FROM orchestrator_incident WHERE process_instance_id = ANY(%s) AND resolved_at IS NULL"
ATTEMPTS = "SELECT coalesce(max(attempts), 0) FROM orchestrator_job WHERE process_instance_id = ANY(%s)"


def poison(bench: Bench) -> Result:
    """F05"""
    before = sum(bench.lab.deaths.values())
    person = bench.requesters[0].twin()
    with bench.load(pace=0.2):
        made = [person.start("", f"poison-{kind}", mark("poison")) for kind in models.POISONS]
        poisoned = [number for number in made if number]
        contained = until(lambda: bench.number(INCIDENTS, poisoned) == len(poisoned), 45 * bench.slow, 0.3)
    deaths = sum(bench.lab.deaths.values()) - before
    result = Result(deaths, f"{deaths} workers died, {len(poisoned)} incidents", hits=deaths)
    result.expect(contained and len(poisoned) == len(models.POISONS), "not every poisoned step became an incident")
    result.expect(bench.number(ATTEMPTS, poisoned) <= 4, "a poisoned step was begun more than three times")
    result.expect(deaths <= 3 * len(models.DEADLY), f"{deaths} workers died of {len(models.DEADLY)} poisoned steps")
    return result


def clocks(bench: Bench) -> Result:
    """F07: none, three, and one killed at its tick. A process that starts itself counts the occurrences."""
    repeats, name = 9, mark("cycle")
    phases = []
    with bench.load(pace=0.25):
        bench.deploy({f"{name}.bpmn": models.cycle(name, repeats, "PT1S")})
        bench.lab.hold("beat")
        phases.append("none")
        time.sleep(4)
        bench.lab.let("beat")
        bench.lab.beat("beat-2")
        bench.lab.beat("beat-3")
        time.sleep(3)
        phases.append("three")
        bench.lab.kill("beat-2")
        time.sleep(3)
        phases.append("one killed")
        until(lambda: bench.number(CYCLES, name) >= repeats, 8)
        time.sleep(1.5)
    for extra in ("beat-2", "beat-3"):
        bench.lab.forget(extra)
    starts = bench.number(CYCLES, name)
    result = Result(len(phases) if starts else 0, f"clocks: {', '.join(phases)}; {starts} of {repeats} starts")
    skipped = repeats - starts  # what fell due while nobody looked is one catch-up
    result.expect(0 <= skipped <= 5, f"{starts} starts for {repeats} occurrences")
    result.expect(not bench.number(CLOSE, name), "two starts for one occurrence")
    return result


CYCLES = """SELECT count(*) FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d
ON d.id = p.definition_id WHERE d.key = %s"""
CLOSE = """SELECT count(*) FROM (SELECT started_at - lag(started_at) OVER (ORDER BY started_at) AS pause
FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d ON d.id = p.definition_id
WHERE d.key = %s) pauses WHERE pause < interval '50 ms'"""


def skewed(bench: Bench) -> Result:
    """F33: one worker lives in the afternoon, the other in yesterday; nobody else is there."""
    import libfaketime

    library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    offsets = {"worker-b": "+90m", "connectors-b": "-26h"}
    lab, before = bench.lab, {}
    for name, offset in offsets.items():
        before[name] = dict(lab.services[name].env)
        lab.services[name].env |= {
            "LD_PRELOAD": str(library), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }  # fmt: skip
    lab.hold(*WORKERS)
    skews: list[float] = []
    lab.let(*offsets)
    try:
        with bench.load(pace=0.25):
            time.sleep(9)
            skews = [skew(lab.pid(name)) for name in offsets]
    finally:
        for name, env in before.items():
            lab.services[name].env = env
        lab.hold(*offsets)
        lab.let(*WORKERS)
    away = [f"{hours:+.1f} h" for hours in skews]
    return Result(sum(abs(hours) > 1 for hours in skews), f"clocks of the workers: {', '.join(away)}", hits=1)


def skew(pid: int) -> float:
    """Hours by which this process believes it is later, as the library in its memory was told."""
    environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    told = next((line.split(b"=", 1)[1].decode() for line in environ if line.startswith(b"FAKETIME=")), "+0h")
    loaded = b"libfaketime" in Path(f"/proc/{pid}/maps").read_bytes()
    return float(told[:-1]) / (60 if told.endswith("m") else 1) if loaded else 0.0


LIVELY = "SELECT count(*) FROM orchestrator_job WHERE state = 'done' AND finished_at > now() - interval '5 s'"


def runaway(bench: Bench) -> Result:
    """F48: models that would never rest, beside people who work."""
    person = bench.requesters[0].twin()
    with bench.load():
        time.sleep(5)
        before = bench.number(LIVELY)
        made = {kind: person.start("", f"runaway-{kind}", mark("runaway")) for kind in models.RUNAWAYS}
        begun = time.monotonic()
        started = [number for number in made.values() if number]
        until(lambda: _contained(bench, started), 10 * bench.slow, 0.3)
        seconds = time.monotonic() - begun
        time.sleep(max(0.0, 5 - seconds))
        during = bench.number(LIVELY)
        loose = [kind for kind, number in made.items() if not number or not _contained(bench, [number])]
        _cancel(started)
    contained = len(made) - len(loose)
    rounds = bench.number("SELECT coalesce(max(generation), 0) FROM orchestrator_message")
    what = f"{contained} of {len(made)} contained in {seconds:.1f} s, the last after {rounds} messages"
    result = Result(contained, f"{what}; neighbours {during}/{before}")
    result.expect(not loose, f"not contained: {', '.join(loose)}")
    result.expect(during >= 0.5 * before, f"neighbours fell from {before} to {during} jobs in five seconds")
    return result


TROUBLE = """SELECT count(DISTINCT coalesce(p.root_id, p.id)) FROM orchestrator_incident i
JOIN orchestrator_processinstance p ON p.id = i.process_instance_id
WHERE i.resolved_at IS NULL AND coalesce(p.root_id, p.id) = ANY(%s)"""


def _cancel(instances: list[int]) -> None:
    from django.contrib.auth.models import User

    from orchestrator.models import ProcessInstance
    from orchestrator.runtime import operations

    root = User.objects.get(username="root")
    for instance in ProcessInstance.objects.filter(pk__in=instances, state=ProcessInstance.State.ACTIVE):
        operations.cancel(instance, by=root)


def _contained(bench: Bench, instances: list[int]) -> bool:
    return bench.number(TROUBLE, instances) == len(instances)


def everything_killed_at_the_claim(bench: Bench) -> Result:
    """F53: no state is anywhere but in the database."""
    lab = bench.lab
    everybody = (*WORKERS, "beat", "web", "valkey")
    before = len(lab.bites())
    with bench.load():
        time.sleep(2)
        lab.arm("claim committed:kill")
        until(lambda: len(lab.bites()) > before, 8)
        lab.hold(*everybody)
    claimed = bench.number("SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND locked_until > now()")
    lab.let(*everybody)
    up = until(lab.answers, 40)
    result = Result(claimed, f"everything killed with {claimed} jobs claimed", hits=1)
    result.expect(up, "it does not come up again")
    return result
