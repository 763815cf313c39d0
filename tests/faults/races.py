"""F43: several want the same task at once. A round counts as a meeting only if both sides were there at the same time
and one of them was turned away.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.faults import models
from tests.faults.bench import Bench, Result
from tests.faults.journal import ACKNOWLEDGED, REFUSED, Call
from tests.faults.lab import until
from tests.faults.load import mark
from tests.faults.people import Person

ROUNDS = 20
CLICKS = 20
SPREAD = 16  # timers that a completion meets by chance
EARLIEST, LATEST = -0.1, 1.1  # seconds from the due time of a timer: the workers look once in a second
AGREED = 0.3  # how many of the rounds at a barrier must have been meetings
Act = Callable[[], Call]


def together(acts: Sequence[Act]) -> list[Call]:
    """All at the same moment."""
    barrier, lock = threading.Barrier(len(acts)), threading.Lock()
    done: list[Call] = []

    def run(act: Act) -> None:
        barrier.wait(10)
        call = act()
        with lock:
            done.append(call)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return done


def overlap(*calls: Call) -> bool:
    """Was there a moment at which all of them had been asked and none answered?"""
    return max(call.at for call in calls) < min(call.at + call.seconds for call in calls)


def competed(calls: Sequence[Call]) -> bool:
    """Had somebody been asked before the winner was answered, and the other way round?"""
    first = next((call for call in calls if call.answer == ACKNOWLEDGED), None)
    return first is not None and any(overlap(first, call) for call in calls if call is not first)


@dataclass
class Fights:
    """Who met whom, and how often."""

    bench: Bench
    result: Result = field(default_factory=Result)
    rounds: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def fight(self, name: str, acts: Callable[[int], list[Act]], case: int | None = None, winners: int = 1) -> None:
        (task,) = self.bench.tasks_of(case or self.bench.begin("race-one"))
        calls = together(acts(task))
        won = [call for call in calls if call.answer == ACKNOWLEDGED]
        lost = [call for call in calls if call.answer == REFUSED]
        self.result.expect(1 <= len(won) <= winners, f"{name}: {len(won)} winners of {len(calls)}")
        self.result.expect(len(won) + len(lost) == len(calls), f"{name}: {[call.status for call in calls]}")
        self.count(name, competed(calls))

    def count(self, name: str, met: bool) -> None:
        self.rounds[name] += 1
        self.met[name] += met

    def told(self) -> Result:
        for name, rounds in self.rounds.items():
            least = 1 if name == BY_CHANCE else AGREED * rounds
            self.result.expect(self.met[name] >= least, f"{name}: only {self.met[name]} of {rounds} rounds met")
        self.result.bites = self.met.total()
        self.result.what = ", ".join(f"{name} {self.met[name]}/{rounds}" for name, rounds in self.rounds.items())
        return self.result


def one_wins(bench: Bench) -> Result:
    """F43: people, operators, and the process itself."""
    ana, ben, cleo = bench.clerks
    fights = Fights(bench)
    colleague = bench.number("SELECT id FROM auth_user WHERE username = %s", cleo.name)
    older = [bench.begin("race-moved") for _ in range(ROUNDS)]
    bench.deploy({"race-moved.bpmn": models.races()["race-moved.bpmn"].replace(b'"Check check"', b'"Look again"')})

    def complete(person: Person, task: int) -> Act:
        return partial(person.twin().complete, bench.fault, task, mark(bench.fault))

    for case in older:
        fights.fight("two people", lambda task: [complete(ana, task), complete(ben, task)])
        fights.fight("three claims", lambda task: [_claim(bench, person, task) for person in (ana, ben, cleo)])
        fights.fight("a claim", lambda task: [complete(ana, task), _claim(bench, ben, task)])
        fights.fight("delegated", lambda task: [complete(ana, task), _delegate(bench, ben, task, colleague)])
        fights.fight("cancelled", lambda task: [complete(ana, task), _cancel(bench, task)])
        fights.fight("migrated", lambda task: [complete(ana, task), _migrate(bench, task)], case, winners=2)
    for _ in range(5):
        fights.fight("twenty clicks", partial(_clicks, bench, ana))
    _timers(fights, complete)
    return fights.told()


def _claim(bench: Bench, person: Person, task: int) -> Act:
    return partial(person.twin().claim, bench.fault, task)


def _clicks(bench: Bench, person: Person, task: int) -> list[Act]:
    note = mark(bench.fault)
    return [partial(person.twin().complete, bench.fault, task, note) for _ in range(CLICKS)]


def _delegate(bench: Bench, person: Person, task: int, to: int) -> Act:
    twin = person.twin()
    return lambda: twin.do(bench.fault, "delegate", f"/tasks/{task}/delegate/", "", task, to=str(to))[0]


# What an operator does, without a browser


def _cancel(bench: Bench, task: int) -> Act:
    from orchestrator.runtime import operations

    return partial(_operate, bench, "cancel", task, operations.cancel)


def _migrate(bench: Bench, task: int) -> Act:
    from orchestrator.models import ProcessDefinition
    from orchestrator.runtime import migration

    target = ProcessDefinition.objects.get(key="race-moved", is_latest=True)
    return partial(_operate, bench, "migrate", task, partial(migration.migrate, target=target, mapped={}))


def _operate(bench: Bench, act: str, task: int, operation: Callable[..., object]) -> Call:
    from django.contrib.auth.models import User
    from django.db import connection

    from orchestrator.engine import CommandRejected
    from orchestrator.models import ProcessInstance

    sql = "SELECT process_instance_id FROM tasks_inbox_humantask WHERE id = %s"
    instance = ProcessInstance.objects.get(pk=bench.number(sql, task))
    root = User.objects.get(username="root")
    call, begun = bench.journal.sent(bench.fault, act, "", task=task, person="root"), time.monotonic()
    answer = ACKNOWLEDGED
    try:
        operation(instance, by=root)
    except CommandRejected:
        answer = REFUSED  # somebody was first
    finally:
        connection.close()
        bench.journal.answered(call, answer, 0, time.monotonic() - begun)
    return call


# A timer at the task

BY_CHANCE, TIMER_FIRST, TIMER_LATE = "a timer, by chance", "a timer, first", "a timer, too late"
TIMER = """SELECT extract(epoch FROM due_at)::float8, extract(epoch FROM finished_at)::float8, state, attempts
FROM orchestrator_job WHERE process_instance_id = %s AND kind = 'timer'"""
CLAIMED = """SELECT count(*) FROM orchestrator_job
WHERE process_instance_id = ANY(%s) AND kind = 'timer' AND (attempts > 0 OR state = 'done')"""


def _timers(fights: Fights, complete: Callable[[Person, int], Act]) -> None:
    """Completions around the time at which the timer is due; and each side is held where it needs the other's lock.

    In this order: a timer that was claimed in vain comes to its row, too, when it wakes.
    """
    for _ in range(3):
        _held(fights, TIMER_FIRST, "timer row locked:sleep", complete)
    _by_chance(fights, complete)
    for _ in range(3):
        _held(fights, TIMER_LATE, "claim committed:sleep", complete)


def _by_chance(fights: Fights, complete: Callable[[Person, int], Act]) -> None:
    """Half of them around the due time, half when a worker has claimed the first of the crowd and works through it."""
    bench, claimed = fights.bench, threading.Event()
    cases = [bench.begin("race-timer") for _ in range(SPREAD)]
    threads = []
    for number, case in enumerate(cases):
        moment = _due(bench, case) + EARLIEST + (LATEST - EARLIEST) * number / SPREAD
        wait = partial(claimed.wait, 30) if number % 2 else partial(_sleep_until, moment)
        act = complete(bench.clerks[number % len(bench.clerks)], *bench.tasks_of(case))
        threads.append(threading.Thread(target=_decided, args=(fights, BY_CHANCE, case, act, wait)))
    for thread in threads:
        thread.start()
    until(lambda: bench.number(CLAIMED, cases), 10 * bench.slow, 0.005)
    claimed.set()
    for thread in threads:
        thread.join(60)


def _held(fights: Fights, name: str, where: str, complete: Callable[[Person, int], Act]) -> None:
    """The timer stands there for a second; meanwhile somebody completes the task."""
    bench = fights.bench
    case, before = bench.begin("race-timer"), len(bench.lab.bites())
    act = complete(bench.clerks[0], *bench.tasks_of(case))
    bench.lab.arm(where)
    until(lambda: len(bench.lab.bites()) > before, 10 * bench.slow, 0.01)
    bench.lab.disarm()
    _decided(fights, name, case, act)


def _due(bench: Bench, case: int) -> float:
    return float(bench.ask(TIMER, case)[0][0])


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _decided(fights: Fights, name: str, case: int, act: Act, wait: Callable[[], object] = lambda: None) -> None:
    """Who of the two was first; they met if the timer had been claimed in vain, or ended while somebody was asking."""
    bench, result = fights.bench, fights.result
    wait()
    call = act()
    until(lambda: bench.ask(TIMER, case)[0][2] != "due", 10 * bench.slow)
    _, finished, state, attempts = bench.ask(TIMER, case)[0]
    won = (call.answer == ACKNOWLEDGED) + (state == "done")
    result.expect(won == 1, f"{name}: {won} winners, the completion {call.answer}, the timer {state}")
    result.expect(bench.ended(case), f"{name}: the instance {case} is stuck")
    if state == "done":
        fights.count(name, call.answer == REFUSED and call.at < finished < call.at + call.seconds)
    else:
        fights.count(name, attempts > 0)
