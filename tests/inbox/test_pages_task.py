"""The page of a task: what it shows, what people do there and are told, with script and without."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import operations as runtime_operations
from tasks_inbox import case_data, operations
from tasks_inbox.models import HumanTask, Profile, TaskComment, TaskDraft, TaskEvent
from tests.inbox import desk
from tests.inbox.pages import HTMX, as_user, text, url

pytestmark = pytest.mark.django_db


def test_a_task_shows_its_form_and_its_case(task: HumanTask, alice: User) -> None:
    page = text(as_user(alice).get(url("task", task)))
    for part in (
        "Check it.",
        "Requested by Ruth Root",
        "Finance",
        "Acme",
        'value="12.00"',
        "Chair",
        "Approve</",
        "Claim",
    ):
        assert part.replace("Approve</", "Approve <kbd") in page


def test_claim_and_put_back(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    response = client.post(url("task_claim", task) + "?tab=groups")
    assert response["Location"] == f"/tasks/{task.pk}/?tab=groups"
    task.refresh_from_db()
    assert (task.state, task.actual_owner) == ("reserved", alice)
    assert "Claimed. The task is yours." in text(client.get(response["Location"]))
    client.post(url("task_release", task))
    task.refresh_from_db()
    assert task.state == "ready"


def test_whoever_is_late_learns_who_was_first(task: HumanTask, alice: User, bob: User) -> None:
    operations.claim(task=task, user=bob)
    response = as_user(alice).post(url("task_claim", task))
    assert response.status_code == 409
    assert "was claimed by Bob Brown" in text(response)
    assert "Nothing of yours was stored" in text(response)
    assert 'href="/"' in text(response)
    part = as_user(alice).post(url("task_complete", task), {"outcome": "approve"}, **HTMX)
    assert part.status_code == 409
    assert "<html" not in text(part)


def test_a_second_click_is_told_that_the_first_one_counted(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    client.post(url("task_complete", task), {"f.amount": "1", "outcome": "approve"})
    again = client.post(url("task_complete", task), {"f.amount": "1", "outcome": "approve"})
    assert again.status_code == 409
    assert "You have done this already" in text(again)
    assert TaskEvent.objects.filter(task=task, kind="complete").count() == 1


def test_completing_goes_on_to_the_next_task(orders: ProcessDefinition, alice: User) -> None:
    first, second = desk.order(orders, key="A"), desk.order(orders, key="B")
    client = as_user(alice)
    sent = {"f.amount": "1250.10", "f.urgent?": "1", "outcome": "approve", "comment": ""}
    response = client.post(url("task_complete", first) + "?tab=groups", sent, **HTMX)
    assert response.status_code == 200
    assert response["HX-Push-Url"] == f"/tasks/{second.pk}/?tab=groups"
    assert json.loads(response["HX-Trigger"]) == {"announce": "Approved. 1 left.", "tasks-changed": ""}
    assert f'data-task-id="{second.pk}"' in text(response)
    first.refresh_from_db()
    assert (first.state, first.outcome, first.completed_by) == ("completed", "approve", alice)
    known = case_data.variables(first.process_instance_id)
    assert (known["amount"], known["urgent"], known["outcome"]) == (Decimal("1250.10"), False, "approve")
    assert known["items"] == [{"name": "Chair", "sku": "S1"}]


def test_completing_works_without_script(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    response = client.post(url("task_complete", task), {"f.amount": "5", "outcome": "approve"}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "Approved. Nothing is left." in text(response)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(task: HumanTask, alice: User) -> None:
    sent = {"f.amount": "1,5", "outcome": "reject", "comment": " "}
    response = as_user(alice).post(url("task_complete", task), sent)
    page = text(response)
    assert response.status_code == 422
    assert 'href="#f-amount"' in page
    assert 'value="1,5"' in page
    assert "Value is not a number." in page
    assert "Say why: “Reject” needs a comment." in page
    assert 'href="#task-comment"' in page
    task.refresh_from_db()
    assert task.state == "ready"


def test_a_rejection_carries_its_reason(task: HumanTask, alice: User, root: User) -> None:
    as_user(alice).post(url("task_complete", task), {"outcome": "reject", "comment": "Too expensive"})
    task.refresh_from_db()
    assert (task.outcome, task.comment) == ("reject", "Too expensive")
    assert "Too expensive" in text(as_user(root).get(reverse("case", args=[task.process_instance_id])))


@pytest.mark.parametrize(
    "name", ["f.supplier", "f.reason", "f.total", "assignee", "actual_owner", "state", "process", "variables[amount]"]
)
def test_a_field_that_is_not_theirs_is_refused_by_name(name: str, task: HumanTask, alice: User) -> None:
    before = case_data.variables(task.process_instance_id)
    response = as_user(alice).post(url("task_complete", task), {"f.amount": "1", "outcome": "approve", name: "9"})
    assert response.status_code == 422
    assert f"<li>{name}</li>" in text(response)
    task.refresh_from_db()
    assert task.state == "ready"
    assert case_data.variables(task.process_instance_id) == before


def test_an_outcome_that_was_not_offered_is_refused(task: HumanTask, alice: User) -> None:
    response = as_user(alice).post(url("task_complete", task), {"f.amount": "1", "outcome": "pay"})
    assert response.status_code == 422
    assert "Choose one of the outcomes" in text(response)


def test_a_field_appears_when_an_answer_asks_for_it(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    assert "Why urgent" not in text(client.get(url("task", task)))
    part = client.post(url("task_fields", task), {"f.urgent": "on"}, **HTMX)
    assert "Why urgent" in text(part)
    assert text(part).lstrip().startswith("<form")
    assert "Why urgent" in text(client.post(url("task_fields", task), {"f.urgent": "on"}))
    assert not TaskDraft.objects.exists()


def test_rows_are_added_and_taken_away_on_the_server(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    more = client.post(url("task_fields", task), {"f.items": ["", "0"], "add": "f.items"})
    assert 'name="f.items[n0].name"' in text(more)
    less = client.post(url("task_fields", task), {"f.items": ["", "0", "n0"], "remove": "f.items 0"})
    assert 'name="f.items[0].name"' not in text(less)
    assert 'name="f.items[n0].name"' in text(less)
    sent = {"f.amount": "1", "f.items": ["", "n0"], "f.items[n0].name": "Desk", "outcome": "approve"}
    client.post(url("task_complete", task), sent)
    assert case_data.variables(task.process_instance_id)["items"] == [{"name": "Desk"}]


def test_a_draft_is_kept_and_comes_back(task: HumanTask, alice: User, bob: User) -> None:
    client = as_user(alice)
    sent = {"f.amount": "not yet", "f.urgent": "on", "f.reason": "Soon\x00", "comment": "Hm", "state": "done"}
    saved = client.post(url("task_draft", task), sent, **HTMX, HTTP_HX_TARGET="draft-status")
    assert text(saved).startswith("Draft saved ")
    page = text(client.get(url("task", task)))
    for part in ('value="not yet"', 'value="Soon"', "\nHm</textarea>", "Draft saved Today"):
        assert part in page
    assert 'value="not yet"' not in text(as_user(bob).get(url("task", task)))
    assert "state" not in TaskDraft.objects.get().data["fields"]
    assert client.post(url("task_draft", task), sent)["Location"] == url("task", task)


def test_people_talk_in_a_task(task: HumanTask, alice: User, bob: User) -> None:
    client = as_user(alice)
    part = client.post(url("task_comment", task), {"text": "Which budget?"}, **HTMX)
    assert "Which budget?" in text(part)
    assert text(part).lstrip().startswith("<section")
    assert "Which budget?" in text(as_user(bob).get(url("task", task)))
    assert client.post(url("task_comment", task), {"text": " "}).status_code == 422
    assert client.post(url("task_comment", task), {"text": "a\x00b"})["Location"].endswith("#conversation")
    assert TaskComment.objects.count() == 2


def test_a_task_is_given_to_somebody(task: HumanTask, alice: User, charlie: User) -> None:
    client = as_user(alice)
    people = text(client.get(url("task_delegate", task) + "?person=char"))
    assert "Charlie Clark" in people
    assert "Bob Brown" not in people
    response = client.post(url("task_delegate", task), {"to": charlie.pk}, follow=True)
    assert "Delegated to Charlie Clark. Nothing is left." in text(response)
    task.refresh_from_db()
    assert task.actual_owner == charlie


def test_a_task_is_offered_to_another_group(task: HumanTask, alice: User) -> None:
    legal = Group.objects.create(name="Legal")
    client = as_user(alice)
    assert "Legal" in text(client.get(url("task_delegate", task) + "?person=leg"))
    assert client.post(url("task_delegate", task), {"group": "999999"}).status_code == 422
    response = client.post(url("task_delegate", task), {"group": legal.pk}, follow=True)
    assert "Forwarded to Legal." in text(response)
    assert client.get(url("task", task)).status_code == 404


def test_a_task_is_put_aside_until_a_time(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    for bad in ("tomorrow", "2020-01-01T00:00"):
        assert client.post(url("task_suspend", task), {"until": bad}).status_code == 422
    client.post(url("task_suspend", task), {"until": "2099-01-01T09:30"})
    task.refresh_from_db()
    assert task.state == "suspended"
    assert task.suspended_until is not None
    page = text(client.get(url("task", task)))
    assert "Put aside" in page
    assert 'name="outcome"' not in page
    client.post(url("task_resume", task))
    task.refresh_from_db()
    assert task.state == "ready"


@pytest.mark.parametrize("to", ["", "x", "999999", "-1", "99999999999999999999", "٣"])
def test_a_task_is_not_given_to_nobody(to: str, task: HumanTask, alice: User) -> None:
    response = as_user(alice).post(url("task_delegate", task), {"to": to})
    assert response.status_code == 422
    assert "Choose one of the people in the list." in text(response)


def test_who_is_excluded_or_gone_is_not_offered_the_task(finance: Any, alice: User, bob: User, charlie: User) -> None:
    charlie.is_active = False
    charlie.save()
    task = desk.order(desk.deploy_orders(desk.form_task(outcomes=desk.APPROVE, excludedUsers="bob")), by=bob)
    client = as_user(alice)
    people = text(client.get(url("task_delegate", task)))
    assert "Bob Brown" not in people
    assert "Charlie Clark" not in people
    assert client.post(url("task_delegate", task), {"to": bob.pk}).status_code == 422
    assert as_user(bob).get(url("task", task)).status_code == 404


def test_a_task_that_is_done_is_read_only(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    client.post(url("task_complete", task), {"f.amount": "77.70", "outcome": "approve", "comment": "Fine"})
    page = text(client.get(url("task", task)))
    for part in ("77.70", "Fine", "Approve"):
        assert part in page
    assert 'name="f.amount"' not in page
    assert 'name="outcome"' not in page
    assert "ORD-1" in text(client.get("/?tab=done"))


def test_a_task_whose_process_was_cancelled_says_so(task: HumanTask, alice: User, root: User) -> None:
    runtime_operations.cancel(task.process_instance, by=root)
    response = as_user(alice).post(url("task_complete", task), {"outcome": "approve"})
    assert response.status_code == 409
    assert "was withdrawn by its process" in text(response)


def test_a_task_without_outcomes_is_completed_by_one_button(finance: Any, alice: User) -> None:
    task = desk.order(desk.deploy_orders(desk.form_task()))
    client = as_user(alice)
    assert "Complete <kbd" in text(client.get(url("task", task)))
    assert client.post(url("task_complete", task), {"f.amount": "1"}).status_code == 302


def test_opening_a_task_is_told_by_a_request_of_its_own(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    assert url("task_read", task) in text(client.get(url("task", task)))
    assert client.post(url("task_read", task)).status_code == 204
    assert url("task_read", task) not in text(client.get(url("task", task)))


def test_the_diagram_shows_where_the_case_is(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    where = client.get(url("task_diagram", task)).json()
    assert where["active"] == ["n1"]
    xml = client.get(where["xml_url"])
    assert xml["Content-Type"] == "application/xml"
    assert xml["Content-Disposition"] == 'attachment; filename="order.bpmn"'


def test_times_are_those_of_the_person(task: HumanTask, alice: User) -> None:
    as_user(alice).get(url("task", task))  # what a page in another zone has worked out is not theirs
    Profile.objects.create(user=alice, time_zone="Asia/Tokyo")
    page = text(as_user(alice).get(url("task", task)))
    local = task.created_at.astimezone(__import__("zoneinfo").ZoneInfo("Asia/Tokyo"))
    assert f"{local.day} {local:%b %H:%M}" in page
