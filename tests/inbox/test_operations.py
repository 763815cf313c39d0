"""The operations of WS-HumanTask against a real database: the whole grid, then the stories."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orchestrator.engine.commands import Cancel, Fail
from orchestrator.models import ElementInstance, Incident, ProcessInstance
from orchestrator.runtime import execution, incidents
from tasks_inbox import entries, lifecycle, operations
from tasks_inbox.models import HumanTask, InboxEntry, TaskAttachment, TaskComment
from tasks_inbox.operations import InvalidForm, NotPermitted, TooLate
from tasks_inbox.permissions import permitted_operations
from tests.bpmn import draw
from tests.inbox.cases import definition, give, kinds, offer, put, start, user_task

pytestmark = pytest.mark.django_db


# The grid: every operation in every state by every role, against the table


def _calls(other: User) -> dict[str, Callable[[HumanTask, User], Any]]:
    return {
        "activate": lambda task, user: operations.activate(task=task, user=user),
        "nominate": lambda task, user: operations.nominate(task=task, user=user, users=[other]),
        "claim": lambda task, user: operations.claim(task=task, user=user),
        "start": lambda task, user: operations.start(task=task, user=user),
        "stop": lambda task, user: operations.stop(task=task, user=user),
        "release": lambda task, user: operations.release(task=task, user=user),
        "suspend": lambda task, user: operations.suspend(task=task, user=user),
        "resume": lambda task, user: operations.resume(task=task, user=user),
        "delegate": lambda task, user: operations.delegate(task=task, user=user, to=other),
        "forward": lambda task, user: operations.forward(task=task, user=user, to=other),
        "skip": lambda task, user: operations.skip(task=task, user=user),
        "complete": lambda task, user: operations.complete(task=task, user=user, data={"a": 1}),
        "fail": lambda task, user: operations.fail(task=task, user=user, fault="broken"),
        "set_priority": lambda task, user: operations.set_priority(task=task, user=user, priority=7),
        "add_comment": lambda task, user: operations.add_comment(task=task, user=user, text="Please hurry."),
        "save_draft": lambda task, user: operations.save_draft(task=task, user=user, data={"a": 1}),
        "suspend_until": lambda task, user: operations.suspend_until(task=task, user=user, until=LATER),
        "remove": lambda task, user: operations.remove(task=task, user=user),
        "set_generic_human_role": lambda task, user: operations.set_generic_human_role(
            task=task, user=user, role=lifecycle.STAKEHOLDER, users=[other]
        ),
        "set_task_start_deadline_expression": lambda task, user: operations.set_task_start_deadline_expression(
            task=task, user=user, deadline=LATER
        ),
        "set_task_start_duration_expression": lambda task, user: operations.set_task_start_duration_expression(
            task=task, user=user, duration=timedelta(days=1)
        ),
        "set_task_completion_deadline_expression": lambda task, user: (
            operations.set_task_completion_deadline_expression(task=task, user=user, deadline=LATER)
        ),
        "set_task_completion_duration_expression": lambda task, user: (
            operations.set_task_completion_duration_expression(task=task, user=user, duration=timedelta(days=1))
        ),
        "update_comment": lambda task, user: operations.update_comment(
            task=task, user=user, comment=task.comments.get(), text="New"
        ),
        "delete_comment": lambda task, user: operations.delete_comment(
            task=task, user=user, comment=task.comments.get()
        ),
        "add_attachment": lambda task, user: operations.add_attachment(
            task=task, user=user, name="offer.pdf", content=b"%PDF"
        ),
        "delete_attachment": lambda task, user: operations.delete_attachment(
            task=task,
            user=user,
            attachment=task.attachments.get(),
        ),
        "set_output": lambda task, user: operations.set_output(task=task, user=user, data={"a": 1}),
        "delete_output": lambda task, user: operations.delete_output(task=task, user=user),
        "set_fault": lambda task, user: operations.set_fault(task=task, user=user, name="broken"),
        "delete_fault": lambda task, user: operations.delete_fault(task=task, user=user),
        "instantiate_subtask": lambda task, user: operations.instantiate_subtask(
            task=task, user=user, to=other, name="Count the chairs"
        ),
        "request_information": lambda task, user: operations.request_information(
            task=task, user=user, to=other, question="Which chairs?"
        ),
    }


LATER = datetime(2100, 1, 1, tzinfo=UTC)
SYSTEMS = {"exit", "error", "overtake", "reassign"}
ELSEWHERE = {"add_approver", "undo", "send_back", "redo"}  # they need more than one task: their own stories
PEOPLES = sorted(set(lifecycle.TRANSITIONS) - SYSTEMS - ELSEWHERE)
SKIPPABLE = lifecycle.Traits(skippable=True)
ROLES = sorted(set(lifecycle.ROLES) - {lifecycle.SYSTEM})


_EVERYTHING = """
    SELECT ARRAY(
               SELECT t::text FROM tasks_inbox_humantask t WHERE %(task)s IN (t.id, t.parent_id) ORDER BY id
           ),
           ARRAY(SELECT r::text FROM tasks_inbox_taskrole r WHERE r.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT e::text FROM tasks_inbox_inboxentry e WHERE e.task_id = %(task)s ORDER BY principal),
           ARRAY(SELECT v::text FROM tasks_inbox_taskevent v WHERE v.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT d::text FROM tasks_inbox_taskdraft d WHERE d.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT c::text FROM tasks_inbox_taskcomment c WHERE c.task_id = %(task)s ORDER BY id),
           ARRAY(SELECT a::text FROM tasks_inbox_taskattachment a WHERE a.task_id = %(task)s ORDER BY id),
           ARRAY(
               SELECT i::text FROM orchestrator_elementinstance i
               WHERE i.process_instance_id = %(instance)s ORDER BY number
           )
