"""A suspended process instance stands still, loses nothing, and goes on with what came meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from orchestrator.engine import CommandRejected, commands
from orchestrator.models import HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import jobs, operations
from orchestrator.runtime.claims import claim
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.messages import broadcast_signal, publish
from orchestrator.runtime.suspension import InstanceSuspended
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play
from tests.runtime.processes import together
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db

WAIT = d.process(
    d.start(),
    d.element("intermediateCatchEvent", "wait", inner=d.timer("PT1H")),
    d.user("after"),
    d.end(),
    flows="s-wait wait-after after-e",
)
PAID = d.process(
    d.start(),
    d.element("intermediateCatchEvent", "wait", inner=d.message("paid")),
    d.element("intermediateCatchEvent", "bell", inner=d.signal("go")),
    d.end(),
    flows="s-wait wait-bell bell-e",
    roots=d.MESSAGE.format("paid") + d.SIGNAL.format("go"),
)


def suspended(content: bytes, **variables: object) -> Case:
    case = play(content, **variables)
    operations.suspend(case.instance, by=None, reason="The auditors are here")
    return case


def test_no_task_is_completed_while_its_instance_is_suspended() -> None:
    case = suspended(d.ONE_TASK)
    with pytest.raises(InstanceSuspended, match="paused"):
        case.complete("review")
    assert case.active == ["review"]
    operations.resume(case.instance, by=None)
    assert case.complete("review").state == ProcessInstance.State.COMPLETED


def test_a_timer_that_falls_due_meanwhile_fires_on_resume() -> None:
    case = suspended(WAIT)
    assert later(hours=2) == 0
    assert case.active == ["wait"]
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["after"]
    assert Job.objects.get().attempts == 1


def test_no_connector_is_called_for_a_suspended_instance() -> None:
    case = suspended(d.ONE_JOB)
    with worker("test-work", lambda request: {}) as asked:
        assert (later(hours=1), asked) == (0, [])
        operations.resume(case.instance, by=None)
        jobs.sweep()
    assert (len(asked), case.active) == (1, ["after"])


def test_what_a_connector_had_begun_is_finished_and_what_follows_is_held() -> None:
    """Its effect outside cannot be taken back; asking twice would be worse."""
    twice = d.process(
        d.start(), d.service("one", "test-work"), d.service("two", "test-work"), d.end(), flows="s-one one-two two-e"
    )
    case = play(twice)

    def work(request: object) -> dict[str, object]:
        if len(asked) == 1:
            operations.suspend(case.instance, by=None)
        return {}

    with worker("test-work", work) as asked:
        jobs.sweep()
        assert (case.active, len(asked)) == (["two"], 1)
        later(hours=1)
        operations.resume(case.instance, by=None)
        jobs.sweep()
    assert (case.state, len(asked)) == ("completed", 2)


def test_a_failed_call_is_not_tried_again_before_the_instance_resumes() -> None:
    case = play(d.ONE_JOB)

    def work(request: object) -> Exception:
        if len(asked) == 1:
            operations.suspend(case.instance, by=None)
        return RuntimeError("not now")

    with worker("test-work", work) as asked:
        jobs.sweep()
        Job.objects.update(due_at="2020-01-01T00:00Z")
        assert jobs.sweep() == 0
        operations.resume(case.instance, by=None)
        jobs.sweep()
    assert len(asked) == 2


def test_messages_and_signals_are_kept_and_applied_on_resume() -> None:
    case = suspended(PAID, key="k")
    publish("paid", "k", {"sum": 3}, time_to_live=timedelta(0))
    jobs.sweep()
    assert case.active == ["wait"]
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert (case.active, case.variables["sum"]) == (["bell"], 3)
    operations.suspend(case.instance, by=None)
    broadcast_signal("go", {})
    later(days=30)
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.state == "completed"


def test_called_instances_follow_their_caller_all_the_way_down() -> None:
    inner = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="grandchild")
    middle = d.process(d.start(), d.call("pass", "grandchild"), d.end(), flows="s-pass pass-e", id="child")
    outer = d.process(d.start(), d.call("call", "child"), d.end(), flows="s-call call-e")
    case, ada = Case(start(deployed(outer, q=middle, r=inner), {}).pk), User.objects.create_user("ada")
    jobs.sweep()
    (child,) = case.children
    (grandchild,) = child.children
    operations.suspend(case.instance, by=ada, reason="Wait")
    jobs.sweep()
    with pytest.raises(InstanceSuspended):
        grandchild.complete("work")
    operations.resume(case.instance, by=ada, reason="Now")
    jobs.sweep()
    told = HistoryEvent.objects.filter(kind__in=["suspended", "resumed"], actor=ada).order_by("id")
    for one in (case, child, grandchild):
        events = told.filter(process_instance=one.pk).values_list("kind", "data__reason")
        assert list(events) == [("suspended", "Wait"), ("resumed", "Now")]
    grandchild.complete("work")
    jobs.sweep()
    assert case.state == "completed"


def test_a_call_that_has_not_begun_waits_for_the_resume() -> None:
    inner = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")
    outer = d.process(d.start(), d.call("call", "child"), d.end(), flows="s-call call-e")
    case = Case(start(deployed(outer, q=inner), {}).pk)
    (claimed,) = claim(10, jobs.STEPS)
    operations.suspend(case.instance, by=None)
    jobs.run(claimed)
    assert case.children == []
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert [child.active for child in case.children] == [["work"]]


def test_what_a_called_instance_reports_waits_for_its_suspended_caller() -> None:
    inner = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")
    outer = d.process(d.start(), d.call("call", "child"), d.user("after"), d.end(), flows="s-call call-after after-e")
    case = Case(start(deployed(outer, q=inner), {}).pk)
    jobs.sweep()
    (child,) = case.children
    execute(child.pk, commands.Complete(child.number("work")))
    operations.suspend(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["call"]
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["after"]


def test_an_operator_repairs_a_suspended_instance_and_nothing_runs_before_it_resumes() -> None:
    case = suspended(d.process(
        d.start(), d.user("a"), d.service("work", "test-work"), d.user("after"), d.end(),
        flows="s-a a-work work-after after-e",
    ))  # fmt: skip
    operations.modify(case.instance, by=None, move=[(case.number("a"), "work", {"x": 1})])
    with worker("test-work", lambda request: {}) as asked:
        assert (later(hours=1), asked, case.active) == (0, [], ["work"])
        operations.resume(case.instance, by=None)
        jobs.sweep()
    assert case.active == ["after"]


def test_a_suspended_instance_can_be_cancelled() -> None:
    case = suspended(WAIT)
    operations.cancel(case.instance, by=None)
    assert (case.state, case.jobs[0].state) == ("terminated", "withdrawn")


def test_suspending_twice_and_resuming_what_runs_is_told() -> None:
    case = suspended(d.ONE_TASK)
    with pytest.raises(CommandRejected, match="paused already"):
        operations.suspend(case.instance, by=None)
    operations.resume(case.instance, by=None)
    with pytest.raises(CommandRejected, match="not paused"):
        operations.resume(case.instance, by=None)
    case.complete("review")
    with pytest.raises(CommandRejected, match="has ended"):
        operations.suspend(case.instance, by=None)


def test_the_history_says_who_suspended_it_when_and_why() -> None:
    case = play(d.ONE_TASK)
    ada = User.objects.create_user("ada")
    operations.suspend(case.instance, by=ada, reason="A mistake upstream")
    event = HistoryEvent.objects.get(process_instance=case.pk, kind="suspended")
    assert (event.actor, event.data["reason"], bool(event.at)) == (ada, "A mistake upstream", True)


@pytest.mark.django_db(transaction=True)
def test_suspending_and_completing_have_one_order() -> None:
    """Whoever is first wins: completed and not suspended, or suspended and the person is told."""
    definition = deployed(d.ONE_TASK)
    seen = set()
    for _ in range(8):
        case = Case(start(definition, {}).pk)
        number, instance = case.number("review"), case.instance
        completed, stopped = together(
            lambda case=case, number=number: execute(case.pk, commands.Complete(number)),
            lambda instance=instance: operations.suspend(instance, by=None),
        )
        won = [not isinstance(result, Exception) for result in (completed, stopped)]
        assert sum(won) == 1
        loser = stopped if won[0] else completed
        assert isinstance(loser, CommandRejected)
        assert case.state == ("completed" if won[0] else "active")
        seen.add(won[0])


@pytest.mark.django_db(transaction=True)
def test_a_job_that_meets_a_suspension_is_not_held_for_ever() -> None:
    """It was claimed, then suspended and resumed again before the worker could say so."""
    case = play(WAIT)
    Job.objects.update(due_at="2020-01-01T00:00Z")
    (claimed,) = claim(10, jobs.STEPS)
    operations.suspend(case.instance, by=None)
    held = threading.Thread(target=lambda: (jobs.run(claimed), connection.close()))
    held.start()
    held.join()
    operations.resume(case.instance, by=None)
    jobs._hold_back(claimed)
    jobs.sweep()
    assert case.active == ["after"]
