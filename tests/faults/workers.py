"""F01 to F05, F07, F33, F48, F53: what happens to those who work, and to their clocks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from tests.faults import models
from tests.faults.bench import Bench, Result, percentile
from tests.faults.lab import LEASE, TIMEOUT, until
from tests.faults.load import mark
from tests.faults.stop_points.points import POINTS

WORKERS = ("worker-a", "worker-b", "connectors-a", "connectors-b")
CLAIMED = "SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND kind = 'task' AND locked_until > now()"
AGAIN = "SELECT count(*) FROM orchestrator_job WHERE attempts > 1 AND created_at >= %s"


def killed_mid_step(bench: Bench) -> Result:
    """F01"""
    kills, begun = 0, bench.ask("SELECT now()")[0][0]
    with bench.load():
        for name in (*WORKERS, "connectors-b"):
            time.sleep(1.2)
            until(lambda: bench.number(CLAIMED), 5)
            bench.lab.kill(name)
            kills += 1
        until(lambda: bench.number(AGAIN, begun), 10 * bench.slow)
    again = bench.number(AGAIN, begun)
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
    result = Result(min(fenced, stopped), f"{stopped} stopped, {fenced} fenced", hits=stopped)
    result.expect(stopped == 2, "not both were stopped")
    return result


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
# What kills or outlasts its worker is claimed once more, to give it up.
ATTEMPTS = """SELECT coalesce(max(attempts - (type = ANY(%s))::int), 0) FROM orchestrator_job
WHERE process_instance_id = ANY(%s)"""


def poison(bench: Bench) -> Result:
    """F05"""
    before = sum(bench.lab.deaths.values())
    person = bench.requesters[0].twin()
    with bench.load(pace=0.2):
        made = [person.start("", f"poison-{kind}", mark("poison")) for kind in models.POISONS]
        poisoned = [number for number in made if number]
        contained = until(lambda: bench.number(INCIDENTS, poisoned) == len(poisoned), 45 * bench.slow, 0.3)
    deaths = sum(bench.lab.deaths.values()) - before
    incidents, slow = bench.number(INCIDENTS, poisoned), percentile([call.seconds for call in bench.calls()], 0.95)
    for name in ("connectors-a", "connectors-b"):
        bench.lab.kill(name)  # what never comes back is still in their threads
    what = f"{deaths} workers died, {incidents} incidents; neighbours wait {slow:.2f} s"
    result = Result(min(deaths, incidents), what, hits=deaths + 1)
    result.expect(slow <= 1.0 * bench.slow, f"an answer took {slow:.2f} s beside them")
    result.expect(contained and len(poisoned) == len(models.POISONS), "not every poisoned step became an incident")
    given_up = [f"poison-{kind}" for kind in (*models.DEADLY, *models.ENDLESS)]
    result.expect(bench.number(ATTEMPTS, given_up, poisoned) <= 3, "a poisoned step was begun more than three times")
    result.expect(deaths <= 3 * len(models.DEADLY), f"{deaths} workers died of {len(models.DEADLY)} poisoned steps")
    return result


def clocks(bench: Bench) -> Result:
    """F07: none, three, and one killed at its tick. A process that starts itself counts the occurrences."""
    repeats, name, lab = 9, mark("cycle"), bench.lab
    phases = []
    with bench.load(pace=0.25):
        bench.deploy({f"{name}.bpmn": models.cycle(name, repeats, "PT1S")})
        lab.hold("beat")
        time.sleep(4)
        phases += ["none"] * (not lab.working("beat"))
        lab.let("beat")
        lab.beat("beat-2")
        lab.beat("beat-3")
        time.sleep(3)
        phases += ["three"] * lab.working("beat", "beat-2", "beat-3")
        lab.kill("beat-2")
        time.sleep(3)
        phases += ["one killed"] * lab.deaths.get("beat-2", 0)
        until(lambda: bench.number(CYCLES, name) >= repeats, 8)
        time.sleep(1.5)
    for extra in ("beat-2", "beat-3"):
        lab.forget(extra)
    starts, skipped = bench.number(CYCLES, name), bench.number(SKIPPED, name)
    told = f"{starts} starts, {skipped} skipped of {repeats}"
    result = Result(len(phases) if starts else 0, f"clocks: {', '.join(phases)}; {told}")
    result.expect(len(phases) == 3, "the clocks were not as they should have been")
    result.expect(starts + skipped == repeats, f"{told}: an occurrence starts once, or is told to be skipped")
    result.expect(skipped <= 5, f"{skipped} were skipped in four seconds without a clock")
    result.expect(not bench.number(CLOSE, name), "two starts for one occurrence")
    return result


CYCLES = """SELECT count(*) FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d
ON d.id = p.definition_id WHERE d.key = %s"""
SKIPPED = """SELECT sum((h.data->>'times')::int) FROM orchestrator_historyevent h
JOIN orchestrator_processinstance p ON p.id = h.process_instance_id
JOIN orchestrator_processdefinition d ON d.id = p.definition_id WHERE h.kind = 'timer skipped' AND d.key = %s"""
CLOSE = """SELECT count(*) FROM (SELECT started_at - lag(started_at) OVER (ORDER BY started_at) AS pause
FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d ON d.id = p.definition_id
WHERE d.key = %s) pauses WHERE pause < interval '50 ms'"""


def skewed(bench: Bench) -> Result:
    """F33: one worker lives in the afternoon, the other in yesterday; nobody else is there."""
    import libfaketime

    library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    offsets = {"worker-b": "+90m", "connectors-b": "-26h"}
    lab, before, known = bench.lab, {}, len(bench.lab.bites())
    for name, offset in offsets.items():
        before[name] = dict(lab.services[name].env)
        lab.services[name].env |= {
            "LD_PRELOAD": str(library), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }  # fmt: skip
    lab.hold(*WORKERS)
    skews: dict[str, float] = {}
    lab.let(*offsets)
    try:
        with bench.load(pace=0.25):
            lab.arm("instance locked:look:1")
            until(lambda: len(skew(bench, known, offsets)) == len(offsets), 20 * bench.slow, 0.3)
            time.sleep(6)
            lab.disarm()
            skews = skew(bench, known, offsets)
    finally:
        for name, env in before.items():
            lab.services[name].env = env
        lab.hold(*offsets)
        lab.let(*WORKERS)
    away = [f"{name} {hours:+.1f} h" for name, hours in sorted(skews.items())]
    bites = sum(abs(hours) > 1 for hours in skews.values())
    result = Result(bites, f"steps of {', '.join(away) or 'nobody'}", hits=1)
    result.expect(bites == len(offsets), "not both have made steps by a wrong clock")
    return result


def skew(bench: Bench, known: int, names: Iterable[str]) -> dict[str, float]:
    """Hours by which each of these workers believed it was later when it made a step."""
    lab, found = bench.lab, {}
    people = {pid: name for name in names for pid in (lab.pid(name), *lab.children(name))}
    for bite in lab.bites()[known:]:
        pid, ahead = int(bite.split(":")[2]), float(bite.split(":")[3])
        if pid in people:
            found[people[pid]] = (ahead - (time.time() - time.monotonic())) / 3600
    return found


LIVELY = "SELECT count(*) FROM orchestrator_job WHERE state = 'done' AND finished_at > now() - interval '5 s'"


def runaway(bench: Bench) -> Result:
    """F48: models that would never rest, beside people who work."""
    person = bench.requesters[0].twin()
    with bench.load():
        time.sleep(5)
        before = bench.number(LIVELY)
        refused = _is_refused(bench, models.cycle("runaway-cycle", 5, "PT0S"))
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
    result.expect(refused, "a cycle that does not lead forward in time was deployed")
    result.expect(before, "nobody worked beside them")
    result.expect(during >= 0.5 * before, f"neighbours fell from {before} to {during} jobs in five seconds")
    return result


def _is_refused(bench: Bench, content: bytes) -> bool:
    from orchestrator.runtime.deployment import DeploymentRefused

    try:
        bench.deploy({"refused.bpmn": content})
    except DeploymentRefused:
        return True
    return False


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