"""


def _everything(task: HumanTask) -> tuple[Any, ...]:
    """All that an operation could have changed."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING, {"task": task.pk, "instance": task.process_instance_id})
        found: tuple[Any, ...] = cursor.fetchone()
        return found


@pytest.mark.parametrize("state", lifecycle.STATES)
def test_every_operation_does_what_the_table_says_or_nothing(state: str, alice: User, bob: User, charlie: User) -> None:
    task = offer(users="bob", skippable="true")
    put(task, state, bob)
    TaskComment.objects.create(task=task, author=charlie, text="Old")
    address = {"name": "a", "access_type": "url", "url": "https://baton.example"}
    TaskAttachment.objects.create(task=task, attached_by=charlie, **address)
    calls = _calls(alice)
    for role in ROLES:
        mark = transaction.savepoint()
        held = _cast(task, role, charlie)
        before = _everything(task)
        offered = permitted_operations(HumanTask.objects.get(pk=task.pk), charlie)
        for operation in PEOPLES:
            row = lifecycle.transition(operation, state, held, SKIPPABLE)
            assert (operation in offered) == (row is not None), (operation, role)
            cell = transaction.savepoint()
            seen = HumanTask.objects.get(pk=task.pk)
            if row is None:
                with pytest.raises((NotPermitted, TooLate)):
                    calls[operation](seen, charlie)
                assert _everything(task) == before, f"{operation} by {role}"
            else:
                calls[operation](seen, charlie)
                assert HumanTask.objects.get(pk=task.pk).state == _expected(row.to, state), (operation, role)
                assert _everything(task) != before, (operation, role)
            transaction.savepoint_rollback(cell)
        transaction.savepoint_rollback(mark)


def _cast(task: HumanTask, role: str, user: User) -> set[str]:
    """Make this user hold this role; what they hold then. An actual owner is always a potential owner too."""
    if role != lifecycle.ACTUAL_OWNER:
        give(task, role, user)
        return {role}
    give(task, lifecycle.POTENTIAL_OWNER, user)
    owns = HumanTask.objects.filter(pk=task.pk, actual_owner__isnull=False).update(actual_owner=user)
    return {lifecycle.POTENTIAL_OWNER, *([role] if owns else [])}


def _expected(to: str, state: str) -> str:
    """`put` suspends from ready, and the grid nominates one person."""
    where = {lifecycle.SAME: state, lifecycle.PREVIOUS: lifecycle.READY, lifecycle.NOMINATED: lifecycle.RESERVED}
    return where.get(to, to)


# Claiming


