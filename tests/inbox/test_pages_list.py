"""The list: what it finds, how far it goes, what it costs, when it has not changed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from orchestrator.models import ProcessDefinition
from tasks_inbox import operations
from tasks_inbox.models import HumanTask
from tasks_inbox.views import row_markup
from tests.inbox import desk
from tests.inbox.pages import HTMX, Queries, as_user, text, url

pytestmark = pytest.mark.django_db


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
