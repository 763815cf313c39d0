"""What operators do to a running instance: timers, retries, tokens; and who wins when others act at the same moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from orchestrator.engine import CommandRejected, commands
from orchestrator.models import HistoryEvent, Job
from orchestrator.runtime import batches, incidents, jobs, operations, timeline
from orchestrator.runtime.claims import Fenced, claim
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.preview import foresee
from orchestrator.runtime.rollback import deploy_again
from tests.conformance.combinations.drawing import ad_hoc
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play
from tests.runtime.processes import together
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators" / "running-instances.md"
PAST, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
WAIT = d.process(
    d.start(),
    d.element("intermediateCatchEvent", "wait", inner=d.timer("PT1H")),
    d.user("after"),
    d.end(),
    flows="s-wait wait-after after-e",
)
LINE = d.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="s-a a-b b-e")


def test_a_timer_fires_at_its_new_time_and_the_history_says_who_moved_it() -> None:
    case = play(WAIT)
    ada = User.objects.create_user("ada")
    was = Job.objects.get().due_at
    operations.change_due_date(Job.objects.get(), FAR, by=ada, reason="The bank is closed")
    later(hours=2)
    assert case.active == ["wait"]
    event = HistoryEvent.objects.get(kind="due date changed")
    assert (event.actor, event.element) == (ada, "wait")
    assert event.data == {"from": was.isoformat(), "to": FAR.isoformat(), "reason": "The bank is closed"}
    operations.change_due_date(Job.objects.get(), PAST, by=ada)
    assert Job.objects.get().due_at > PAST  # the past means now
    jobs.sweep()
    assert case.active == ["after"]


def test_whoever_starts_an_activity_by_hand_may_say_why() -> None:
    case = play(d.process(d.start(), ad_hoc("choices", d.user("ask")), d.end(), flows="s-choices choices-e"))
    ada = User.objects.create_user("ada")
    operations.activate_ad_hoc(case.instance, case.number("choices"), ["ask"], by=ada, reason="The file is thin")
    assert case.active == ["ask"]
    event = HistoryEvent.objects.get(kind="ad-hoc activities started")
    assert (event.actor, event.data["reason"]) == (ada, "The file is thin")
    assert any(entry.detail == "The file is thin: ask" for entry in timeline.entries(case.instance))


def test_a_timer_that_fired_can_no_longer_be_moved() -> None:
    play(WAIT)
    timer = Job.objects.get()
    later(hours=2)
    with pytest.raises(CommandRejected, match="no longer waits: it is done"):
        operations.change_due_date(timer, FAR, by=None)
    with pytest.raises(ValueError, match="time zone"):
        operations.change_due_date(timer, FAR.replace(tzinfo=None), by=None)


def test_a_moved_timer_turns_away_the_worker_that_had_it() -> None:
    case = play(WAIT)
    Job.objects.update(due_at=PAST)
    (claimed,) = claim(10, jobs.STEPS)
    operations.change_due_date(Job.objects.get(), FAR, by=None)
    with pytest.raises(Fenced):
        claimed.finish()
    assert case.active == ["wait"]
    assert Job.objects.get().attempts == 0


def test_a_timer_of_a_paused_instance_is_moved_and_still_waits_for_the_resume() -> None:
    case = play(WAIT)
    operations.suspend(case.instance, by=None)
    operations.change_due_date(Job.objects.get(), PAST, by=None)
    assert jobs.sweep() == 0
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["after"]


def test_the_next_attempt_of_a_job_is_brought_forward_but_not_while_it_is_carried_out() -> None:
    case = play(d.ONE_JOB)
    refused: list[CommandRejected] = []

    def work(request: object) -> object:
        if len(asked) == 1:
            try:
                operations.change_due_date(Job.objects.get(), PAST, by=None)
            except CommandRejected as error:
                refused.append(error)
            return RuntimeError("busy")
        return {}

    with worker("test-work", work) as asked:
        jobs.sweep()
        assert "carried out at this moment" in str(refused[0])
        operations.change_due_date(Job.objects.get(), PAST, by=None)
        jobs.sweep()
    assert (case.active, len(asked)) == (["after"], 2)


def test_a_retry_gives_other_attempts_and_variables_and_says_why() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", lambda request: RuntimeError("no")) as asked:
        for _ in range(3):
            later(hours=1)
        incidents.retry(case.incidents[0], by=None, variables={"x": 1}, attempts=1, reason="Once more")
        jobs.sweep()
        assert (len(asked), asked[-1].variables["x"]) == (4, 1)
    assert len(case.incidents) == 1
    event = HistoryEvent.objects.get(kind="retried")
    assert (event.data["attempts"], event.data["reason"], event.data["variables"]) == (1, "Once more", ["x"])


def test_tokens_are_moved_all_at_once_or_not_at_all() -> None:
    case = play(LINE)
    number = case.number("a")
    with pytest.raises(CommandRejected, match="no element nowhere"):
        operations.modify(case.instance, by=None, move=[(number, "b", {})], activate=[("nowhere", {}, None)])
    with pytest.raises(CommandRejected, match="Nothing was chosen"):
        operations.modify(case.instance, by=None)
    assert (case.active, case.number("a")) == (["a"], number)
    operations.modify(case.instance, by=None, move=[(number, "b", {"x": 1})], activate=[("b", {"y": 2}, None)])
    assert (case.active, case.variables) == (["b", "b"], {"x": 1, "y": 2})


def test_what_would_happen_is_seen_and_does_not_happen() -> None:
    case = play(LINE)
    seen = foresee(case.instance, lambda: operations.modify(case.instance, by=None, move=[(case.number("a"), "b", {})]))
    assert (seen.left, seen.begun, seen.ends) == (("A",), ("B",), False)
    assert [reason.kind for reason in seen.waits] == ["task"]
    assert case.active == ["a"]
    assert not HistoryEvent.objects.filter(kind="modified").exists()


def test_the_code_of_the_page_does_what_it_says() -> None:
    def drawn(archive: str) -> bytes:
        nodes = (
            d.element("parallelGateway", "fork"),
            d.user("review"),
            d.boundary("late", "review", d.timer("PT1H"), False),
        )
        more = d.service("pay", "test-work", retries="1"), d.user(archive), d.user("tell"), d.end("e2"), d.end("e3")
        flows = f"s-fork fork-review fork-pay review-{archive} {archive}-tell tell-e pay-e2 late-e3"
        return d.process(d.start(), *nodes, *more, d.end(), flows=flows)

    case, ada = play(drawn("archive")), User.objects.create_user("ada")
    with worker("test-work", lambda request: RuntimeError("broken")):
        jobs.sweep()
    named: dict[str, Any] = {
        "instance": case.instance,
        "ada": ada,
        "timer": Job.objects.get(kind="timer"),
        "incident": case.incidents[0],
        "number": case.number("review"),
        "newest": deployed(drawn("file")),
        "datetime": datetime,
        "UTC": UTC,
    }
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(code, named)
    assert named["told"][0] == "“pay” needs help: RuntimeError: broken"
    assert (named["report"].reasons, named["report"].told) == ([], ("archive goes on as file",))
    assert case.active == ["file", "pay", "tell"]
    batches.run()
    assert case.state == "terminated"
    done = ["suspended", "resumed", "variables set", "due date changed", "retried", "modified", "migrated", "cancelled"]
    events = HistoryEvent.objects.filter(process_instance=case.pk, kind__in=done).order_by("id")
    assert [(event.kind, event.actor) for event in events] == [(kind, ada) for kind in done]


def test_the_history_says_from_where_to_where_and_why() -> None:
    case, ada = play(LINE), User.objects.create_user("ada")
    operations.modify(
        case.instance, by=ada, move=[(case.number("a"), "b", {})], activate=[("a", {}, None)], reason="Late"
    )
    operations.set_variables(case.instance, {"x": 1}, by=ada, reason="Wrong")
    seen = [(entry.who, entry.text, entry.detail) for entry in timeline.entries(case.instance)]
    assert ("ada", "moved the process by hand", "Late: a → a, b") in seen
    assert ("ada", "changed data", "Wrong: x") in seen
    with pytest.raises(CommandRejected, match="withdrawn or left in the meantime"):
        operations.set_variables(case.instance, {"x": 2}, by=ada, number=999)


def test_an_older_version_comes_back_as_the_newest_with_what_it_is_bound_to() -> None:
    first = deployed(LINE)
    running = Case(start(first, {}).pk)
    deployed(WAIT)
    result = deploy_again(first.resource, by=None, note="Back")
    (third,) = result.new
    assert (third.version, third.is_latest, third.resource.sha256) == (3, True, first.resource.sha256)
    assert running.instance.definition == first
    assert deploy_again(third.resource, by=None).new == []  # it is the newest already
    called = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")
    bound = d.call("call", "child").replace('processId="child"', 'processId="child" bindingType="deployment"')
    caller = d.process(d.start(), bound, d.end(), flows="s-call call-e", id="caller")
    (both, _) = deploy({"caller.bpmn": caller, "child.bpmn": called}, by=None).new
    deploy({"child.bpmn": d.process(d.start(), d.user("other"), d.end(), flows="s-other other-e", id="child")}, by=None)
    again = deploy_again(both.resource, by=None)
    assert sorted(row.key for row in again.new) == ["caller", "child"]


@pytest.mark.django_db(transaction=True)
def test_moving_a_token_and_its_timer_have_one_winner() -> None:
    """The timer fires first, and there is nothing left to move; or the token is moved, and the timer is withdrawn."""
    definition = deployed(WAIT.replace(b"PT1H", b"PT0.001S"))
    for _ in range(8):
        case = Case(start(definition, {}).pk)
        number, instance = case.number("wait"), case.instance
        _, moved = together(
            jobs.sweep,
            lambda instance=instance, number=number: operations.modify(
                instance, by=None, terminate=[number], activate=[("after", {"by": "hand"}, None)]
            ),
        )
        jobs.sweep()
        by_hand = not isinstance(moved, Exception)
        assert by_hand or isinstance(moved, CommandRejected)
        assert case.active == ["after"]
        assert ("by" in case.variables) == by_hand
        assert case.count()["wait"] == (0 if by_hand else 1)
        assert Job.objects.get(process_instance=case.pk).state == ("withdrawn" if by_hand else "done")


@pytest.mark.django_db(transaction=True)
def test_moving_a_token_and_completing_its_task_have_one_winner() -> None:
    definition = deployed(LINE)
    for _ in range(8):
        case = Case(start(definition, {}).pk)
        number, instance = case.number("a"), case.instance
        results = together(
            lambda case=case, number=number: execute(case.pk, commands.Complete(number)),
            lambda instance=instance, number=number: operations.modify(instance, by=None, move=[(number, "b", {})]),
        )
        assert sorted(type(result).__name__ for result in results) == ["CommandRejected", "ProcessInstance"]
        assert case.active == ["b"]


@pytest.mark.django_db(transaction=True)
def test_a_timer_that_is_moved_and_fires_does_one_of_both() -> None:
    definition = deployed(WAIT.replace(b"PT1H", b"PT0.001S"))
    for _ in range(8):
        case = Case(start(definition, {}).pk)
        timer = Job.objects.get(process_instance=case.pk)
        _, moved = together(jobs.sweep, lambda timer=timer: operations.change_due_date(timer, FAR, by=None))
        fired = isinstance(moved, CommandRejected)
        assert case.active == (["after"] if fired else ["wait"])
        timer.refresh_from_db()
        assert (timer.state, timer.due_at == FAR) == (("done", False) if fired else ("due", True))
