"""Messages and signals: who gets them, once, and what waits for whom."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from orchestrator.models import Job, Message, ProcessDefinition, Subscription
from orchestrator.runtime import jobs
from orchestrator.runtime.execution import start
from orchestrator.runtime.messages import broadcast_signal, forget_expired, publish
from orchestrator.runtime.variables import InvalidVariables
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play

HOUR = timedelta(hours=1)


def waits(id: str = "p", then: str = "after") -> bytes:
    return d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.message("paid")),
        d.user(then),
        d.end(),
        flows=f"s-wait wait-{then} {then}-e",
        roots=d.MESSAGE.format("paid"),
        id=id,
    )


ORDERED = d.process(
    d.start(d.message("ordered")),
    d.user("pack"),
    d.end(),
    flows="s-pack pack-e",
    roots=d.START_MESSAGE.format("ordered"),
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_reaches_the_instance_with_its_key() -> None:
    mine, other = play(waits(), key="a"), play(waits(), key="b")
    assert [instance.pk for instance in publish("paid", "a", {"amount": 5})] == [mine.pk]
    assert (mine.active, mine.variables) == (["after"], {"key": "a", "amount": 5})
    assert other.active == ["wait"]


def test_without_a_time_to_live_a_message_that_nobody_awaits_is_gone() -> None:
    assert publish("paid", "a") == []
    assert play(waits(), key="a").active == ["wait"]
    assert not Message.objects.exists()


def test_with_a_time_to_live_it_waits_for_the_instance() -> None:
    publish("paid", "a", {"amount": 5}, time_to_live=HOUR)
    case = play(waits(), key="a")
    jobs.sweep()
    assert (case.active, case.variables["amount"]) == (["after"], 5)


def test_an_expired_message_waits_no_longer() -> None:
    publish("paid", "a", time_to_live=HOUR)
    later(hours=2)
    case = play(waits(), key="a")
    jobs.sweep()
    assert case.active == ["wait"]


def test_the_oldest_waiting_message_comes_first() -> None:
    for amount in (1, 2):
        publish("paid", "a", {"amount": amount}, time_to_live=HOUR)
    case = play(waits(), key="a")
    jobs.sweep()
    assert case.variables["amount"] == 1


def test_a_message_with_an_id_is_published_once() -> None:
    first, second = play(waits(), key="a"), play(waits(), key="a")
    assert len(publish("paid", "a", message_id="m-1")) == 1
    assert publish("paid", "a", message_id="m-1") == []
    assert sorted([first.active, second.active]) == [["after"], ["wait"]]
    other = play(waits(), key="b")
    assert [instance.pk for instance in publish("paid", "b", message_id="m-1")] == [other.pk]  # ids are per key


def test_a_message_is_correlated_once_per_process_and_to_every_process() -> None:
    first, second, elsewhere = play(waits(), key="a"), play(waits(), key="a"), Case(0)
    definition = deployed(waits(id="p"), q=waits(id="q"))
    elsewhere = Case(start(ProcessDefinition.objects.get(key="q"), {"key": "a"}).pk)
    assert {instance.pk for instance in publish("paid", "a")} == {first.pk, elsewhere.pk}
    assert second.active == ["wait"]
    assert definition.key == "p"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_message_for_an_instance_that_has_moved_on_goes_to_the_next(is_there: bool) -> None:
    """It was on its way when a timer was faster."""
    race = d.process(
        d.start(),
        d.element("receiveTask", "wait", attributes='messageRef="message_paid"'),
        d.boundary("late", "wait", d.timer("PT1H")),
        d.user("after"),
        d.user("chase"),
        d.end(),
        flows="s-wait wait-after after-e late-chase chase-e",
        roots=d.MESSAGE.format("paid"),
    )
    case = play(race, key="a")
    with transaction.atomic():
        publish("paid", "a", time_to_live=HOUR)
        Job.objects.filter(kind="delivery").update(due_at="2099-01-01T00:00Z")
    Job.objects.filter(kind="timer").update(due_at="2020-01-01T00:00Z")
    jobs.sweep()
    assert case.active == ["chase"]
    waiting = [play(race, key="a")] if is_there else []
    Job.objects.filter(kind="delivery").update(due_at="2020-01-01T00:00Z")
    jobs.sweep()
    assert case.active == ["chase"]
    (next_one,) = waiting or [play(race, key="a")]
    jobs.sweep()
    assert next_one.active == ["after"]


def test_a_message_starts_a_process() -> None:
    definition = deployed(ORDERED)
    (instance,) = publish("ordered", "", {"item": "hat"})
    assert instance.definition == definition
    assert (Case(instance.pk).active, Case(instance.pk).variables) == (["pack"], {"item": "hat"})


def test_one_instance_at_a_time_is_started_per_correlation_key() -> None:
    definition = deployed(ORDERED)
    for item in ("hat", "coat"):
        publish("ordered", "customer-1", {"item": item}, time_to_live=HOUR)
    publish("ordered", "customer-2", {"item": "shoe"}, time_to_live=HOUR)
    assert definition.instances.count() == 2
    first = Case(definition.instances.earliest("id").pk)
    first.complete("pack")
    jobs.sweep()
    assert definition.instances.count() == 3
    assert Case(definition.instances.latest("id").pk).variables == {"item": "coat"}


def test_a_start_that_is_on_its_way_counts_as_one_that_runs() -> None:
    definition = deployed(ORDERED)
    with transaction.atomic():
        for item in ("hat", "coat"):
            publish("ordered", "customer-1", {"item": item}, time_to_live=HOUR)
    jobs.sweep()
    assert Case(definition.instances.get().pk).variables == {"item": "hat"}


def test_a_process_publishes_to_another() -> None:
    throw = d.process(
        d.start(),
        d.element(
            "intermediateThrowEvent",
            "tell",
            inner='<bpmn:messageEventDefinition messageRef="message_paid"><bpmn:extensionElements>'
            '<zeebe:publishMessage correlationKey="=key" timeToLive="PT1H"/></bpmn:extensionElements>'
            "</bpmn:messageEventDefinition>",
        ),
        d.end(),
        flows="s-tell tell-e",
        roots=d.MESSAGE.format("paid"),
        id="q",
    )
    receiver = play(waits(), key="a")
    play(throw, key="a")
    jobs.sweep()
    assert receiver.active == ["after"]


def test_a_non_interrupting_message_is_caught_again_and_again() -> None:
    notes = d.process(
        d.start(),
        d.user("task"),
        d.boundary("noted", "task", d.message("paid"), interrupting=False),
        d.end(),
        d.end("n"),
        flows="s-task task-e noted-n",
        roots=d.MESSAGE.format("paid"),
    )
    case = play(notes, key="a")
    for _ in range(3):
        publish("paid", "a")
    assert case.count()["noted"] == 3
    case.complete("task")
    assert not Subscription.objects.exists()


def test_a_signal_goes_to_everybody_who_waits_and_starts_who_is_started_by_it() -> None:
    waiting = d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.signal("alarm")),
        d.user("after"),
        d.end(),
        flows="s-wait wait-after after-e",
        roots=d.SIGNAL.format("alarm"),
    )
    cases = [play(waiting), play(waiting)]
    starter = d.process(
        d.start(d.signal("alarm")),
        d.user("react"),
        d.end(),
        flows="s-react react-e",
        roots=d.SIGNAL.format("alarm"),
        id="q",
    )
    definition = deployed(starter)
    reached = broadcast_signal("alarm", {"level": 3})
    assert [instance.pk for instance in reached] == [case.pk for case in cases]
    assert all(case.active == ["after"] and case.variables == {"level": 3} for case in cases)
    assert Case(definition.instances.get().pk).variables == {"level": 3}


def test_a_message_is_remembered_for_a_week_after_it_expired() -> None:
    publish("paid", "a", message_id="m-1")
    later(days=6)
    assert forget_expired() == 0
    assert publish("paid", "a", message_id="m-1") == []
    later(days=2)
    assert forget_expired() == 1
    assert not Message.objects.exists()


def test_the_code_of_the_page_does_what_it_says() -> None:
    case = play(waits(), key="order-7")
    page = Path(__file__).resolve().parents[2] / "docs" / "modellers" / "messages.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    for _ in range(2):
        exec(code, {})
    assert (case.active, case.variables["amount"]) == (["after"], 12)
    assert Message.objects.get().message_id == "bank-4711"


def test_bad_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="correlation key of the message has more than 255"):
        publish("paid", "x" * 256)
    for wrong, sentence in (
        (lambda: publish("", "a"), "The message has no name"),
        (lambda: publish("paid", 7), "The correlation key of the message must be a text, not 7"),  # type: ignore[arg-type]
        (lambda: publish("paid", "\ud800"), "one that cannot be stored"),
        (lambda: publish("paid", "a", time_to_live=timedelta(days=-1)), "A message lives from no time at all"),
        (lambda: publish("paid", "a", time_to_live=timedelta.max), "to 36500 days"),
        (lambda: broadcast_signal(""), "The signal has no name"),
        (lambda: broadcast_signal("a\x00"), "The name of the signal has"),
    ):
        with pytest.raises(ValueError, match=sentence):
            wrong()  # type: ignore[no-untyped-call]
    with pytest.raises(InvalidVariables):
        publish("paid", "a", {"x": float("nan")})
    assert not Message.objects.exists()


def test_a_signal_does_not_reach_what_began_to_wait_after_it() -> None:
    echo = d.process(
        d.start(),
        d.element("intermediateThrowEvent", "shout", inner=d.signal("alarm")),
        d.element("intermediateCatchEvent", "hear", inner=d.signal("alarm")),
        d.end(),
        flows="s-shout shout-hear hear-e",
        roots=d.SIGNAL.format("alarm"),
    )
    case = play(echo)
    jobs.sweep()
    assert case.active == ["hear"]
    broadcast_signal("alarm")
    jobs.sweep()
    assert case.state == "completed"
