"""F06, F17, F19, F21, F22: PostgreSQL and the web process go away in the middle, or transactions stand in the way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter

import psycopg

from tests.faults.bench import Bench, Result
from tests.faults.journal import ACKNOWLEDGED, UNKNOWN
from tests.faults.lab import until
from tests.faults.load import complete_surely, mark


def web_killed(bench: Bench) -> Result:
    """F06: somewhere in a request, and exactly between a task's end and its commit."""
    lab, kills = bench.lab, 0
    before = len(lab.bites())
    with bench.load():
        for turn in range(8):
            time.sleep(0.7)
            if turn % 2:
                lab.arm("task ended:kill")
                continue
            for child in lab.children("web")[:1]:
                os.kill(child, signal.SIGKILL)
                kills += 1
        time.sleep(1)
        lab.disarm()
    inside = len(lab.bites()) - before
    unknown = sum(call.answer == UNKNOWN for call in bench.calls())
    what = f"{kills} web processes killed, {inside} more inside a completion, {unknown} without an answer"
    result = Result(inside and kills, what, hits=1)
    result.expect(unknown >= inside, "who was in the middle of a completion got an answer all the same")
    return result


def only_sorry(bench: Bench, result: Result, recovered: float = 0.0) -> Result:
    """While the database is away people are told to come back, not that something broke."""
    broken = sum(call.status == 500 for call in bench.calls())
    sorry = sum(call.status == 503 for call in bench.calls())
    result.what += f", {sorry} times 503"
    result.expect(not broken, f"{broken} times 500 where 503 belongs")
    result.expect(recovered <= 5 * bench.slow, f"{recovered:.1f} s until somebody was served again")
    return result


def postgres_crashes(bench: Bench) -> Result:
    """F17"""
    lab, place, crashes, slowest = bench.lab, bench.lab.place(), 0, 0.0
    with bench.load():
        for _ in range(3):
            time.sleep(3)
            lab.crash_postgres()
            crashes += 1
            slowest = max(slowest, _served_again(bench))
    recovered = lab.heard("automatic recovery in progress", place)
    result = Result(
        min(crashes, recovered), f"{recovered} recoveries, served again after {slowest:.1f} s", hits=crashes
    )
    return only_sorry(bench, result, slowest)


def _served_again(bench: Bench) -> float:
    begun = time.monotonic()
    known = sum(call.answer == ACKNOWLEDGED for call in bench.calls())
    while sum(call.answer == ACKNOWLEDGED for call in bench.calls()) == known and time.monotonic() - begun < 20:
        time.sleep(0.05)
    return time.monotonic() - begun


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
TERMINATE = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def connections_killed(bench: Bench) -> Result:
    """F19"""
    killed = 0
    with bench.load():
        for _ in range(7):
            time.sleep(1.2)
            killed += bench.number(TERMINATE)
    return only_sorry(bench, Result(killed, f"{killed} connections killed", hits=7))


def deadlocks(bench: Bench) -> Result:
    """F21: somebody locks a task and then its process instance, against the order of the house."""
    from tests.faults import oracles

    person, place, answers = bench.clerks[0].twin(), bench.lab.place(), []
    for _ in range(4):
        case = bench.begin("race-one")
        (task,) = bench.tasks_of(case)
        with psycopg.connect(bench.lab.dsn()) as db:
            db.execute("SET deadlock_timeout = '20s'")
            db.execute("SELECT 1 FROM tasks_inbox_humantask WHERE id = %s FOR UPDATE", [task])
            note = mark(bench.fault)
            thread = threading.Thread(target=complete_surely, args=(person, bench.fault, task, note))
            thread.start()
            until(lambda: bench.number(WAITING) > 0, 5)  # it holds the process instance and wants the task
            db.execute("SELECT 1 FROM orchestrator_processinstance WHERE id = %s FOR UPDATE", [case])
            db.rollback()
        thread.join(30)
        answers.append([call.status for call in bench.calls() if call.mark == note])
    bites = bench.lab.heard(oracles.DEADLOCK, place)
    result = Result(bites, f"{bites} deadlocks", deadlocks=True)
    result.expect(bites >= len(answers), f"only {bites} deadlocks in {len(answers)} rounds")
    result.expect(all(tried == [302] for tried in answers), f"somebody was told of it: {answers}")
    return result


def conflicts(bench: Bench) -> Result:
    """F22: each step fails with a fifth of a chance; whatever fails, fails whole."""
    lab, before = bench.lab, len(bench.lab.bites())
    lab.arm("rows ready:40001:0.15\ninbox told:40P01:0.1\ninstance locked:55P03:0.05")
    with bench.load():
        time.sleep(10)
        lab.disarm()
    bitten = Counter(line.split(":")[1] for line in lab.bites()[before:])
    calls = bench.calls()
    lost = [call for call in calls if call.answer == UNKNOWN]
    marks = {call.mark for call in calls if call.answer != UNKNOWN}  # refused, too: somebody else was faster
    never = [call for call in lost if call.act == "complete" and call.mark not in marks]
    told = ", ".join(f"{times} times {code}" for code, times in sorted(bitten.items()))
    result = only_sorry(bench, Result(bitten.total(), f"{told}, {len(lost)} of {len(calls)} calls repeated", hits=3))
    result.expect(len(bitten) == 3, f"not every kind of conflict has been met: {told}")
    result.expect(len(never) <= 0.01 * len(calls), f"{len(never)} completions did not succeed in three tries")
    return result
