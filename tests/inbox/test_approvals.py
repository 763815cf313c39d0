"""Several approvers of one task; questions and pieces of work; sending back; decisions that can be taken back."""

from __future__ import annotations

import itertools
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.bpmn.approval_rules import Vote, needed, verdict
from orchestrator.models import ElementInstance, ProcessInstance
from tasks_inbox import batch, lifecycle, operations, queries, returning, undo
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.models import Approver, HeldDecision, HumanTask, TaskRead
from tasks_inbox.permissions import permitted_operations
from tests.inbox.cases import ids, kinds, offer, put, start, user_task
from tests.inbox.conftest import person
from tests.runtime.processes import running

OUTCOMES = "approve=Approve; amend=Approve with changes; reject=Reject!"


def ask(**properties: str) -> HumanTask:
    return offer(outcomes=OUTCOMES, outcomeVariable="decision", **properties)


def part(task: HumanTask, who: User) -> HumanTask:
    return task.parts.get(actual_owner=who, completed_at=None)


def vote(task: HumanTask, who: User, outcome: str, **data: Any) -> None:
    why = "Too dear." if outcome == "reject" else ""
    operations.complete(task=part(task, who), user=who, data=data, outcome=outcome, comment=why)


def state(task: HumanTask) -> tuple[str, str]:
    task.refresh_from_db()
    return task.state, task.outcome


def variables(task: HumanTask) -> dict[str, Any]:
    found: dict[str, Any] = ElementInstance.objects.get(process_instance=task.process_instance_id, scope=None).variables
    return found


# The rules


@pytest.mark.parametrize(
    ("quorum", "approvers", "expected"),
    [("", 3, 3), ("all", 4, 4), ("2", 3, 2), ("5", 3, 3), ("60%", 3, 2), ("60 %", 5, 3), ("1%", 3, 1), ("100%", 3, 3)],
)
def test_a_quorum_is_a_number_a_share_or_all(quorum: str, approvers: int, expected: int) -> None:
    assert needed(quorum, approvers) == expected


@pytest.mark.parametrize("quorum", ["0", "-1", "most", "0%", "101%", "2 of 3", "1.5"])
def test_what_is_no_quorum_is_refused(quorum: str) -> None:
    with pytest.raises(ValueError, match="is not a quorum"):
        needed(quorum, 3)


VOTES = st.lists(
    st.builds(Vote, st.sampled_from(["yes", "aye"]), st.just(False)) | st.just(Vote("no", True)), max_size=7
)


@settings(max_examples=150, deadline=None)
@given(VOTES, st.integers(1, 7), st.sampled_from(["", "1", "2", "60%"]))
def test_a_verdict_stands_as_soon_as_no_further_vote_could_change_its_side(
    votes: list[Vote], approvers: int, quorum: str
) -> None:
    votes = votes[:approvers]
    found = verdict(votes, approvers, quorum, first_refusal_ends=False)
    missing = approvers - len(votes)
    ends = {
        verdict([*votes, *rest], approvers, quorum, first_refusal_ends=False) == "no"
        for rest in itertools.product([Vote("yes", False), Vote("no", True)], repeat=missing)
    }
    assert (found is None) == (len(ends) == 2)
    if found is not None:
        assert ends == {found == "no"}


def test_a_veto_decides_alone() -> None:
    votes = [Vote("yes", False), Vote("yes", False), Vote("no", True, veto=True)]

    assert verdict(votes, 3, "2", first_refusal_ends=False) == "no"


# Approvers


@pytest.mark.django_db
def test_in_parallel_everybody_is_asked_and_two_of_three_decide(alice: User, bob: User, charlie: User) -> None:
    task = ask(approvers="alice, bob, charlie", quorum="2")
    assert [ids(queries.page(user).rows) for user in (alice, bob)] == [[part(task, u).pk] for u in (alice, bob)]

    vote(task, alice, "approve", amount=12)
    assert state(task) == (lifecycle.IN_PROGRESS, "")
    vote(task, charlie, "approve", note="fine")

    assert state(task) == (lifecycle.COMPLETED, "approve")
    assert task.output == {"amount": 12, "note": "fine"}
    assert ProcessInstance.objects.get(pk=task.process_instance_id).state == ProcessInstance.State.COMPLETED
    assert variables(task)["decision"] == "approve"
    assert variables(task)["decisionBy"] == ["alice", "charlie"]
    assert [one["outcome"] for one in variables(task)["decisionVotes"]] == ["approve", "approve"]
    left = task.parts.get(actual_owner=bob)
    assert (left.state, queries.page(bob).rows) == (lifecycle.EXITED, [])
    assert kinds(task) == ["create", "voted", "voted", "complete"]


