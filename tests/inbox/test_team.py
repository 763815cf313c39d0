"""The page of whoever leads people: their work in numbers, and what a manager may do with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tasks_inbox import csv_file, entries, leading, lifecycle, operations, permissions, team
from tasks_inbox.errors import NotPermitted, TooLate
from tasks_inbox.forms.values import Clock
from tasks_inbox.models import Absence, Department, HumanTask, Profile, Substitution, TaskEvent
from tasks_inbox.sparkline import sparkline
from tests.inbox.cases import give, kinds, offer
from tests.inbox.conftest import person

pytestmark = pytest.mark.django_db
Query = Callable[[int], CaptureQueriesContext]


@pytest.fixture
def boss(db: None) -> User:
    return person("boss", "Bea", "Boss")


@pytest.fixture
def team_of(boss: User, alice: User, bob: User) -> list[User]:
    """Boss leads Alice, and Alice leads the department of Bob."""
    sales = Department.objects.create(name="Sales", manager=alice)
    Profile.objects.create(user=alice, manager=boss)
    Profile.objects.create(user=bob, department=sales)
    return [alice, bob]


def clock() -> Clock:
    return Clock(timezone.now(), UTC)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, name: str, *args: object, **query: Any) -> Any:
    return browser(user).get(reverse(name, args=args), query)


def had_by(owner: User, title: str = "Approve invoice", **changes: object) -> HumanTask:
    task = offer(users=owner.username, subject=title)
    operations.claim(task=task, user=owner)
    HumanTask.objects.filter(pk=task.pk).update(**changes)
    entries.write([task.pk])
    task.refresh_from_db()
    return task


def act(user: User, who: User, tasks: list[HumanTask], operation: str, **sent: str) -> Any:
    data = {"operation": operation, "task": [task.pk for task in tasks], **sent}
    return browser(user).post(reverse("team_act", args=[who.pk]), data, headers={"hx-request": "true"})


# Who leads whom


def test_whoever_leads_a_manager_leads_their_people(boss: User, team_of: list[User], charlie: User) -> None:
    alice, bob = team_of
    led = {
        (a.pk, b.pk)
        for a in (boss, alice, bob, charlie)
        for b in (boss, alice, bob, charlie)
        if leading.leads(a.pk, b.pk)
    }
    assert led == {(boss.pk, alice.pk), (boss.pk, bob.pk), (alice.pk, bob.pk)}
    assert [member.username for member in team.team(boss, clock()).members] == ["alice", "bob"]
    assert [member.through for member in team.team(boss, clock()).members] == ["", "Alice Adams"]
    assert [member.username for member in team.team(alice, clock()).members] == ["bob"]
    assert not leading.leads(boss.pk, None)


def test_who_leads_in_a_circle_leads_nobody_twice_and_not_themselves(boss: User, team_of: list[User]) -> None:
    alice, _bob = team_of
    Profile.objects.create(user=boss, manager=alice)
    assert [member.username for member in team.team(boss, clock()).members] == ["alice", "bob"]
    assert sorted(member.username for member in team.team(alice, clock()).members) == ["bob", "boss"]
    assert not leading.leads(boss.pk, boss.pk)


def test_who_has_left_is_shown_only_while_they_leave_work_behind(boss: User, team_of: list[User]) -> None:
    _alice, bob = team_of
    had_by(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert [(m.username, m.active) for m in team.team(boss, clock()).members] == [("alice", True), ("bob", False)]
    HumanTask.objects.update(actual_owner=None, state=lifecycle.READY)
    entries.write(list(HumanTask.objects.values_list("pk", flat=True)))
    assert [member.username for member in team.team(boss, clock()).members] == ["alice"]


def test_only_who_leads_somebody_has_the_page_and_the_way_to_it(
    boss: User, team_of: list[User], charlie: User, root: User
) -> None:
    _alice, bob = team_of
    link = f'href="{reverse("team")}"'
    assert link in page(boss, "inbox").content.decode()
    for stranger in (charlie, bob, root):
        assert link not in page(stranger, "inbox").content.decode()
        assert page(stranger, "team").status_code == 404
        assert page(stranger, "team_export").status_code == 404
        assert page(stranger, "team_person", bob.pk).status_code == 404
        assert act(stranger, bob, [], "priority").status_code == 404
    assert page(boss, "team_person", charlie.pk).status_code == 404
    assert page(boss, "team_person", boss.pk).status_code == 404
    assert page(boss, "team_person", 999_999).status_code == 404


# The numbers


def test_the_load_of_each_person_is_told(boss: User, team_of: list[User]) -> None:
    alice, bob = team_of
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    had_by(alice, due_at=now - timedelta(hours=1))
    had_by(alice, due_at=now + timedelta(hours=3), priority=80)
    had_by(alice, due_at=now + timedelta(days=2))
    had_by(bob)
    first, second = team.team(boss, Clock(now, UTC)).members
    assert (first.open, first.overdue, first.due_today, first.urgent) == (3, 1, 1, 1)
    assert (second.open, second.overdue, second.due_today, second.urgent) == (1, 0, 0, 0)
    assert team.team(boss, Clock(now, UTC)).total("open") == 4
    assert [m.username for m in team.team(boss, Clock(now, UTC), "overdue").members] == ["alice", "bob"]


def test_the_trend_counts_what_was_completed_week_by_week(boss: User, team_of: list[User]) -> None:
    alice, _bob = team_of
    for days in (1, 2, 8, 55, 57):
        task = had_by(alice)
        operations.complete(task=task, user=alice, data={})
        HumanTask.objects.filter(pk=task.pk).update(completed_at=timezone.now() - timedelta(days=days))
    assert team.member(boss, alice.pk, clock()).done == (1, 0, 0, 0, 0, 0, 1, 2)  # type: ignore[union-attr]
    shown = page(boss, "team").content.decode()
    assert "Done per week in the last 8 weeks: 1, 0, 0, 0, 0, 0, 1, 2" in shown
    assert sparkline([0, 4, 2]).points == "2.0,18.0 36.0,2.0 70.0,10.0"


def test_who_is_away_and_who_acts_is_told(boss: User, team_of: list[User], charlie: User) -> None:
    alice, bob = team_of
    now = timezone.now()
    away = Absence.objects.create(
        user=alice, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=3), note="Skiing"
    )
    Substitution.objects.create(absence=away, substitute=charlie)
    Absence.objects.create(user=bob, starts_at=now + timedelta(days=4))
    shown = " ".join(page(boss, "team").content.decode().split())
    assert "(Skiing): Charlie Clark acts" in shown
    assert "away from" in shown


def test_a_page_costs_the_same_for_few_and_for_many(
    boss: User, team_of: list[User], bob: User, django_assert_num_queries: Query
) -> None:
    client = browser(boss)
    client.get(reverse("team"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("team"))
    for number in range(40):
        other = person(f"p{number}", "Pat", f"Number {number}")
        Profile.objects.create(user=other, manager=bob)
        had_by(other)
    with django_assert_num_queries(len(few)):
        assert client.get(reverse("team")).status_code == 200
    with django_assert_num_queries(3):
        assert len(team.told(team.team(boss, clock()).members, clock())) == 42
    assert len(few) <= 7  # session, person, clock and look, counts of the frame, team, trend, absences


def test_a_long_list_has_pages(boss: User, team_of: list[User], bob: User) -> None:
    for number in range(60):
        Profile.objects.create(user=person(f"p{number}", "Pat", f"Number {number}"), manager=bob)
    assert "1 to 50 of 62" in page(boss, "team").content.decode()
    last = page(boss, "team", **{"from": "50", "sort": "open"}).content.decode()
    assert "51 to 62 of 62" in last
    assert page(boss, "team", **{"from": "x", "sort": "name; DROP"}).status_code == 200


def test_the_table_is_a_file_in_which_nothing_becomes_a_formula(boss: User, team_of: list[User]) -> None:
    _alice, bob = team_of
    User.objects.filter(pk=bob.pk).update(first_name='=HYPERLINK("http://x")', last_name="")
    answer = page(boss, "team_export")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, *lines = csv.reader(io.StringIO(answer.content.decode().removeprefix(csv_file.MARK), newline=""))
    assert head[:4] == ["Name", "User name", "Led by", "Open"]
    assert {line[0] for line in lines} == {"Alice Adams", '\'=HYPERLINK("http://x")'}
    assert csv_file.written([["+1", "-1", "@a", "\tb", "\rc", "\x00=d", None, -3, 'say "x"']]) == (
        csv_file.MARK + '\'+1,\'-1,\'@a,\'\tb,"\'\rc",\'=d,,-3,"say ""x"""\r\n'
    )


