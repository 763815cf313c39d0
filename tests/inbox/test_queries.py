"""Lists, counts and the version number: right, few statements, and nobody sees what is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Func, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_inbox import entries, lifecycle, operations, queries, rows, storage, upkeep, words
from tasks_inbox.models import HumanTask, InboxChange, Profile, TaskComment
from tasks_inbox.queries import searching
from tests.inbox.cases import ids, offer, put

pytestmark = pytest.mark.django_db


Queries = Callable[[int], Any]


def order(task: HumanTask, priority: int = 50, due: datetime | None = None) -> HumanTask:
    HumanTask.objects.filter(pk=task.pk).update(priority=priority, due_at=due)
    entries.write([task.pk])
    task.refresh_from_db()
    return task


# Tabs


def test_each_tab_shows_its_own(alice: User, bob: User, charlie: User) -> None:
    mine = offer(assignee="alice")
    claimed = offer(groups="Finance")
    operations.claim(task=claimed, user=alice)
    bobs = offer(groups="Finance")
    operations.claim(task=bobs, user=bob)
    free, named = offer(groups="Finance"), offer(users="alice")
    done = offer(groups="Finance")
    operations.complete(task=done, user=alice, data={})

    assert set(ids(queries.page(alice, "mine").rows)) == {mine.pk, claimed.pk}
    assert set(ids(queries.page(alice, "groups").rows)) == {free.pk, named.pk}
    assert set(ids(queries.page(alice, "all").rows)) == {mine.pk, claimed.pk, bobs.pk, free.pk, named.pk}
    assert ids(queries.page(alice, "done").rows) == [done.pk]
    assert queries.counts(alice) == queries.Counts(*map(queries.Count, (2, 2, 5)))
    for tab in queries.TABS:
        assert queries.page(charlie, tab).rows == []
    assert queries.counts(charlie) == queries.Counts(*map(queries.Count, (0, 0, 0)))


def test_a_task_offered_in_two_ways_is_listed_once(alice: User) -> None:
    both = Group.objects.create(name="Legal")
    alice.groups.add(both)
    task = offer(users="alice", groups="Finance, Legal")

    assert ids(queries.page(alice, "all").rows) == [task.pk]
    assert queries.counts(alice).all.number == 1


def test_joining_and_leaving_a_group_shows_at_once(alice: User, charlie: User, finance: Group) -> None:
    task = offer(groups="Finance")

    charlie.groups.add(finance)
    assert ids(queries.page(charlie, "groups").rows) == [task.pk]
    charlie.groups.clear()
    assert queries.page(charlie, "groups").rows == []


def test_what_one_claimed_through_a_group_leaves_with_the_group(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    assert ids(queries.page(alice, "mine").rows) == [task.pk]

    alice.groups.clear()

    assert queries.page(alice, "mine").rows == []
    assert queries.counts(alice).mine.number == 0


def test_an_excluded_member_neither_sees_nor_counts_it(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")

    for tab in ("groups", "all"):
        assert queries.page(alice, tab).rows == []
        assert ids(queries.page(bob, tab).rows) == [task.pk]
    assert queries.page(alice, "all", search="invoice").rows == []
    assert (queries.counts(alice).all.number, queries.counts(bob).all.number) == (0, 1)


def test_what_an_administrator_claims_is_in_their_own_list(root: User, alice: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")
    operations.claim(task=task, user=root)

    assert ids(queries.page(root, "mine").rows) == [task.pk]


def test_a_withdrawn_task_leaves_every_list(alice: User) -> None:
    task = offer(groups="Finance")
    storage.withdraw(task.process_instance_id, [task.number], lifecycle.EXITED, "terminated")

    assert queries.page(alice, "all").rows == []


@pytest.mark.parametrize("excluded", ["", "alice", "alice, bob"])
@pytest.mark.parametrize("assignee", ["", "alice", "bob"])
def test_the_quick_ways_to_write_entries_leave_what_the_thorough_one_would(
    assignee: str, excluded: str, alice: User, bob: User, root: User
) -> None:
    task = offer(
        assignee=assignee, users="alice", groups="Finance", excludedUsers=excluded, stakeholders="Finance, root, alice"
    )

    def listed() -> list[tuple[object, ...]]:
        return sorted(task.entries.values_list("principal", "priority", "due_at", "mine", "offered", "guarded"))

    def unchanged() -> bool:
        before = listed()
        entries.write([task.pk])
        return listed() == before

    assert unchanged()
    if not assignee or assignee in excluded:
        operations.claim(task=task, user=root)
        assert unchanged()


# Order and pages


def test_the_most_urgent_comes_first_then_what_is_due_first(alice: User) -> None:
    now = timezone.now()
    soon, later = now + timedelta(hours=1), now + timedelta(days=3)
    undated = order(offer(groups="Finance"))
    due_later = order(offer(groups="Finance"), due=later)
    due_soon = order(offer(groups="Finance"), due=soon)
    urgent = order(offer(groups="Finance"), priority=90)

    assert ids(queries.page(alice, "all").rows) == [urgent.pk, due_soon.pk, due_later.pk, undated.pk]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 11])
@pytest.mark.parametrize("search", ["", "invoice"])
def test_pages_follow_each_other_without_gap_or_repetition(limit: int, search: str, alice: User) -> None:
    now = timezone.now()
    dues = [None, now, now + timedelta(days=1)]
    for n in range(11):
        order(offer(groups="Finance", users="alice" if n % 2 else ""), priority=40 + n % 3, due=dues[n % 4 % 3])
    whole = ids(queries.page(alice, "all").rows)

    walked: list[int] = []
    page = queries.page(alice, "all", limit=limit, search=search)
    while True:
        walked += ids(page.rows)
        if page.next is None:
            break
        page = queries.page(alice, "all", limit=limit, search=search, after=page.next)

    assert walked == whole
    assert len(set(walked)) == 11


def test_done_tasks_are_paged_from_the_latest_back(alice: User) -> None:
    tasks = [offer(groups="Finance") for _ in range(5)]
    for task in tasks:
        operations.complete(task=task, user=alice, data={})

    first = queries.page(alice, "done", limit=3)
    second = queries.page(alice, "done", limit=3, after=first.next)

    assert ids(first.rows) + ids(second.rows) == [task.pk for task in reversed(tasks)]
    assert second.next is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "1_2_3", "__", "1__x", f"{10**9}__1", "5_2026-01-01_1", "'; DROP TABLE x; --"]
)
def test_a_cursor_that_cannot_be_read_shows_the_first_page(cursor: str, alice: User) -> None:
    task = offer(groups="Finance")

    assert ids(queries.page(alice, "all", after=cursor).rows) == [task.pk]


@pytest.mark.parametrize("limit", [0, -1, 10**8])
def test_the_size_of_a_page_is_bounded(limit: int, alice: User) -> None:
    offer(groups="Finance")

    assert len(queries.page(alice, "all", limit=limit).rows) == 1


# Search


@pytest.mark.parametrize("search", ["invoice", "INV-1042", "1042", "appr inv", "Invoice approval", "ÜBER", "über"])
def test_a_search_finds_the_beginnings_of_words(search: str, alice: User) -> None:
    task = offer(groups="Finance", subject="Approve: Über-Invoice of Müller & Co")

    assert ids(queries.page(alice, "all", search=search).rows) == [task.pk]


@pytest.mark.parametrize("search", ["nvoice", "invoice unknown", "!!!", "' | 'x", "a:*b\\", "\x00"])
def test_a_search_that_matches_nothing_is_empty(search: str, alice: User) -> None:
    offer(groups="Finance")

    assert queries.page(alice, "all", search=search).rows == []


@pytest.mark.parametrize("rarely", [0, 1_000])
@pytest.mark.parametrize("rare", [True, False])
@pytest.mark.parametrize(("first", "most"), [(1, 2), (1, 20_000), (2, 20_000), (300, 20_000)])
def test_every_way_to_search_finds_the_same(
    first: int, most: int, rare: bool, rarely: int, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "is_rare", lambda query: rare)
    monkeypatch.setattr(searching, "MOST_MATCHES", most)
    monkeypatch.setattr(searching, "FIRST_PORTION", first)
    monkeypatch.setattr(searching, "RARELY", rarely)
    tasks = [order(offer(groups="Finance", users="alice"), priority=n) for n in (10, 30, 20)]
    offer(groups="Finance", name="Something else", excludedUsers="alice")
    offer(assignee="bob")

    found = queries.page(alice, "all", search="invoice")

    assert ids(found.rows) == [tasks[1].pk, tasks[2].pk, tasks[0].pk]
    assert queries.count(alice, "all", queries.Narrowing("invoice")).number == 3
    assert ids(queries.page(alice, "all", search="invoice", limit=2).rows) == [tasks[1].pk, tasks[2].pk]
    other = offer(groups="Finance", name="Something else", users="alice")
    assert ids(queries.page(alice, "all", search="something").rows) == [other.pk]
    assert queries.count(alice, "groups", queries.Narrowing("something")).number == 1


def test_a_search_through_very_many_tasks_stops_and_goes_on_where_it_stopped(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FIRST_PORTION", 2)
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 5)
    tasks = [order(offer(groups="Finance"), priority=90 - n) for n in range(12)]
    HumanTask.objects.filter(pk__in=[tasks[1].pk, tasks[11].pk]).update(process_key="q")

    first = queries.page(alice, "all", process="q")
    second = queries.page(alice, "all", process="q", after=first.next)
    third = queries.page(alice, "all", process="q", after=second.next)

    assert [ids(page.rows) for page in (first, second, third)] == [[tasks[1].pk], [], [tasks[11].pk]]
    assert [page.cut for page in (first, second, third)] == [True, True, False]
    assert third.next is None


def test_a_word_that_many_tasks_have_is_common_and_one_that_few_have_is_rare(alice: User) -> None:
    first = offer(groups="Finance")
    many = HumanTask.objects.filter(pk=first.pk).values().get()
    del many["id"]
    HumanTask.objects.bulk_create(
        HumanTask(
            **many | {"number": n, "search": Func(Value(["invoice", f"vendor{n}"]), function="array_to_tsvector")}
        )
        for n in range(1000, 2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tasks_inbox_humantask")
        for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
            cursor.execute(f"SET LOCAL {setting} = 0")  # as among millions of tasks
        cursor.execute("SET LOCAL enable_bitmapscan = off")

    assert not searching.is_rare(words.query("invoice"))
    assert not searching.is_rare(words.query("inv"))
    assert searching.is_rare(words.query("vendor1234"))
    assert searching.is_rare(words.query("invoice vendor1234"))


def test_a_search_in_what_is_done_finds_only_ones_own(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.complete(task=task, user=alice, data={})

    assert ids(queries.page(alice, "done", search="invoice").rows) == [task.pk]
    assert queries.page(alice, "done", search="other").rows == []
    assert queries.page(bob, "done", search="invoice").rows == []


def test_a_process_can_be_chosen(alice: User) -> None:
    task = offer(groups="Finance")

    assert ids(queries.page(alice, "all", process="p").rows) == [task.pk]
    assert queries.page(alice, "all", process="q").rows == []
    assert queries.page(alice, "done", process="q").rows == []


# Rows


def test_a_row_says_what_who_and_when(alice: User, bob: User) -> None:
    Profile.objects.create(user=bob, time_zone="Europe/Berlin")
    task = offer(groups="Finance", by=alice, subject="Invoice of Müller")
    order(task, priority=80, due=timezone.now() - timedelta(hours=2, minutes=5))
    TaskComment.objects.create(task=task, author=alice, text="Soon?")

    (row,) = queries.page(bob, "groups").rows

    assert (row.title, row.ref, row.process) == ("Invoice of Müller", "INV-1042", "Invoice approval")
    assert (row.due_text, row.due_class, row.stripe) == ("2 h overdue", "late", "high")
    assert row.avatar == rows.Avatar("Alice Adams", "AA", alice.pk % 8)
    assert (row.unread, row.comments, row.offered, row.mine) == (True, 1, True, False)
    assert row.url == task.get_absolute_url()


def test_a_task_is_unread_until_it_was_opened(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    operations.mark_read(task=task, user=alice)
    operations.mark_read(task=task, user=alice)

    assert not queries.page(alice, "all").rows[0].unread
    assert queries.page(bob, "all").rows[0].unread


@pytest.mark.parametrize(
    ("hours", "text", "css"),
    [
        (-49, "2 days overdue", "late"),
        (-0.01, "1 min overdue", "late"),
        (0.5, "in 30 min", "soon"),
        (23, "in 23 h", "soon"),
        (47, "in 47 h", ""),
        (49, "in 2 days", ""),
        (24 * 10, "10 Feb", ""),
        (24 * 400, "7 Mar 2027", ""),
    ],
)
def test_a_due_date_is_said_as_one_reads_it_at_a_glance(hours: float, text: str, css: str) -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert rows.due(now + timedelta(hours=hours), now, UTC) == (text, css)


@pytest.mark.parametrize(
    ("first", "last", "username", "initials"),
    [("Ada", "Lovelace", "ada", "AL"), ("", "", "ada.lovelace", "AL"), ("", "", "root", "RO"), ("Cher", "", "c", "CH")],
)
def test_everybody_has_initials(first: str, last: str, username: str, initials: str) -> None:
    found = rows.avatar(3, first, last, username)

    assert found is not None
    assert found.initials == initials


# Counts, the next one, requests


def test_counts_stop_at_a_thousand() -> None:
    assert [str(queries.Count(n)) for n in (0, 7, 1000, 1001)] == ["0", "7", "1000", "1000+"]


def test_overdue_tasks_are_counted(alice: User) -> None:
    order(offer(groups="Finance"), due=timezone.now() - timedelta(hours=1))
    order(offer(groups="Finance"), due=timezone.now() + timedelta(hours=1))

    assert queries.overdue(alice) == queries.Count(1)


def test_after_one_task_comes_the_one_behind_it(alice: User) -> None:
    first, second, third = (order(offer(groups="Finance"), priority=n) for n in (90, 60, 30))

    assert queries.next_task(alice, first, "groups") == second.pk
    assert queries.next_task(alice, third, "groups") == first.pk
    for task in (first, second):
        operations.complete(task=task, user=alice, data={})
    assert queries.next_task(alice, third, "groups") is None


@pytest.mark.parametrize("tab", ["mine", "groups", "all"])
def test_what_comes_next_and_how_much_is_left_are_one_statement(
    alice: User, tab: str, django_assert_num_queries: Queries
) -> None:
    soon = timezone.now() + timedelta(hours=1)
    made = [order(offer(groups="Finance"), priority=n, due=due) for n in (90, 30) for due in (soon, soon, None)]
    if tab == "mine":
        for task in made:
            operations.claim(task=task, user=alice)
    order(offer(groups="Sales"))
    whole = queries.Narrowing()
    for at, task in enumerate(made):
        with django_assert_num_queries(1):
            found = queries.next_and_left(alice, task, tab, whole)
        assert found[0] == queries.next_task(alice, task, tab) == made[(at + 1) % len(made)].pk
        assert found[1] == queries.count(alice, tab, whole) == queries.Count(6)
    for task in made:
        operations.complete(task=task, user=alice, data={})
    assert queries.next_and_left(alice, made[0], tab, whole) == (None, queries.Count(0))


def test_in_an_order_of_ones_own_the_first_comes_next(alice: User) -> None:
    first, second = (order(offer(groups="Finance"), priority=n) for n in (90, 30))
    assert queries.next_and_left(alice, first, "groups", queries.Narrowing(), "priority") == (
        second.pk,
        queries.Count(2),
    )


def test_a_requester_sees_where_a_case_is_and_with_whom(alice: User, bob: User, charlie: User) -> None:
    offered = offer(groups="Finance", by=charlie, business_key="INV-1")
    claimed = offer(groups="Finance", by=charlie, business_key="INV-2")
    operations.claim(task=claimed, user=bob)
    finished = offer(groups="Finance", by=charlie, business_key="INV-3")
    operations.complete(task=finished, user=alice, data={})
    offer(groups="Finance", by=alice)

    rows_of = [(row.ref, row.state_text, row.with_whom) for row in queries.my_requests(charlie)]

    assert rows_of == [
        ("INV-3", "Completed", ""),
        ("INV-2", "Approve invoice", "Bob Brown"),
        ("INV-1", "Approve invoice", "Finance"),
    ]
    assert ids(queries.my_requests(charlie, after=claimed.process_instance_id)) == [offered.process_instance_id]


# The version


def test_the_version_changes_with_everything_one_sees_and_with_nothing_else(
    alice: User, bob: User, charlie: User, finance: Group
) -> None:
    seen = {queries.version(alice)}
    strangers = queries.version(charlie)

    def changed() -> None:
        version = queries.version(alice)
        assert version not in seen
        assert queries.version(alice) == version
        seen.add(version)

    task = offer(groups="Finance")
    changed()
    operations.claim(task=task, user=bob)
    changed()
    operations.add_comment(task=task, user=bob, text="Mine.")
    changed()
    operations.release(task=task, user=bob)
    changed()
    operations.complete(task=task, user=bob, data={})
    changed()
    assert queries.version(charlie) == strangers

    alice.groups.clear()
    changed()
    offer(groups="Finance")
    with pytest.raises(AssertionError):
        changed()


@pytest.mark.parametrize("batch", [2, 100])
def test_changes_are_forgotten_after_an_hour(batch: int, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BATCH", batch)
    for n in range(7):
        InboxChange.objects.create(principal=1, at=timezone.now() - timedelta(minutes=90 - 10 * n))

    assert upkeep.prune_changes() == 3
    assert InboxChange.objects.count() == 4
    assert upkeep.prune_changes() == 0


# Statements


@pytest.mark.parametrize("search", ["", "invoice"])
def test_a_list_takes_four_statements_at_most(search: str, alice: User) -> None:
    for _ in range(3):
        put(offer(groups="Finance", by=alice), lifecycle.READY)

    with CaptureQueriesContext(connection) as captured:
        queries.page(alice, "all", search=search)
        queries.counts(alice)
        queries.version(alice)

    assert len(captured) <= 4
