"""What people are told outside of their inbox: only what they want, what is theirs, and at their hours."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail as sent_mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orchestrator.engine.commands import Cancel
from orchestrator.models import Mail, ProcessInstance
from orchestrator.runtime import execution, mails
from tasks_inbox import absence, escalation, mail, operations, recipients
from tasks_inbox.models import (
    Absence,
    EscalationLevel,
    EscalationPolicy,
    HumanTask,
    Notice,
    NoticeMark,
    NoticePreference,
    Profile,
    TaskRead,
)
from tasks_inbox.notices import MENTION, REASSIGNED, delivering, links, messages, news, preferences, tell
from tasks_inbox.notices.kinds import KINDS
from tasks_inbox.notices.preferences import Choices, Digest
from tasks_inbox.notices.quiet import Quiet, over
from tests.bpmn import draw
from tests.inbox import desk
from tests.inbox.cases import definition, offer, start, user_task

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
SOON = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _from_now_on(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "EVERY", timedelta())
    news.read_on()


def round_(later: timedelta = SOON) -> list[tuple[str, str]]:
    """What is read and delivered a minute later: to whom, and the subject."""
    news.read_on()
    news.read_requests()
    delivering.deliver_due(timezone.now() + later)
    return [(one.to[0].partition("@")[0], one.subject) for one in Mail.objects.order_by("pk")]


def choose(user: User, **choices: Any) -> None:
    usual = {name: kind.usual for name, kind in KINDS.items()}
    preferences.keep(user, Choices(**{"kinds": usual, **choices}))


def wants(user: User, **kinds: bool) -> None:
    choose(user, kinds={name: kind.usual for name, kind in KINDS.items()} | kinds)


# Who is told


def test_whoever_is_given_a_task_by_name_is_mailed_and_a_group_is_not(alice: User, bob: User) -> None:
    offer(assignee="alice", subject="Sign here")
    offer(groups="Finance", subject="Anybody")
    assert round_() == [("alice", "For you: Sign here")]


def test_an_offer_to_a_group_is_mailed_to_those_who_want_it(alice: User, bob: User) -> None:
    wants(alice, offered=True)
    offer(groups="Finance", subject="Anybody")
    assert round_() == [("alice", "Who takes it? Anybody")]


def test_a_colleague_who_delegates_is_named_and_gets_nothing(alice: User, bob: User) -> None:
    task = offer(groups="Finance", subject="Check it")
    operations.delegate(task=task, user=alice, to=bob)
    assert round_() == [("bob", "For you: Check it")]
    assert "Alice Adams has given you this task." in Mail.objects.get().text


def test_nobody_is_told_what_they_have_done_themselves(alice: User) -> None:
    operations.claim(task=offer(groups="Finance"), user=alice)
    tell(MENTION, alice, HumanTask.objects.get(), by=alice, text="@alice")
    assert round_() == []
    assert not Notice.objects.exists()


def test_whoever_has_opened_the_task_meanwhile_needs_no_mail(alice: User) -> None:
    task = offer(assignee="alice")
    TaskRead.objects.create(task=task, user=alice)
    assert round_() == []
    assert Notice.objects.get().state == Notice.State.WITHDRAWN


@pytest.mark.parametrize("how", ["done", "given away", "inactive", "switched off", "suspended"])
def test_what_is_no_longer_true_is_not_told(how: str, alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    news.read_on()
    if how == "done":
        operations.complete(task=task, user=alice, data={})
    elif how == "given away":
        operations.delegate(task=task, user=alice, to=bob)
    elif how == "inactive":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif how == "switched off":
        wants(alice, assigned=False)
    else:
        operations.suspend(task=task, user=alice)
    assert "alice" not in [to for to, _ in round_()]


def test_a_mail_that_waits_is_withdrawn_when_it_is_no_longer_theirs(alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    assert len(round_()) == 1
    operations.delegate(task=task, user=alice, to=bob)
    assert mails.send_due() == 0
    assert Mail.objects.get().state == Mail.State.WITHDRAWN


def test_nothing_is_told_twice_and_nothing_of_before(alice: User) -> None:
    offer(assignee="alice", subject="One")
    for _ in range(3):
        round_()
    assert [subject for _, subject in round_()] == ["For you: One"]
    NoticeMark.objects.all().delete()  # as after an upgrade
    assert news.read_on() is False
    assert len(round_()) == 1


def test_many_new_tasks_are_one_mail(alice: User) -> None:
    start(*(user_task(f"n{n}", f"Task {n}", assignee="alice") for n in (1,)))
    for n in range(5):
        offer(assignee="alice", subject=f"Invoice {n}", business_key=f"INV-{n}")
    assert round_() == [("alice", "6 new tasks for you")]
    sent = Mail.objects.get()
    assert all(f"Invoice {n}" in sent.text and f"Invoice {n}" in sent.html for n in range(5))
    assert mail.entitled(sent)
    TaskRead.objects.all().delete()
    Profile.objects.create(user=alice)
    HumanTask.objects.first().roles.all().delete()  # type: ignore[union-attr]
    assert not mail.entitled(sent)


def test_a_mention_holds_what_was_written(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance", subject="Check it")
    for person in (bob, charlie):
        tell(MENTION, person, task, by=alice, text="Look <here>, please")
    assert round_() == [("bob", "Alice Adams mentions you: Check it")], "a stranger hears nothing"
    assert "Look <here>, please" in Mail.objects.get().text
    assert "Look &lt;here&gt;, please" in Mail.objects.get().html


def test_whoever_loses_a_task_hears_who_took_it(alice: User, bob: User, root: User) -> None:
    task = offer(groups="Finance", subject="Check it")
    operations.claim(task=task, user=alice)
    operations.delegate(task=task, user=root, to=bob)
    assert sorted(round_()) == [("alice", "No longer yours: Check it"), ("bob", "For you: Check it")]
    assert "Ruth Root has given this task to somebody else." in Mail.objects.get(to=["alice@baton.example"]).text
    operations.delegate(task=task, user=bob, to=alice)
    assert ("bob", "No longer yours: Check it") not in round_(), "who gives a task away knows it"
    with pytest.raises(ValueError, match="Nobody is told 'late'"):
        tell("late", alice, task)


def test_a_substitute_hears_when_and_for_whom(alice: User, bob: User) -> None:
    ends = timezone.now() + timedelta(days=3)
    absence.plan(by=alice, absent=alice, ends_at=ends, note="At sea", substitutes=[absence.Substitute(bob)])
    assert round_() == [("bob", "You act for Alice Adams")]
    assert "At sea" in Mail.objects.get().text
    assert Absence.objects.get().planned_by == alice


def test_whoever_asked_hears_that_it_has_ended(alice: User, bob: User) -> None:
    task = offer(groups="Finance", by=alice)
    ProcessInstance.objects.update(subject="A new chair")
    assert [subject for _, subject in round_()] == []
    operations.complete(task=task, user=bob, data={})
    assert round_() == [("alice", "Ended: A new chair")]
    assert round_() == [("alice", "Ended: A new chair")], "once"
    assert f"/cases/{task.process_instance_id}/" in Mail.objects.get().text
    assert mail.entitled(Mail.objects.get())


def test_a_cancelled_request_is_no_end(alice: User) -> None:
    task = offer(groups="Finance", by=alice)
    execution.execute(task.process_instance_id, Cancel())
    assert round_() == []


def test_one_person_s_trouble_holds_up_nobody_else(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(assignee="alice", subject="One")
    offer(assignee="bob", subject="Two")
    write = messages.write

    def breaks(user: User, notice: Notice) -> None:
        if user == alice:
            raise RuntimeError("a template is broken")
        write(user, notice)

    monkeypatch.setattr(messages, "write", breaks)
    assert round_() == [("bob", "For you: Two")]
    monkeypatch.undo()
    assert ("alice", "For you: One") in round_(timedelta(minutes=7))


# The cost


def test_what_is_due_for_a_person_is_judged_in_one_statement(alice: User) -> None:
    def statements(number: int) -> int:
        for n in range(number):
            offer(assignee="alice", business_key=f"INV-{n}")
        news.read_on()
        with CaptureQueriesContext(connection) as asked:
            delivering.deliver_due(timezone.now() + SOON)
        return len(asked)

    assert statements(30) == statements(6)


def test_creating_claiming_and_completing_costs_nothing_more(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """The history is read afterwards: one statement for the mark, one for all that happened, one to move on."""
    for _ in range(3):
        offer(assignee="alice")
    with django_assert_max_num_queries(5):  # with the transaction's two
        news.read_on()
    assert Notice.objects.count() == 3
    with django_assert_max_num_queries(5):  # less as long as another transaction is open anywhere on the server
        news.read_on()
    news.read_on()
    with django_assert_max_num_queries(4):  # nothing new: nothing is written
        news.read_on()


@pytest.mark.django_db(transaction=True)
def test_an_event_that_becomes_visible_late_is_not_missed(alice: User) -> None:
    """Its number is lower than one that was read already: the mark waits for the transaction."""
    holds, go, done = threading.Event(), threading.Event(), threading.Event()
    known = definition(draw.chain(user_task(assignee="alice", subject="=subject")))

    def slow() -> None:
        try:
            with transaction.atomic():
                execution.start(known, {"subject": "Slow"}, by=None)
                holds.set()
                go.wait(10)
        finally:
            connection.close()
            done.set()

    news.read_on()
    worker = threading.Thread(target=slow)
    worker.start()
    assert holds.wait(10)
    execution.start(known, {"subject": "Quick"}, by=None)
    for _ in range(3):
        news.read_on()
    go.set()
    assert done.wait(10)
    worker.join()
    for _ in range(3):
        news.read_on()
    assert sorted(Notice.objects.values_list("task__subject", flat=True)) == ["Quick", "Slow"]


# Quiet hours


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-24 17:59", None),
        ("2026-11-24 18:00", "2026-11-25 07:00"),  # Tuesday evening
        ("2026-11-25 06:59", "2026-11-25 07:00"),
        ("2026-11-25 07:00", None),
        ("2026-11-27 20:00", "2026-11-30 07:00"),  # Friday evening: the weekend and the night behind it
        ("2026-11-29 12:00", "2026-11-30 07:00"),
        ("2026-03-28 23:00", "2026-03-30 07:00"),  # the clocks change on that Sunday
    ],
)
def test_quiet_is_over_by_the_person_s_own_clock(at: str, until: str | None) -> None:
    quiet = Quiet(time(18), time(7), weekends=True)
    found = over(quiet, datetime.fromisoformat(at).replace(tzinfo=BERLIN), BERLIN)
    assert found == (datetime.fromisoformat(until).replace(tzinfo=BERLIN) if until else None)


def test_an_hour_that_the_clocks_leave_out_is_the_one_behind_it() -> None:
    found = over(Quiet(time(1), time(2, 30)), datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), BERLIN)
    assert found == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 3:30 in Berlin


def test_quiet_hours_hold_a_mail_and_it_comes_when_they_are_over_if_it_still_matters(alice: User) -> None:
    now = timezone.now().astimezone(BERLIN)
    Profile.objects.create(user=alice, time_zone="Europe/Berlin")
    begins, ends = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    choose(alice, quiet_from=begins, quiet_until=ends)
    first, second = offer(assignee="alice", subject="One"), offer(assignee="alice", subject="Two")
    assert round_() == []
    operations.complete(task=first, user=alice, data={})
    assert round_(timedelta(hours=1, minutes=1)) == [("alice", "For you: Two")]
    assert second.pk == Mail.objects.get().human_task_id


def test_whoever_ends_their_quiet_hours_is_told_at_once(alice: User) -> None:
    now = timezone.now()
    choose(alice, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=(now + timedelta(hours=1)).time())
    offer(assignee="alice", subject="One")
    assert round_() == []
    choose(alice)
    assert round_() == [("alice", "For you: One")]


def test_a_reminder_that_waited_for_the_morning_goes_out_when_the_quiet_is_ended(alice: User) -> None:
    now = timezone.now()
    hours = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=1)).time()}
    choose(alice, **hours, quiet_escalations=True)
    mail.remind(offer(assignee="alice"), [alice])
    assert mails.send_due() == 0
    choose(alice)
    assert mails.send_due() == 1


def test_escalations_wake_except_those_who_do_not_want_it(alice: User, bob: User) -> None:
    now = timezone.now()
    hours = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=1)).time()}
    choose(alice, **hours)
    choose(bob, **hours, quiet_escalations=True)
    task = offer(groups="Finance")
    mail.remind(task, recipients.of_reminder(task))
    due = {one.to[0][:3]: one.due_at > now + timedelta(minutes=30) for one in Mail.objects.all()}
    assert due == {"ali": False, "bob": True}


# Switching off


def test_a_reminder_that_nobody_wants_is_not_written_and_the_history_says_so(alice: User, bob: User) -> None:
    wants(alice, reminder=False)
    task = offer(groups="Finance")
    policy = EscalationPolicy.objects.create(name="P")
    level = EscalationLevel(policy=policy, action="remind", after=timedelta(hours=1))
    assert escalation.ACTIONS[EscalationLevel.Action.REMIND](task, level) == (
        "Reminded Bob Brown. Without a mail, as they want it: Alice Adams."
    )
    assert [one.to for one in Mail.objects.all()] == [["bob@baton.example"]]


def test_every_mail_can_be_ended_by_one_press_and_is_marked_as_a_machine_s(alice: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.remind(offer(assignee="alice"), [alice])
    assert mails.send_due() == 1
    message = message_from_bytes(sent_mail.outbox[0].message().as_bytes())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not [name for name in message if name.startswith("Baton-")], "notes stay here"
    address = urlsplit(re.sub(r"\s", "", message["List-Unsubscribe"]).strip("<>")).path
    mail_program = Client(enforce_csrf_checks=True)
    assert mail_program.get(address).status_code == 200
    assert preferences.of(alice).kinds == {}, "looking changes nothing"
    assert mail_program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preferences.of(alice).kinds == {"reminder": False}
    mail.remind(offer(assignee="alice"), [alice])
    assert Mail.objects.count() == 1


def test_an_address_that_was_changed_by_one_letter_ends_nothing(client: Client, alice: User) -> None:
    path = urlsplit(links.stop_url(alice, "reminder")).path
    for wrong in (path[:-3] + "xx/", path.replace("/stop/", "/stop/x"), "/notices/stop/x/"):
        assert client.post(wrong).status_code == 404
    assert not NoticePreference.objects.exists()


def test_the_summary_is_ended_by_its_own_address(client: Client, alice: User) -> None:
    choose(alice, digest=Digest.DAILY)
    client.post(urlsplit(links.stop_url(alice, "digest")).path)
    assert (preferences.of(alice).digest, preferences.of(alice).digest_at) == ("off", None)


# The page


def test_the_page_keeps_what_is_chosen(client: Client, alice: User) -> None:
    client.force_login(alice)
    shown = client.get("/notices/").content.decode()
    assert 'name="kind-assigned" value="1" aria-describedby="kind-assigned-help" checked' in shown
    sent = {"kind-offered": "1", "digest": "weekly", "digest_weekday": "4", "digest_hour": "7"}
    answer = client.post("/notices/", sent | {"quiet_from": "18:00", "quiet_until": "07:30", "quiet_weekends": "1"})
    assert answer.status_code == 302
    kept = preferences.of(alice)
    assert {kind for kind, on in kept.kinds.items() if on} == {"offered"}
    assert (kept.digest, kept.digest_weekday, kept.digest_hour) == ("weekly", 4, 7)
    assert (kept.quiet_from, kept.quiet_until, kept.quiet_weekends) == (time(18), time(7, 30), True)
    assert not kept.decide_by_mail
    assert kept.digest_at is not None
    assert kept.digest_at.weekday() == 4


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"quiet_from": "18:00"}, "fill in both, or none"),
        ({"quiet_from": "25:99", "quiet_until": "07:00"}, "Write a time of day"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "or all of the day"),
        ({"digest": "hourly"}, "Choose one of the list"),
        ({"digest_hour": "24"}, "Choose one of the list"),
        ({"digest_weekday": "-1"}, "Choose one of the list"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_kept(
    wrong: dict[str, str], sentence: str, client: Client, alice: User
) -> None:
    client.force_login(alice)
    answer = client.post("/notices/", wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not NoticePreference.objects.exists()


def test_each_mail_says_the_same_as_html_and_as_text_in_the_reader_s_language_and_zone(
    alice: User, bob: User, finance: Group
) -> None:
    """Every kind at once: no tag that was not rendered, nothing remote, the way out at its foot."""
    Profile.objects.create(user=alice, time_zone="Europe/Berlin")
    wants(alice, offered=True)
    task = offer(groups="Finance", by=alice, subject="Pay & <go>", due="2026-12-24T17:00:00Z")
    tell(MENTION, alice, task, by=bob, text="one\ntwo")
    tell(REASSIGNED, alice, task, by=bob)
    absence.plan(by=bob, absent=bob, substitutes=[absence.Substitute(alice)])
    round_()
    operations.complete(task=task, user=bob, data={})
    round_()
    sent = list(Mail.objects.filter(to=["alice@baton.example"]))
    assert len(sent) == 5
    for one in sent:
        assert not re.search(r"\{[%{#]|[%#}]\}", one.text + one.html)
        assert "/notices/stop/" in one.text
        assert "/notices/stop/" in one.html
        assert "<img" not in one.html
        assert "<go>" not in one.html
    offered = next(one for one in sent if one.subject.startswith("Who takes it?"))
    assert "24 December 2026, 18:00 (CET)" in offered.text


def test_a_desk_of_forms_is_mailed_too(alice: User) -> None:
    desk.order(desk.deploy_orders(), alice)
    assert round_() == [], "it is offered to the group"
