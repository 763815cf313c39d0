"""F10 to F16: Valkey is away, hangs, forgets, evicts, repeats itself, talks rubbish; or a worker does not hear it."""

from __future__ import annotations

import json
import random
import signal
import time
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import valkey

from orchestrator.devstack import places
from tests.faults.bench import Bench, Result, percentile
from tests.faults.journal import ACKNOWLEDGED
from tests.faults.lab import until
from tests.faults.people import PASSWORD, Person

DELAYS = """SELECT extract(epoch FROM finished_at - created_at) FROM orchestrator_job
WHERE kind = 'task' AND type = 'http' AND state = 'done' AND created_at >= %s"""
SLOWER, LATER = 1.0, 8.0  # seconds: that an answer may take, that a step may wait (p99)


def client(bench: Bench) -> Any:
    return valkey.Valkey(unix_socket_path=str(places.valkey_socket(bench.lab.state)))


def since(bench: Bench) -> datetime:
    moment: datetime = bench.ask("SELECT now()")[0][0]
    return moment


def unhurt(bench: Bench, begun: datetime, result: Result) -> Result:
    """Nobody waits for Valkey: neither a page nor a step, beyond the time to the next round."""
    calls = [call.seconds for call in bench.calls() if call.answer == ACKNOWLEDGED]
    slow, delay = percentile(calls, 0.99), percentile([float(s) for (s,) in bench.ask(DELAYS, begun)], 0.99)
    result.what += f"; steps wait {delay:.1f} s"
    result.expect(calls, "nothing was acknowledged")
    result.expect(slow <= SLOWER * bench.slow, f"an answer took {slow:.2f} s")
    result.expect(delay <= LATER * bench.slow, f"a step waited {delay:.1f} s")
    return result


def deaf(bench: Bench) -> Result:
    """F10: the connections stay open, and nothing comes through them."""
    lab, place, begun = bench.lab, bench.lab.place(), since(bench)
    with bench.load():
        time.sleep(1)
        swallowed = lab.proxy.swallowed
        lab.proxy.deaf = True
        time.sleep(9)
        lab.proxy.heal()
        hears = until(lambda: lab.heard("The ticks are back", place), 30)
    lost = lab.proxy.swallowed - swallowed
    stood_in = lab.heard("keeps the time itself", place)
    result = Result(stood_in and lost, f"{lost} bytes swallowed, {stood_in} workers kept the time themselves", hits=1)
    result.expect(hears, "the workers do not hear again")
    return unhurt(bench, begun, result)


def down(bench: Bench) -> Result:
    """F11: killed, and not set up again while people work."""
    lab, begun = bench.lab, since(bench)
    lab.hold("valkey")
    try:
        with bench.load():
            time.sleep(9)
        gone = lab.services["valkey"].ended is not None
    finally:
        lab.let("valkey")
    return unhurt(bench, begun, Result(int(gone), "down for 9 s", hits=1))


def hung(bench: Bench) -> Result:
    """F12"""
    lab, begun = bench.lab, since(bench)
    with bench.load():
        time.sleep(0.5)
        lab.signal("valkey", signal.SIGSTOP)
        time.sleep(9)
        silent = not until(lambda: _answers(bench), 0.2)
        lab.signal("valkey", signal.SIGCONT)
        time.sleep(0.5)
    return unhurt(bench, begun, Result(int(silent), "hung for 9 s", hits=1))


def _answers(bench: Bench) -> bool:
    try:
        with valkey.Valkey(unix_socket_path=str(places.valkey_socket(bench.lab.state)), socket_timeout=0.2) as quick:
            return bool(quick.ping())
    except valkey.ValkeyError:
        return False


def forgets(bench: Bench) -> Result:
    """F13"""
    flushed, begun = 0, since(bench)
    with client(bench) as broker, bench.load():
        for _ in range(10):
            time.sleep(0.3 + random.random() * 0.6)
            flushed += broker.dbsize()
            broker.flushall()
    stay = bench.clerks[0].look("/") is not None
    result = Result(flushed, f"{flushed} keys flushed in 10 turns", hits=1)
    result.expect(stay, "somebody was signed out")
    return unhurt(bench, begun, result)


