"""The summary: at the person's hour and zone, one statement for many people, nothing when nothing is open."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orchestrator.models import Mail
from tasks_inbox import mail, operations
from tasks_inbox.models import HumanTask, NoticePreference, Profile
from tasks_inbox.notices import digest, preferences
from tasks_inbox.notices.preferences import Choices, Digest, next_digest
from tests.inbox.cases import offer
from tests.inbox.conftest import person

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
LATER = timedelta(days=8)


def wants(*users: User, **choices: object) -> None:
    for user in users:
        preferences.keep(user, Choices(**{"digest": Digest.DAILY, **choices}))  # type: ignore[arg-type]


def morning() -> list[tuple[str, str]]:
    digest.write_due(timezone.now() + LATER)
    return [(one.to[0].partition("@")[0], one.subject) for one in Mail.objects.order_by("to", "pk")]


def test_whoever_wants_it_reads_what_is_theirs_and_what_they_could_take(alice: User, bob: User) -> None:
    wants(alice)
    offer(assignee="alice", subject="Mine & <late>", due="2026-01-02T10:00:00Z")
    offer(groups="Finance", subject="Ours")
    offer(assignee="bob", subject="Bob's")
    assert morning() == [("alice", "2 open tasks, 1 late")]
    sent = Mail.objects.get()
    for body in (sent.text, sent.html):
        assert "Yours: 1" in body
        assert "For one of your groups: 1" in body
        assert "1 is late." in body
        assert "Bob" not in body
    assert "Mine &amp; &lt;late&gt;" in sent.html
    assert "/notices/stop/" in sent.headers["List-Unsubscribe"]


def test_nothing_is_open_so_there_is_no_mail_and_the_next_one_has_a_time(alice: User) -> None:
    wants(alice)
    task = offer(assignee="alice")
    operations.complete(task=task, user=alice, data={})
    operations.suspend(task=(aside := offer(assignee="alice")), user=alice)
    assert morning() == []
    assert aside.pk
    assert preferences.of(alice).digest_at > timezone.now() + LATER  # type: ignore[operator]


def test_one_mail_for_each_hour_however_often_it_is_asked(alice: User) -> None:
    wants(alice)
    offer(assignee="alice")
    for _ in range(3):
        morning()
    assert len(morning()) == 1


def test_whoever_is_excluded_or_gone_reads_nothing(alice: User, bob: User) -> None:
    wants(alice, bob)
    offer(groups="Finance", subject="For four eyes", excludedUsers="alice")
    assert morning() == [("bob", "1 open task")]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    Mail.objects.all().delete()
    NoticePreference.objects.update(digest_at=timezone.now())
    assert morning() == []


def test_what_is_not_theirs_any_more_when_it_goes_out_does_not_go_out(alice: User, bob: User) -> None:
    wants(alice)
    task = offer(groups="Finance")
    morning()
    sent = Mail.objects.get()
    assert mail.entitled(sent)
    alice.groups.clear()
    assert not mail.entitled(sent)
    alice.groups.add(Group.objects.get())
    operations.claim(task=task, user=alice)
    assert mail.entitled(sent)
    preferences.silence(alice, "digest")
    assert not mail.entitled(sent)


def test_the_tasks_of_many_people_are_read_in_one_statement(finance: Group) -> None:
    people = [person(f"p{n}", "P", str(n), finance) for n in range(20)]
    wants(*people)
    for n in range(3):
        offer(groups="Finance", subject=f"Task {n}")
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(morning()) == 20
    reading = [query["sql"] for query in few if "inboxentry" in query["sql"]]
    assert len(reading) == 1


def test_a_thousand_open_tasks_are_a_short_mail(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "COUNTED", 20)
    wants(alice)
    for n in range(22):
        offer(assignee="alice", subject=f"Task {n}")
    assert morning() == [("alice", "20+ open tasks")]
    assert Mail.objects.get().text.count("\n- ") == digest.LISTED


def test_each_reads_it_in_their_own_hour(alice: User, bob: User) -> None:
    Profile.objects.create(user=alice, time_zone="Asia/Tokyo")
    Profile.objects.create(user=bob, time_zone="America/New_York")
    wants(alice, bob, hour=8)
    at = {one.user.username: one.digest_at or timezone.now() for one in NoticePreference.objects.select_related("user")}
    assert at["alice"].astimezone(ZoneInfo("Asia/Tokyo")).hour == 8
    assert at["bob"].astimezone(ZoneInfo("America/New_York")).hour == 8


@pytest.mark.parametrize(
    ("after", "hour", "weekday", "expected"),
    [
        ("2026-11-24 07:59", 8, None, "2026-11-24 08:00"),
        ("2026-11-24 08:00", 8, None, "2026-11-25 08:00"),
        ("2026-11-24 08:00", 8, 0, "2026-11-30 08:00"),
        ("2026-11-23 07:00", 8, 0, "2026-11-23 08:00"),
        ("2026-03-28 12:00", 2, None, "2026-03-29 03:00"),  # 2 o'clock is left out
        ("2026-10-24 12:00", 2, None, "2026-10-25 02:00"),  # and comes twice: the first
        ("2026-12-31 23:59", 0, None, "2027-01-01 00:00"),
    ],
)
def test_the_next_hour_by_the_clock_on_the_wall(after: str, hour: int, weekday: int | None, expected: str) -> None:
    found = next_digest(datetime.fromisoformat(after).replace(tzinfo=BERLIN), hour, weekday, BERLIN)
    assert found.timestamp() == datetime.fromisoformat(expected).replace(tzinfo=BERLIN).timestamp()


def test_the_hour_that_comes_twice_is_told_once() -> None:
    first = next_digest(datetime(2026, 10, 24, 12, tzinfo=BERLIN), 2, None, BERLIN)
    assert next_digest(first, 2, None, BERLIN).date() == datetime(2026, 10, 26).date()


def test_a_digest_of_a_task_says_where_it_is(alice: User) -> None:
    wants(alice)
    task = offer(assignee="alice")
    morning()
    assert f"/tasks/{task.pk}/" in Mail.objects.get().text
    assert HumanTask.objects.count() == 1
