"""One operation on many instances: each has its result, none is half done, and a crash loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from orchestrator.engine import CommandRejected
from orchestrator.models import Batch, BatchItem, HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import batches, jobs, operations
from orchestrator.runtime.batches import InvalidBatch, begin
from orchestrator.runtime.execution import start
from orchestrator.runtime.migration import propose
from orchestrator.runtime.selection import InvalidFilter, chosen
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later
from tests.runtime.processes import together
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db

ALL = {"process": "p"}
LINE = d.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="s-a a-b b-e")
WAIT = d.process(
    d.start(),
    d.element("intermediateCatchEvent", "wait", inner=d.timer("PT1H")),
    d.user("after"),
    d.end(),
    flows="s-wait wait-after after-e",
)


def several(content: bytes, count: int = 3, **variables: Any) -> list[Case]:
    definition = deployed(content)
    return [Case(start(definition, {**variables, "n": n}, business_key=f"K{n}").pk) for n in range(count)]


def done(batch: Batch) -> Batch:
    batches.run()
    batch.refresh_from_db()
    return batch


def test_everything_that_fits_is_cancelled() -> None:
    cases = several(LINE)
    batch = begin("cancel", ALL, by=None)
    assert [case.state for case in cases] == ["active"] * 3
    assert done(batch).state == Batch.State.DONE
    assert [case.state for case in cases] == ["terminated"] * 3
    assert batches.progress(batch) == {"waiting": 0, "done": 3, "failed": 0, "skipped": 0}


def failing() -> list[Case]:
    cases = several(d.ONE_JOB)
    with worker("test-work", lambda request: RuntimeError("no")):
        for _ in range(3):
            later(hours=1)
    return cases


def paused() -> list[Case]:
    cases = several(LINE)
    for case in cases:
        operations.suspend(case.instance, by=None)
    return cases


@pytest.mark.parametrize(
    ("kind", "standing", "parameters", "told"),
    [
        ("cancel", lambda: several(LINE), {}, "cancelled"),
        ("suspend", lambda: several(LINE), {}, "suspended"),
        ("resume", paused, {}, "resumed"),
        ("retry", failing, {}, "retried"),
        ("timer", lambda: several(WAIT), {"element": "wait", "seconds": 60}, "due date changed"),
        ("modify", lambda: several(LINE), {"move": {"a": "b"}}, "modified"),
        ("migrate", lambda: several(LINE), None, "migrated"),
    ],
)
def test_the_history_of_every_instance_says_who_did_it_when_and_why(
    kind: str, standing: Callable[[], list[Case]], parameters: dict[str, Any] | None, told: str
) -> None:
    cases = standing()
    if parameters is None:
        source, target = cases[0].instance.definition, deployed(LINE.replace(b'name="B"', b'name="C"'))
        parameters = {"target": target.pk, "mapping": propose(source, target)}
    ada = User.objects.create_user("ada")
    batch = done(begin(kind, ALL, parameters, by=ada, reason="The bank is closed"))
    assert batches.progress(batch)["done"] == len(cases)
    events = HistoryEvent.objects.filter(kind=told, actor=ada, at__gte=batch.created_at)
    assert [(event.process_instance_id, event.data["reason"]) for event in events.order_by("process_instance_id")] == [
        (case.pk, "The bank is closed") for case in cases
    ]


def test_what_has_ended_meanwhile_fails_alone_with_its_reason() -> None:
    cases = several(LINE)
    batch = begin("suspend", ALL, by=None)
    operations.cancel(cases[1].instance, by=None)
    assert done(batch).state == Batch.State.DONE
    told = list(batch.items.order_by("id").values_list("state", "message"))
    assert [state for state, _ in told] == ["done", "failed", "done"]
    assert "has ended" in told[1][1]
    assert [case.instance.suspended_at is not None for case in cases] == [True, False, True]


def test_paused_instances_are_resumed_and_running_ones_are_not_chosen() -> None:
    cases = several(LINE)
    operations.suspend(cases[0].instance, by=None)
    batch = done(begin("resume", ALL, by=None))
    assert batch.items.get().process_instance_id == cases[0].pk
    assert cases[0].instance.suspended_at is None


def test_incidents_are_retried_with_other_variables_and_attempts() -> None:
    cases = several(d.ONE_JOB)
    with worker(
        "test-work", lambda request: {} if request.variables.get("url") else RuntimeError("no address")
    ) as asked:
        for _ in range(3):
            later(hours=1)
        assert ProcessInstance.objects.filter(open_incidents=1).count() == 3
        batch = done(
            begin("retry", {**ALL, "incident": "no address"}, {"variables": {"url": "x"}, "attempts": 1}, by=None)
        )
        jobs.sweep()
    assert batches.progress(batch)["done"] == 3
    assert [case.active for case in cases] == [["after"]] * 3
    assert len(asked) == 12


def test_timers_are_moved_to_a_time_or_by_a_span() -> None:
    cases = several(WAIT)
    due = Job.objects.latest("id").due_at
    done(begin("timer", ALL, {"element": "wait", "seconds": 3600}, by=None))
    assert (Job.objects.latest("id").due_at - due).total_seconds() == 3600
    batch = done(begin("timer", ALL, {"element": "wait", "due_at": "2020-01-01T00:00:00+00:00"}, by=None))
    jobs.sweep()
    assert [case.active for case in cases] == [["after"]] * 3
    assert set(batch.items.values_list("message", flat=True)) == {"1 timer"}


def test_tokens_are_moved_where_they_stand() -> None:
    cases = several(LINE)
    cases[0].complete("a")
    batch = done(begin("modify", ALL, {"move": {"a": "b"}}, by=None))
    assert [case.active for case in cases] == [["b"]] * 3
    assert list(batch.items.order_by("id").values_list("state", flat=True)) == ["failed", "done", "done"]


def test_instances_are_migrated_and_what_does_not_fit_stays() -> None:
    cases = several(LINE)
    source = cases[0].instance.definition
    cases[2].complete("a")
    target = deployed(d.process(d.start(), d.user("a"), d.user("c"), d.end(), flows="s-a a-c c-e"))
    start(target, {})  # is there already, and not chosen
    parameters = {"target": target.pk, "mapping": propose(source, target)}
    batch = done(begin("migrate", ALL, parameters, by=None))
    assert batch.items.count() == 3
    assert [case.instance.definition for case in cases] == [target, target, source]
    assert "b is active and has no counterpart" in batch.items.get(state="failed").message
    assert batches.again(batch) == 1
    cases[2].complete("b")
    done(batch)
    assert "has ended" in batch.items.get(state="failed").message


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"version": "1"}, [0, 1, 2]),
        ({"version": 2}, []),
        ({"state": "suspended"}, [1]),
        ({"state": "running"}, [0, 2]),
        ({"state": "incident"}, []),
        ({"element": "b"}, [2]),
        ({"element": "a"}, [0, 1]),
        ({"business_key": "K1"}, [1]),
        ({"variable": "n", "value": "2"}, [2]),
        ({"variable": "n", "value": "2.0"}, [2]),
        ({"variable": "kind", "value": "red"}, [0, 1, 2]),
        ({"variable": "kind", "value": '"red"'}, [0, 1, 2]),
        ({"variable": "kind", "value": "blue"}, []),
        ({"started_after": "2020-01-01"}, [0, 1, 2]),
        ({"started_after": "last week"}, None),
        ({"started_after": "2020-01-01 10:00"}, [0, 1, 2]),
        ({"started_before": "2020-01-01T10:00Z"}, []),
        ({"incident": "x"}, []),
    ],
)
def test_a_filter_chooses(filter: dict[str, Any], expected: list[int] | None) -> None:
    cases = several(LINE, kind="red")
    operations.suspend(cases[1].instance, by=None)
    cases[2].complete("a")
    if expected is None:
        with pytest.raises(InvalidFilter, match="no time"):
            chosen({**ALL, **filter})
        return
    found = set(chosen({**ALL, **filter}).values_list("pk", flat=True))
    assert found == {cases[index].pk for index in expected}


def test_nonsense_is_refused_before_anything_is_stored() -> None:
    deployed(WAIT)
    several(LINE)
    for wrong, told in (
        ({"process": "nobody"}, "no process nobody"),
        ({}, "Choose a process"),
        ({**ALL, "colour": "red"}, "no criterion colour"),
        ({**ALL, "version": "x"}, "whole number"),
        ({**ALL, "state": "asleep"}, "no state asleep"),
    ):
        with pytest.raises(InvalidFilter, match=told):
            begin("cancel", wrong, by=None)
    for kind, given, told in (
        ("explode", {}, "no operation explode"),
        ("cancel", {"x": 1}, "takes no x"),
        ("timer", {"element": "wait"}, "Say when"),
        ("timer", {"element": "wait", "due_at": "soon"}, "Say when"),
        ("timer", {"element": "wait", "seconds": 10**12}, "hundred years"),
        ("timer", {"element": "wait", "due_at": 7}, "Say when"),
        ("timer", {"element": "wiat", "seconds": 5}, "No version of p has an element wiat"),
        ("modify", {}, "Name the elements"),
        ("modify", {"move": ["a"]}, "as an object"),
        ("modify", {"activate": "a"}, "as lists"),
        ("modify", {"move": {"a": "wiat"}, "terminate": ["b", "c"]}, "has an element wiat, c"),
        ("migrate", {"target": "x", "mapping": {}}, "another version"),
        ("migrate", {"target": 0, "mapping": {}}, "another version"),
        ("retry", {"attempts": 0}, "from 1 to"),
    ):
        with pytest.raises(InvalidBatch, match=told):
            begin(kind, ALL, given, by=None)
    with pytest.raises(InvalidBatch, match="Nothing fits"):
        begin("cancel", {**ALL, "business_key": "none"}, by=None)
    assert not Batch.objects.exists()


def test_a_stopped_batch_does_no_more_and_can_be_taken_up_again() -> None:
    cases = several(LINE)
    batch = begin("cancel", ALL, by=None)
    batches._next(batch.pk)
    batches._finish(batch.pk)  # by a worker that found none free
    batches.stop(batch)
    assert done(batch).state == Batch.State.STOPPED
    assert sorted(case.state for case in cases) == ["active", "active", "terminated"]
    with pytest.raises(CommandRejected, match="has ended already"):
        batches.stop(batch)
    assert batches.again(batch) == 2
    assert done(batch).state == Batch.State.DONE
    assert {case.state for case in cases} == {"terminated"}


@pytest.mark.parametrize("crash", [SystemExit, OperationalError])
def test_a_crash_in_the_middle_leaves_the_item_waiting(
    monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    cases = several(LINE)
    batch = begin("cancel", ALL, by=None)

    def dies(*_: Any) -> str:
        operations.cancel(cases[0].instance, by=None)
        raise crash

    monkeypatch.setitem(batches.ACTS, "cancel", dies)
    with pytest.raises(crash):
        batches.run()
    monkeypatch.undo()
    assert cases[0].state == "active"
    assert batches.progress(batch)["waiting"] == 3
    assert done(batch).state == Batch.State.DONE


@pytest.mark.django_db(transaction=True)
def test_several_workers_do_each_item_once() -> None:
    several(LINE, 12)
    batch = begin("suspend", ALL, by=None)
    assert sum(together(batches.run, batches.run, batches.run)) == 12
    batches.run()
    batch.refresh_from_db()
    assert batch.state == Batch.State.DONE
    assert set(BatchItem.objects.values_list("state", flat=True)) == {"done"}
    assert HistoryEvent.objects.filter(kind="suspended").count() == 12