@pytest.mark.django_db
def test_in_sequence_one_is_asked_after_the_other(alice: User, bob: User) -> None:
    task = ask(approvers="alice, bob", approvalOrder="sequence")
    assert [one.actual_owner for one in task.parts.all()] == [alice]

    vote(task, alice, "approve")
    assert [one.actual_owner for one in task.parts.filter(completed_at=None)] == [bob]
    vote(task, bob, "amend")

    assert state(task) == (lifecycle.COMPLETED, "approve")


@pytest.mark.django_db
def test_a_refusal_that_makes_the_quorum_impossible_ends_it(alice: User, bob: User, charlie: User) -> None:
    task = ask(approvers="alice, bob, charlie", quorum="60%")
    vote(task, alice, "reject")
    assert state(task)[0] == lifecycle.IN_PROGRESS

    vote(task, bob, "reject")

    assert state(task) == (lifecycle.COMPLETED, "reject")
    assert task.comment == "alice: Too dear.\nbob: Too dear."


@pytest.mark.django_db
@pytest.mark.parametrize("properties", [{"firstRefusalEnds": "true"}, {"veto": "bob"}])
def test_one_refusal_may_be_enough(properties: dict[str, str], alice: User, bob: User, charlie: User) -> None:
    task = ask(approvers="alice, bob, charlie", quorum="1", **properties)

    vote(task, bob, "reject")

    assert state(task) == (lifecycle.COMPLETED, "reject")


@pytest.mark.django_db
def test_a_group_has_one_voice_and_nobody_has_two(alice: User, bob: User, finance: Group) -> None:
    task = ask(approvers="Finance, alice")
    group = task.parts.get(actual_owner=None)
    vote(task, alice, "approve")

    with pytest.raises(NotPermitted):
        operations.claim(task=group, user=alice)
    operations.complete(task=group, user=bob, data={}, outcome="approve")

    assert state(task) == (lifecycle.COMPLETED, "approve")


@pytest.mark.django_db
def test_each_sees_their_own_part_and_nobody_decides_the_whole_alone(
    alice: User, bob: User, charlie: User, root: User
) -> None:
    task = ask(approvers="alice, bob", businessAdministrators="charlie")

    with pytest.raises(NotPermitted):
        operations.complete(task=part(task, bob), user=alice, data={}, outcome="approve")
    assert permitted_operations(task, alice) == set()
    may = permitted_operations(task, root)
    assert "add_approver" in may
    assert not may & {"claim", "complete", "forward", "delegate", "release"}


@pytest.mark.django_db
def test_an_excluded_approver_is_not_asked_and_unknown_ones_are_told(alice: User, bob: User, root: User) -> None:
    task = ask(approvers="alice, bob, Nobody", excludedUsers="alice")
    assert [one.user for one in task.approvers.all()] == [bob]
    assert task.events.filter(kind="unresolved", data={"text": "There is no user or group “Nobody”."}).exists()

    lost = ask(approvers="Nobody")
    assert (lost.composite, "complete" in permitted_operations(lost, root)) == (False, False)
    assert "claim" in permitted_operations(lost, root)


@pytest.mark.django_db
def test_an_approver_asks_for_one_more(alice: User, bob: User, charlie: User) -> None:
    task = ask(approvers="alice, bob", approvalOrder="sequence")

    operations.add_approver(task=part(task, alice), user=alice, to=charlie)
    vote(task, alice, "approve")

    assert [one.actual_owner for one in task.parts.filter(completed_at=None)] == [charlie]
    with pytest.raises(InvalidForm, match="is an approver already"):
        operations.add_approver(task=part(task, charlie), user=charlie, to=bob)
    with pytest.raises(NotPermitted):
        operations.add_approver(task=HumanTask.objects.get(pk=task.pk), user=bob, to=person("dora", "Dora", "Dent"))
    vote(task, charlie, "approve")
    vote(task, bob, "approve")
    assert state(task) == (lifecycle.COMPLETED, "approve")
    assert Approver.objects.filter(task=task).count() == 3


@pytest.mark.django_db
def test_parts_end_with_the_process(alice: User, bob: User) -> None:
    from orchestrator.engine.commands import Cancel
    from orchestrator.runtime import execution

    task = ask(approvers="alice, bob")
    execution.execute(task.process_instance_id, Cancel())

    assert {one.state for one in (task, *task.parts.all())} - {lifecycle.IN_PROGRESS} == {lifecycle.EXITED}
    assert queries.page(alice).rows == []


@pytest.mark.django_db(transaction=True)
def test_the_last_votes_count_one_after_the_other(alice: User, bob: User, charlie: User) -> None:
    task = ask(approvers="alice, bob, charlie", quorum="2")
    ready = threading.Barrier(3)
    refused: list[Exception] = []

    def click(user: User, own: HumanTask) -> None:
        ready.wait()
        try:
            operations.complete(task=own, user=user, data={}, outcome="approve")
        except (TooLate, NotPermitted) as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(user, part(task, user))) for user in (alice, bob, charlie)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert state(task) == (lifecycle.COMPLETED, "approve")
    assert len(refused) == 1
    assert kinds(task).count("complete") == 1
    assert ElementInstance.objects.filter(process_instance=task.process_instance_id, element="e").count() == 1


