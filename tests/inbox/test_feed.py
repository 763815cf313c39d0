"""The calendar feed: due dates of one's own tasks, at an address that only one person knows and can withdraw."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from icalendar import Calendar
from pytest_django import Settings

from tasks_inbox import feed, operations
from tasks_inbox.models import CalendarFeed, HumanTask
from tests.inbox import desk

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 12, 24, 17, tzinfo=UTC)


@pytest.fixture
def task(alice: User) -> HumanTask:
    """Alice's own, due on Christmas Eve."""
    alice.groups.add(Group.objects.get_or_create(name="Finance")[0])
    found = desk.order(desk.deploy_orders(), alice)
    operations.claim(task=found, user=alice)
    HumanTask.objects.filter(pk=found.pk).update(due_at=DUE, subject="Pay; 100 % <now>")
    return found


def address(client: Client, user: User) -> str:
    client.force_login(user)
    page = client.post("/calendar/").content.decode()
    found = re.search(r'value="https?://[^/]+(/calendar/[^"]+)"', page)
    assert found is not None
    return found[1]


def events(content: bytes) -> list[tuple[str, datetime, str]]:
    found = Calendar.from_ical(content).walk("VEVENT")
    return [(str(event["summary"]), event["dtstart"].dt, str(event["url"])) for event in found]


def test_a_calendar_reads_the_due_dates_without_signing_in(
    client: Client, alice: User, task: HumanTask, settings: Settings
) -> None:
    where = address(client, alice)
    response = Client().get(where)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert events(response.content) == [("Pay; 100 % <now>", DUE, f"{settings.BASE_URL}/tasks/{task.pk}/")]


def test_what_is_done_or_somebody_elses_is_not_in_it(client: Client, alice: User, bob: User, task: HumanTask) -> None:
    assert events(feed.feed(bob).content) == []
    operations.complete(task=task, user=alice, data={}, outcome="approve")
    assert events(feed.feed(alice).content) == []


def test_a_calendar_that_has_the_newest_version_is_told_so(client: Client, alice: User, task: HumanTask) -> None:
    where = address(client, alice)
    tag = Client().get(where)["ETag"]
    assert Client().get(where, headers={"If-None-Match": tag}).status_code == 304
    HumanTask.objects.filter(pk=task.pk).update(due_at=DUE.replace(hour=9))
    assert Client().get(where, headers={"If-None-Match": tag}).status_code == 200


def test_a_new_address_ends_the_old_one_and_withdrawing_ends_both(client: Client, alice: User, task: HumanTask) -> None:
    first, second = address(client, alice), address(client, alice)
    assert [Client().get(where).status_code for where in (first, second)] == [404, 200]
    client.post("/calendar/", {"revoke": "1"})
    assert Client().get(second).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_who_may_no_longer_sign_in_has_no_feed(client: Client, alice: User, task: HumanTask) -> None:
    where = address(client, alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(where).status_code == 404


def test_the_address_is_stored_nowhere(client: Client, alice: User) -> None:
    secret = address(client, alice).removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in repr(CalendarFeed.objects.values_list())
    assert secret.encode() not in client.get("/calendar/").content


def test_it_costs_two_statements(client: Client, alice: User, django_assert_num_queries: object) -> None:
    where = address(client, alice)
    with django_assert_num_queries(2):  # type: ignore[operator]
        Client().get(where)
