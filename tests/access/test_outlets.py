"""What leaves the pages (P19): mails, files, feeds, counts and suggestions hold nothing that the reader may not see."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from orchestrator.runtime import mails
from tasks_inbox import facets, feed, filters, mail, queries
from tasks_inbox.models import HumanTask, Notice, SavedView
from tasks_inbox.notices import delivering, kinds, telling
from tasks_inbox.queries import Narrowing
from tests.access.matrix import LOOK
from tests.access.world import PEOPLE, SECRET, World, build

pytestmark = pytest.mark.django_db
SEES = set(LOOK.split())
FILTER = f'var.supplier contains "{SECRET}"'


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def secret(world: World) -> HumanTask:
    """A task that the owner has, late."""
    HumanTask.objects.update(due_at=timezone.now() - timedelta(hours=1))
    return HumanTask.objects.get(pk=world.tasks["claimed"].pk)


def sent_to(outbox: Path) -> dict[str, str]:
    """Role -> everything that was mailed to them."""
    told: dict[str, str] = {}
    mails.send_due(1_000)
    for file in outbox.glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        role = str(message["to"]).partition("@")[0]
        told[role] = told.get(role, "") + "\n".join([*map(str, message.values()), *parts])
    return told


def readers(told: dict[str, str]) -> set[str]:
    return {role for role, text in told.items() if SECRET in text}


# Mails


@pytest.mark.parametrize("kind", sorted(kinds.TOLD - {kinds.DONE}))  # which is of a request of one's own
def test_a_notice_tells_nobody_of_a_task_that_they_may_not_see(
    kind: str, world: World, secret: HumanTask, outbox_dir: Path
) -> None:
    for role in PEOPLE:
        telling.tell(kind, world.people[role], secret, by=None, text=f"Look at {SECRET}")
    delivering.deliver_due()
    assert readers(sent_to(outbox_dir)) <= SEES
    assert not Notice.objects.filter(state=Notice.State.DUE).exists()


def test_who_may_see_a_task_is_told_of_it(world: World, secret: HumanTask, outbox_dir: Path) -> None:
    """The test above can fail."""
    for role in PEOPLE:
        telling.tell(kinds.MENTION, world.people[role], secret, text=f"Look at {SECRET}")
    delivering.deliver_due()
    assert {"candidate", "owner", "stakeholder"} <= readers(sent_to(outbox_dir))


def test_reminders_and_escalations_reach_those_who_are_meant(world: World, secret: HumanTask, outbox_dir: Path) -> None:
    everybody = [world.people[role] for role in PEOPLE]
    for write in (mail.remind, mail.tell_managers, mail.notify):
        write(secret, everybody)
    meant = SEES | {"manager"}  # of the owner, who hears what is late
    told = sent_to(outbox_dir)
    assert {"substitute", "manager"} <= readers(told)  # the owner is away
    assert readers(told) <= meant
    for text in told.values():
        assert f"{SECRET} said no" not in text  # a comment is read on the page


def test_a_mail_that_waits_is_not_sent_to_whoever_left(world: World, secret: HumanTask, outbox_dir: Path) -> None:
    """XF07: the queue is asked again."""
    open_task = world.tasks["open"]
    telling.tell(kinds.MENTION, world.people["candidate"], open_task, text=f"Look at {SECRET}")
    delivering.deliver_due()
    mail.remind(secret, [world.people["substitute"]])
    world.people["candidate"].groups.clear()
    User.objects.filter(username="substitute").update(is_active=False)
    assert readers(sent_to(outbox_dir)) == set()


def test_the_outbox_shows_everybody_their_own(world: World, secret: HumanTask, outbox_dir: Path) -> None:
    mail.tell_managers(secret, [world.people["manager"]])
    mails.send_due()
    (key,) = [path.stem for path in outbox_dir.glob("*.eml")]
    for role in PEOPLE:
        client = world.client(role)
        listed = SECRET in client.get(reverse("outbox")).content.decode()
        body = client.get(reverse("outbox_body", args=[key])).status_code
        assert (listed, body) == ((True, 200) if role in ("manager", "root") else (False, 404)), role


# Feeds and files


def test_a_calendar_holds_what_its_person_has(world: World, secret: HumanTask) -> None:
    HumanTask.objects.update(due_at=timezone.now() + timedelta(days=1))
    for role in PEOPLE:
        content = feed.feed(world.people[role]).content.decode()
        assert (SECRET in content) == (role == "owner"), role


def test_the_table_of_a_team_names_people_and_no_case(world: World, secret: HumanTask) -> None:
    for role in PEOPLE:
        answer = world.client(role).get(reverse("team_export"))
        assert answer.status_code == (200 if role == "manager" else 404)
        assert SECRET not in answer.content.decode()


def test_files_beside_a_task_are_listed_to_those_who_see_it(world: World) -> None:
    picture = reverse("attachment", args=[world.attachment.pk])
    for role in PEOPLE:
        for page in ("inbox", "my_requests", "catalogue", "upcoming", "notices"):
            assert picture not in world.client(role).get(reverse(page)).content.decode(), (role, page)
        answer = world.client(role).get(picture)
        assert (answer.status_code == 200) == (role in SEES), role
        if role not in SEES:
            assert SECRET not in f"{answer.headers} {answer.content.decode(errors='replace')}"


# Counts and suggestions


def test_a_count_is_of_what_the_list_shows(world: World) -> None:
    tree = filters.read(FILTER)
    assert tree is not None
    asked = filters.compiled(tree, timezone.now(), timezone.get_current_timezone())
    for role in PEOPLE:
        user = world.people[role]
        for tab in queries.TABS:
            for narrowed in (Narrowing(filter=asked), Narrowing(search="zebra")):
                rows = queries.page(user, tab, search=narrowed.search, filter=narrowed.filter).rows
                assert queries.count(user, tab, narrowed).number == len(rows), (role, tab)
                if role not in SEES | {"former"}:
                    assert rows == [], (role, tab)


def test_the_count_of_a_view_is_ones_own(world: World) -> None:
    """The same view shared with everybody tells each how many they see."""
    counted = {}
    for role in ("candidate", "stranger", "colleague", "auditor", "manager"):
        user = world.people[role]
        SavedView.objects.create(owner=user, name="Zebras", tab="all", filter=FILTER)
        text = world.client(role).get(reverse("views_counts"), headers={"hx-request": "true"}).content.decode()
        counted[role] = [int(number) for number in re.findall(r">(\d+)<", text)]
        assert SECRET not in text
    assert counted.pop("candidate")[0] > 0
    assert all(numbers in ([], [0]) for numbers in counted.values()), counted


def test_suggestions_are_of_what_one_sees(world: World) -> None:
    for role in PEOPLE:
        user = world.people[role]
        names, processes = facets.variables(user), facets.processes(user)
        if role not in SEES:
            assert (names, processes) == ([], []), role
        page = world.client(role).get(reverse("filter")).content.decode()
        assert ("var.supplier" in page) == ("supplier" in names), role


def test_people_are_suggested_to_those_who_see_the_task(world: World) -> None:
    for role in PEOPLE:
        answer = world.client(role).get(reverse("task_people", args=[world.tasks["open"].pk]), {"q": "own"})
        assert (answer.status_code == 200) == (role in SEES), role
        if role in SEES and role != "owner":
            assert {one["username"] for one in answer.json()["people"]} == {"owner"}