# Questions and pieces of work


@pytest.mark.django_db
def test_a_question_is_answered_and_the_task_keeps_its_place(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    operations.mark_read(task=task, user=alice)

    question = operations.request_information(task=task, user=alice, to=charlie, question="Which chairs?")

    assert ids(queries.page(charlie).rows) == [question.pk]
    assert str(question) == "Alice Adams asks: Which chairs?"
    with pytest.raises(InvalidForm, match="Write the answer"):
        operations.complete(task=question, user=charlie, data={})
    operations.complete(task=question, user=charlie, data={}, comment="The blue ones.")

    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, alice)
    assert [one.text for one in task.comments.all()] == ["The blue ones."]
    assert not TaskRead.objects.filter(task=task, user=alice).exists()
    assert kinds(task) == ["create", "claim", "informationRequested", "informationAnswered"]
    assert ProcessInstance.objects.get().state == ProcessInstance.State.ACTIVE


@pytest.mark.django_db
def test_a_subtask_hands_its_result_to_the_whole_and_ends_with_it(alice: User, bob: User) -> None:
    task = offer(users="alice, bob")
    operations.claim(task=task, user=alice)
    first = operations.instantiate_subtask(task=task, user=alice, to=bob, name="Count the chairs")
    second = operations.instantiate_subtask(task=task, user=alice, to=bob, name="Count the tables")
    assert operations.has_subtasks(task, alice)
    assert operations.get_subtask_identifiers(task, bob) == [first.pk, second.pk]

    operations.complete(task=first, user=bob, data={"chairs": 12})
    task.refresh_from_db()
    assert task.output == {"chairs": 12}
    operations.complete(task=task, user=alice, data={})

    second.refresh_from_db()
    assert second.state == lifecycle.EXITED


# Sending back, and once more


@pytest.mark.django_db
def test_a_task_is_sent_back_to_whoever_did_the_earlier_step(alice: User, bob: User) -> None:
    instance = start(user_task("n1", "Fill in", groups="Finance"), user_task("n2", "Check", users="bob"))
    first = HumanTask.objects.get(process_instance=instance)
    operations.complete(task=first, user=alice, data={})
    check = HumanTask.objects.get(process_instance=instance, element="n2")
    assert returning.earlier_steps(check) == {"n1": "Fill in"}

    operations.send_back(task=check, user=bob, to="n1", reason="The amount is missing.")

    check.refresh_from_db()
    again = HumanTask.objects.get(process_instance=instance, completed_at=None)
    assert (check.state, again.element, again.actual_owner) == (lifecycle.EXITED, "n1", alice)
    assert variables(again)["sentBackReason"] == "The amount is missing."
    assert "sentBack" in kinds(check)
    operations.complete(task=again, user=alice, data={})
    assert HumanTask.objects.get(process_instance=instance, completed_at=None).element == "n2"


@pytest.mark.django_db
def test_a_task_goes_back_only_where_it_may(alice: User, bob: User, charlie: User) -> None:
    instance = start(user_task("n1", "Fill in", users="alice"), user_task("n2", "Check", users="bob", sendBackTo="n9"))
    operations.complete(task=HumanTask.objects.get(process_instance=instance), user=alice, data={})
    check = HumanTask.objects.get(process_instance=instance, element="n2")

    assert returning.earlier_steps(check) == {}
    with pytest.raises(InvalidForm, match="earlier steps"):
        operations.send_back(task=check, user=bob, to="n1", reason="Why not")
    HumanTask.objects.filter(pk=check.pk).update(properties={})
    check.refresh_from_db()
    with pytest.raises(InvalidForm, match="Say what is missing"):
        operations.send_back(task=check, user=bob, to="n1", reason=" ")
    with pytest.raises(NotPermitted):
        operations.send_back(task=check, user=charlie, to="n1", reason="Mine now")
    assert state(check)[0] == lifecycle.READY


# Undo


@pytest.mark.django_db
def test_a_decision_is_held_and_can_be_taken_back(alice: User, bob: User) -> None:
    task = offer(groups="Finance", outcomes=OUTCOMES, undo="8")

    held = undo.decide(task=task, user=alice, data={"a": 1}, outcome="approve")

    assert held is not None
    assert held.until > timezone.now() + timedelta(seconds=5)
    assert queries.page(bob, "all").rows == queries.page(alice, "all").rows == []
    assert undo.apply_due() == 0
    with pytest.raises(TooLate):
        operations.complete(task=HumanTask.objects.get(pk=task.pk), user=bob, data={}, outcome="approve")
    with pytest.raises(NotPermitted):
        undo.undo(task=HumanTask.objects.get(pk=task.pk), user=bob)

    undo.undo(task=HumanTask.objects.get(pk=task.pk), user=alice)

    assert state(task)[0] == lifecycle.READY
    assert ids(queries.page(bob, "groups").rows) == [task.pk]
    assert kinds(task) == ["create", "decided", "undone"]