def test_claiming_takes_a_task_out_of_the_group_and_puts_it_into_ones_own(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    operations.claim(task=task, user=alice)

    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, alice)
    assert kinds(task) == ["create", "claim"]
    rows = set(InboxEntry.objects.filter(task=task).values_list("principal", "mine", "offered"))
    group = Group.objects.get(name="Finance")
    assert rows == {(2 * alice.pk, True, False), (2 * group.pk + 1, False, False)}


def test_the_second_to_claim_is_told_who_was_first(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    page_of_bob = HumanTask.objects.get(pk=task.pk)
    operations.claim(task=task, user=alice)

    with pytest.raises(TooLate) as refusal:
        operations.claim(task=page_of_bob, user=bob)

    assert refusal.value.by == alice
    assert refusal.value.at == task.events.get(kind="claim").at
    assert str(refusal.value) == "“Approve invoice” was claimed by Alice Adams."


def test_a_stranger_cannot_claim(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=charlie)

    assert kinds(task) == ["create"]


def test_who_has_left_the_group_cannot_claim_from_an_open_page(bob: User) -> None:
    task = offer(groups="Finance")
    bob.groups.clear()

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=bob)


def test_who_has_left_the_group_cannot_go_on_with_what_they_claimed(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=bob)
    bob.groups.clear()

    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=bob, data={})


def test_a_deactivated_person_cannot_do_anything(bob: User) -> None:
    task = offer(users="bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    bob.refresh_from_db()

    with pytest.raises(NotPermitted):
        operations.claim(task=task, user=bob)


def test_claiming_takes_five_statements_at_most(alice: User) -> None:
    task = offer(groups="Finance")

    assert len(_statements(lambda: operations.claim(task=task, user=alice))) <= 5


def test_a_claim_goes_on_when_a_stale_page_still_allows_it(alice: User, bob: User) -> None:
    """Somebody claimed and released the task since the page was read: it is ready all the same."""
    task = offer(groups="Finance")
    stale = HumanTask.objects.get(pk=task.pk)
    operations.claim(task=task, user=bob)
    operations.suspend(task=task, user=bob)
    operations.resume(task=task, user=bob)
    operations.release(task=task, user=bob)

    operations.claim(task=stale, user=alice)

    assert stale.actual_owner == alice


# Completing


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
    before = _everything(task)

    for late in (alice, bob):
        with pytest.raises(TooLate) as refusal, transaction.atomic():
            operations.complete(task=HumanTask.objects.get(pk=stale.pk), user=late, data={"a": 2})
        assert refusal.value.by == alice
    assert _everything(task) == before


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

    taken = _statements(lambda: operations.complete(task=task, user=alice, data={"a": 1}, outcome="approve"))

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
    taken = [len(_statements(partial(execution.start, many, {"numbers": list(range(n))}))) for n in (1, 1, 20)]

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


# Four eyes


def test_who_is_excluded_cannot_take_what_the_group_is_offered(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="=[initiator]", variables={"initiator": "alice"})

    for attempt in (operations.claim, operations.start):
        with pytest.raises(NotPermitted):
            attempt(task=task, user=alice)
    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=alice, data={})
    operations.complete(task=task, user=bob, data={})

    assert HumanTask.objects.get(pk=task.pk).completed_by == bob


def test_who_is_excluded_cannot_get_it_by_delegation_either(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")
    operations.claim(task=task, user=bob)

    for give_to in (operations.delegate, operations.forward):
        with pytest.raises(InvalidForm, match="alice cannot take this task"):
            give_to(task=task, user=bob, to=alice)

    assert HumanTask.objects.get(pk=task.pk).actual_owner == bob


def test_an_excluded_superuser_may_hand_it_on_but_not_decide(root: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="root", skippable="true")

    assert not permitted_operations(task, root) & lifecycle.DECISIVE
    with pytest.raises(NotPermitted):
        operations.skip(task=task, user=root)
    operations.delegate(task=task, user=root, to=bob)

    assert HumanTask.objects.get(pk=task.pk).actual_owner == bob


def test_an_assignee_who_is_excluded_is_not_one(alice: User, bob: User, root: User) -> None:
    task = offer(assignee="alice", excludedUsers="alice")

    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert permitted_operations(task, alice) == set()
    assert "claim" in permitted_operations(task, root)


# Not me, not now


def test_delegating_gives_it_to_one_person_at_once(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)

    operations.delegate(task=task, user=alice, to=charlie)

    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.RESERVED, charlie)
    event = task.events.get(kind="delegate")
    assert event.data == {"from": "alice", "to": "charlie"}
    operations.complete(task=task, user=charlie, data={})