# What a manager does


def test_a_manager_hands_work_on_and_says_what_comes_first(boss: User, team_of: list[User]) -> None:
    alice, bob = team_of
    tasks = [had_by(alice, "First"), had_by(alice, "Second")]
    assert act(boss, alice, tasks, "priority", priority="90").status_code == 200
    answer = act(boss, alice, tasks, "due", due="2026-12-24T09:30")
    assert "2 of 2 done." in answer.content.decode()
    answer = act(boss, alice, tasks[:1], "delegate", to="Bob Brown (bob)")
    assert "First: done" in " ".join(answer.content.decode().split())
    first, second = (HumanTask.objects.get(pk=task.pk) for task in tasks)
    assert (first.actual_owner, first.priority) == (bob, 90)
    assert second.due_at == datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
    act(boss, alice, [second], "release")
    assert HumanTask.objects.get(pk=second.pk).actual_owner is None
    assert kinds(first)[-3:] == ["setPriority", "setDeadline", "delegate"]
    assert set(
        TaskEvent.objects.filter(kind__in=["setPriority", "setDeadline", "delegate", "release"]).values_list(
            "actor", flat=True
        )
    ) == {boss.pk}


def test_each_of_many_has_its_own_result(boss: User, team_of: list[User], charlie: User) -> None:
    alice, bob = team_of
    good, put_back, of_a_stranger, of_bob = (
        had_by(alice, "Good"),
        had_by(alice, "Given back"),
        had_by(charlie, "Secret"),
        had_by(bob, "Bob's"),
    )
    operations.release(task=put_back, user=alice)
    answer = act(boss, alice, [good, put_back, of_a_stranger, of_bob], "priority", priority="10").content.decode()
    assert "1 of 4 done." in answer
    assert "Secret" not in answer
    assert "Given back" not in answer
    assert answer.count("This is no longer here, or it is not for you.") == 3
    assert HumanTask.objects.get(pk=of_a_stranger.pk).priority == 50


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("priority", {"priority": "101"}),
        ("priority", {"priority": "much"}),
        ("due", {"due": "tomorrow"}),
        ("due", {}),
        ("delegate", {"to": "nobody"}),
        ("delegate", {"to": "alice\x00"}),  # has it already
        ("delegate", {"to": "charlie"}),  # neither in the team nor somebody whom the task is for
        ("delegate", {"to": "boss"}),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(
    operation: str, sent: dict[str, str], boss: User, team_of: list[User], charlie: User
) -> None:
    task = had_by(team_of[0])
    before = HumanTask.objects.filter(pk=task.pk).values().get()
    answer = act(boss, team_of[0], [task], operation, **sent).content.decode()
    assert "0 of 1 done." in answer
    assert HumanTask.objects.filter(pk=task.pk).values().get() == before