KILLED_WHILE_APPLYING = """
import django, os, signal
django.setup()
from orchestrator.runtime import saving
saving._open = lambda *rows: os.kill(os.getpid(), signal.SIGKILL)
from tasks_inbox import undo
undo.apply_due()
"""


@pytest.mark.django_db(transaction=True)
def test_a_decision_outlives_the_worker_that_was_killed_while_it_applied_it(alice: User, tmp_path: Path) -> None:
    task = offer(groups="Finance", outcomes=OUTCOMES, undo="8")
    undo.decide(task=task, user=alice, data={"a": 1}, outcome="approve")
    HeldDecision.objects.update(until=timezone.now() - timedelta(seconds=1))

    with running("-c", KILLED_WHILE_APPLYING, sink=tmp_path / "sink") as worker:
        assert worker.wait(30) == -signal.SIGKILL

    assert state(task)[0] == lifecycle.READY
    assert undo.apply_due() == 1
    assert state(task) == (lifecycle.COMPLETED, "approve")


@pytest.mark.django_db
def test_the_sweep_applies_what_nobody_took_back(alice: User) -> None:
    task = offer(groups="Finance", outcomes=OUTCOMES, outcomeVariable="decision", undo="PT8S")
    undo.decide(task=task, user=alice, data={"a": 1}, outcome="approve")
    HeldDecision.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert undo.apply_due() == 1
    assert undo.apply_due() == 0

    assert state(task) == (lifecycle.COMPLETED, "approve")
    assert variables(task)["a"] == 1
    with pytest.raises((TooLate, NotPermitted)):
        undo.undo(task=task, user=alice)


@pytest.mark.django_db
def test_going_on_applies_what_was_decided_before(alice: User) -> None:
    first, second = (offer(groups="Finance", outcomes=OUTCOMES, undo="8") for _ in range(2))

    undo.decide(task=first, user=alice, data={}, outcome="approve")
    undo.decide(task=second, user=alice, data={}, outcome="approve")

    assert (state(first)[0], state(second)[0]) == (lifecycle.COMPLETED, lifecycle.READY)


@pytest.mark.django_db
def test_a_decision_that_can_no_longer_be_applied_gives_the_task_back(alice: User, bob: User) -> None:
    task = offer(groups="Finance", outcomes=OUTCOMES, undo="8")
    undo.decide(task=task, user=alice, data={}, outcome="approve")
    alice.groups.clear()
    HeldDecision.objects.update(until=timezone.now() - timedelta(seconds=1))

    undo.apply_due()

    assert state(task)[0] == lifecycle.READY
    assert ids(queries.page(bob, "groups").rows) == [task.pk]


@pytest.mark.django_db
def test_without_the_word_a_decision_is_applied_at_once(alice: User) -> None:
    task = offer(groups="Finance", outcomes=OUTCOMES)

    assert undo.decide(task=task, user=alice, data={}, outcome="approve") is None
    assert state(task)[0] == lifecycle.COMPLETED


# Many at once


@pytest.mark.django_db
def test_of_many_each_has_its_own_result_and_none_is_done_by_half(alice: User, bob: User, charlie: User) -> None:
    good, needs_comment, taken, foreign = (
        offer(groups="Finance", outcomes=OUTCOMES),
        offer(groups="Finance", outcomes="approve=Approve!"),
        offer(groups="Finance", outcomes=OUTCOMES),
        offer(users="charlie", outcomes=OUTCOMES),
    )
    put(taken, lifecycle.RESERVED, bob)

    results = batch.batch_complete(
        tasks=[good.pk, needs_comment.pk, taken.pk, foreign.pk, good.pk], user=alice, data={}, outcome="approve"
    )

    assert [one.done for one in results] == [True, False, False, False]
    assert "needs a comment" in results[1].error
    assert results[3] == batch.Result(foreign.pk, "", batch.NO_SUCH_TASK)
    assert [state(one)[0] for one in (good, needs_comment, taken, foreign)] == [
        lifecycle.COMPLETED,
        lifecycle.READY,
        lifecycle.RESERVED,
        lifecycle.READY,
    ]
    assert kinds(needs_comment) == ["create"]


def test_there_are_seventeen_batch_operations() -> None:
    assert len([name for name in vars(batch) if name.startswith("batch_")]) == 17
