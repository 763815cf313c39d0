"""The pages: what people find, do and are told, with script and without, and what strangers do not learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import operations as runtime_operations
from tasks_inbox import case_data, operations
from tasks_inbox.models import HumanTask, Profile, TaskComment, TaskDraft, TaskEvent, TaskRead
from tasks_inbox.views import row_markup
from tests.inbox import desk

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
Queries = Callable[[int], Any]


def as_user(user: User, **kwargs: Any) -> Client:
    client = Client(**kwargs)
    client.force_login(user)
    return client


@pytest.fixture
def orders(finance: Any) -> ProcessDefinition:
    return desk.deploy_orders()


@pytest.fixture
def task(orders: ProcessDefinition, alice: User, root: User) -> HumanTask:
    return desk.order(orders, by=root)


def url(name: str, task: HumanTask) -> str:
    return reverse(name, args=[task.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


# Who may come in

TASK_PAGES = [
    ("get", "task"),
    ("post", "task_claim"),
    ("post", "task_release"),
    ("post", "task_suspend"),
    ("post", "task_resume"),
    ("post", "task_skip"),
    ("post", "task_complete"),
    ("post", "task_fields"),
    ("post", "task_draft"),
    ("post", "task_comment"),
    ("get", "task_people"),
    ("post", "task_attach"),
    ("post", "task_read"),
    ("get", "task_delegate"),
    ("post", "task_delegate"),
    *((method, f"task_{word}") for word in ("ask", "approver", "subtask", "send_back") for method in ("get", "post")),
    *((method, f"task_{word}") for word in ("redo", "manage") for method in ("get", "post")),
    ("post", "task_undo"),
    ("get", "task_diagram"),
    ("get", "task_diagram_xml"),
]
CASE_PAGES = [("get", "case"), ("get", "case_related"), ("get", "case_diagram"), ("get", "case_diagram_xml")]
START_PAGES = [("get", "start_process"), ("post", "start_process"), ("post", "start_fields")]
OWN_PAGES = [("get", name) for name in ("inbox", "inbox_list", "catalogue", "my_requests")] + [("post", "set_theme")]


def address(name: str, task: HumanTask) -> str:
    if name.startswith("start_"):
        return reverse(name, args=["order"])
    if name.startswith("case"):
        return reverse(name, args=[task.process_instance_id])
    return url(name, task) if name.startswith("task") else reverse(name)


def test_every_page_about_a_task_is_in_a_list_of_this_file() -> None:
    """The others have their row in `tests/test_routes.py`, and their strangers where they are told of."""
    from tasks_inbox.urls import urlpatterns

    about_a_task = {pattern.name for pattern in urlpatterns if str(pattern.pattern).startswith("tasks/<int:pk>/")}
    assert about_a_task <= {name for _, name in TASK_PAGES}


@pytest.mark.parametrize(("method", "name"), [*TASK_PAGES, *CASE_PAGES, *START_PAGES, *OWN_PAGES])
def test_who_has_not_signed_in_is_asked_to(method: str, name: str, task: HumanTask) -> None:
    response = getattr(Client(), method)(address(name, task))
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=/")


@pytest.mark.parametrize(("method", "name"), [*TASK_PAGES, *CASE_PAGES, *START_PAGES])
def test_a_stranger_finds_nothing_and_changes_nothing(method: str, name: str, task: HumanTask, charlie: User) -> None:
    client = as_user(charlie)
    before = list(HumanTask.objects.values()), TaskEvent.objects.count(), ProcessInstance.objects.count()
    forbidden = getattr(client, method)(address(name, task), {"outcome": "approve", "text": "x", "to": charlie.pk})
    missing = getattr(client, method)(
        address(name, task)
        .replace(f"/{task.pk}/", "/999999/")
        .replace(f"/{task.process_instance_id}/", "/999999/")
        .replace("order", "nothing")
    )
    assert (forbidden.status_code, missing.status_code) == (404, 404)
    assert forbidden.content == missing.content
    assert (list(HumanTask.objects.values()), TaskEvent.objects.count(), ProcessInstance.objects.count()) == before


def test_numbers_beyond_any_id_are_not_found(alice: User) -> None:
    client = as_user(alice)
    assert client.get("/tasks/99999999999999999999/").status_code == 404
    assert client.get("/cases/99999999999999999999/").status_code == 404
    assert client.get("/requests/?after=99999999999999999999").status_code == 200


def test_leaving_the_group_closes_the_page_at_once(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    assert client.get(url("task", task)).status_code == 200
    alice.groups.clear()
    assert client.get(url("task", task)).status_code == 404
    assert client.post(url("task_claim", task)).status_code == 404


def test_looking_changes_nothing(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    before = list(HumanTask.objects.values()), TaskRead.objects.count(), TaskEvent.objects.count()
    for name in ("inbox", "inbox_list", "task", "task_delegate", "task_diagram", "case", "my_requests", "catalogue"):
        client.get(address(name, task))
        client.get(address(name, task), **HTMX)
    assert (list(HumanTask.objects.values()), TaskRead.objects.count(), TaskEvent.objects.count()) == before


@pytest.mark.parametrize("name", ["task_claim", "task_complete", "task_draft", "task_comment", "set_theme"])
def test_what_changes_something_is_no_link(name: str, task: HumanTask, alice: User) -> None:
    assert as_user(alice).get(address(name, task)).status_code == 405


def test_a_form_from_elsewhere_is_refused_with_a_page_for_people(task: HumanTask, alice: User) -> None:
    response = as_user(alice, enforce_csrf_checks=True).post(url("task_claim", task))
    assert response.status_code == 403
    assert "This page was open for too long" in text(response)


# The list


def test_the_inbox_shows_the_tasks_of_ones_groups(task: HumanTask, alice: User, bob: User) -> None:
    page = text(as_user(alice).get("/"))
    assert "Approve order" in page
    assert "ORD-1" in page
    assert f'href="/tasks/{task.pk}/?tab=groups"' in page
    operations.claim(task=task, user=bob)
    assert "ORD-1" not in text(as_user(alice).get("/?tab=groups"))
    assert "ORD-1" in text(as_user(bob).get("/"))


def test_the_list_of_a_stranger_is_empty(task: HumanTask, charlie: User) -> None:
    page = text(as_user(charlie).get("/?tab=all"))
    assert "Nothing is open" in page
    assert "Order" not in page.replace("Order ", "")


@pytest.mark.parametrize("query", ["tab=groups&q=acme", "tab=groups&q=ord", "tab=groups&process=order", "tab=all"])
def test_search_and_filters_stand_in_the_address(query: str, orders: ProcessDefinition, alice: User) -> None:
    desk.order(orders, key="ORD-ACME")
    page = text(as_user(alice).get(f"/?{query}"))
    assert ("ORD-ACME" in page) is True
    assert f"?{query}".replace("&", "&amp;") in page


def test_a_search_without_a_match_says_so(task: HumanTask, alice: User) -> None:
    assert "Nothing found" in text(as_user(alice).get("/?tab=groups&q=zebra"))


@pytest.mark.parametrize(
    "query",
    ["tab=x", "after=nonsense", "q=%00", "process=%00", "tab=done&after=1_x_2", "n=7", "n=-1", "q=" + "a" * 5000],
)
def test_a_strange_address_is_no_error(query: str, task: HumanTask, alice: User) -> None:
    assert as_user(alice).get(f"/?{query}").status_code == 200


def test_a_page_more_is_asked_for_with_a_link(orders: ProcessDefinition, alice: User) -> None:
    for number in range(52):
        desk.order(orders, key=f"ORD-{number}")
    client = as_user(alice)
    first = client.get("/?tab=groups")
    assert first.context["list"].more_url == "/?tab=groups&n=100"
    assert 'href="/?tab=groups&amp;n=100"' in text(first)
    assert len(first.context["rows"]) == 50
    more = client.get("/?tab=groups&n=100")
    assert len(more.context["rows"]) == 52
    assert more.context["list"].more_url == ""
    assert "n=100" in more.context["list"].poll_url


def test_a_very_long_list_goes_on_behind_a_cursor(
    orders: ProcessDefinition, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_inbox.queries.LARGEST_PAGE", 50)
    for number in range(52):
        desk.order(orders, key=f"ORD-{number}")
    client = as_user(alice)
    rest = client.get(client.get("/?tab=groups").context["list"].more_url)
    assert len(rest.context["rows"]) == 2
    assert "First page" in text(rest)


def test_a_search_that_stopped_early_says_so_and_goes_on(
    orders: ProcessDefinition, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_inbox.queries.searching.FIRST_PORTION", 1)
    monkeypatch.setattr("tasks_inbox.queries.searching.MOST_LOOKED_AT", 2)
    for number in range(4):
        desk.order(orders, key=f"ORD-{number}")
    client = as_user(alice)
    found = client.get("/", {"tab": "groups", "f": 'business_key contains "ORD-3"'})
    assert "The search stopped after very many tasks." in text(found)
    further = client.get(found.context["list"].more_url)
    assert [row.ref for row in further.context["rows"]] == ["ORD-3"]


def test_the_tabs_follow_a_change_of_group_with_the_next_request(
    task: HumanTask, alice: User, bob: User, finance: Group
) -> None:
    client = as_user(alice)

    def tabs() -> list[str]:
        return [tab.count for tab in client.get("/?tab=groups").context["list"].tabs]

    assert tabs() == tabs() == ["0", "1", "1", ""]
    alice.groups.remove(finance)
    assert tabs() == ["0", "0", "0", ""]
    alice.groups.add(finance)
    assert tabs() == ["0", "1", "1", ""]
    operations.claim(task=task, user=bob)
    assert tabs() == ["0", "0", "1", ""]


def test_whatever_a_row_says_is_text(task: HumanTask, alice: User) -> None:
    said = '"><script>x</script>%(title)s{{ row }}'
    HumanTask.objects.filter(pk=task.pk).update(subject=f"t{said}", business_key=f"b{said}", process_name=f"p{said}")
    alice.first_name = f"a{said}"
    alice.save()
    operations.claim(task=task, user=alice)
    task.comments.create(author=alice, text="!")
    shown = text(as_user(alice).get("/?tab=mine&cols=title,created_by"))
    assert "<script>x" not in shown
    escaped = "&quot;&gt;&lt;script&gt;x&lt;/script&gt;%(title)s{{ row }}"
    for letter in "tbpa":
        assert f"{letter}{escaped}" in shown


def test_the_list_costs_few_statements(
    orders: ProcessDefinition, alice: User, django_assert_max_num_queries: Queries
) -> None:
    for number in range(10):
        desk.order(orders, key=f"ORD-{number}")
    client = as_user(alice)
    for statements in (7, 4):
        with django_assert_max_num_queries(statements):
            client.get("/?tab=groups")


def test_the_detail_costs_few_statements(task: HumanTask, alice: User, django_assert_max_num_queries: Queries) -> None:
    client = as_user(alice)
    client.get(url("task", task), **HTMX)
    with django_assert_max_num_queries(13):
        client.get(url("task", task), **HTMX)


def test_a_decision_costs_few_statements(
    orders: ProcessDefinition, alice: User, django_assert_max_num_queries: Queries
) -> None:
    first, second, *_others = [desk.order(orders, key=key) for key in "ABC"]
    client = as_user(alice)
    client.get(url("task", first))
    sent = {"f.amount": "1", "outcome": "approve"}
    with django_assert_max_num_queries(8):
        assert client.post(url("task_complete", first) + "?tab=groups", sent).status_code == 302
    client.get("/?tab=groups")  # takes what was said
    with django_assert_max_num_queries(19):
        answer = client.post(url("task_complete", second) + "?tab=groups", sent, **HTMX)
    assert answer.status_code == 200


def test_no_task_has_a_number_beyond_those_of_the_database(alice: User) -> None:
    for number in (2**63 - 1, 2**63, 10**30):
        assert as_user(alice).get(f"/tasks/{number}/").status_code == 404
        assert as_user(alice).post(f"/tasks/{number}/complete/").status_code == 404


def test_an_unchanged_list_answers_with_nothing(
    task: HumanTask, alice: User, bob: User, django_assert_max_num_queries: Queries
) -> None:
    client = as_user(alice)
    etag = client.get("/?tab=groups", **HTMX)["ETag"]
    with django_assert_max_num_queries(2):
        same = client.get("/tasks/?tab=groups", **HTMX, HTTP_IF_NONE_MATCH=etag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    operations.claim(task=task, user=bob)
    changed = client.get("/tasks/?tab=groups", **HTMX, HTTP_IF_NONE_MATCH=etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag
    assert f'data-etag="{changed["ETag"]}"'.replace('W/"', "W/&quot;").replace('""', '&quot;"') in text(changed)


def test_the_version_of_a_list_is_not_that_of_another(task: HumanTask, alice: User, bob: User) -> None:
    tags = [
        as_user(alice).get("/?tab=groups", **HTMX)["ETag"],
        as_user(alice).get("/?tab=all", **HTMX)["ETag"],
        as_user(bob).get("/?tab=groups", **HTMX)["ETag"],
    ]
    assert len(set(tags)) == 3


def test_htmx_gets_the_part_and_others_the_page(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    part, page = client.get(url("task", task), **HTMX), client.get(url("task", task))
    assert text(part).lstrip().startswith(("<title>", "<article"))
    assert "<html" in text(page)
    for response in (part, page):
        assert "HX-Request" in response["Vary"]
        assert "private" in response["Cache-Control"]


def test_a_page_can_be_asked_whether_it_is_there(task: HumanTask, alice: User) -> None:
    assert as_user(alice).head(url("task", task)).status_code == 200


def test_the_list_alone_is_no_page(alice: User) -> None:
    assert as_user(alice).get("/tasks/?tab=all")["Location"] == "/?tab=all"


def test_whatever_a_menu_says_is_text() -> None:
    shown = row_markup.menu([('"><script>', '/?process="><script>&tab=all')])
    assert "<script" not in shown
    assert 'href="/?process=&quot;&gt;&lt;script&gt;&amp;tab=all"' in shown


# A task


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


# Starting, and what became of it


def test_people_see_what_they_may_start(orders: ProcessDefinition, alice: User, charlie: User) -> None:
    desk.may_start(alice, orders)
    assert 'href="/start/order/"' in text(as_user(alice).get("/start/"))
    assert 'href="/start/order/"' in text(as_user(alice).get("/start/?q=ord"))
    assert "Nothing found" in text(as_user(alice).get("/start/?q=zebra"))
    assert "There is nothing to start" in text(as_user(charlie).get("/start/"))


def test_a_start_form_starts_a_process(orders: ProcessDefinition, charlie: User) -> None:
    desk.may_start(charlie, orders)
    client = as_user(charlie)
    wrong = client.post("/start/order/", {"f.supplier": "", "f.amount": "5"})
    assert wrong.status_code == 422
    assert "Field is required." in text(wrong)
    assert client.post("/start/order/", {"f.supplier": "A", "f.extra": "5"}).status_code == 422
    assert not ProcessInstance.objects.exists()
    response = client.post("/start/order/", {"f.supplier": "Acme", "f.amount": "5.10"}, follow=True)
    instance = ProcessInstance.objects.get()
    assert instance.started_by == charlie
    assert case_data.variables(instance.pk).items() >= {"supplier": "Acme", "amount": Decimal("5.10")}.items()
    assert response.redirect_chain == [(f"/cases/{instance.pk}/", 302)]
    assert "Your request was sent." in text(response)


def test_requests_tell_where_they_are(orders: ProcessDefinition, charlie: User, alice: User) -> None:
    task = desk.order(orders, by=charlie)
    page = text(as_user(charlie).get("/requests/"))
    assert "Approve order" in page
    assert "with Finance" in page
    assert "ORD-1" in page
    operations.claim(task=task, user=alice)
    assert "with Alice Adams" in text(as_user(charlie).get("/requests/"))
    assert "ORD-1" not in text(as_user(alice).get("/requests/"))


def test_a_case_is_for_those_whom_it_concerns(orders: ProcessDefinition, alice: User, bob: User, charlie: User) -> None:
    task = desk.order(orders, by=bob)
    case = reverse("case", args=[task.process_instance_id])
    assert "Approve order" in text(as_user(bob).get(case))
    assert as_user(alice).get(case).status_code == 200
    assert as_user(charlie).get(case).status_code == 404
    assign_perm("orchestrator.see_instances", charlie, orders)
    page = text(as_user(charlie).get(case))
    assert "Acme" in page
    assert url("task", task) not in page


# What people write is text

XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}{% debug %}",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "\u202eevil",
]


@pytest.mark.parametrize("bad", XSS)
def test_what_people_write_is_shown_as_text(bad: str, finance: Any, alice: User) -> None:
    form = {
        **desk.FORM,
        "components": [
            {"type": "textfield", "key": "supplier", "label": "Hi {{supplier}}", "description": "{{supplier}}"},
            {"type": "text", "text": "Dear {{supplier}}"},
            {"type": "html", "content": "<p>{{supplier}}</p>"},
            {"type": "select", "key": "pick", "label": "Pick", "valuesExpression": "=[supplier]"},
            {"type": "checklist", "key": "picks", "label": "Picks", "valuesExpression": "=[supplier]"},
            {"type": "table", "dataSource": "=rows", "label": "{{supplier}}", "columnsExpression": "=columns"},
        ],
    }
    alice.first_name = bad[:100]
    alice.save()
    orders = desk.deploy_orders(
        desk.form_task(subject="=supplier", description="=supplier", outcomes=desk.APPROVE), form=form
    )
    variables = {"supplier": bad, "rows": [{"a": bad}], "columns": [{"key": "a", "label": bad}], bad[:40]: {bad: [bad]}}
    task = desk.order(orders, by=alice, key=bad, **variables)
    operations.add_comment(task=task, user=alice, text=bad)
    client = as_user(alice)
    client.post(url("task_draft", task), {"f.supplier": bad, "comment": bad})
    pages = [
        client.get(path)
        for path in (
            "/?tab=all",
            f"/?q={bad}",
            url("task", task),
            reverse("case", args=[task.process_instance_id]),
            "/requests/",
        )
    ]
    pages.append(client.post(url("task_complete", task), {"f.supplier": bad, "comment": bad, "outcome": bad, bad: bad}))
    for response in pages:
        page = text(response)
        for live in ("<script>alert", "<img src=x", "<svg onload", 'href="javascript:'):
            assert live not in page
    assert pages[-1].status_code == 422


def test_every_answer_carries_the_policy(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    answers = [
        client.get("/"),
        client.get("/tasks/999/"),
        client.post(url("task_complete", task), {"outcome": "x"}),
        Client().get("/login/"),
    ]
    for response in answers:
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]


def test_pages_hold_no_inline_style_or_script(task: HumanTask, alice: User) -> None:
    for path in ("/", url("task", task), url("task_delegate", task), "/requests/", "/start/"):
        page = text(as_user(alice).get(path))
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "hx-on" not in page


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/requests/", "/requests/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("////evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\t//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("https:evil.example", "/"),
        ("%2f%2fevil.example", "%2f%2fevil.example"),
        ("", "/"),
    ],
)
def test_the_theme_is_kept_and_nobody_is_sent_away(target: str, where: str, alice: User) -> None:
    response = as_user(alice).post("/theme/", {"theme": "dark", "next": target})
    assert response["Location"] == where
    assert response.cookies["theme"].value == "dark"


def test_the_theme_of_the_system_is_no_cookie(alice: User) -> None:
    assert as_user(alice).post("/theme/", {"theme": "auto"}).cookies["theme"].value == ""
    assert "theme" in as_user(alice).post("/theme/", {"theme": "<b>"}).cookies


STRANGE = [
    {"f.amount": "1e400"},
    {"f.amount": "NaN"},
    {"f.amount": "9" * 1_000_000},
    {"f.amount": ["1", "2"]},
    {"f.amount[]": "1"},
    {"f.items[0]": "x"},
    {"f.items": ["", "0", "0", "n0", "n1"]},
    {"f.items": "x" * 100_000},
    {"f.items[n0].name": "x"},
    {"f.urgent": "maybe", "f.urgent?": "no"},
    {"f.": "x", "f": "x", "": "x"},
    {"outcome": ["approve", "reject"]},
    {"outcome": "\x00"},
    {"comment": "\x00"},
    {"comment": "x" * 20_000},
    {"f.reason": "\ud7ff\uffff\x01", "f.urgent": "on"},
    {"add": "f.items", "remove": "f.items 0"},
]


@pytest.mark.parametrize("sent", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("name", ["task_complete", "task_draft", "task_fields", "start_process", "start_fields"])
def test_nothing_that_is_sent_breaks_a_page(
    name: str, sent: dict[str, Any], task: HumanTask, orders: ProcessDefinition, alice: User
) -> None:
    desk.may_start(alice, orders)
    response = as_user(alice).post(address(name, task), {"f.amount": "1", "outcome": "approve", **sent})
    assert response.status_code in (200, 302, 422)
    assert as_user(alice).get(url("task", task)).status_code == 200


def test_too_many_fields_are_refused(task: HumanTask, alice: User) -> None:
    response = as_user(alice).post(url("task_complete", task), {f"f.x{number}": "1" for number in range(2_000)})
    assert response.status_code == 400