def test_whoever_is_excluded_is_not_given_the_task_by_a_manager_either(boss: User, team_of: list[User]) -> None:
    alice, bob = team_of
    task = had_by(alice)
    give(task, lifecycle.EXCLUDED_OWNER, bob)
    assert "0 of 1 done." in act(boss, alice, [task], "delegate", to="bob").content.decode()


def test_without_script_the_results_are_told_on_the_page(boss: User, team_of: list[User]) -> None:
    alice, _bob = team_of
    task = had_by(alice, "First")
    sent = {"operation": "priority", "task": [task.pk, 999_999], "priority": "70"}
    answer = browser(boss).post(reverse("team_act", args=[alice.pk]), sent, follow=True)
    assert "1 of 2 done." in answer.content.decode()
    assert "Task 999999" in answer.content.decode()


def test_managing_is_not_looking_nor_deciding(boss: User, team_of: list[User], finance: Group) -> None:
    """The title of a task, and no more: what its case is about stays with whom the process names."""
    alice, _bob = team_of
    task = had_by(alice, "Raise of Bob")
    shown = page(boss, "team_person", alice.pk).content.decode()
    assert "Raise of Bob" in shown
    assert task.get_absolute_url() not in shown
    assert page(boss, "task", task.pk).status_code == 404
    assert page(boss, "case", task.process_instance_id).status_code == 404
    for operation in set(lifecycle.OPERATIONS) - lifecycle.MANAGED:
        with pytest.raises((NotPermitted, TooLate)):
            permissions.require(boss, operation, HumanTask.objects.get(pk=task.pk))
    boss.groups.add(finance)
    give(task, lifecycle.STAKEHOLDER, boss)
    assert task.get_absolute_url() in page(boss, "team_person", alice.pk).content.decode()


def test_nobody_manages_what_their_people_do_not_have(boss: User, team_of: list[User], charlie: User) -> None:
    alice, _bob = team_of
    offered, of_charlie = offer(users="alice"), had_by(charlie)
    for task in (offered, of_charlie):
        for operation in lifecycle.MANAGED:
            with pytest.raises(NotPermitted):
                permissions.require(boss, operation, task)
    done = had_by(alice)
    operations.complete(task=done, user=alice, data={})
    with pytest.raises(TooLate):
        operations.set_priority(task=done, user=boss, priority=1)


def test_nobody_manages_their_own_manager(boss: User, team_of: list[User]) -> None:
    alice, bob = team_of
    task = had_by(alice)
    with pytest.raises(NotPermitted):
        operations.set_priority(task=task, user=bob, priority=1)
