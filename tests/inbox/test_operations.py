"""The operations of WS-HumanTask against a real database: every one in every state by every role, against the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask, TaskAttachment, TaskComment
from tasks_inbox.operations import NotPermitted, TooLate
from tasks_inbox.permissions import permitted_operations
from tests.inbox.cases import everything, give, offer, put

pytestmark = pytest.mark.django_db


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
        before = everything(task)
        offered = permitted_operations(HumanTask.objects.get(pk=task.pk), charlie)
        for operation in PEOPLES:
            row = lifecycle.transition(operation, state, held, SKIPPABLE)
            assert (operation in offered) == (row is not None), (operation, role)
            cell = transaction.savepoint()
            seen = HumanTask.objects.get(pk=task.pk)
            if row is None:
                with pytest.raises((NotPermitted, TooLate)):
                    calls[operation](seen, charlie)
                assert everything(task) == before, f"{operation} by {role}"
            else:
                calls[operation](seen, charlie)
                assert HumanTask.objects.get(pk=task.pk).state == _expected(row.to, state), (operation, role)
                assert everything(task) != before, (operation, role)
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
