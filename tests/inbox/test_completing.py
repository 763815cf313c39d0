"""Completing: what the process gets, who was first, what many at once do, what it costs."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from functools import partial

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from orchestrator.models import ElementInstance, ProcessInstance
from orchestrator.runtime import execution
from tasks_inbox import entries, lifecycle, operations
from tasks_inbox.models import HumanTask
from tasks_inbox.operations import InvalidForm, NotPermitted, TooLate
from tests.bpmn import draw
from tests.inbox.cases import definition, everything, kinds, offer, start, statements, user_task

pytestmark = pytest.mark.django_db


def test_completing_moves_the_process_on_and_hands_it_the_data(alice: User) -> None:
    task = offer(groups="Finance", outcomes="approve=Approve; reject=Reject!", outcomeVariable="decision")
    operations.claim(task=task, user=alice)

    operations.complete(task=task, user=alice, data={"amount": 12}, outcome="approve")

    instance = ProcessInstance.objects.get(pk=task.process_instance_id)
    assert instance.state == ProcessInstance.State.COMPLETED
    process = ElementInstance.objects.get(process_instance=instance, scope=None)
    assert process.variables == {"amount": 12, "decision": "approve", "decisionBy": "alice", "decisionComment": ""}
    stored = HumanTask.objects.get(pk=task.pk)
    assert (stored.state, stored.completed_by, stored.outcome) == (lifecycle.COMPLETED, alice, "approve")
    assert stored.output == {"amount": 12}
    assert stored.completed_at is not None
    assert not stored.entries.exists()


def test_a_ready_task_is_claimed_and_started_by_the_click_that_completes_it(alice: User) -> None:
    task = offer(groups="Finance")

    operations.complete(task=task, user=alice, data={})

    assert kinds(task) == ["create", "claim", "start", "complete"]
    stored = HumanTask.objects.get(pk=task.pk)
    assert stored.actual_owner == stored.completed_by == alice
    assert stored.started_at is not None


def test_a_second_click_is_told_who_was_first_and_changes_nothing(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    stale = HumanTask.objects.get(pk=task.pk)
    operations.complete(task=task, user=alice, data={"a": 1})
    before = everything(task)

    for late in (alice, bob):
        with pytest.raises(TooLate) as refusal, transaction.atomic():
            operations.complete(task=HumanTask.objects.get(pk=stale.pk), user=late, data={"a": 2})
        assert refusal.value.by == alice
    assert everything(task) == before


def test_a_colleague_cannot_complete_what_somebody_has_claimed(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)

    with pytest.raises(TooLate) as refusal:
        operations.complete(task=HumanTask.objects.get(pk=task.pk), user=bob, data={})

    assert refusal.value.by == alice


def test_a_stranger_cannot_complete(charlie: User, alice: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=charlie, data={})

    assert ProcessInstance.objects.get().state == ProcessInstance.State.ACTIVE


@pytest.mark.parametrize("outcome", [None, "", "maybe", "Approve"])
def test_an_outcome_that_the_task_does_not_offer_is_refused(outcome: str | None, alice: User) -> None:
    task = offer(groups="Finance", outcomes="approve=Approve; reject=Reject!")

    with pytest.raises(InvalidForm) as refusal:
        operations.complete(task=task, user=alice, data={}, outcome=outcome)

    assert refusal.value.errors == {"outcome": ["Choose one of the outcomes of this task: Approve, Reject."]}


@pytest.mark.parametrize("comment", ["", "   "])
def test_a_rejection_carries_its_reason(comment: str, alice: User) -> None:
    task = offer(groups="Finance", outcomes="approve=Approve; reject=Reject!")

    with pytest.raises(InvalidForm, match="“Reject” needs a comment"):
        operations.complete(task=task, user=alice, data={}, outcome="reject", comment=comment)
    operations.complete(task=task, user=alice, data={}, outcome="reject", comment="Twice the offer.")

    assert HumanTask.objects.get(pk=task.pk).comment == "Twice the offer."


def test_completing_takes_ten_statements_at_most(alice: User) -> None:
    task = offer(groups="Finance", outcomes="approve=Approve", outcomeVariable="decision")

    taken = statements(lambda: operations.complete(task=task, user=alice, data={"a": 1}, outcome="approve"))

    assert len(taken) <= 10, taken


def test_completing_one_task_may_offer_the_next(alice: User, bob: User) -> None:
    instance = start(user_task("n1", "First", assignee="alice"), user_task("n2", "Second", groups="Finance"))
    first = HumanTask.objects.get(process_instance=instance)

    operations.complete(task=first, user=alice, data={})

    second = HumanTask.objects.get(process_instance=instance, element="n2")
    assert (second.state, second.name) == (lifecycle.READY, "Second")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_complete_at_once_exactly_one_does(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    outcomes: list[str] = []
    ready = threading.Barrier(6)

    def click(user: User) -> None:
        seen = HumanTask.objects.get(pk=task.pk)
        ready.wait()
        try:
            operations.complete(task=seen, user=user, data={"by": user.username})
            outcomes.append("done")
        except TooLate as refusal:
            outcomes.append(f"late after {refusal.by}")
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(user,)) for user in (alice, bob) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = HumanTask.objects.get(pk=task.pk).completed_by
    assert sorted(outcomes) == ["done", *[f"late after {winner}"] * 5]
    assert kinds(task).count("complete") == 1
    assert ElementInstance.objects.filter(process_instance=task.process_instance_id, element="e").count() == 1


def test_many_tasks_are_offered_in_as_many_statements_as_one(alice: User) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=numbers" inputElement="number"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    many = definition(draw.chain(user_task(groups="Finance", after=loop, subject='="Number " + string(number)')))
    taken = [len(statements(partial(execution.start, many, {"numbers": list(range(n))}))) for n in (1, 1, 20)]

    assert taken[1] == taken[2]
    assert HumanTask.objects.count() == 22
    assert set(HumanTask.objects.values_list("subject", flat=True)) == {f"Number {n}" for n in range(20)}


@pytest.mark.django_db(transaction=True)
def test_whatever_people_do_at_once_the_lists_tell_the_truth(
    alice: User, bob: User, charlie: User, finance: Group
) -> None:
    charlie.groups.add(finance)
    tasks = [offer(groups="Finance").pk for _ in range(20)]
    people = [alice, bob, charlie]
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def act(task: HumanTask, user: User, chance: random.Random) -> None:
        match chance.randrange(8):
            case 0:
                operations.complete(task=task, user=user, data={})
            case 1:
                operations.delegate(task=task, user=user, to=chance.choice(people))
            case 2 | 3:
                operations.forward(task=task, user=user, to=chance.choice(people))
            case n:
                (operations.claim, operations.start)[n % 2](task=task, user=user)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for pk in tasks:
                task = HumanTask.objects.get(pk=pk)
                together.wait(60)
                with suppress(NotPermitted, TooLate):
                    act(task, chance.choice(people), chance)
        except BaseException as error:
            errors.append(error)
            together.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    for task in HumanTask.objects.filter(pk__in=tasks):
        listed = sorted(task.entries.values_list("principal", "mine", "offered", "guarded"))
        if task.is_open:
            entries.write([task.pk])
            assert sorted(task.entries.values_list("principal", "mine", "offered", "guarded")) == listed
        else:
            assert listed == []
            assert kinds(task).count("complete") == 1