def evicts(bench: Bench) -> Result:
    """F14: more than it may hold, and a policy that throws away whatever it likes."""
    begun = since(bench)
    with client(bench) as broker:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        broker.config_set("maxmemory", "6mb")
        try:
            told = bench.clerks[0].twin().request("GET", "/readyz").body
            with bench.load():
                broker.set("unread", "a message that nobody has read yet")
                evicted = -int(broker.info("stats")["evicted_keys"])
                for turn in range(60):
                    broker.set(f"filler:{turn % 400}:{time.monotonic_ns()}", random.randbytes(200_000))
                    time.sleep(0.12)
            evicted += int(broker.info("stats")["evicted_keys"])
            thrown = not broker.exists("unread")
        finally:
            broker.config_set("maxmemory", "0")
            broker.config_set("maxmemory-policy", "noeviction")
            broker.flushall()
    result = Result(evicted, f"{evicted} keys evicted", hits=1)
    result.expect(thrown, "only what was put there to fill it was evicted")
    result.expect("evicts by allkeys-lru" in told, f"nobody is told that messages may be thrown away: {told[:200]}")
    return unhurt(bench, begun, result)


def throttle(bench: Bench) -> Result:
    """F16: guessing goes on being slow when Valkey has forgotten everything, and nobody is locked out."""
    statuses: list[int] = []
    thief = Person("cleo", bench.lab.port, bench.journal)
    thief.learn(thief.request("GET", "/login/"))
    with client(bench) as broker:
        for _ in range(14):
            statuses.append(thief.post("/login/", username="cleo", password="wrong").status)
            broker.flushall()
    owner = bench.clerks[2].twin()
    owner.cookies = SimpleCookie({name: m.value for name, m in owner.cookies.items() if "session" not in name})
    again = owner.post("/login/", username="cleo", password=PASSWORD)
    refused = statuses.count(429)
    result = Result(refused, f"{refused} of {len(statuses)} tries had to wait, Valkey emptied after each")
    result.expect(statuses[-1] == 429, f"guessing went on: {statuses}")
    result.expect(again.status == 302, f"whose name it is cannot sign in where she always does: {again.status}")
    return result


RUBBISH = (b"\x80\x04K\x01.", b"{}", b"not even json", b"[[], {}, {}]", json.dumps({"body": 1}).encode())


class Intrusion:
    """Whoever unpickles it makes a file of this name."""

    def __init__(self, witness: str) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (self.witness, "w")


PATIENCE = 60  # seconds; the rings are answered one by one
DUE = "SELECT id FROM orchestrator_job WHERE kind = 'task' AND state = 'due'"


def repeats(bench: Bench) -> Result:
    """F15: every ring five times, and what is no message at all."""
    from orchestrator.celery import app

    lab, place, begun, sent = bench.lab, bench.lab.place(), since(bench), 0
    rung: set[int] = set()
    intrusion = Intrusion(str(lab.state / "unpickled"))
    pids = [lab.pid(name) for name in lab.services]
    url = places.broker_url(places.valkey_url(lab.state))
    with client(bench) as broker, app.connection_for_write(url) as connection:
        with bench.load():
            for _ in range(14):
                due = {job for (job,) in bench.ask(DUE)}
                for job in due - rung:
                    for _ in range(5):
                        app.send_task("orchestrator.tasks.run_job", (job,), connection=connection, retry=False)
                        sent += 1
                rung |= due
                app.send_task(
                    "orchestrator.tasks.run_job", (intrusion,), connection=connection, retry=False, serializer="pickle"
                )
                for task in ("orchestrator.tasks.sweep", "orchestrator.tasks.send_mails", "tests.unknown"):
                    app.send_task(task, (), connection=connection, retry=False)
                for queue in ("engine", "connectors", "mail"):
                    broker.lpush(f"baton:{queue}", *RUBBISH)
                time.sleep(0.5)
        eaten = until(
            lambda: not broker.llen("baton:engine") and not broker.llen("baton:connectors"), PATIENCE * bench.slow
        )
    dropped = lab.heard("Dropped an entry of the queue", place)
    result = Result(min(sent, dropped), f"{sent} repeated rings, {dropped} entries of rubbish", hits=0)
    result.expect(eaten, "the queues are not empty")
    result.expect(not Path(intrusion.witness).exists(), "a message was unpickled")
    result.expect(lab.heard("Refusing to deserialize", place), "nobody came to the pickled messages")
    result.expect(pids == [lab.pid(name) for name in lab.services], "somebody fell")
    return unhurt(bench, begun, result)
