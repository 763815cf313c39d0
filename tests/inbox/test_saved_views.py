"""Saved views, the filter's page, many tasks at once, and settings: through the pages, with a stranger beside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from orchestrator.models import ProcessDefinition
from tasks_inbox import entries, operations, shortcuts
from tasks_inbox.models import HumanTask, Profile, SavedView
from tests.inbox import desk
from tests.inbox.pages import as_user, text

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def keep(client: Client, query: str = "?tab=all&f=var.amount+%3E+100", **sent: Any) -> Any:
    return client.post(f"/views/{query}", {"name": "Large", "colour": "red", **sent})


# Views


def test_a_view_stands_beside_the_tabs_with_everything_in_its_address(orders: ProcessDefinition, alice: User) -> None:
    large, small = desk.order(orders, key="L", amount=500), desk.order(orders, key="S", amount=5)
    client = as_user(alice)
    kept = keep(client, "?tab=all&f=var.amount+%3E+100&sort=-var.amount&cols=var.amount,requester")
    view = SavedView.objects.get()
    assert kept["Location"] == (
        f"/?tab=all&f=var.amount+%3E+100&sort=-var.amount&cols=var.amount%2Crequester&view={view.pk}"
    )
    page = text(client.get(kept["Location"]))
    assert "Large" in page
    assert f"task-{large.pk}" in page
    assert f"task-{small.pk}" not in page
    assert '<span class="task-cell-label">Amount</span> 500' in page
    assert f'data-view="{view.pk}" aria-current="page"' in page
    counted = text(client.get("/views/counts/", **HTMX))
    assert f'id="view-count-{view.pk}" class="count" hx-swap-oob="true">1<' in counted


def test_counts_are_answered_by_304_until_something_changes(orders: ProcessDefinition, alice: User) -> None:
    desk.order(orders, amount=500)
    client = as_user(alice)
    keep(client)
    first = client.get("/views/counts/", **HTMX)
    again = client.get("/views/counts/", **HTMX, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304
    desk.order(orders, key="ORD-2", amount=501)
    assert ">2<" in text(client.get("/views/counts/", **HTMX, HTTP_IF_NONE_MATCH=first["ETag"]))


def test_a_shared_view_shows_each_their_own_tasks(
    orders: ProcessDefinition, alice: User, bob: User, charlie: User, finance: Group
) -> None:
    task = desk.order(orders, amount=500)
    legal = Group.objects.create(name="Legal")
    keep(as_user(alice), groups=[finance.pk, legal.pk])
    view = SavedView.objects.get()
    assert list(view.groups.all()) == [finance]  # not with a group that one is not in

    assert f'data-view="{view.pk}"' in text(as_user(bob).get("/"))
    assert f'data-view="{view.pk}"' not in text(as_user(charlie).get("/"))
    link = f"/?tab=all&f=var.amount+%3E+100&view={view.pk}"
    assert f"task-{task.pk}" in text(as_user(bob).get(link))
    assert f"task-{task.pk}" not in text(as_user(charlie).get(link))

    stranger = as_user(charlie)
    for answer in (
        stranger.get(f"/views/{view.pk}/"),
        stranger.post(f"/views/{view.pk}/", {"name": "x"}),
        stranger.post(f"/views/{view.pk}/delete/"),
        stranger.post(f"/views/{view.pk}/move/", {"to": "up"}),
        as_user(bob).post(f"/views/{view.pk}/delete/"),
        as_user(bob).get(f"/views/{view.pk}/"),
    ):
        assert answer.status_code == 404
    bob.groups.clear()
    assert f'data-view="{view.pk}"' not in text(as_user(bob).get("/"))


def test_views_are_renamed_changed_ordered_and_deleted_without_a_mouse(alice: User) -> None:
    client = as_user(alice)
    for name in ("One", "Two", "Three"):
        keep(client, name=name)
    one, two, three = SavedView.objects.order_by("pk")
    client.post(f"/views/{three.pk}/move/", {"to": "up"})
    client.post(f"/views/{three.pk}/move/", {"to": "up"})
    client.post(f"/views/{three.pk}/move/", {"to": "up"})
    page = text(client.get("/"))
    assert page.index(f'data-view="{three.pk}"') < page.index(f'data-view="{one.pk}"')
    client.post(f"/views/{one.pk}/", {"name": "First", "colour": "green"})
    client.post(f"/views/{two.pk}/?tab=mine&f=priority+%3E+5", {"name": "Two", "keep": "1"})
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.name, one.colour, one.filter) == ("First", "green", "var.amount > 100")
    assert (two.tab, two.filter) == ("mine", "priority > 5")
    client.post(f"/views/{one.pk}/delete/")
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize(
    ("query", "sent", "status", "says"),
    [
        ("", {"name": " "}, 422, "Give the view a name"),
        ("", {"name": "x" * 61}, 422, "Give the view a name"),
        ("", {"colour": "loud"}, 422, "Choose one of the colours"),
        ("", {"name": "There"}, 422, "You have a view of this name already."),
        ("?f=password+%3D+1", {}, 400, "There is no “password”"),
        ("?sort=password", {}, 400, "There is no “password”"),
        ("?cols=password", {}, 400, "There is no “password”"),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence(
    query: str, sent: dict[str, str], status: int, says: str, alice: User
) -> None:
    SavedView.objects.create(owner=alice, name="There")
    response = keep(as_user(alice), query or "?tab=all", **sent)
    assert response.status_code == status
    assert says in text(response)
    assert SavedView.objects.count() == 1


def test_an_old_view_over_something_that_is_gone_does_not_break_the_inbox(alice: User) -> None:
    view = SavedView.objects.create(owner=alice, name="Old", filter="gone = 1")
    client = as_user(alice)
    assert client.get("/").status_code == 200
    assert client.get("/views/counts/", **HTMX).status_code == 200
    assert client.get(f"/?f=gone+%3D+1&view={view.pk}").status_code == 400


def test_usual_columns_and_order_hold_in_every_list(orders: ProcessDefinition, alice: User) -> None:
    small, large = desk.order(orders, key="S", amount=5), desk.order(orders, key="L", amount=500)
    client = as_user(alice)
    client.post("/views/usual/?tab=all&sort=-var.amount&cols=case_subject,var.supplier")
    page = text(client.get("/?tab=all"))
    assert page.index(f"task-{large.pk}") < page.index(f"task-{small.pk}")
    assert '<span class="task-cell-label">Supplier</span> Acme' in page
    assert client.post("/views/usual/?sort=password").status_code == 400


# The page of the filter


def test_rows_of_conditions_become_the_address(alice: User) -> None:
    client = as_user(alice)
    rows = {"g": ["0", "1", "1"], "c": ["overdue", "priority", "var."], "n": ["", "", "amount"]}
    rows |= {"o": ["=", ">=", ">"], "v": ["yes", "75", "1000"]}
    answered = client.get("/filter/", {**rows, "join": "all", "tab": "all", "by": "due", "do": "apply"})
    assert answered["Location"] == (
        "/?tab=all&f=overdue+%3D+yes+and+%28priority+%3E%3D+75+or+var.amount+%3E+1000%29&sort=due"
    )
    page = text(client.get("/filter/?f=overdue+%3D+yes+and+%28priority+%3E%3D+75+or+var.amount+%3E+1000%29"))
    assert page.count('class="filter-row"') == 4  # three conditions, and one place for a column
    assert '<option value="&gt;=" selected>' in page


def test_conditions_and_columns_are_added_moved_and_removed_without_script(alice: User) -> None:
    client = as_user(alice)
    row = {"g": "0", "c": "due", "n": "", "o": "before", "v": "today"}
    assert text(client.get("/filter/", {**row, "do": "add"})).count('name="g"') == 2
    assert text(client.get("/filter/", {**row, "do": "add-0"})).count('class="filter-or"') == 1
    assert 'value="today"' not in text(client.get("/filter/", {**row, "do": "remove-0"}))
    moved = client.get("/filter/", {**row, "col": ["name", "owner", "due"], "do": "column-up-2"})
    assert "cols=name%2Cdue%2Cowner" in text(moved) or "name,due,owner" in text(moved)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"f": "password = 1", "do": "apply-text"}, "There is no “password”"),
        ({"f": "due before", "do": "apply-text"}, "A value for “due” is missing."),
        ({"g": "0", "c": "priority", "n": "", "o": "=", "v": "high", "do": "apply"}, "compared with a number"),
        ({"g": "0", "c": "due", "n": "", "o": "before", "v": "soon", "do": "apply"}, "is no time"),
        ({"by": "group", "do": "apply"}, "cannot be sorted"),
    ],
)
def test_a_filter_that_cannot_be_used_says_why_where_it_is_made(sent: dict[str, str], says: str, alice: User) -> None:
    response = as_user(alice).get("/filter/", sent)
    assert response.status_code == 400
    assert says in text(response)


def test_suggested_variables_are_those_of_ones_own_cases(orders: ProcessDefinition, alice: User, charlie: User) -> None:
    desk.order(orders, amount=1, secretProject="x")
    assert "var.secretProject" in text(as_user(alice).get("/filter/"))
    assert "secretProject" not in text(as_user(charlie).get("/filter/"))


# Many at once


def test_each_of_many_succeeds_or_fails_alone(orders: ProcessDefinition, alice: User, bob: User, charlie: User) -> None:
    good, taken, wrong = (desk.order(orders, key=key) for key in ("A", "B", "C"))
    operations.claim(task=taken, user=bob)
    required = desk.order(orders, key="D", amount=None)
    client = as_user(alice)
    chosen = {"task": [good.pk, taken.pk, required.pk, 10**9], "operation": "approve"}
    answered = client.post("/tasks/bulk/?tab=all", chosen, **HTMX)
    assert answered.status_code == 200
    page = text(answered)
    assert "1 approved" in answered["HX-Trigger"]
    assert "was claimed by Bob Brown" in page
    assert "Amount: " in page
    assert "This is no longer here, or it is not for you." in page
    states = HumanTask.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["completed", "reserved", "ready", "ready"]

    refused = client.post("/tasks/bulk/", {"task": wrong.pk, "operation": "reject"}, **HTMX)
    assert "needs a comment" in text(refused)
    client.post("/tasks/bulk/", {"task": wrong.pk, "operation": "reject", "comment": "No"}, **HTMX)
    wrong.refresh_from_db()
    assert (wrong.outcome, wrong.comment) == ("reject", "No")

    required.refresh_from_db()
    nothing = as_user(charlie).post("/tasks/bulk/", {"task": required.pk, "operation": "claim"}, **HTMX)
    assert "not for you" in text(nothing)
    required.refresh_from_db()
    assert required.state == "ready"


def test_many_are_claimed_delegated_put_back_and_given_another_priority(
    orders: ProcessDefinition, alice: User, bob: User
) -> None:
    tasks = [desk.order(orders, key=f"K{n}").pk for n in range(3)]
    client = as_user(alice)

    def act(operation: str, **more: Any) -> None:
        answered = client.post("/tasks/bulk/", {"task": tasks, "operation": operation, **more})
        assert answered.status_code == 302

    def seen() -> set[tuple[Any, ...]]:
        return set(HumanTask.objects.values_list("state", "actual_owner__username"))

    act("claim")
    assert seen() == {("reserved", "alice")}
    act("release")
    assert seen() == {("ready", None)}
    act("delegate", to="bob")
    assert seen() == {("reserved", "bob")}
    assert client.post("/tasks/bulk/", {"task": tasks, "operation": "destroy"}).status_code == 404


def test_a_draft_counts_when_many_are_approved(orders: ProcessDefinition, alice: User) -> None:
    task = desk.order(orders)
    operations.save_draft(task=task, user=alice, data={"fields": {"f.amount": ["77.5"]}, "comment": "fine"})
    as_user(alice).post("/tasks/bulk/", {"task": task.pk, "operation": "approve"}, **HTMX)
    task.refresh_from_db()
    assert (str(task.output["amount"]), task.comment) == ("77.5", "fine")


def test_after_a_decision_the_next_of_the_narrowed_list_follows(orders: ProcessDefinition, alice: User) -> None:
    first, other, second = (
        desk.order(orders, key=key, amount=amount) for key, amount in (("A", 500), ("B", 5), ("C", 600))
    )
    sent = {"f.amount": "500", "outcome": "approve"}
    answered = as_user(alice).post(f"/tasks/{first.pk}/complete/?tab=groups&f=var.amount+%3E+100", sent, **HTMX)
    assert f'data-task-id="{second.pk}"' in text(answered)
    assert "1 left" in answered["HX-Trigger"]
    named = as_user(alice).post(
        f"/tasks/{second.pk}/complete/?tab=groups", {**sent, "next": other.pk, "f.amount": "600"}, **HTMX
    )
    assert f'data-task-id="{other.pk}"' in text(named)


# Settings


def test_keys_are_chosen_and_kept_on_the_server(alice: User) -> None:
    client = as_user(alice)
    sent = {f"key-{action.name}": action.key for action in shortcuts.ACTIONS}
    wanted = {**sent, "key-approve": "y", "theme": "contrast", "density": "comfortable"}
    assert client.post("/settings/", wanted).status_code == 302
    profile = Profile.objects.get(user=alice)
    assert (profile.keys, profile.shortcuts, profile.theme) == ({"approve": "y"}, False, "contrast")
    page = text(client.get("/"))
    assert 'data-theme="contrast"' in page
    assert 'data-shortcuts="off"' in page
    assert "&quot;approve&quot;: &quot;y&quot;" in page
    assert 'data-density="comfortable"' in page
    client.post("/settings/", {"reset": "1", "shortcuts": "1"})
    profile.refresh_from_db()
    assert (profile.keys, profile.shortcuts, profile.theme) == ({}, True, "contrast")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key-approve": "j"}, "already means"),
        ({"key-approve": ""}, "Enter one character."),
        ({"theme": "pink"}, "Choose one of the colours"),
        ({"density": "x"}, "Choose compact or comfortable."),
    ],
)
def test_settings_that_cannot_hold_are_refused_whole(wrong: dict[str, str], says: str, alice: User) -> None:
    response = as_user(alice).post("/settings/", wrong)
    assert response.status_code == 422
    assert says in text(response)
    assert not Profile.objects.filter(user=alice).exists()


def test_the_profile_decides_the_colours_and_the_cookie_follows(alice: User) -> None:
    client = as_user(alice)
    client.post("/theme/", {"theme": "dark"})
    assert client.cookies["theme"].value == "dark"
    client.cookies.clear()
    client.force_login(alice)
    assert 'data-theme="dark"' in text(client.get("/"))


def test_times_are_relative_with_the_exact_one_in_the_persons_zone(orders: ProcessDefinition, alice: User) -> None:
    Profile.objects.create(user=alice, time_zone="Asia/Tokyo")
    task = desk.order(orders)
    due = timezone.now() + timedelta(hours=5, minutes=30)
    HumanTask.objects.filter(pk=task.pk).update(due_at=due)
    entries.write([task.pk])
    page = text(as_user(alice).get("/?tab=all"))
    assert "JST" in page
    assert ">in 5 h<" in page
