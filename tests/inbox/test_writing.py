"""What people write to a task: comments, drafts, its priority."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tasks_inbox import operations
from tasks_inbox.models import HumanTask
from tasks_inbox.operations import InvalidForm, TooLate
from tests.inbox.cases import kinds, offer

pytestmark = pytest.mark.django_db


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
