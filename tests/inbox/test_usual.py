"""What usually happens next, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.engine.commands import Complete
from orchestrator.models import ElementInstance, ProcessDefinition, ProcessInstance
from orchestrator.runtime import definitions, execution
from tasks_inbox.models import HumanTask
from tasks_inbox.usual import FEWEST, outlook, usual
from tasks_inbox.usual.past import END, Span
from tests.bpmn import draw
from tests.inbox import cases
from tests.inbox.cases import user_task

pytestmark = pytest.mark.django_db
Queries = Callable[[int], Any]
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.fixture
def process(db: None) -> ProcessDefinition:
    """Ask, then check, or for some a second look before it."""
    xml = draw.file(
        '<bpmn:startEvent id="s"/>'
        + user_task("ask", "Ask")
        + draw.element("exclusiveGateway", "g", attributes='default="g_check"')
        + user_task("look", "Look twice")
        + user_task("check", "Check")
        + '<bpmn:endEvent id="e"/>'
        + draw.flow("s", "ask")
        + draw.flow("ask", "g")
        + draw.flow("g", "look", "=twice")
        + draw.flow("g", "check")
        + draw.flow("look", "check")
        + draw.flow("check", "e")
    )
    return cases.definition(xml)


def done(definition: ProcessDefinition, *, twice: bool = False, asking: float = 1) -> ProcessInstance:
    """A case that is over: so many hours in the first step, two in each other one."""
    instance = execution.start(definition, {"twice": twice})
    at, ends = MONDAY, {"ask": asking, "look": 2, "check": 2}
    for element in ("ask", "look", "check") if twice else ("ask", "check"):
        task = HumanTask.objects.get(process_instance=instance, element=element)
        execution.execute(instance.pk, Complete(task.number, {}))
        rows = ElementInstance.objects.filter(process_instance=instance, element=element)
        rows.update(entered_at=at, left_at=at + hours(ends[element]))
        at += hours(ends[element])
    ElementInstance.objects.filter(process_instance=instance, scope=None).update(entered_at=MONDAY, left_at=at)
    ProcessInstance.objects.filter(pk=instance.pk).update(started_at=MONDAY, ended_at=at)
    return instance


def test_the_past_tells_times_and_what_came_next(process: ProcessDefinition) -> None:
    for number in range(10):
        done(process, twice=number < 2, asking=number + 1)
    found = usual(process, NOW)
    ask = found.courses["ask"]
    assert (found.cases, ask.count) == (10, 10)
    assert ask.lasts == Span(hours(5.5), hours(9.1))
    assert ask.next == (("check", 0.8), ("look", 0.2))
    assert found.courses["check"].rest == Span(hours(2), hours(2))
    assert found.courses["check"].next == ((END, 1.0),)
    assert found.courses["p"].next == (("ask", 1.0),)


def test_few_cases_say_nothing(process: ProcessDefinition) -> None:
    for _ in range(FEWEST - 1):
        done(process)
    execution.start(process, {"twice": False})
    found = usual(process, NOW)
    assert (found.cases, found.courses) == (FEWEST - 1, {})
    said = outlook(found, definitions.process(process), {}, NOW, UTC, NOW)
    assert said.basis == "Not enough past cases yet to say what usually happens: 4 of 5 are over."


def test_a_loop_and_a_parallel_branch_are_no_next_step_of_themselves(db: None) -> None:
    xml = draw.file(
        '<bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/>'
        + "".join(user_task(id, id.upper()) + draw.flow("f", id) + draw.flow(id, "j") for id in ("a", "b"))
        + user_task("c", "C") + '<bpmn:endEvent id="e"/>'
        + draw.flow("s", "f") + draw.flow("j", "c") + draw.flow("c", "e")
    )  # fmt: skip
    definition = cases.definition(xml)
    for _ in range(FEWEST):
        instance = execution.start(definition, {})
        for element in ("a", "b", "c"):
            task = HumanTask.objects.get(process_instance=instance, element=element)
            execution.execute(instance.pk, Complete(task.number, {}))
    found = usual(definition, NOW)
    assert [found.courses[id].next for id in ("a", "b", "c")] == [(("c", 1.0),), (("c", 1.0),), ((END, 1.0),)]
    said = outlook(found, definitions.process(definition), {"a": NOW, "b": NOW}, NOW, UTC, NOW)
    assert sorted((step.name, step.here) for step in said.steps) == [("A", True), ("B", True), ("C", False)]


@pytest.fixture
def ten(process: ProcessDefinition) -> ProcessDefinition:
    for number in range(10):
        done(process, twice=number < 2, asking=number + 1)
    return process


def test_the_way_from_here_is_told_with_its_times(ten: ProcessDefinition) -> None:
    said = outlook(usual(ten, NOW), definitions.process(ten), {"ask": NOW - hours(1)}, NOW, UTC, NOW)
    assert [(step.name, step.lasts, step.here) for step in said.steps] == [
        ("Ask", "usually 5 h, at most 9 h in nine of ten", True),
        ("Check", "usually 2 h", False),
    ]
    assert said.steps[0].instead == "20 %: Look twice"
    assert said.end == "Usually over in 6 h (today 18:30), in nine of ten cases by today 22:06."
    assert said.basis == "From the last 10 cases that are over."


@pytest.mark.parametrize(
    ("spent", "words"),
    [(8, "It takes longer than usual; nine of ten"), (48, "It takes longer than nine of ten such cases did.")],
)
def test_what_takes_longer_is_said(ten: ProcessDefinition, spent: float, words: str) -> None:
    said = outlook(usual(ten, NOW), definitions.process(ten), {"ask": NOW - hours(spent)}, NOW, UTC, NOW)
    assert said.end.startswith(words)


def test_before_the_first_step_the_whole_way_is_told(ten: ProcessDefinition) -> None:
    said = outlook(usual(ten, NOW), definitions.process(ten), {}, NOW, UTC, NOW)
    assert [step.name for step in said.steps] == ["Ask", "Check"]


def test_steps_of_other_versions_end_the_way(ten: ProcessDefinition) -> None:
    newer = cases.definition(draw.chain(user_task("n1", "New")))
    said = outlook(usual(newer, NOW), definitions.process(newer), {"n1": NOW}, NOW, UTC, NOW)
    assert said.steps == ()


def test_the_past_is_asked_once_an_hour(ten: ProcessDefinition, django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(2):
        usual(ten, NOW)
        usual(ten, NOW + timedelta(minutes=30))


def test_the_requester_reads_it_on_the_page_of_the_case(ten: ProcessDefinition, alice: User) -> None:
    instance = execution.start(ten, {"twice": False}, by=alice)
    client = Client()
    client.force_login(alice)
    page = " ".join(client.get(reverse("case", args=[instance.pk])).content.decode().split())
    assert "What usually happens next" in page
    assert "usually 5 h, at most 9 h in nine of ten" in page
    requests = " ".join(client.get(reverse("my_requests")).content.decode().split())
    assert "usually over " in requests


def test_a_case_that_is_over_needs_no_outlook(ten: ProcessDefinition, alice: User) -> None:
    instance = done(ten)
    ProcessInstance.objects.filter(pk=instance.pk).update(started_by=alice)
    client = Client()
    client.force_login(alice)
    page = client.get(reverse("case", args=[instance.pk])).content.decode()
    assert "What usually happens next" not in page
