"""Somebody is away: who sees their work, who may do it, and what stays separated all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_inbox import absence, lifecycle, operations, queries, undo, upkeep
from tasks_inbox.absence import Substitute
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import Absence, Department, HumanTask, Profile, Substitution
from tasks_inbox.permissions import may_see, permitted_operations, visible_tasks
from tests.inbox.cases import ids, kinds, offer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def away(who: User, *substitutes: Substitute, **more: object) -> Absence:
    return absence.plan(by=who, absent=who, substitutes=substitutes, **more)  # type: ignore[arg-type]


def listed(user: User, tab: str = "all") -> list[int]:
    return ids(queries.page(user, tab).rows)


def test_a_substitute_sees_and_completes_in_their_own_name_for_the_absent(alice: User, charlie: User) -> None:
    task = offer(users="alice", outcomes="approve=Approve", outcomeVariable="decision")
    assert (listed(charlie), may_see(charlie, task)) == ([], False)

    away(alice, Substitute(charlie))

    assert listed(charlie) == [task.pk]
    assert set(visible_tasks(charlie)) == {task}
    operations.complete(task=task, user=charlie, data={}, outcome="approve")
    done = HumanTask.objects.get(pk=task.pk)
    assert done.completed_by == charlie
    event = done.events.get(kind="complete")
    assert (event.actor, event.on_behalf_of) == (charlie, alice)
    assert done.events.filter(kind="substituted", data={"for": "alice"}).exists()


def test_it_holds_for_the_groups_of_the_absent_and_for_what_they_have_claimed(
    alice: User, charlie: User, finance: Group
) -> None:
    offered, claimed = offer(groups="Finance"), offer(groups="Finance")
    operations.claim(task=claimed, user=alice)

    away(alice, Substitute(charlie))

    assert set(listed(charlie)) == {offered.pk, claimed.pk}
    assert listed(charlie, "mine") == [claimed.pk]
    assert listed(charlie, "groups") == [offered.pk]
    assert queries.counts(charlie).all.number == 2
    operations.claim(task=offered, user=charlie)
    assert set(listed(charlie, "mine")) == {offered.pk, claimed.pk}


def test_it_begins_and_ends_on_the_next_request(alice: User, charlie: User) -> None:
    task = offer(users="alice")
    planned = away(alice, Substitute(charlie), starts_at=timezone.now() + DAY, ends_at=timezone.now() + 2 * DAY)
    assert (listed(charlie), permitted_operations(task, charlie)) == ([], set())
    before = queries.version(charlie)

    Absence.objects.filter(pk=planned.pk).update(starts_at=timezone.now() - DAY)
    assert listed(charlie) == [task.pk]
    assert queries.version(charlie) != before
    assert absence.is_away(alice.pk)

    Absence.objects.filter(pk=planned.pk).update(ends_at=timezone.now() - timedelta(hours=1))
    assert (listed(charlie), permitted_operations(task, charlie)) == ([], set())
    assert not absence.is_away(alice.pk)


def test_a_page_asks_about_absent_people_only_for_whoever_acts_for_somebody(
    alice: User, charlie: User, client: Client
) -> None:
    task = offer(users="alice")
    client.force_login(charlie)

    def page() -> tuple[bool, int]:
        with CaptureQueriesContext(connection) as asked:
            shown = client.get("/", {"tab": "all"}).content.decode()
        lists = [one["sql"] for one in asked if "principals(" in one["sql"] and "e.due_at < now()" not in one["sql"]]
        assert lists
        return f"/tasks/{task.pk}/" in shown, sum("tasks_inbox_substitution" in sql for sql in lists)

    page()  # the first one finds out whose session it is
    assert page() == (False, 0)

    planned = away(alice, Substitute(charlie))
    shown, asking = page()
    assert shown
    assert asking

    absence.end(by=alice, absence=planned)
    assert page() == (False, 0)


def test_what_a_substitute_has_taken_goes_back_when_the_absence_ends(alice: User, charlie: User) -> None:
    task = offer(users="alice")
    planned = away(alice, Substitute(charlie))
    operations.claim(task=task, user=charlie)

    absence.end(by=alice, absence=planned)

    assert listed(charlie) == []
    with pytest.raises(NotPermitted):
        operations.complete(task=HumanTask.objects.get(pk=task.pk), user=charlie, data={})
    upkeep.rescue_orphans()
    task.refresh_from_db()
    assert (task.state, task.actual_owner) == (lifecycle.READY, None)
    assert listed(alice, "groups") == [task.pk]


def test_kinds_of_task_have_their_own_substitutes(alice: User, bob: User, charlie: User) -> None:
    task = offer(users="alice")
    away(alice, Substitute(bob, "elsewhere"), Substitute(charlie, "p", "n1"))

    assert (listed(bob), listed(charlie)) == ([], [task.pk])
    assert not may_see(bob, task)
    assert absence.substitutes_of(alice.pk, process_key="p", element="n1") == [charlie]
    assert absence.substitutes_of(alice.pk, process_key="p", element="n2") == []


@pytest.mark.parametrize("excluded", ["charlie", "alice"])
def test_duties_stay_separated(excluded: str, alice: User, charlie: User) -> None:
    task = offer(users="alice", groups="Finance", excludedUsers=excluded)
    away(alice, Substitute(charlie))

    assert listed(charlie) == []
    assert permitted_operations(task, charlie) == set()


def test_nobody_decides_their_own_request_for_another(alice: User, charlie: User) -> None:
    task = offer(users="alice", by=charlie)
    away(alice, Substitute(charlie))

    assert listed(charlie) == []
    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=charlie, data={})


def test_it_does_not_cascade(alice: User, bob: User, charlie: User) -> None:
    task = offer(users="alice")
    away(alice, Substitute(bob))
    away(bob, Substitute(charlie))

    assert listed(bob) == [task.pk]
    assert listed(charlie) == []
    assert absence.substitutes_of(alice.pk) == []  # bob is away himself


def test_whoever_names_nobody_is_substituted_by_their_manager(alice: User, bob: User, charlie: User) -> None:
    Profile.objects.create(user=alice, manager=bob)

    away(alice)

    assert absence.substitutes_of(alice.pk) == [bob]


def test_a_manager_plans_for_somebody_who_fell_ill_and_a_colleague_cannot(
    alice: User, bob: User, charlie: User
) -> None:
    department = Department.objects.create(name="Accounts", manager=bob)
    Profile.objects.create(user=alice, department=department)

    planned = absence.plan(by=bob, absent=alice, substitutes=[Substitute(charlie)])

    assert planned.planned_by == bob
    assert absence.team(bob) == [alice]
    with pytest.raises(NotPermitted):
        absence.plan(by=charlie, absent=alice)
    with pytest.raises(NotPermitted):
        absence.end(by=charlie, absence=planned)


def test_what_makes_no_sense_is_refused(alice: User, bob: User) -> None:
    now = timezone.now()
    for wrong in (
        {"ends_at": now - DAY},
        {"starts_at": now + DAY, "ends_at": now},
        {"substitutes": [Substitute(alice)]},
        {"substitutes": [Substitute(bob, "", "n1")]},
        {"note": "x" * 201},
    ):
        with pytest.raises(InvalidForm):
            absence.plan(by=alice, absent=alice, **wrong)  # type: ignore[arg-type]
    assert not Absence.objects.exists()
    assert not Substitution.objects.exists()


def test_no_task_stays_with_somebody_who_is_away_without_a_substitute(alice: User, bob: User, root: User) -> None:
    shared, lonely = offer(groups="Finance"), offer(users="alice")
    operations.claim(task=shared, user=alice)
    operations.claim(task=lonely, user=alice)
    away(alice)

    upkeep.rescue_orphans()

    shared.refresh_from_db()
    lonely.refresh_from_db()
    assert (shared.state, lonely.state) == (lifecycle.READY, lifecycle.READY)
    assert shared.pk in listed(bob, "groups")
    assert lonely.pk in listed(root, "groups")


def test_a_substitute_does_not_vote_twice(alice: User, charlie: User) -> None:
    task = offer(approvers="alice, charlie", outcomes="approve=Approve; reject=Reject!", outcomeVariable="decision")
    away(alice, Substitute(charlie))
    mine, hers = (task.parts.get(actual_owner=user) for user in (charlie, alice))
    operations.complete(task=mine, user=charlie, data={}, outcome="approve")

    with pytest.raises(NotPermitted):
        operations.complete(task=hers, user=charlie, data={}, outcome="approve")
    with pytest.raises(NotPermitted):
        undo.decide(task=hers, user=charlie, data={}, outcome="approve")
    assert "voted" in kinds(HumanTask.objects.get(pk=task.pk))
