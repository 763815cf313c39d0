"""Everything at once: of those who want the same, one gets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from orchestrator.engine import commands
from orchestrator.models import Job, Message, ProcessDefinition
from orchestrator.runtime import jobs, operations
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.messages import publish
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, play
from tests.runtime.processes import together
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(results: Iterable[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_of_many_who_complete_the_same_task_one_wins() -> None:
    definition = deployed(d.ONE_TASK)
    for _ in range(6):
        case = Case(start(definition, {}).pk)
        command = commands.Complete(case.number("review"), {"by": "me"})
        results = together(*[lambda command=command, case=case: execute(case.pk, command)] * 6)
        assert kinds(results) == {"ProcessInstance": 1, "CommandRejected": 5}
        assert case.count() == {"p": 1, "s": 1, "review": 1, "e": 1}


def test_a_completion_and_a_cancellation_have_one_winner() -> None:
    definition = deployed(d.ONE_TASK)
    for _ in range(6):
        case = Case(start(definition, {}).pk)
        number, instance = case.number("review"), case.instance
        results = together(
            lambda case=case, number=number: execute(case.pk, commands.Complete(number)),
            lambda instance=instance: operations.cancel(instance, by=None),
        )
        assert kinds(results) == {"ProcessInstance": 1, "CommandRejected": 1}
        assert case.state in ("completed", "terminated")


def test_a_timer_and_a_completion_have_one_winner() -> None:
    race = d.process(
        d.start(),
        d.user("task"),
        d.boundary("late", "task", d.timer("PT0.001S")),
        d.user("chase"),
        d.end(),
        flows="s-task task-e late-chase chase-e",
    )
    definition = deployed(race)
    seen = set()
    for _ in range(8):
        case = Case(start(definition, {}).pk)
        command = commands.Complete(case.number("task"))
        together(jobs.sweep, lambda case=case, command=command: execute(case.pk, command))
        jobs.sweep()
        ended = case.state == "completed"
        assert (case.active == []) if ended else (case.active == ["chase"])
        assert case.count()["late"] == (0 if ended else 1)
        assert len(case.jobs) == 1 and case.jobs[0].state in ("done", "withdrawn")  # noqa: PT018
        seen.add(ended)


def test_two_sweepers_fire_each_timer_once() -> None:
    wait = d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.timer("PT0.001S")),
        d.user("after"),
        d.end(),
        flows="s-wait wait-after after-e",
    )
    definition = deployed(wait)
    cases = [Case(start(definition, {}).pk) for _ in range(40)]
    ran = together(jobs.sweep, jobs.sweep, jobs.sweep)
    assert sum(ran) == 40
    assert all(case.active == ["after"] for case in cases)
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


def test_two_sweepers_call_each_connector_once() -> None:
    definition = deployed(d.ONE_JOB)
    cases = [Case(start(definition, {}).pk) for _ in range(20)]
    with worker("test-work", lambda request: {}) as asked:
        assert sum(together(jobs.sweep, jobs.sweep, jobs.sweep)) == 20
    assert len({request.key for request in asked}) == len(asked) == 20
    assert all(case.active == ["after"] for case in cases)


def test_a_cycle_fires_once_per_occurrence_however_many_look() -> None:
    definition = deployed(
        d.process(d.start(d.timer("R/PT1H", "timeCycle")), d.user("task"), d.end(), flows="s-task task-e")
    )
    for expected in (1, 2, 3):
        Job.objects.filter(state="due").update(due_at="2020-01-01T00:00Z")
        together(jobs.sweep, jobs.sweep, jobs.sweep)
        assert definition.instances.count() == expected


def test_all_branches_of_a_join_at_once() -> None:
    branches = [f"b{n}" for n in range(6)]
    flows = " ".join(["s-fork", *(f"fork-{b} {b}-join" for b in branches), "join-e"])
    fork = d.process(
        d.start(),
        d.element("parallelGateway", "fork"),
        *map(d.user, branches),
        d.element("parallelGateway", "join"),
        d.end(),
        flows=flows,
    )
    definition = deployed(fork)
    for _ in range(5):
        case = Case(start(definition, {}).pk)
        acts = [partial(execute, case.pk, commands.Complete(case.number(branch))) for branch in branches]
        assert kinds(together(*acts)) == {"ProcessInstance": 6}
        assert case.state == "completed"
        assert case.count()["join"] == 1


def test_a_message_and_its_receiver_never_miss_each_other() -> None:
    """Whoever comes first: published while the instance begins to wait, it is caught."""
    wait = d.process(
        d.start(),
        d.user("first"),
        d.element("intermediateCatchEvent", "wait", inner=d.message("paid")),
        d.user("after"),
        d.end(),
        flows="s-first first-wait wait-after after-e",
        roots=d.MESSAGE.format("paid"),
    )
    for round in range(6):
        case = play(wait, key=f"k{round}")
        command = commands.Complete(case.number("first"))
        together(
            lambda case=case, command=command: execute(case.pk, command),
            lambda round=round: publish("paid", f"k{round}", time_to_live=timedelta(hours=1)),
        )
        jobs.sweep()
        assert case.active == ["after"]


def test_one_of_many_publishers_of_the_same_id_is_heard() -> None:
    wait = d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.message("paid")),
        d.user("after"),
        d.end(),
        flows="s-wait wait-after after-e",
        roots=d.MESSAGE.format("paid"),
    )
    cases = [play(wait, key="a") for _ in range(4)]
    results = together(*[lambda: publish("paid", "a", message_id="m-1")] * 4)
    assert sorted(len(result) for result in results) == [0, 0, 0, 1]
    assert Message.objects.count() == 1
    assert sorted(case.active[0] for case in cases) == ["after", "wait", "wait", "wait"]


def test_instances_that_tell_each_other_at_once_do_not_deadlock() -> None:
    tell = '<bpmn:messageEventDefinition messageRef="message_{}"><bpmn:extensionElements>'
    tell += '<zeebe:publishMessage correlationKey="=key" timeToLive="PT1H"/></bpmn:extensionElements>'
    tell += "</bpmn:messageEventDefinition>"

    def talker(id: str, says: str, hears: str) -> bytes:
        return d.process(
            d.start(),
            d.user("go"),
            d.element("intermediateThrowEvent", "tell", inner=tell.format(says)),
            d.element("intermediateCatchEvent", "wait", inner=d.message(hears)),
            d.end(),
            flows="s-go go-tell tell-wait wait-e",
            roots=d.MESSAGE.format("ping") + d.MESSAGE.format("pong"),
            id=id,
        )

    one = deployed(talker("p", "ping", "pong"))
    deployed(talker("p", "ping", "pong"), q=talker("q", "pong", "ping"))
    other = ProcessDefinition.objects.get(key="q")
    for round in range(5):
        pair = [Case(start(definition, {"key": f"k{round}"}).pk) for definition in (one, other)]
        numbers = [case.number("go") for case in pair]
        results = together(
            *[lambda c=c, n=n: execute(c.pk, commands.Complete(n)) for c, n in zip(pair, numbers, strict=True)]
        )
        assert kinds(results) == {"ProcessInstance": 2}
        together(jobs.sweep, jobs.sweep)
        jobs.sweep()
        assert [case.state for case in pair] == ["completed", "completed"]
