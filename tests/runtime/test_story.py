"""What people see of an instance: its timeline in sentences, its diagram lit."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from orchestrator.connectors import ConnectorError
from orchestrator.runtime import incidents, jobs, operations
from orchestrator.runtime.execution import start
from orchestrator.runtime.overlay import overlay
from orchestrator.runtime.timeline import Entry, entries
from tests.conformance.combinations import drawing
from tests.conformance.combinations.drawing import ad_hoc, each
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, play
from tests.runtime.workers import answers, worker

pytestmark = pytest.mark.django_db


def test_the_timeline_tells_the_story_in_order(alice: User) -> None:
    case = Case(start(deployed(d.ONE_JOB), {}, by=alice).pk)
    with worker("test-work", answers(ConnectorError("out of order", permanent=True), {})):
        jobs.sweep()
        incidents.retry(case.incidents[0], by=alice)
        jobs.sweep()
    person = Entry(timezone.now(), "person", "bob", "completed “After”", kind="person")
    case.complete("after")
    told = entries(case.instance, [person])
    assert [(entry.who, entry.text) for entry in told] == [
        ("alice", "started Test p"),
        ("", "“work” did not work, attempt 1 of 3"),
        ("", "“work” needs help"),
        ("alice", "tried “work” again"),
        ("alice", "ended the trouble at “work”"),
        ("Baton", "did “work”"),
        ("bob", "completed “After”"),
        ("", "The process ended"),
    ]
    assert told[1].detail == told[2].detail == "out of order"


def test_the_timeline_of_a_cancelled_instance_says_who_and_why(alice: User) -> None:
    case = play(d.ONE_TASK)
    operations.set_variables(case.instance, {"x": 1}, by=alice)
    operations.cancel(case.instance, by=alice, reason="a duplicate")
    told = [(entry.who, entry.text, entry.detail) for entry in entries(case.instance)]
    assert ("alice", "changed data", "x") in told
    assert ("alice", "cancelled the process", "a duplicate") in told
    assert ("", "“Review” was withdrawn", "") in told
    assert ("Baton", "withdrew “Review”", "") in told
    assert ("", "The process was cancelled", "") in told


def test_a_compensation_event_without_a_name_is_told_by_its_handler() -> None:
    case = play(
        drawing.process(
            "p",
            drawing.start(),
            drawing.user("a"),
            drawing.undone("a", "ua"),
            drawing.end("back", drawing.compensate()),
            flows="s-a a-back",
        )
    )
    case.complete("a")
    assert case.active == ["ua"]
    assert case.count()["a_undone"] == 1
    assert not [entry.text for entry in entries(case.instance) if "a_undone" in entry.text]


def test_the_overlay_shows_where_it_is_and_which_way_it_went() -> None:
    choice = d.process(
        d.start(),
        d.element("exclusiveGateway", "g"),
        d.user("a"),
        d.user("b"),
        d.end(),
        flows="s-g|g-a:=x > 10|g-b:=x > 20|a-e|b-e",
    )
    case = play(choice, x=15)
    assert overlay(case.instance) == {
        "active": ["a"],
        "completed": ["g", "s"],
        "incidents": [],
        "taken": ["g_a", "s_g"],
        "counts": {"a": 1, "g": 1, "s": 1},
    }
    assert overlay(play(choice, x=1).instance)["incidents"] == ["g"]


def test_the_overlay_counts_items_and_not_what_is_around_them() -> None:
    repeated = d.process(
        d.start(),
        d.user("a", inner=each("[1,2,3]")),
        ad_hoc("x", d.user("b"), first="[&quot;b&quot;,&quot;b&quot;]"),
        flows="s-a|s-x",
    )
    assert overlay(play(repeated).instance)["counts"] == {"a": 3, "b": 2, "s": 1, "x": 1}