def test_a_model_may_forbid_delegation_or_keep_it_among_the_candidates(alice: User, bob: User, charlie: User) -> None:
    nobody = offer(groups="Finance", delegation="nobody")
    ours = offer(groups="Finance", delegation="potentialOwners")

    for task, to in ((nobody, bob), (ours, charlie)):
        with pytest.raises(InvalidForm, match="cannot take this task"):
            operations.delegate(task=task, user=alice, to=to)
    operations.delegate(task=ours, user=alice, to=bob)

    assert HumanTask.objects.get(pk=ours.pk).actual_owner == bob


def test_nothing_is_delegated_to_a_deactivated_person(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    charlie.refresh_from_db()

    with pytest.raises(InvalidForm):
        operations.delegate(task=task, user=alice, to=charlie)


def test_a_stranger_cannot_delegate_to_themselves(alice: User, charlie: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(NotPermitted):
        operations.delegate(task=task, user=charlie, to=charlie)


def test_forwarding_hands_a_task_to_another_group(alice: User, bob: User, charlie: User) -> None:
    legal = Group.objects.create(name="Legal")
    charlie.groups.add(legal)
    task = offer(groups="Finance")

    operations.forward(task=task, user=alice, to=legal)

    assert permitted_operations(task, alice) == permitted_operations(task, bob) == set()
    assert "claim" in permitted_operations(task, charlie)


def test_releasing_offers_it_again(alice: User, bob: User) -> None:
    task = offer(assignee="alice", groups="Finance")

    operations.release(task=task, user=alice)

    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert "claim" in permitted_operations(task, bob)


def test_a_suspended_task_resumes_where_it_was(alice: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)
    until = timezone.now() + timedelta(days=1)

    operations.suspend(task=task, user=alice, until=until)
    task.refresh_from_db()
    assert (task.state, task.suspended_from, task.suspended_until) == ("suspended", "in_progress", until)
    operations.resume(task=task, user=alice)

    assert (task.state, task.actual_owner, task.suspended_from) == (lifecycle.IN_PROGRESS, alice, "")
    assert kinds(task) == ["create", "start", "suspendUntil", "resume"]


def test_nothing_is_put_aside_until_a_time_that_has_passed(alice: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(InvalidForm):
        operations.suspend(task=task, user=alice, until=timezone.now() - timedelta(minutes=1))


def test_nominating_several_people_offers_it_to_them(alice: User, bob: User, root: User) -> None:
    task = put(offer(groups="Finance"), lifecycle.CREATED)

    with pytest.raises(InvalidForm):
        operations.nominate(task=task, user=root)
    operations.nominate(task=task, user=root, users=[alice, bob])

    assert task.state == lifecycle.READY
    assert set(task.roles.values_list("user__username", "group")) == {("alice", None), ("bob", None)}


# Ends


def test_a_skipped_task_lets_the_process_go_on_without_a_result(alice: User) -> None:
    task = offer(groups="Finance", skippable="true")

    operations.skip(task=task, user=alice)

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.OBSOLETE
    assert ProcessInstance.objects.get(pk=task.process_instance_id).state == ProcessInstance.State.COMPLETED


def test_a_failed_task_that_nothing_catches_is_an_incident(alice: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)

    operations.fail(task=task, user=alice, fault="no-contract", message="There is no contract.")

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.FAILED
    assert Incident.objects.get().kind == "UNHANDLED_ERROR_EVENT"
    with pytest.raises(InvalidForm):
        operations.fail(task=task, user=alice, fault=" ")


def test_an_operator_who_retries_a_failed_task_offers_it_anew(alice: User, root: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)
    operations.fail(task=task, user=alice, fault="no-contract")

    incidents.retry(Incident.objects.get(), by=root)

    again = HumanTask.objects.get(process_instance=task.process_instance_id, completed_at=None)
    assert (again.state, again.number) == (lifecycle.READY, task.number)
    operations.complete(task=again, user=alice, data={})
    assert ProcessInstance.objects.get(pk=task.process_instance_id).state == ProcessInstance.State.COMPLETED


def test_offering_a_task_again_leaves_the_open_one_alone(alice: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    before = _everything(task)
    execution.execute(task.process_instance_id, Fail(task.number, "UNKNOWN", "Something else."))

    incidents.retry(Incident.objects.get(), by=None)

    assert HumanTask.objects.count() == 1
    assert _everything(task)[:4] == before[:4]


def test_a_failure_that_the_model_catches_goes_its_way(alice: User, bob: User) -> None:
    caught = draw.chain(
        user_task(groups="Finance"),
        roots='<bpmn:error id="error" errorCode="no-contract"/>',
        extra=draw.element(
            "boundaryEvent",
            "caught",
            inner='<bpmn:errorEventDefinition errorRef="error"/>',
            attributes='attachedToRef="n1"',
        )
        + draw.flow("caught", "other")
        + user_task("other", "Find the contract", assignee="bob")
        + '<bpmn:endEvent id="found"/>'
        + draw.flow("other", "found"),
    )
    instance = execution.start(definition(caught), {})
    task = HumanTask.objects.get(process_instance=instance)
    operations.start(task=task, user=alice)

    operations.fail(task=task, user=alice, fault="no-contract")

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.FAILED
    assert HumanTask.objects.get(process_instance=instance, element="other").actual_owner == bob
    assert not Incident.objects.exists()


def test_a_cancelled_process_withdraws_its_tasks(alice: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    operations.save_draft(task=task, user=alice, data={"a": 1})

    execution.execute(task.process_instance_id, Cancel())

    task.refresh_from_db()
    assert (task.state, kinds(task)[-1]) == (lifecycle.EXITED, "exit")
    assert not task.entries.exists()
    assert not task.drafts.exists()
    with pytest.raises(TooLate, match="withdrawn by its process"):
        operations.complete(task=task, user=alice, data={})


@pytest.mark.parametrize("value", ["\x00", float("nan"), object()])
def test_data_that_no_process_can_store_is_refused(value: Any, alice: User) -> None:
    task = offer(groups="Finance")

    for attempt in (operations.complete, operations.save_draft):
        with pytest.raises(InvalidForm, match="The variable amount"):
            attempt(task=task, user=alice, data={"amount": value})

    assert kinds(task) == ["create"]


# What people write


def test_a_comment_is_kept_and_told(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    operations.add_comment(task=task, user=alice, text="  Is this the right cost centre?  ")

    assert task.comments.get().text == "Is this the right cost centre?"
    assert kinds(task) == ["create", "addComment"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 10_001, "a\x00b"])
def test_a_comment_has_a_text_and_an_end(text: str, alice: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(InvalidForm):
        operations.add_comment(task=task, user=alice, text=text)


def test_nothing_is_written_to_a_task_that_ended_since_the_page_was_read(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    stale = HumanTask.objects.get(pk=task.pk)
    operations.complete(task=task, user=bob, data={})

    with pytest.raises(TooLate):
        operations.add_comment(task=stale, user=alice, text="Wait!")
    with pytest.raises(TooLate):
        operations.save_draft(task=HumanTask.objects.get(pk=task.pk), user=alice, data={})

    assert not task.comments.exists()


def test_a_draft_is_replaced_and_is_ones_own(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    operations.save_draft(task=task, user=alice, data={"a": 1})
    operations.save_draft(task=task, user=alice, data={"a": 2})
    operations.save_draft(task=task, user=bob, data={"a": 3})

    assert list(task.drafts.order_by("user__username").values_list("data", flat=True)) == [{"a": 2}, {"a": 3}]


@pytest.mark.parametrize("priority", [-1, 101])
def test_a_priority_is_between_0_and_100(priority: int, root: User, alice: User) -> None:
    task = offer(groups="Finance")

    with pytest.raises(InvalidForm):
        operations.set_priority(task=task, user=root, priority=priority)
    operations.set_priority(task=task, user=root, priority=90)

    assert set(task.entries.values_list("priority", flat=True)) == {90}


def _statements(act: Callable[[], Any]) -> list[str]:
    """What goes to the database, without the savepoints that only a test makes."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
