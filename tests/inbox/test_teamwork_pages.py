"""The pages on which others are drawn in, and on which an absence is planned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tasks_inbox import lifecycle, operations
from tasks_inbox.models import Absence, HeldDecision, HumanTask, Profile
from tests.inbox.cases import offer, start, user_task

pytestmark = pytest.mark.django_db
APPROVAL = {"outcomes": "approve=Approve; reject=Reject!", "outcomeVariable": "decision"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_somebody_is_asked_and_answers_and_the_answer_stands_with_the_task(alice: User, charlie: User) -> None:
    task = offer(users="alice")
    page = browser(alice).get(reverse("task_ask", args=[task.pk]), {"person": "Char"})
    assert "Charlie Clark" in page.content.decode()

    sent = {"to": f"u{charlie.pk}", "text": "Which <b>chairs</b>?"}
    assert browser(alice).post(reverse("task_ask", args=[task.pk]), sent).status_code == 302
    question = task.parts.get()
    asked = browser(charlie).get(reverse("task", args=[question.pk])).content.decode()
    assert "Which &lt;b&gt;chairs&lt;/b&gt;?" in asked
    assert ">Answer" in asked.replace("\n", "").replace("</svg> ", ">")
    browser(charlie).post(reverse("task_complete", args=[question.pk]), {"comment": "The blue ones."})

    shown = browser(alice).get(reverse("task", args=[task.pk])).content.decode()
    assert "The blue ones." in shown
    assert "Charlie Clark" in shown


@pytest.mark.parametrize("word", ["task_ask", "task_approver", "task_subtask", "task_send_back"])
def test_for_a_stranger_there_is_no_such_page(word: str, alice: User, charlie: User) -> None:
    task = offer(users="alice", approvers="alice", **APPROVAL)

    for client in (browser(charlie), browser(alice)) if word != "task_ask" else (browser(charlie),):
        assert client.get(reverse(word, args=[task.pk])).status_code == 404
    assert browser(charlie).post(reverse("task_undo", args=[task.pk])).status_code == 404
    assert browser(charlie).post(reverse(word, args=[task.pk]), {"to": "u1", "text": "x"}).status_code == 404


def test_what_was_chosen_wrongly_is_said(alice: User) -> None:
    task = offer(users="alice")

    answer = browser(alice).post(reverse("task_ask", args=[task.pk]), {"to": "u999999", "text": "Hello?"})

    assert answer.status_code == 422
    assert "Choose one of the people" in answer.content.decode()
    assert "Hello?" in answer.content.decode()


def test_approvers_are_shown_to_whoever_sees_the_whole(alice: User, bob: User, root: User) -> None:
    task = offer(approvers="alice, bob", **APPROVAL)
    mine = task.parts.get(actual_owner=alice)
    operations.complete(task=mine, user=alice, data={}, outcome="approve", comment="Fine by me.")

    whole = browser(root).get(reverse("task", args=[task.pk])).content.decode()
    assert "2 approvals are needed of 2; 1 has decided." in whole
    assert "Fine by me." in whole
    part = browser(bob).get(reverse("task", args=[task.parts.get(actual_owner=bob).pk])).content.decode()
    assert "1 has decided" in part
    assert "Fine by me." not in part
    added = {"to": f"u{root.pk}"}
    url = reverse("task_approver", args=[task.parts.get(actual_owner=bob).pk])
    assert browser(bob).post(url, added).status_code == 302
    assert task.approvers.count() == 3


def test_a_task_is_sent_back_from_its_page(alice: User, bob: User) -> None:
    instance = start(user_task("n1", "Fill in", users="alice"), user_task("n2", "Check", users="bob"))
    operations.complete(task=HumanTask.objects.get(process_instance=instance), user=alice, data={})
    check = HumanTask.objects.get(process_instance=instance, element="n2")
    url = reverse("task_send_back", args=[check.pk])
    assert "Fill in" in browser(bob).get(url).content.decode()

    assert browser(bob).post(url, {"to": "n1", "text": "No amount."}).status_code == 302

    assert HumanTask.objects.get(process_instance=instance, completed_at=None).element == "n1"


def test_a_decision_can_be_taken_back_for_a_few_seconds(alice: User) -> None:
    task = offer(users="alice", undo="8", **APPROVAL)
    client = browser(alice)

    answer = client.post(
        reverse("task_complete", args=[task.pk]), {"outcome": "approve"}, headers={"HX-Request": "true"}
    )

    assert f'"url": "{reverse("task_undo", args=[task.pk])}"' in answer["HX-Trigger"]
    assert HeldDecision.objects.filter(task=task).exists()
    back = client.post(reverse("task_undo", args=[task.pk]), headers={"HX-Request": "true"})
    assert back.status_code == 200
    task.refresh_from_db()
    assert task.state == lifecycle.READY
    assert client.post(reverse("task_undo", args=[task.pk])).status_code in (404, 409)


def test_afterwards_the_next_like_this_or_of_this_case_opens(alice: User) -> None:
    first, other, like = offer(users="alice"), offer(users="alice", id="n1", priority="90"), offer(users="alice")
    HumanTask.objects.filter(pk=other.pk).update(element="elsewhere")

    answer = browser(alice).post(reverse("task_complete", args=[first.pk]), {"then": "like"})

    assert answer["Location"].startswith(reverse("task", args=[like.pk]))


# Absence


def test_an_absence_is_planned_and_ended_on_its_page(alice: User, bob: User, charlie: User) -> None:
    offer(users="alice")
    client = browser(alice)
    assert "Bob Brown (bob)" in client.get(reverse("absences")).content.decode()
    ahead = (timezone.now() + timedelta(days=3)).date().isoformat()

    sent = {"until": ahead, "note": "Hiking", "substitute-1": "Charlie Clark (charlie)", "kind-1": "p n1"}
    assert client.post(reverse("absences"), sent).status_code == 302

    planned = Absence.objects.get()
    (one,) = planned.substitutions.all()
    assert (one.substitute, one.process_key, one.element) == (charlie, "p", "n1")
    shown = client.get(reverse("absences")).content.decode()
    assert "You are away" in shown
    assert "Hiking" in shown
    assert "You act for Alice Adams" in browser(charlie).get(reverse("absences")).content.decode()
    assert browser(charlie).post(reverse("absence_end", args=[planned.pk])).status_code == 404
    assert client.post(reverse("absence_end", args=[planned.pk])).status_code == 302
    assert "You are away" not in client.get(reverse("absences")).content.decode()


def test_a_manager_plans_for_their_team_and_nobody_else_does(alice: User, bob: User, charlie: User) -> None:
    Profile.objects.create(user=alice, manager=bob)

    assert browser(charlie).post(reverse("absences"), {"who": str(alice.pk)}).status_code == 422
    assert browser(bob).post(reverse("absences"), {"who": str(alice.pk)}).status_code == 302

    assert Absence.objects.get().user == alice


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"from": "soon"}, "Enter a date"),
        ({"until": "2020-01-01"}, "The end has to be after the beginning"),
        ({"substitute-1": "nobody"}, "Nobody here is called “nobody”"),
        ({"substitute-1": "alice"}, "Nobody can be their own substitute"),
        ({"substitute-1": "bob", "kind-1": "x y"}, "Choose one of the tasks"),
        ({"until": "9999-12-31"}, "Enter a date"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_stored(
    sent: dict[str, str], sentence: str, alice: User, bob: User
) -> None:
    answer = browser(alice).post(reverse("absences"), sent)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Absence.objects.exists()
