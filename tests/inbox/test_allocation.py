"""Tasks that find their one among the many: the property `allocation`."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask
from tests.inbox.cases import kinds, offer, start, user_task

pytestmark = pytest.mark.django_db


def owner(task: HumanTask) -> User | None:
    return task.actual_owner


def allocated(strategy: str, **task: str) -> HumanTask:
    return offer(groups="Finance", allocation=strategy, **task)


@pytest.mark.parametrize("strategy", ["offer", " Offer "])
def test_an_offer_goes_to_nobody_in_particular(strategy: str, alice: User) -> None:
    task = allocated(strategy)

    assert (task.state, owner(task)) == (lifecycle.READY, None)


@pytest.mark.parametrize("strategy", ["round robin", "round_robin", "Round-Robin"])
def test_round_robin_takes_turns(strategy: str, alice: User, bob: User) -> None:
    assert [owner(allocated(strategy)) for _ in range(4)] == [alice, bob, alice, bob]


def test_least_recently_prefers_who_waited_longest(alice: User, bob: User) -> None:
    allocated("round robin")
    allocated("round robin", users="alice", excludedUsers="bob")

    assert owner(allocated("least recently")) == bob


def test_the_shortest_queue_gets_the_next_one(alice: User, bob: User) -> None:
    for _ in range(2):
        operations.claim(task=offer(groups="Finance"), user=alice)

    assert [owner(allocated("shortest queue")) for _ in range(3)] == [bob, bob, alice]


def test_chance_is_fair_in_the_long_run_and_never_leaves_the_candidates(alice: User, bob: User, charlie: User) -> None:
    chosen = {owner(allocated("random")) for _ in range(20)}

    assert chosen == {alice, bob}


def test_who_knows_the_case_keeps_it(alice: User, bob: User) -> None:
    instance = start(user_task("n1", groups="Finance"), user_task("n2", groups="Finance", allocation="retain familiar"))
    first = HumanTask.objects.get(process_instance=instance)
    operations.complete(task=first, user=bob, data={})

    assert owner(HumanTask.objects.get(process_instance=instance, element="n2")) == bob


def test_when_nobody_knows_the_case_it_is_offered(alice: User) -> None:
    assert owner(allocated("retain familiar")) is None


def test_an_excluded_person_is_never_chosen(alice: User, bob: User) -> None:
    for strategy in ("round robin", "shortest queue", "random", "least recently"):
        assert owner(allocated(strategy, excludedUsers="alice")) == bob


def test_the_chosen_one_finds_it_in_their_own_list_and_the_history_tells(alice: User) -> None:
    task = allocated("round robin")

    assert task.state == lifecycle.RESERVED
    assert task.entries.filter(principal=2 * alice.pk, mine=True).exists()
    assert not task.entries.filter(offered=True).exists()
    assert kinds(task) == ["create", "allocate"]
    assert task.events.get(kind="allocate").data == {"strategy": "round robin", "to": "alice"}


def test_an_unknown_way_is_told_and_the_task_offered(alice: User) -> None:
    task = allocated("by horoscope")

    assert task.state == lifecycle.READY
    assert task.events.get(kind="unresolved").data["text"].startswith("There is no allocation “by horoscope”")
